"""What a person has begun stays with them: what they wrote, where they were, what the keyboard acts on."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import Page, expect

from .conftest import House, Viewer


async def test_a_session_that_goes_on_is_shown_at_its_new_end(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/shop", f"open {house.site}/news")
    before = await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_label("Moment").press("Home")
    await expect(page.locator(".line[data-current=true]")).to_have_count(1)
    await asyncio.sleep(2.2)  # which is not time that it took
    await page.get_by_label("Message to the agent").fill(f"open {house.site}/search")
    await page.keyboard.press("Enter")
    await expect(page.locator(".line[data-kind=message-user]")).to_have_count(1)
    await expect(page.locator(".session-head .status")).to_have_text("Done")

    await expect(page.locator(".line[data-current=true]")).to_have_count(0)
    await expect(page.locator(".stage .url")).to_have_text(f"{house.site}/search")
    events = (await house.http.get(f"/api/sessions/{session}/events?after={before['lastSeq']}")).json()["events"]
    now = await house.session(session)
    took = now["endedAt"] - now["startedAt"] - (events[0]["timestamp"] - before["endedAt"])
    await expect(page.locator(".usage > div", has_text="Time").locator("dd")).to_have_text(f"{took / 1000:.0f} s")


async def test_the_last_page_that_was_seen_is_shown_of_a_session_that_failed(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news", "open http://nosuch.invalid/")
    await house.until(session, "failed")
    page = await viewer.open(f"sessions/{session}")

    await expect(page.locator(".stage img.shot")).to_be_visible()


async def test_chosen_files_wait_for_the_start_and_go_with_it(viewer: Viewer, house: House) -> None:
    page = await viewer.open()
    await page.get_by_label("Prompt").fill(f"open {house.site}/news")
    await page.get_by_label("Files to attach").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"remember the milk"}
    )
    await page.get_by_role("link", name="Sessions", exact=True).click()
    await page.get_by_role("link", name="New", exact=True).click()
    await expect(page.locator("form.prompt")).to_contain_text("note.txt")
    await page.get_by_role("button", name="Start").click()

    await expect(page.get_by_role("region", name="Files")).to_contain_text("note.txt")
    await page.get_by_role("link", name="New", exact=True).click()
    await expect(page.get_by_label("Prompt")).to_have_value("")
    await expect(page.locator("form.prompt")).not_to_contain_text("note.txt")


async def test_what_was_written_is_there_whatever_comes_between(viewer: Viewer, house: House) -> None:
    session = await house.create(f'open {house.site}/news then ask a person "Which one?"')
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    message, answer = page.get_by_label("Message to the agent"), page.get_by_label("Answer")
    await message.fill("The one about")
    await answer.fill("The third")
    await page.get_by_role("button", name="Only watch").click()
    await expect(page.get_by_text("You only watch.")).to_be_visible()
    await expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    await expect(message).to_have_value("The one about")
    await expect(answer).to_have_value("The third")

    await page.get_by_role("button", name="Take part").click()
    await page.get_by_role("link", name="New", exact=True).click()
    prompt = page.get_by_label("Prompt")
    await prompt.fill(f"open {house.site}/shop")
    await page.get_by_role("link", name="Sessions", exact=True).click()
    await page.reload()
    await page.get_by_role("link", name="New", exact=True).click()
    await expect(prompt).to_have_value(f"open {house.site}/shop")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator(".session-head")).to_be_visible()
    await page.get_by_role("link", name="New", exact=True).click()
    await expect(prompt).to_have_value("")
    await page.goto(f"{house.url}/#/sessions/{session}")
    await expect(message).to_have_value("The one about")


async def taken_over(viewer: Viewer, house: House) -> Page:
    """A session whose browser was taken over with the keyboard alone."""
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_role("button", name="Take over").press("Enter")
    return page


async def test_the_keyboard_is_where_the_hands_are(viewer: Viewer, house: House) -> None:
    page = await taken_over(viewer, house)
    await expect(page.locator(".driven")).to_be_focused()

    await page.get_by_role("button", name="Hand back").press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Hand back").press("Enter")
    await expect(page.locator(".driven")).to_have_count(0)
    await expect(page.locator(".stage")).to_be_focused()


async def test_a_page_that_cannot_be_had_keeps_its_address(viewer: Viewer, house: House) -> None:
    page = await taken_over(viewer, house)
    await page.get_by_label("Address").fill("http://nosuch.invalid/")
    await page.keyboard.press("Enter")

    await expect(page.locator(".tabs button.name")).to_have_text("http://nosuch.invalid/")
    await expect(page.get_by_label("Address")).to_have_value("http://nosuch.invalid/")


async def test_an_exported_page_is_named_as_the_session_is(viewer: Viewer, house: House, tmp_path: Path) -> None:
    session = await house.create("# A day at sea", f"open {house.site}/news")
    await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as begun:
        await page.get_by_role("button", name="As a page").click()
    exported = tmp_path / "session.html"
    await (await begun.value).save_as(exported)

    assert re.findall("<(?:title|h1)[^>]*>([^<]*)", exported.read_text()) == ["A day at sea", "A day at sea"]
