"""Whoever is asked can answer in words, change what would be typed, and let the time run out."""

from pathlib import Path

import httpx
from playwright.async_api import expect

from zenobia.testing import ScriptedBrowsers, scripted_server

from .conftest import House, Viewer


async def test_a_question_is_answered_in_words_by_keys_alone(viewer: Viewer, house: House) -> None:
    session = await house.create('ask a person "Which harbour?"')
    await house.until(session, "waiting")
    page = await viewer.open("inbox")
    asked = page.get_by_role("article", name="Which harbour?")
    await expect(asked).to_contain_text("59 min")
    await page.keyboard.press("r")
    await page.keyboard.type("The old one")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Nobody needs you")).to_be_visible()
    await house.until(session, "completed")
    [request] = (await house.http.get("/api/human-layer/requests?settled=true&limit=1")).json()["requests"]
    assert (request["decision"]["status"], request["decision"]["response"]) == ("answered", "The old one")


async def test_what_would_be_typed_is_changed_and_then_typed(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/search", 'type "gull" into "Search" (ask first)')
    await house.until(session, "waiting")
    page = await viewer.open("inbox")
    asked = page.get_by_role("article")
    await expect(asked.get_by_label("text")).to_have_value("gull")
    await expect(asked.locator(".exactly dt")).to_have_text(["On", "Page"])
    await expect(asked.locator(".evidence-picture")).to_be_visible()
    await page.keyboard.press("e")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("tern")
    await asked.get_by_role("button", name="Approve").click()

    await house.until(session, "completed")
    [request] = (await house.http.get("/api/human-layer/requests?settled=true&limit=1")).json()["requests"]
    assert request["decision"]["values"] == {"text": "tern"}


async def test_the_browser_is_taken_over_from_the_inbox_and_the_request_is_answered_by_it(
    viewer: Viewer, house: House
) -> None:
    session = await house.create(f"open {house.site}/news", 'ask a person "Look around"')
    await house.until(session, "waiting")
    page = await viewer.open("inbox")
    asked = page.get_by_role("article", name="Look around")
    await expect(asked.locator(".evidence-picture")).to_be_visible()
    await expect(asked.get_by_role("button", name="Take over")).to_be_enabled()  # the server is in reach
    await page.keyboard.press("t")
    await expect(page.get_by_text("You drive.")).to_be_visible()
    await expect(page.locator(".driven")).to_be_visible()
    await expect(page.get_by_label("Address")).to_have_value(f"{house.site}/news")
    await page.get_by_role("button", name="Hand back").click()
    await page.get_by_role("dialog").get_by_role("button", name="It is done").click()

    await house.until(session, "completed")
    await expect(page.locator(".session-head .status")).to_have_text("Done")


async def test_what_nobody_answered_in_time_is_history_and_asks_for_nothing(
    viewer: Viewer, house: House, tmp_path: Path
) -> None:
    async with (
        scripted_server(tmp_path / "data", ScriptedBrowsers(), human_timeout=0.3) as kit,
        httpx.AsyncClient(base_url=kit.url, timeout=30) as http,
    ):
        page = await viewer.open()
        await page.goto(f"{kit.url}/#/inbox")
        there = House(kit.url, house.site, house.browser, http)
        ended = await there.until(await there.create('ask a person "Too late?"'), "failed")
        assert ended["reason"] == "gave_up"
        await page.get_by_role("button", name="History").click()

        await expect(page.get_by_role("list", name="Settled requests, newest first")).to_contain_text("Expired")
        await expect(page).to_have_title("Zenobia")
        await page.get_by_role("button", name="What is pending").click()
        await expect(page.get_by_text("Nobody needs you")).to_be_visible()
        await page.goto("about:blank")
