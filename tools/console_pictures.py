"""Makes the console's part of `docs/pictures/`: real sessions on the demo site, looked at in a real browser."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from pictures import FOLDER, demo_site  # beside this file
from playwright.async_api import Browser, Page, expect

from tests.chrome import chrome
from zenobia.app import serving
from zenobia.settings import Settings

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
PATIENCE = 60_000
"""Milliseconds until a page that does not come is a failure."""

SHARP = """() => {
  const picture = document.querySelector('canvas.shot');
  return picture.clientWidth > 700 && picture.width >= picture.clientWidth;
}"""
"""Whether the enlarged picture has as many pixels as it is shown with."""


async def opened(browser: Browser, url: str, **device: Any) -> Page:
    """A page of the console."""
    context = await browser.new_context(**device, device_scale_factor=1.5, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(url)
    await page.locator("main:not([aria-busy=true]) h1").first.wait_for()
    return page


async def settled(page: Page) -> None:
    """Wait until every picture in the page is there."""
    await page.wait_for_function("() => [...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    await page.wait_for_load_state("networkidle")


async def ready(page: Page) -> None:
    """Wait until a request can be approved: nothing is that has only just come in sight."""
    await expect(page.get_by_role("article").get_by_role("button", name="Approve")).to_be_enabled()


async def shot(page: Page, name: str) -> None:
    """Keep what the page shows."""
    await settled(page)
    path = FOLDER / f"console-{name}.png"
    await page.screenshot(path=path)
    print(f"docs/pictures/{path.name}  {path.stat().st_size:,} bytes")  # noqa: T201 - what the command is for


async def driven_by_thumb(browser: Browser, session: str) -> None:
    """Take over on a phone, enlarged, and hand back."""
    phone = await opened(browser, session, **PHONE)
    await phone.get_by_role("article").get_by_role("button", name="Take over").click()
    await phone.get_by_role("button", name="Larger").click()
    await phone.wait_for_function(SHARP)
    await shot(phone, "phone-driven")
    await phone.get_by_role("button", name="Hand back").click()
    await phone.get_by_role("button", name="It is not done yet").click()
    await phone.get_by_role("button", name="Take over").first.wait_for()
    await phone.context.close()


async def picture(browser: Browser, url: str) -> None:
    """Buy a lantern, look at every screen on the way."""
    page = await opened(browser, url, **DESKTOP)
    await shot(page, "start")
    await page.get_by_role("button", name="Read the news").click()
    await page.get_by_role("region", name="Result").wait_for()
    await page.goto(f"{url}/#/")
    await page.get_by_role("button", name="Pass a gate").click()
    await page.get_by_role("article").get_by_role("button", name="Take over").click()
    await page.locator(".driven").wait_for()
    await shot(page, "driven")
    await page.get_by_role("button", name="Hand back").click()
    await page.get_by_role("button", name="It is not done yet").click()
    await page.get_by_role("button", name="Take over").first.wait_for()
    await driven_by_thumb(browser, page.url)
    await page.goto(f"{url}/#/")
    await page.get_by_role("button", name="Buy a lantern").click()
    await ready(page)
    await shot(page, "asked")
    session = page.url
    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_role("article").wait_for()
    await page.locator(".item").nth(1).click()
    await page.locator(".evidence-picture").wait_for()
    await ready(page)
    await shot(page, "inbox")
    phone = await opened(browser, session, **PHONE, color_scheme="dark")
    await ready(phone)
    await shot(phone, "phone")
    await phone.goto(f"{url}/#/")
    await shot(phone, "phone-start")
    await phone.goto(f"{url}/#/inbox")
    await phone.locator(".item").nth(1).click()
    await phone.locator(".evidence-picture").wait_for()
    await ready(phone)
    await shot(phone, "phone-inbox")
    await page.goto(session)
    await page.get_by_role("article").get_by_role("button", name="Approve").click()
    await page.get_by_role("region", name="Result").wait_for()
    await shot(page, "done")
    await page.locator(".line").filter(has_text="Add to cart").first.click()
    await page.locator(".outline").wait_for()
    await shot(page, "replay")
    await page.get_by_role("button", name="Dark").click()
    await page.get_by_role("link", name="Sessions", exact=True).click()
    await page.locator(".session-row").first.wait_for()
    await shot(page, "sessions")
    await phone.goto(session)
    await phone.locator(".line").filter(has_text="Add to cart").first.click()
    await phone.locator(".outline").wait_for()
    await phone.locator(".session").evaluate("(page) => page.scrollTo(0, 0)")
    await shot(phone, "phone-replay")


async def main() -> None:
    """Make every picture of the console."""
    with tempfile.TemporaryDirectory(prefix="zenobia-pictures-") as scratch:
        async with demo_site() as site, chrome() as browser:
            settings = Settings(
                host="127.0.0.1", port=0, data_dir=Path(scratch) / "data", warm_browsers=1, demo_site=site,
                allow_networks=["127.0.0.0/8"],
            )  # fmt: skip
            async with serving(settings) as server:
                await picture(browser, server.url)


if __name__ == "__main__":
    asyncio.run(main())
