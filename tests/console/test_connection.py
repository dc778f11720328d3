"""Who is told, told honestly: two consoles and a phone at once, a lost network, and watching only."""

from playwright.async_api import Page, expect

from .conftest import PHONE, House, Viewer


async def said(page: Page, text: str) -> None:
    """Wait until the timeline shows this."""
    await expect(page.locator(".line[data-kind=message-user]").filter(has_text=text)).to_be_visible()


async def tell(house: House, session: str, text: str) -> None:
    await house.http.post(f"/api/sessions/{session}/messages", json={"message": text})


async def test_two_consoles_and_a_phone(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    first = await viewer.open(f"sessions/{session}")
    await expect(first.get_by_role("log")).to_be_visible()
    phone = await viewer.open(f"sessions/{session}", **PHONE)
    await expect(phone.get_by_role("log")).to_be_visible()
    banner = "Another page or program has become the active client"
    await expect(first.get_by_text(banner)).to_be_visible()

    second = await viewer.open(f"sessions/{session}")
    await expect(phone.get_by_text(banner)).to_be_visible()
    await tell(house, session, "one")
    await said(second, "one")
    assert await first.locator(".line[data-kind=message-user]").count() == 0

    await first.get_by_role("button", name="Take it back").click()
    await said(first, "one")
    await expect(first.get_by_text(banner)).to_be_hidden()
    await expect(second.get_by_text(banner)).to_be_visible()

    await phone.get_by_role("alert").get_by_role("button", name="Only watch").click()
    await said(phone, "one")
    await tell(house, session, "two")
    await said(first, "two")
    await said(phone, "two")
    assert await first.get_by_text(banner).count() == 0


async def test_offline_is_said_and_nothing_is_missed(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await expect(page.get_by_role("log")).to_be_visible()

    await page.context.set_offline(True)
    await expect(page.get_by_role("alert")).to_contain_text("Not connected")
    await expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    for text in ("while", "you were", "away"):
        await tell(house, session, text)
    await page.context.set_offline(False)

    for text in ("while", "you were", "away"):
        await said(page, text)
    await expect(page.get_by_role("alert")).to_be_hidden()
    assert await page.locator(".line[data-kind=message-user]").count() == 3


async def test_a_slow_network_is_waited_for(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    network = await page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
    await network.send("Network.emulateNetworkConditions", slow)  # pyright: ignore[reportUnknownMemberType]

    await page.get_by_label("Message to the agent").fill("slowly")
    await page.keyboard.press("Enter")
    await said(page, "slowly")


async def test_who_only_watches_changes_nothing(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_role("button", name="Only watch").click()

    await expect(page.get_by_text("You only watch.")).to_be_visible()
    await expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    await page.get_by_role("button", name="Take part").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
