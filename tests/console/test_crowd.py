"""A session with ten thousand events is read, scrolled and gone through without a stutter."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from zenobia.protocol.events import MessageData
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Status
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx
from zenobia.testing import scripted_server

from .conftest import DESKTOP, House, Viewer
from .test_kind import expect_no_stutter

EVENTS = 9_990


def write(tx: Tx) -> str:
    """A session with as many events as one may have, that has ended."""
    session = tx.add_session("default", "manual", "A long story", {}).id
    tx.claim("srv")
    for number in range(EVENTS):
        tx.append(session, MessageData(author="agent", text=f"Line {number}"), f"Line {number}")
    tx.end(session, Ending(Status.COMPLETED, EndReason.DONE, "The session is done."), "srv")
    return session


@pytest.fixture
async def long_story(tmp_path: Path) -> tuple[Path, str]:
    """A data directory with such a session, and the session's id."""
    directory = DataDirectory(tmp_path / "data")
    directory.open()
    store = open_store(directory, Limits(), None)
    session = await store.write(write)
    await store.close()
    directory.close()
    return tmp_path / "data", session


async def test_ten_thousand_events_do_not_stutter(house: House, long_story: tuple[Path, str]) -> None:
    folder, session = long_story
    async with scripted_server(folder) as kit:
        viewer = Viewer(House(kit.url, house.site, house.browser, house.http))
        page = await viewer.open(f"sessions/{session}", **DESKTOP)
        await expect(page.locator(".line").filter(has_text=f"Line {EVENTS - 1}")).to_be_visible()

        await page.get_by_label("Moment").press("Home")
        await expect(page.get_by_text("The session was created.")).to_be_visible()
        await expect_no_stutter(page, page.get_by_role("log"))
        for context in viewer.contexts:
            await context.close()
        assert viewer.errors == []
