"""Start, watch and decide, as a person does it in the console."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from zenobia.testing import scripted_server

from .conftest import PHONE, House, Viewer
from .test_driving import places


async def sentences(page: Page) -> list[str]:
    """The timeline, line by line, as a person reads it."""
    return await page.locator(".timeline .said > p:first-child").all_inner_texts()


async def test_a_first_visit_invites_and_a_demonstration_runs_to_its_end(viewer: Viewer) -> None:
    page = await viewer.open()
    await page.get_by_role("button", name="Buy a lantern").click()

    asked = page.get_by_role("article", name='Click "Place order"')
    await expect(asked).to_contain_text("/shop/checkout")
    await asked.get_by_role("button", name="Approve").click()

    await expect(page.get_by_role("region", name="Result")).to_contain_text("Thank you, Ada.")
    await expect(page.locator(".session-head .status")).to_have_text("Done")
    assert 'Approved: Click "Place order"' in await sentences(page)


async def test_the_demonstration_of_the_news_brings_home_what_it_found(viewer: Viewer, house: House) -> None:
    page = await viewer.open()
    await page.get_by_role("button", name="Read the news").click()

    result = page.get_by_role("region", name="Result")
    await expect(result).to_contain_text("The night ferry returns to Saltmarsh after eleven years")
    await expect(result.locator(".hits > li")).to_have_count(4)
    await expect(page.locator(".session-head .status")).to_have_text("Done")


async def test_without_a_demonstration_site_the_start_page_says_how_to_have_one(viewer: Viewer, tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data") as kit:
        page = await viewer.open()
        await page.goto(f"{kit.url}/#/")

        await expect(page.get_by_text("They need the demonstration site")).to_be_visible()
        await expect(page.get_by_role("button", name="Buy a lantern")).to_be_disabled()
        await page.goto("about:blank")


async def test_what_can_be_typed_is_said_for_the_agent_that_will_read_it(viewer: Viewer, tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", model="openai:any") as kit:
        page = await viewer.open()
        await expect(page.get_by_text("Say it in plain steps, one a line.")).to_be_visible()
        await expect(page.get_by_text("A step begins with open, search for")).to_be_visible()
        await page.goto(f"{kit.url}/#/")
        await expect(page.get_by_text("Say it in your own words.")).to_be_visible()
        await expect(page.get_by_text("A step begins with")).to_have_count(0)
        await page.get_by_label("Agent").select_option("playbook")
        await expect(page.get_by_text("A step begins with open, search for")).to_be_visible()
        await page.goto("about:blank")


DROP = """(form) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(['remember the bread'], 'dropped.txt', { type: 'text/plain' }));
  for (const kind of ['dragover', 'drop'])
    form.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


async def test_files_are_dropped_on_the_prompt(viewer: Viewer, house: House) -> None:
    page = await viewer.open()
    await page.get_by_label("Prompt").fill(f"open {house.site}/news")
    await page.locator("form.prompt").evaluate(DROP)
    await expect(page.locator("form.prompt")).to_contain_text("dropped.txt")
    await page.get_by_role("button", name="Start").click()

    await expect(page.get_by_role("region", name="Files")).to_contain_text("dropped.txt")


async def test_what_was_typed_is_done_with_the_files_that_were_added(viewer: Viewer, house: House) -> None:
    page = await viewer.open()
    await page.get_by_label("Prompt").fill(f"open {house.site}/news")
    await page.get_by_label("Files to attach").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"remember the milk"}
    )
    await page.get_by_label("Agent").select_option("playbook")
    await page.keyboard.press("Control+Enter")
    await page.get_by_label("Prompt").press("Control+Enter")

    files = page.get_by_role("region", name="Files")
    await expect(files).to_contain_text("note.txt")
    async with page.expect_download() as saving:
        await files.get_by_role("button", name="note.txt").click()
    assert (await (await saving.value).path()).read_bytes() == b"remember the milk"


async def test_who_comes_late_or_reloads_reads_the_same(viewer: Viewer, house: House, lantern: list[str]) -> None:
    session = await house.create(*lantern)
    early = await viewer.open(f"sessions/{session}")
    await house.until(session, "waiting")
    await expect(early.get_by_role("article")).to_be_visible()
    told = await sentences(early)

    late = await viewer.open(f"sessions/{session}", **PHONE)
    await expect(late.get_by_role("article")).to_be_visible()
    await early.reload()
    await expect(early.get_by_role("article")).to_be_visible()

    assert len(told) > 7
    await expect(early.locator(".timeline .said")).to_have_count(len(told))
    assert await sentences(early) == told
    assert (await sentences(late))[-3:] == told[-3:]


async def test_pause_resume_say_more_and_cancel(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_label("Message to the agent").fill(f"open {house.site}/slow?seconds=2")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Pause").click()
    await page.get_by_role("button", name="Resume").click()
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel the session").click()

    await expect(page.locator(".session-head .status")).to_have_text("Cancelled")


async def test_a_session_that_has_ended_is_gone_through_again(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news", "screenshot", f"open {house.site}/shop", "screenshot")
    await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}")
    pictures: set[str] = set()
    for moment in ("first", "last"):
        await page.get_by_label("Moment").press("Home" if moment == "first" else "End")
        lines = page.locator(".line[data-current=true]")
        await expect(lines).to_have_count(1)
        pictures.add(await lines.inner_text())

    assert len(pictures) == 2


async def test_the_replay_frames_what_is_acted_on_in_the_picture_from_before(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/counter", 'click "Count"', f"open {house.site}/shop")
    await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}")
    await expect(page.locator("figcaption")).to_contain_text("/shop")
    await page.get_by_label("Moment").press("Home")
    await expect(page.locator(".outline")).to_have_count(0)
    await page.locator(".line").filter(has_text='Clicked "Count"').first.click()
    await expect(page.locator("figcaption")).to_contain_text("/counter")
    await expect(page.locator(".outline")).to_be_visible()  # which it is once the picture has come

    frame = await page.locator(".outline").bounding_box()
    picture = await page.locator(".view img").bounding_box()
    assert frame is not None
    assert picture is not None
    assert picture["x"] <= frame["x"] <= picture["x"] + picture["width"]
    assert 0 < frame["width"] < picture["width"] / 2


SIZES = """() => {
  window.heights = new Set();
  const view = document.querySelector('.view');
  new ResizeObserver(() => heights.add(view.clientHeight)).observe(view);
}"""


async def test_the_replay_stays_as_high_as_it_is_and_frames_nothing_before_there_is_a_picture(
    viewer: Viewer, house: House
) -> None:
    session = await house.create(f"open {house.site}/counter", 'click "Count"', f"open {house.site}/shop")
    await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}")
    await expect(page.locator(".view img")).to_be_visible()
    arrived = asyncio.Event()

    async def late(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await page.route("**/pictures/*", late)
    await page.evaluate(SIZES)
    await page.locator(".line").filter(has_text='Clicked "Count"').first.click()
    await expect(page.locator(".view .waiting")).to_be_visible()
    await expect(page.locator(".outline")).to_be_hidden()
    arrived.set()
    await expect(page.locator(".outline")).to_be_visible()

    assert len(await page.evaluate("[...heights]")) == 1


async def test_the_live_picture_frames_what_is_acted_on_until_a_person_drives(viewer: Viewer, house: House) -> None:
    """What lies behind a link that takes a minute: the picture is of the page that has it, all the while."""
    session = await house.create(f"open {house.site}/slow?seconds=0", 'click "a whole minute"')
    page = await viewer.open(f"sessions/{session}")
    outline, picture = page.locator(".outline"), page.locator(".view canvas")
    await expect(outline).to_be_visible()
    framed, shown = await outline.bounding_box(), await picture.bounding_box()
    [middle] = await places(house, "/slow?seconds=0", 1280, 800, "a[href$='=60']")
    assert framed is not None
    assert shown is not None
    where = (framed["x"] + framed["width"] / 2 - shown["x"], framed["y"] + framed["height"] / 2 - shown["y"])
    assert where == pytest.approx((middle[0] * shown["width"], middle[1] * shown["height"]), abs=2)
    await page.get_by_role("button", name="Take over").click()

    await expect(outline).to_have_count(0)


async def test_a_session_that_has_ended_is_saved_as_a_film(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/counter", 'click "Count"')
    await house.until(session, "completed")
    page = await viewer.open(f"sessions/{session}", **PHONE)
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as saving:
        await page.get_by_role("dialog").get_by_role("button", name="As a film").click()
    saved = await saving.value

    assert saved.suggested_filename == f"{session}.mp4"
    assert (await saved.path()).read_bytes()[4:8] == b"ftyp"
    await expect(page.get_by_role("button", name="Export")).to_be_enabled()


async def test_why_a_session_has_failed_is_said_once(viewer: Viewer, house: House) -> None:
    """By its result; by the line of its end once a message has taken it up again, as then it has no result."""
    session = await house.create(f"open {house.site}/news", 'click "No such thing"')
    why = (await house.until(session, "failed"))["error"]["error"]
    page = await viewer.open(f"sessions/{session}")
    await expect(page.get_by_role("region", name="Result")).to_contain_text(why)
    assert (await sentences(page))[-2:] == ['Click "No such thing"', "The session failed."]
    assert (await page.locator("body").inner_text()).count("There is no") == 1
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="As a page").click()
    kept = (await (await saving.value).path()).read_text()
    assert kept.count("There is no") == 1
    assert "The session failed.<" in kept

    await house.http.post(f"/api/sessions/{session}/messages", json={"message": f"open {house.site}/slow?seconds=0"})
    await house.until(session, "completed")
    await expect(page.locator(".session-head .status")).to_have_text("Done")
    assert f"The session failed: {why}" in await sentences(page)


async def test_a_session_that_is_not_there_says_so(viewer: Viewer) -> None:
    page = await viewer.open("sessions/ses_nowhere")

    await expect(page.get_by_text("There is no session with that id.")).to_be_visible()


SHARP = "() => { const shown = document.querySelector('canvas.shot'); return shown.width >= shown.clientWidth }"


async def test_the_live_picture_has_as_many_pixels_as_it_is_shown_with(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/news", 'ask a person "Well?"')
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}", viewport={"width": 700, "height": 800})
    await page.get_by_role("button", name="Take over").first.click()
    await expect(page.locator("canvas.shot")).to_be_visible()
    small: int = await page.evaluate("() => document.querySelector('canvas.shot').clientWidth")
    await page.wait_for_function(SHARP)

    await page.set_viewport_size({"width": 1600, "height": 900})
    await page.wait_for_function(f"() => document.querySelector('canvas.shot').clientWidth > {small}")
    await page.wait_for_function(SHARP)
