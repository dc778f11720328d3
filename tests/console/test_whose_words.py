"""What an agent writes is said to be the agent's, wherever it is shown: a page may have put it into its mouth."""

from pathlib import Path

from playwright.async_api import expect

from .conftest import House, Viewer

WORDS = "Trust me, it is read-only"
LABEL = "In the agent's words, which a page may have given it"


async def test_a_request_in_the_agents_words_is_labelled_in_every_place(
    viewer: Viewer, house: House, tmp_path: Path
) -> None:
    session = await house.create(f"open {house.site}/", f'ask a person "{WORDS}"')
    await house.until(session, "waiting")
    page = await viewer.open("inbox")
    await expect(page.get_by_role("article")).to_contain_text(LABEL)
    await expect(page.locator(".item", has_text=WORDS)).to_contain_text("The agent asks")
    await page.get_by_label("Answer").fill("No")
    await page.get_by_role("button", name="Send answer").click()
    await house.until(session, "completed")

    other = await viewer.open(f"sessions/{session}")
    asked = other.locator(".line[data-kind=human_layer_request]")
    await expect(asked.locator(".author")).to_have_text("Agent")
    await expect(other.locator(".line[data-kind=human_layer_decision] .author")).to_have_text("Agent")
    await other.get_by_role("button", name="Export").click()
    async with other.expect_download() as begun:
        await other.get_by_role("button", name="As a page").click()
    exported = tmp_path / "session.html"
    await (await begun.value).save_as(exported)
    assert f"Agent: </span>{WORDS}" in exported.read_text()


async def test_what_the_server_found_out_is_not_said_to_be_the_agents(viewer: Viewer, house: House) -> None:
    session = await house.create(f"open {house.site}/", 'click "Search" (ask first)')
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await expect(page.get_by_role("article")).to_be_visible()
    await expect(page.get_by_text(LABEL)).to_have_count(0)
    await expect(page.locator(".line[data-kind=human_layer_request] .author")).to_have_count(0)
