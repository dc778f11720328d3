"""A session that ended can be gone through again: every event that changed the page has a picture of just that page."""

import io
from pathlib import Path
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.browser.conftest import served
from tests.flows.conftest import Api
from zenobia.app import serving
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.operators.wall import Wall
from zenobia.settings import Settings

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)
PAGE = """<title>Colours</title><body style="margin: 0; background: rgb(200, 0, 0)">
<button onclick="document.body.style.background = 'rgb(0, 200, 0)'">Green</button>
<div style="height: 2000px"></div>
<button onclick="document.body.style.background = 'rgb(0, 0, 200)'">Blue</button>"""
STEPS = 'open {site}/ then click "Green" then extract "Green" as it then click "Blue"'


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def shown(picture: bytes) -> tuple[int, ...]:
    """The colour of the page, as near as a JPEG has it."""
    with Image.open(io.BytesIO(picture)) as image:
        found = image.convert("RGB").getpixel((1000, 500))
    assert isinstance(found, tuple)
    return tuple(round(part / 100) * 100 for part in found)


async def test_every_event_that_changed_the_page_has_a_picture_of_it(tmp_path: Path) -> None:
    wall = Wall(["127.0.0.0/8"])
    browsers = ChromiumBrowsers(scratch=tmp_path / "browsers", warm=0, wall=wall, held=Settings().confinement)
    with served(Starlette(routes=[Route("/", page)])) as site:
        async with serving(Settings(port=0, data_dir=tmp_path / "data"), browsers=browsers) as server:
            api = Api(server.url)
            session = await api.create(STEPS.format(site=site))
            ended = await api.ended(session)
            acted = [one for one in await api.events(session) if one["eventType"] == "action"]
            kept = (await api.ok("GET", f"/api/sessions/{session}/pictures"))["pictures"]
            colours: list[tuple[int, tuple[int, ...]]] = []
            for one in kept[:4]:
                answer = await api.http.get(f"/api/sessions/{session}/pictures/{one['pictureId']}")
                colours.append((one["seq"], shown(answer.content)))
            await api.close()

    def seq(verb: str, phase: str, nth: int = 0) -> int:
        fitting: list[dict[str, Any]] = [
            one for one in acted if (one["data"]["action"]["verb"], one["data"]["phase"]) == (verb, phase)
        ]
        return fitting[nth]["seq"]

    assert ended["status"] == "completed"
    assert colours == [
        (seq("open", "done"), RED),
        (seq("click", "done"), GREEN),
        (seq("click", "started", 1), GREEN),  # its target had to be brought into view
        (seq("click", "done", 1), BLUE),
    ]
    assert kept[0]["mimeType"] == "image/jpeg"
    assert (kept[0]["width"], kept[0]["height"]) == (1280, 800)
