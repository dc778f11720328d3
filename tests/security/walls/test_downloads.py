"""Security test 23: files that a site sends by itself, with names that are paths, without an end, and many."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.security.walls.conftest import Hostile, town

NAMES = ("../../../pwn", "..\\..\\pwn", "/etc/cron.d/pwn", "pwn\u202egpj.exe", ".bashrc", "a/../../pwn", "CON")
MOST_BYTES = 2 << 20
MOST = 12
PAGE = """<title>Downloads</title><p>wait</p><script>
const get = (url) => { const a = Object.assign(document.createElement('a'), {href: url, download: ''});
  document.body.append(a); a.click(); };
const all = URLS;
const next = () => all.length ? (get(all.shift()), setTimeout(next, 30))
  : document.body.insertAdjacentHTML('beforeend', '<p>All were asked for</p>');
next();
</script>"""


def outside(folder: Path, data: Path) -> set[Path]:
    """Everything beside the data directory."""
    return {path for path in folder.rglob("*") if data not in path.parents and path != data}


def files(site: Hostile) -> None:
    """What the site sends."""

    async def named(request: Request) -> Response:
        number: int = request.path_params["number"]
        name = NAMES[number % len(NAMES)]
        told = f'attachment; filename="{name}"'.encode("utf-8", "replace").decode("latin-1")
        return Response(b"#!/bin/sh\n", headers={"Content-Disposition": told, "Content-Type": "application/x-sh"})

    async def endless(_: Request) -> Response:
        async def body() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * (1 << 18)
                await asyncio.sleep(0.005)

        told = {"Content-Disposition": "attachment; filename=endless.bin"}
        return StreamingResponse(body(), headers=told, media_type="application/octet-stream")

    site.routes = [Route("/named/{number:int}", named), Route("/endless", endless)]


@pytest.mark.timeout(90)
async def test_what_a_site_sends_by_itself_is_contained_cut_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.operators.downloads.MOST_BYTES", MOST_BYTES)
    monkeypatch.setattr("zenobia.operators.downloads.MOST_DOWNLOADS", MOST)
    site, data = Hostile(), tmp_path / "data"
    files(site)
    before = outside(tmp_path, data)
    async with town(data, site=site) as here:
        urls = ["/endless", *(f"/named/{number}" for number in range(40))]
        site.pages["/"] = PAGE.replace("URLS", str(urls))
        session = await here.api.create(
            f'open {site.url}/ then wait for "All were asked for" then ask a person "Well?"', sessionType="playbook"
        )
        await here.api.asked(session)
        await here.api.until(session, lambda one: "larger than" in one["message"])
        bystander, _ = await here.ran(f"open {site.url}/x")
        events = await here.api.events(session)
        held = (await here.api.ok("GET", f"/api/sessions/{session}"))["session"]["files"]
        kept = [one for one in (data / "blobs" / "files").rglob("*") if one.is_file()]
        sizes = [one.stat() for one in kept]

    codes = {one["data"]["code"] for one in events if one["eventType"] == "warning"}
    assert {"download_failed", "too_many_downloads"} <= codes
    assert bystander["status"] == "completed"
    assert 0 < len(held) < MOST
    assert not [one for one in held if set(one["fileName"]) & set('/\\\u202e"') or one["fileName"].startswith(".")]
    assert len(kept) == len(held)
    assert all(one.st_size == 10 and not one.st_mode & 0o111 for one in sizes), "bytes under our names, run by nobody"
    assert outside(tmp_path, data) == before
