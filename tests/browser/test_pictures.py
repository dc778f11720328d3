"""Pictures say what they are: format, size, address and title, of the current tab, however the page behaves."""

from collections.abc import Mapping

import pytest
from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from zenobia.operators import capture
from zenobia.operators.base import Shot
from zenobia.operators.capture import MOST_PIXELS, size
from zenobia.operators.cdp import tell
from zenobia.protocol.wire import Json

from .conftest import Visit

MAGIC = {"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF"}


@pytest.mark.parametrize("kind", MAGIC)
async def test_a_picture_in_every_format(visit: Visit, kind: str) -> None:
    await visit.go("/counter")

    picture = await visit.operator.screenshot(Shot(format=kind, quality=None if kind == "png" else 60))

    assert picture.data.startswith(MAGIC[kind])
    assert picture.mime_type == f"image/{kind}"
    assert (picture.width, picture.height) == (1280, 800)
    assert picture.url == f"{visit.site}/counter"
    assert "Counter" in picture.title


async def test_a_picture_of_a_page_that_still_arrives_has_its_title_and_not_the_last_ones(visit: Visit) -> None:
    await visit.go("/counter")
    page = visit.operator.window.current.page
    await page.goto(f"{visit.site}/endless", wait_until="commit")
    at_once = await visit.operator.screenshot(Shot())
    await page.wait_for_selector("h1")

    picture = await visit.operator.screenshot(Shot())

    assert "Counter" not in at_once.title
    assert (picture.url, picture.title) == (f"{visit.site}/endless", "Endless · Saltmarsh")


@pytest.mark.parametrize("refusal", ["Not attached to an active page", "Unable to capture screenshot"])
async def test_a_picture_is_asked_for_again_when_one_page_takes_the_place_of_another(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    await visit.go("/counter")
    refusals = [f"Protocol error (Page.captureScreenshot): {refusal}"] * 2

    async def told(line: CDPSession, method: str, params: Mapping[str, Json] | None = None) -> dict[str, Json]:
        if method == "Page.captureScreenshot" and refusals:
            raise PlaywrightError(refusals.pop())
        return await tell(line, method, params)

    monkeypatch.setattr(capture, "tell", told)
    picture = await visit.operator.screenshot(Shot("webp"))

    assert not refusals
    assert picture.mime_type == "image/webp"  # drawn for this, not the frame that was shown before


async def test_a_picture_of_the_whole_page_is_as_long_as_the_page(visit: Visit) -> None:
    await visit.go("/long")

    picture = await visit.operator.screenshot(Shot(full_page=True))

    assert picture.width == 1280
    assert picture.height > 2000


async def test_a_page_without_end_is_cut(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.set_content("<div style='height:1000000px'>")

    picture = await visit.operator.screenshot(Shot(format="jpeg", full_page=True))

    assert picture.width * picture.height <= MOST_PIXELS


async def test_a_picture_shows_the_tab_that_is_current(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.do("new tab", url=f"{visit.site}/form")
    assert (await visit.operator.screenshot(Shot())).url == f"{visit.site}/form"

    await visit.do("switch tab", tab="1")

    first, again = await visit.operator.screenshot(Shot()), await visit.operator.screenshot(Shot())
    assert first.url == f"{visit.site}/counter"
    assert first.data == again.data


def test_what_is_no_picture_has_no_size() -> None:
    assert size(b"nothing at all") == (0, 0)
