"""People are called: by the tab's title, at once; by the page while it is open; by push while nobody looks."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest_asyncio
from PIL import Image
from playwright.async_api import CDPSession, Page, Route, expect

from tests.pushing import PushService, push_service
from zenobia.operators.cdp import tell

from .conftest import PHONE, House, Viewer

ASKING = 'ask a person "Number 1"'

HIDDEN = """Object.defineProperties(document, {
  hidden: { get: () => window.away === true }, visibilityState: { get: () => (window.away ? 'hidden' : 'visible') },
})"""
"""A headless page is never out of sight: here it says what the test wants it to say."""

AWAY = "(away) => { window.away = away; document.dispatchEvent(new Event('visibilitychange')); }"

CALLED = """window.shown = [];
window.Notification = class {
  static permission = 'granted';
  static requestPermission = async () => 'granted';
  constructor(title, { body }) { window.shown.push(`${title}: ${body}`); }
};"""

SUBSCRIBES = """(subscription) => {
  const made = { endpoint: subscription.endpoint, options: {}, toJSON: () => subscription };
  let held = null;
  made.unsubscribe = async () => { held = null; };
  PushManager.prototype.subscribe = async () => { held = made; return made; };
  PushManager.prototype.getSubscription = async () => held;
}"""
"""A push service is what a browser's maker runs: here the browser has one on this machine."""

SHOWS = """() => {
  const { promise, resolve } = Promise.withResolvers();
  self.shown = promise;
  self.registration.showNotification = async (title, { body }) => resolve([title, body]);
}"""
"""A headless browser has nowhere to show a notification: what its worker would show is kept."""

GRANTED = "Object.defineProperty(Notification, 'permission', { get: () => 'granted' })"
"""A headless browser says that they are denied, though it was told to grant them, and does."""


@pytest_asyncio.fixture(loop_scope="session")
async def service(tmp_path: Path) -> AsyncGenerator[PushService]:
    """A push service."""
    async with push_service(tmp_path) as running:
        yield running


async def test_a_request_is_there_at_once_and_nobody_asks_for_it_again_and_again(viewer: Viewer, house: House) -> None:
    page = await viewer.open("inbox")
    phone = await viewer.open("", **PHONE)
    await expect(page.get_by_text("Nobody needs you")).to_be_visible()
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url) if "human-layer/requests" in request.url else None)
    session = await house.create(ASKING)

    await expect(page.get_by_role("article")).to_contain_text("Number 1")
    await expect(page).to_have_title("(1) Zenobia")
    await expect(phone).to_have_title("(1) Zenobia")
    assert len(read) == 1
    await house.http.post(f"/api/sessions/{session}/cancel")
    await expect(page.get_by_text("Nobody needs you")).to_be_visible()
    await expect(page).to_have_title("Zenobia")


async def test_an_inbox_that_cannot_be_read_says_so_and_is_read_as_soon_as_it_can_be(
    viewer: Viewer, house: House
) -> None:
    broken = True

    async def answer(route: Route) -> None:
        if broken:
            await route.abort()
        else:
            await route.continue_()

    await house.until(await house.create(ASKING), "waiting")
    page = await viewer.open("sessions")
    await page.route("**/api/human-layer/requests", answer)
    await page.goto(f"{house.url}/#/inbox")
    await page.reload()
    await expect(page.get_by_text("It is tried again by itself")).to_be_visible()
    await expect(page).to_have_title("Zenobia")
    broken = False
    await expect(page.get_by_role("article")).to_contain_text("Number 1")
    await expect(page.get_by_text("It is tried again by itself")).to_be_hidden()

    broken = True
    await house.create('ask a person "Number 2"')
    await expect(page.get_by_role("alert")).to_contain_text("The inbox cannot be read now")
    await expect(page.get_by_role("article")).to_contain_text("Number 1")
    broken = False
    await expect(page).to_have_title("(2) Zenobia")
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_a_page_out_of_sight_calls_once_for_each_and_only_if_it_was_asked_to(
    viewer: Viewer, house: House
) -> None:
    page = await viewer.open("inbox")
    for script in (HIDDEN, CALLED):
        await page.add_init_script(script)
    await page.reload()
    await expect(page.get_by_text("Nobody needs you")).to_be_visible()
    await page.evaluate(AWAY, True)
    await house.until(await house.create(ASKING), "waiting")
    await expect(page).to_have_title("(1) Zenobia")
    assert await page.evaluate("window.shown") == []

    await page.get_by_role("button", name="Call me").click()
    await expect(page.get_by_text("This browser cannot be reached by push")).to_be_visible()
    await house.until(await house.create('ask a person "Number 2"'), "waiting")
    await expect(page).to_have_title("(2) Zenobia")
    await page.wait_for_function("window.shown.length > 0")
    assert await page.evaluate("window.shown") == ["Zenobia needs you: The agent asks: Number 2"]


async def test_a_browser_that_was_asked_to_is_called_by_push(
    viewer: Viewer, house: House, service: PushService
) -> None:
    browser = service.browser("ada")
    page = await viewer.open("inbox")
    await page.context.grant_permissions(["notifications"], origin=house.url)
    for script in (HIDDEN, GRANTED, f"({SUBSCRIBES})({json.dumps(browser.subscription)})"):
        await page.add_init_script(script)
    await page.reload()
    await page.get_by_role("button", name="Call me").click()
    await expect(page.get_by_text("You are called when somebody needs you")).to_be_visible()
    await expect(page.get_by_role("button", name="Call me")).to_have_attribute("aria-pressed", "true")
    worker = await registered(page)
    await page.evaluate(AWAY, True)

    await house.until(await house.create(ASKING), "waiting")
    [said] = await service.called(browser)
    assert await shown(page, worker, house, said) == ["Zenobia needs you", "A session asks for a helping hand."]

    await page.goto(f"{house.url}/#/inbox")
    await page.get_by_role("button", name="Call me").click()
    await expect(page.get_by_role("button", name="Call me")).to_have_attribute("aria-pressed", "false")


async def test_a_phone_that_calls_only_from_its_home_screen_says_so(viewer: Viewer) -> None:
    page = await viewer.open("inbox", **PHONE)
    await page.add_init_script(
        "delete window.Notification; Object.defineProperty(navigator, 'standalone', { value: false })"
    )
    await page.reload()
    await page.get_by_role("button", name="Call me").click()

    await expect(page.get_by_text("Put this page on your home screen")).to_be_visible()
    await expect(page.get_by_role("button", name="Call me")).to_have_attribute("aria-pressed", "false")


async def test_the_console_can_be_put_on_a_home_screen(viewer: Viewer, house: House) -> None:
    page = await viewer.open("inbox")
    browser = await page.context.new_cdp_session(page)
    found: dict[str, Any] = await tell(browser, "Page.getAppManifest")
    manifest = json.loads(found["data"])

    assert found["errors"] == []
    assert found["url"] == f"{house.url}/console.webmanifest"
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "./")
    touch = await page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    for source, size in [(one["src"], one["sizes"]) for one in manifest["icons"]] + [(touch, "180x180")]:
        answer = await house.http.get(f"/{source}")
        assert answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as icon:
            assert f"{icon.width}x{icon.height}" == size


async def registered(page: Page) -> tuple[CDPSession, str]:
    """A way to the browser's workers, and the id of the console's."""
    workers = await page.context.new_cdp_session(page)
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def told(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    workers.on("ServiceWorker.workerRegistrationUpdated", told)  # pyright: ignore[reportUnknownMemberType]
    await workers.send("ServiceWorker.enable")  # pyright: ignore[reportUnknownMemberType]
    async with asyncio.timeout(15):
        return workers, await found


async def shown(page: Page, worker: tuple[CDPSession, str], house: House, said: dict[str, Any]) -> list[str]:
    """Deliver what was sent to the browser while no console is open; what it shows then."""
    workers, registration = worker
    [inside] = page.context.service_workers
    await inside.evaluate(SHOWS)
    await page.goto("about:blank")
    told = {"origin": house.url, "registrationId": registration, "data": json.dumps(said)}
    await workers.send("ServiceWorker.deliverPushMessage", told)  # pyright: ignore[reportUnknownMemberType]
    return await inside.evaluate("self.shown")


async def test_a_worker_of_its_own_is_served_under_the_same_policy(house: House) -> None:
    answer = await house.http.get("/push-worker.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "import" not in answer.text
    assert "fetch" not in answer.text
