"""What somebody writes is theirs until it is sent: nothing takes its place, and no key of it is taken for a command."""

import asyncio

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from .conftest import House, Viewer


async def test_an_answer_stays_whatever_one_looks_at_meanwhile(viewer: Viewer, house: House) -> None:
    sessions = [await house.create(f'ask a person "{title}"') for title in ("First?", "Second?")]
    for session in sessions:
        await house.until(session, "waiting")
    page = await viewer.open("inbox")
    answer = page.get_by_label("Answer")
    await answer.fill("The old")
    await page.keyboard.press("Tab")
    await page.keyboard.press("j")
    await expect(page.get_by_role("article", name="Second?")).to_be_visible()
    await expect(answer).to_have_value("")
    await page.keyboard.press("k")
    await expect(answer).to_have_value("The old")
    await page.get_by_role("button", name="Deny").click()
    await page.get_by_label("Why not?").fill("Not now")
    await page.reload()

    await expect(page.get_by_label("Why not?")).to_have_value("Not now")
    await page.get_by_role("button", name="Back").click()
    await answer.fill("The old one")
    await page.get_by_role("button", name="Send answer").click()
    await house.until(sessions[0], "completed")
    await expect(page.get_by_role("article", name="Second?")).to_be_visible()


async def test_nothing_takes_the_place_of_a_question_that_somebody_answers(viewer: Viewer, house: House) -> None:
    asking = await house.create('ask a person "First?"')
    request = (await house.until(asking, "waiting"))["pendingRequests"][0]
    risky = await house.create(f"open {house.site}/counter", 'click "Count" (ask first)')
    await house.until(risky, "waiting")
    page = await viewer.open("inbox")
    await page.get_by_label("Answer").press_sequentially("an ")
    await house.http.post(f"/api/human-layer/requests/{request['id']}/respond", json={"response": "Quicker"})
    await expect(page.get_by_text("What you wrote was not sent.")).to_be_visible()
    await asyncio.sleep(0.8)  # longer than a request must have been in sight to be approved
    await page.keyboard.type("atn")

    await expect(page.get_by_role("textbox", name="What you wrote was not sent.")).to_have_value("an ")
    assert (await house.session(risky))["status"] == "waiting"
    assert page.url.endswith("#/inbox")
    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("article", name="Count")).to_be_visible()
    await expect(page.get_by_role("button", name="Approve")).to_be_enabled()
    await page.keyboard.press("a")
    await house.until(risky, "completed")


async def test_a_field_that_goes_while_somebody_types_leaves_no_commands_behind(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news", 'ask a person "Wait"')
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_label("Message to the agent").press_sequentially("Say ")
    await page.evaluate("document.activeElement.remove()")
    await page.keyboard.type("again in")
    assert f"sessions/{session}" in page.url
    await page.keyboard.press("Escape")
    await page.keyboard.press("i")
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


async def test_what_is_written_while_a_message_is_sent_is_the_next_one(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news", 'ask a person "Wait"')
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    arrives = asyncio.Event()

    async def later(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/api/files", later)
    files = page.get_by_label("Files to attach")
    await files.set_input_files({"name": "one.txt", "mimeType": "text/plain", "buffer": b"1"})
    message = page.get_by_label("Message to the agent")
    await message.fill("The first")
    await message.press("Enter")
    await message.fill("The second")
    await files.set_input_files({"name": "two.txt", "mimeType": "text/plain", "buffer": b"2"})
    arrives.set()

    await expect(page.locator(".line[data-kind=message-user]")).to_contain_text(["The first"])
    await expect(page.locator(".composer .chosen li")).to_have_count(1)
    await expect(page.locator(".composer")).to_contain_text("two.txt")
    await expect(message).to_have_value("The second")


async def test_a_job_that_is_on_its_way_is_not_started_twice(viewer: Viewer, house: House) -> None:
    page = await viewer.open()
    arrives = asyncio.Event()

    async def later(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/api/files", later)
    prompt = f"open {house.site}/news?once"
    await page.get_by_label("Prompt").fill(prompt)
    await page.get_by_label("Files to attach").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"remember the milk"}
    )
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("link", name="Sessions", exact=True).click()
    await page.get_by_role("link", name="New", exact=True).click()
    await expect(page.get_by_role("button", name="Sending the files")).to_be_disabled()
    await page.get_by_role("link", name="Inbox").click()
    arrives.set()

    await expect(page.get_by_text("The session has begun.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    newest = (await house.http.get("/api/sessions?limit=5")).json()["sessions"]
    assert [session["prompt"] for session in newest].count(prompt) == 1
    await page.get_by_role("link", name="New", exact=True).click()
    await expect(page.get_by_label("Prompt")).to_have_value("")


async def deaf(page: Page) -> asyncio.Event:
    """Load the page anew, over a connection that brings back nothing of the server's until this is set."""
    hears = asyncio.Event()

    def between(page_end: WebSocketRoute) -> None:
        server_end = page_end.connect_to_server()
        server_end.on_message(lambda said: page_end.send(said) if hears.is_set() else None)

    await page.route_web_socket("**/socket.io/**", between)
    hears.set()
    await page.reload()
    await expect(page.get_by_role("alert")).to_be_hidden()
    return hears


@pytest.mark.parametrize("reloaded", [False, True])
async def test_a_job_that_got_no_answer_is_started_once_however_often_one_tries(
    viewer: Viewer, house: House, reloaded: bool
) -> None:
    page = await viewer.open()
    await page.clock.install()
    hears = await deaf(page)
    prompt = f"open {house.site}/news?unanswered={reloaded}"
    await page.get_by_label("Prompt").fill(prompt)
    start = page.get_by_role("button", name="Start")
    await expect(start).to_be_enabled()
    hears.clear()
    await start.click()
    await expect(page.get_by_role("button", name="Starting")).to_be_disabled()
    for _ in range(2):
        await page.clock.run_for(16_000)
    await expect(page.get_by_text("it is not known whether this was done")).to_be_visible()
    hears.set()
    if reloaded:
        await page.reload()
    await expect(page.get_by_label("Prompt")).to_have_value(prompt)
    await start.click()

    await expect(page.get_by_role("log")).to_be_visible()
    newest = (await house.http.get("/api/sessions?limit=5")).json()["sessions"]
    assert [session["prompt"] for session in newest].count(prompt) == 1


async def test_a_message_with_a_file_that_got_no_answer_is_sent_once(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.clock.install()
    hears = await deaf(page)
    await page.get_by_label("Files to attach").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"remember the milk"}
    )
    message = page.get_by_label("Message to the agent")
    await message.fill("The first")
    hears.clear()
    await message.press("Enter")
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    for _ in range(2):
        await page.clock.run_for(16_000)
    await expect(page.get_by_text("it is not known whether this was done")).to_be_visible()
    hears.set()
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await message.press("Enter")
    await expect(message).to_have_value("")
    await message.fill("The second")
    await message.press("Enter")

    said = page.locator(".line[data-kind=message-user]")
    await expect(said.last).to_contain_text("The second")
    await expect(said).to_have_count(2)


async def test_a_text_too_long_for_the_tabs_memory_is_still_written(viewer: Viewer) -> None:
    page = await viewer.open()
    await page.evaluate("sessionStorage.setItem('all but full', 'x'.repeat(5_200_000))")
    prompt = page.get_by_label("Prompt")
    await prompt.fill("go on " * 20_000)
    await page.get_by_role("link", name="Sessions", exact=True).click()
    await page.get_by_role("link", name="New", exact=True).click()
    assert await prompt.evaluate("field => field.value.length") == 120_000


async def test_a_long_word_widens_nothing(viewer: Viewer) -> None:
    page = await viewer.open(viewport={"width": 1280, "height": 800})
    await page.get_by_label("Prompt").fill("https://example.org/" + "a" * 300)
    assert await page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    await page.get_by_label("Prompt").fill("")


async def test_a_folder_that_is_dropped_is_refused_in_words(viewer: Viewer) -> None:
    page = await viewer.open()
    await page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["1"], "inside"));
          const event = new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
          DataTransferItem.prototype.webkitGetAsEntry = () => ({isDirectory: true});
          document.querySelector("form.prompt").dispatchEvent(event);
        }"""
    )
    await expect(page.get_by_text("A folder cannot be added.")).to_be_visible()
    await expect(page.locator(".chosen li")).to_have_count(0)


async def test_the_marked_request_of_many_is_in_sight(viewer: Viewer, house: House) -> None:
    for number in range(3):
        await house.until(await house.create(f'ask a person "Number {number}?"'), "waiting")
    page = await viewer.open("inbox", viewport={"width": 1280, "height": 220})
    await expect(page.locator(".queue .item")).to_have_count(3)
    await expect(page.locator(".queue .item").last).not_to_be_in_viewport()
    for _ in range(2):
        await page.keyboard.press("j")
    marked = page.locator(".queue .item[aria-current=true]")
    await expect(marked).to_contain_text("Number 2?")
    await expect(marked).to_be_in_viewport(ratio=0.9)


async def test_a_session_that_is_deleted_elsewhere_is_shown_no_more(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news")
    await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}")
    await expect(page.locator(".session-head .status")).to_have_text("Done")
    (await house.http.delete(f"/api/sessions/{session}")).raise_for_status()
    await expect(page.get_by_text("This session cannot be shown")).to_be_visible(timeout=15_000)


async def test_a_question_whether_to_end_it_goes_with_what_it_was_about(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news", 'ask a person "Wait"')
    request = (await house.until(session, "waiting"))["pendingRequests"][0]
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog", name="Cancel this session?")).to_be_visible()
    await house.http.post(f"/api/human-layer/requests/{request['id']}/respond", json={"response": "On"})
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await house.http.post(f"/api/sessions/{session}/messages", json={"message": 'ask a person "Again"'})
    await expect(page.get_by_role("article", name="Again")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
