"""A server that wants a key: the console asks for it, keeps it in its tab, and shows it to that server only."""

from pathlib import Path

from playwright.async_api import expect

from tests.keys import Wanted, make_keys
from zenobia.testing import scripted_server

from .conftest import House, Viewer
from .test_kind import axe


async def test_the_key_is_asked_for_and_kept_in_the_tab(house: House, tmp_path: Path) -> None:
    [key] = await make_keys(tmp_path / "data", Wanted())
    async with scripted_server(tmp_path / "data") as kit:
        viewer = Viewer(House(kit.url, house.site, house.browser, house.http))
        page = await viewer.open("sessions")
        await expect(page.get_by_role("heading", name="An API key is needed")).to_be_visible()
        assert await axe(page) == []
        await page.get_by_label("Key").fill(f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("The server does not know that key.")).to_be_visible()

        await page.get_by_label("Key").fill(key)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No sessions yet")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("No sessions yet")).to_be_visible()

        assert key not in page.url
        assert await page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
        another = await page.context.new_page()
        await another.goto(f"{kit.url}/#/")
        await expect(another.get_by_role("heading", name="An API key is needed")).to_be_visible()
        for context in viewer.contexts:
            await context.close()
