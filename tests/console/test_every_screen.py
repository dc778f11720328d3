"""Every screen, also those that are seldom seen: read out well, as wide as the window, at rest where that is wanted."""

from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from .conftest import DESKTOP, PHONE, House, Viewer
from .test_kind import ARABIC, LONG, axe, too_wide

DEVICES: list[dict[str, Any]] = [DESKTOP | {"color_scheme": "light"}, PHONE | {"color_scheme": "dark"}]


@pytest.fixture(params=DEVICES, ids=["desktop", "phone"])
def device(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A large window by day, a small one by night."""
    return request.param


class Looking:
    """Looks at one screen after the other, and keeps what is wrong with them."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.wrong: list[str] = []

    async def go(self, at: str) -> None:
        """Go to a screen."""
        await self.page.goto(f"{self.url}/#/{at}")

    async def look(self, name: str, sign: str) -> None:
        """Look, once there is a text that only this screen has."""
        await expect(self.page.get_by_text(sign).first).to_be_visible()
        self.wrong += [f"{name}: {one}" for one in await axe(self.page)]
        if await too_wide(self.page):
            self.wrong.append(f"{name}: too wide")

    async def press(self, name: str) -> None:
        """Press the first button of that name."""
        await self.page.get_by_role("button", name=name).first.click()


async def test_sheets_and_ends_are_clean(viewer: Viewer, house: House, device: dict[str, Any]) -> None:
    failed = await house.create(f"open {house.site}/news", 'click "No such thing"')
    await house.until(failed, "failed")
    page = await viewer.open(f"sessions/{failed}", **device)
    seen = Looking(page, house.url)
    await seen.look("failed", "There is no")
    for button, sign in (("Export", "A page is one HTML file"), ("Delete", "This cannot be undone")):
        await seen.press(button)
        await seen.look(button, sign)
        await page.keyboard.press("Escape")
    await seen.go("sessions/ses_nowhere")
    await seen.look("missing", "There is no session with that id.")
    await page.keyboard.press("?")
    await seen.look("keys", "A new session")

    assert seen.wrong == []


async def test_what_people_are_asked_and_do_is_clean(viewer: Viewer, house: House, device: dict[str, Any]) -> None:
    session = await house.create('ask a person "Which harbour?"')
    await house.until(session, "waiting")
    page = await viewer.open("inbox", **device)
    seen = Looking(page, house.url)
    await seen.press("Deny")
    await seen.look("denying", "Why not?")
    await seen.go(f"sessions/{session}")
    await seen.press("Cancel")
    await seen.look("cancelling", "Nothing more is done in its browser.")
    await page.keyboard.press("Escape")
    await seen.press("Take over")
    await seen.press("Hand back")
    await seen.look("handing back", "Anything it should know?")
    await page.get_by_role("dialog").get_by_role("button", name="Hand back").click()
    await seen.press("Only watch")
    await seen.look("watching", "You only watch.")
    await seen.press("Take part")
    await expect(page.get_by_text("Which harbour?").first).to_be_visible()  # it has come back as another client
    await page.context.set_offline(True)
    await seen.look("offline", "Not connected.")
    await page.context.set_offline(False)
    await house.http.post(f"/api/sessions/{session}/cancel")
    await seen.go("inbox")
    await seen.press("History")
    await seen.look("history", "Cancelled")

    assert seen.wrong == []


async def test_long_words_fit_wherever_they_are_shown(viewer: Viewer, house: House, device: dict[str, Any]) -> None:
    kept = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(LONG[:100])}.txt"}
    (await house.http.put("/api/files/long-name", content=b"x", headers=kept)).raise_for_status()
    session = await house.create(f"# {LONG}", f"open {house.site}/news?{LONG}", f'ask a person "{LONG} {ARABIC}"')
    await house.http.post(f"/api/sessions/{session}/messages", json={"message": LONG, "fileIds": ["long-name"]})
    await house.until(session, "waiting")
    page = await viewer.open(**device)
    for at, sign in (("", "Lately"), ("sessions", LONG[:40]), ("inbox", ARABIC), (f"sessions/{session}", ARABIC)):
        await page.goto(f"{house.url}/#/{at}")
        await expect(page.get_by_text(sign).locator("visible=true").first).to_be_visible()
        assert not await too_wide(page), at


async def test_nothing_moves_where_that_is_not_wanted(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/slow?seconds=0", 'click "a whole minute"')
    page = await viewer.open(f"sessions/{session}")
    await expect(page.locator(".line[data-kind=action-started]")).to_be_visible()
    assert await page.evaluate("document.getAnimations().length") == 0

    await page.emulate_media(reduced_motion="no-preference")
    await page.wait_for_function("() => document.getAnimations().length > 0")
