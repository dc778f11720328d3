"""An ended session as a film, read back: the pictures in their order, each as long as it lasted, and the captions."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (the types of the library that reads films are partly unknown)

import io
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from tests.flows.cli import zenobia
from tests.flows.conftest import Api
from zenobia.operators.base import Picture, Shot
from zenobia.operators.scripted import ScriptedOperator
from zenobia.sessions import filming
from zenobia.sessions.filming_child import Scene, film
from zenobia.testing import Kit, scripted_server

COLOURS = {"red.example": (200, 0, 0), "green.example": (0, 200, 0), "blue.example": (0, 0, 200)}
STEPS = 'open red.example then open green.example then click "Żółć" then open blue.example'


async def coloured(self: ScriptedOperator, shot: Shot) -> Picture:
    """A window of the colour that the address names."""
    out = io.BytesIO()
    colour = next((it for name, it in COLOURS.items() if name in self.url), (0, 0, 0))
    Image.new("RGB", (100, 100), colour).resize((1280, 800)).save(out, "PNG")
    now = time.time_ns() // 1_000_000
    return Picture(out.getvalue(), "image/png", 1280, 800, self.url, self.title, now)


@dataclass(frozen=True, slots=True)
class Shown:
    """A film as a player has it: when which colour is shown, and what is said when, in seconds."""

    seconds: float
    colours: list[tuple[float, tuple[int, ...]]]
    said: list[tuple[float, float, str]]


def watched(film: bytes) -> Shown:
    """What is in a film."""
    with av.open(io.BytesIO(film), "r") as container:
        colours: list[tuple[float, tuple[int, ...]]] = []
        for frame in container.decode(video=0):
            pixel = frame.to_image().getpixel((1000, 500))
            assert isinstance(pixel, tuple)
            colours.append((round(frame.time or 0.0, 1), tuple(round(part / 100) * 100 for part in pixel)))
        seconds = (container.duration or 0) / av.time_base
    said: list[tuple[float, float, str]] = []
    with av.open(io.BytesIO(film), "r") as container:
        for packet in container.demux(container.streams.subtitles[0]):
            data = bytes(packet)
            if packet.pts is None or len(data) < 3:
                continue
            (size,) = struct.unpack(">H", data[:2])
            times = (float(packet.pts * packet.time_base), float((packet.duration or 0) * packet.time_base))
            said.append((*times, data[2 : 2 + size].decode()))
    return Shown(seconds, colours, said)


def makers() -> list[str]:
    """The processes of ours that make films."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    told = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    return [words for words in told if "filming_child" in words]


@pytest.fixture
async def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ScriptedOperator, "screenshot", coloured)
    async with scripted_server(tmp_path / "data", max_pictures=20) as kit:
        yield kit


async def test_a_film_shows_what_was_shown_and_says_what_was_said(kit: Kit, api: Api, tmp_path: Path) -> None:
    session = await api.create(STEPS)
    await api.ended(session)
    events = [one for one in await api.events(session) if one["eventType"] != "usage"]

    answer = await api.http.get(f"/api/sessions/{session}/film", timeout=60)
    assert makers() == []
    target = tmp_path / "film.mp4"
    saved = await zenobia("export", session, "--film", "--output", str(target), "--server", kit.url, cwd=tmp_path)

    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox;" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{session}.mp4"'
    shown = watched(answer.content)
    assert [text for _, _, text in shown.said] == [one["message"] for one in events]
    assert any("Żółć" in text for _, _, text in shown.said)
    assert all(filming.SHORTEST <= lasts <= filming.LONGEST for _, lasts, _ in shown.said)
    assert shown.seconds == pytest.approx(sum(lasts for _, lasts, _ in shown.said), abs=0.2)
    assert len(shown.colours) == len(events) + 1, "one for each, and the end"
    order = [colour for at, (_, colour) in enumerate(shown.colours) if at == 0 or shown.colours[at - 1][1] != colour]
    assert [colour for colour in order if colour in COLOURS.values()] == list(COLOURS.values())
    assert [at for at, _ in shown.colours[:-1]] == [pytest.approx(begins, abs=0.05) for begins, _, _ in shown.said]
    assert (saved.code, saved.out) == (0, f"Saved {target}\n")
    assert len(watched(target.read_bytes()).said) == len(shown.said)


async def test_there_is_a_film_only_of_what_has_ended_and_left_pictures(kit: Kit, api: Api) -> None:
    going = await api.create(sessionType="manual")
    status, refused = await api.answer("GET", f"/api/sessions/{going}/film")
    await api.ok("POST", f"/api/sessions/{going}/cancel")
    await api.ended(going)

    assert (status, refused["code"]) == (409, "session_active")
    assert (await api.answer("GET", f"/api/sessions/{going}/film"))[1]["code"] == "nothing_to_film"
    assert (await api.answer("GET", "/api/sessions/ses_none/film"))[0] == 404


async def test_without_what_encodes_it_a_server_says_so(kit: Kit, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await api.create(STEPS)
    await api.ended(session)
    installed: dict[str, object] = {}
    monkeypatch.setattr(filming, "find_spec", installed.get)

    status, refused = await api.answer("GET", f"/api/sessions/{session}/film")

    assert (status, refused["code"]) == (409, "films_not_installed")
    assert "zenobia[film]" in refused["error"]


@pytest.mark.parametrize(
    ("size", "edge"), [((1280, 800), (196, 300)), ((640, 400), (418, 350)), ((2560, 800), (196, 500))]
)
def test_a_target_is_framed_wherever_its_picture_came_to_lie(size: tuple[int, int], edge: tuple[int, int]) -> None:
    """The target is 200 pixels from the left of a window of 1280, and its middle at 300 from the top."""
    out = io.BytesIO()
    Image.new("RGB", size, (255, 255, 255)).save(out, "PNG")
    scene = Scene("Clicked", 10, [200, 200, 400, 200, 1280], out.getvalue())

    with av.open(io.BytesIO(film(iter([scene]))), "r") as container:
        shown = next(container.decode(video=0)).to_image()

    red, green, _ = shown.getpixel((edge[0] + 1, edge[1]))
    assert red > green + 80
    red, green, _ = shown.getpixel((edge[0] + 8, edge[1]))
    assert abs(red - green) < 40


async def test_a_film_that_takes_too_much_is_given_up(kit: Kit, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await api.create(STEPS)
    await api.ended(session)
    monkeypatch.setattr(filming, "LARGEST", 1_000)
    assert (await api.answer("GET", f"/api/sessions/{session}/film"))[1]["code"] == "too_large"
    monkeypatch.setattr(filming, "WITHIN", 0.01)
    status, refused = await api.answer("GET", f"/api/sessions/{session}/film")

    assert (status, refused["code"]) == (504, "timed_out")
    assert makers() == []
