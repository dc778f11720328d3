"""A session whose browser is at another server: looked at and answered here, and honest about what is not."""

from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import expect

from tests.postgres import Postgres
from zenobia.testing import scripted_server

from .conftest import House, Viewer

BUY = 'open shop.example then click "Place order" (ask first)'


async def test_it_is_pictured_and_approved_and_who_would_drive_is_told_where(
    viewer: Viewer, house: House, postgres: Postgres, tmp_path: Path
) -> None:
    both: dict[str, Any] = {"database": postgres.database(), "blobs": str(tmp_path / "blobs"), "lease": 5.0}
    async with (
        scripted_server(tmp_path / "here", worker=False, **both) as here,
        scripted_server(tmp_path / "there", **both),
        httpx.AsyncClient(base_url=here.url, timeout=30) as http,
    ):
        session = (await http.post("/api/sessions", json={"prompt": BUY})).json()["sessionId"]
        page = await viewer.open()
        await page.goto(f"{here.url}/#/sessions/{session}")
        asked = page.get_by_role("article", name='Click "Place order"')
        await expect(asked).to_be_visible()
        await expect(page.locator(".view img")).to_be_visible()
        await expect(page.locator(".stage .live")).to_have_count(0)
        await page.get_by_role("button", name="Take over").first.click()
        await expect(page.get_by_role("status")).to_contain_text("The session's browser is at another server")
        await expect(page.get_by_text("You drive.")).to_have_count(0)

        await asked.get_by_role("button", name="Approve").click()
        await expect(page.locator(".session-head .status")).to_have_text("Done")
        await page.goto("about:blank")
