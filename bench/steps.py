"""What a step costs beside its model: thirty steps on a form, by our agent and by a script written by hand.

Ours looks at the page before each step, asks a model that answers at once over its real wire format, checks the target,
judges the action by the policy, stores the intent and the outcome on disk, waits until the page has come to rest, and
takes a picture of what came of it. The reference is Playwright alone in the same browser: the same actions, and after
each the same picture, decoded. It knows the page, so it looks at nothing, waits for nothing but its actions, and stores
nothing. Both once more without pictures.
"""

import asyncio
import base64
import os
import time
from collections.abc import Iterator

from browsers import VIEWPORT
from measuring import Block, Comparison, Finding
from playwright.async_api import Browser, CDPSession, Page, async_playwright
from playwright.async_api import Error as PlaywrightError
from processes import Broken, demo_site, scratch, zenobia

from zenobia.client import Client
from zenobia.operators.cdp import tell
from zenobia.operators.chromium import QUIET, find_browser, unwanted_flags
from zenobia.testing.models import Asked, Call, Calls, Decide, ScriptedModel, scripted_model

TARGET = 1.3
TIMES = 5
STEPS = 6 * TIMES
SESSIONS = 2
"""Sessions in a block."""

NAME, EMAIL, COUNTRY, WISH, SEND = "Full name", "Email", "Country", "Bicycle", "Send request"
SMALL = {"format": "jpeg", "quality": 50, "optimizeForSpeed": True}
ALLOW = {"policy": {"kinds": dict.fromkeys(("submit", "send", "unknown", "credential", "disclose"), "allow")}}
WITHIN = 60.0

PICTURED_WITHIN, AGAIN_AFTER = 5.0, 0.005
"""Seconds within which the browser draws a page that has just come, and between attempts until then."""


def steps(blocks: int) -> Iterator[Finding]:
    """A step of ours and one by hand, with pictures and without."""
    yield from asyncio.run(_compared(blocks))


async def _compared(blocks: int) -> list[Finding]:
    found: list[Finding] = []
    with demo_site() as site:
        async with async_playwright() as driver, scripted_model() as model:
            browser = await driver.chromium.launch(
                executable_path=find_browser(os.environ.get("ZENOBIA_CHROMIUM")),
                args=[*QUIET],
                ignore_default_args=unwanted_flags(),
                chromium_sandbox=os.geteuid() != 0,
            )
            for pictures, what in ((True, "with its picture"), (False, "without a picture")):
                with scratch() as folder, zenobia(folder / "zenobia", *_flags(model, pictures=pictures)) as (url, _):
                    async with Client(url) as client:
                        ours, theirs = await _in_turns(blocks, client, model, browser, site, pictures=pictures)
                found.append(Comparison(f"a step of the browser agent, {what}", ours, "by hand", theirs, TARGET))
            await browser.close()
    return found


def _flags(model: ScriptedModel, *, pictures: bool) -> list[str]:
    flags = ["--model", "openai:scripted", "--model-base-url", f"{model.url}/v1"]
    return flags if pictures else [*flags, "--max-pictures", "0"]


async def _in_turns(
    blocks: int, client: Client, model: ScriptedModel, browser: Browser, site: str, *, pictures: bool
) -> tuple[list[Block], list[Block]]:
    """Milliseconds of a step, a number for each session, of ours and by hand; the first block dropped."""
    ours: list[Block] = []
    theirs: list[Block] = []
    for _ in range(blocks + 1):
        mine: list[float] = []
        raw: list[float] = []
        for _ in range(SESSIONS):
            mine.append(await our_steps(client, model, site))
            raw.append(await steps_by_hand(browser, site, pictures=pictures))
        ours.append(mine)
        theirs.append(raw)
    return ours[1:], theirs[1:]


async def alone(sessions: int) -> list[float]:
    """Milliseconds of a step of each of so many sessions after one more, without pictures and with nothing beside."""
    with demo_site() as site, scratch() as folder:
        async with scripted_model() as model:
            with zenobia(folder / "zenobia", *_flags(model, pictures=False)) as (url, _):
                async with Client(url) as client:
                    return [await our_steps(client, model, site) for _ in range(sessions + 1)][1:]


async def our_steps(client: Client, model: ScriptedModel, site: str) -> float:
    """Milliseconds of a step: from the model's first answer until it is asked what comes after the last.

    Raises:
        Broken: the session did not do all of them.
    """
    asked: list[float] = []

    def timed(step: Calls | Decide) -> Decide:
        def decide(question: Asked) -> Calls:
            asked.append(time.perf_counter())
            answer = step if isinstance(step, Calls) else step(question)
            assert isinstance(answer, Calls)
            return answer

        return decide

    model.script = [timed(step) for step in [*_script(f"{site}/form") * TIMES, Calls(Call("done", text="Sent."))]]
    made = await client.create("Send the form five times.", agent="browser", config=ALLOW)
    async with asyncio.timeout(WITHIN):
        async for _ in client.follow(made.id):
            pass
    session = await client.get(made.id)
    if session.status != "completed" or len(asked) != STEPS + 1:
        raise Broken(f"a session did not do its steps: {session}")
    return (asked[-1] - asked[0]) * 1_000 / STEPS


def _script(url: str) -> list[Calls | Decide]:
    return [
        Calls(Call("open", url=url)),
        _use("type", NAME, text="Ada Lovelace"),
        _use("type", EMAIL, text="ada@example.org"),
        _use("select", COUNTRY, option="Norway"),
        _use("check", WISH),
        _use("click", SEND),
    ]


def _use(tool: str, words: str, **arguments: str) -> Decide:
    def decide(asked: Asked) -> Calls:
        return Calls(Call(tool, target=asked.ref(words), **arguments))

    return decide


async def steps_by_hand(browser: Browser, site: str, *, pictures: bool) -> float:
    """The same by hand: milliseconds of a step."""
    context = await browser.new_context(viewport=VIEWPORT)
    page = await context.new_page()
    lens = await context.new_cdp_session(page)
    try:
        began = time.perf_counter()
        for _ in range(TIMES):
            await _by_hand(page, lens if pictures else None, site)
        return (time.perf_counter() - began) * 1_000 / STEPS
    except PlaywrightError as error:
        raise Broken(f"the script by hand: {error}") from error
    finally:
        await context.close()


async def _by_hand(page: Page, lens: CDPSession | None, site: str) -> None:
    await page.goto(f"{site}/form")
    await _picture(lens)
    await page.get_by_label(NAME).fill("Ada Lovelace")
    await _picture(lens)
    await page.get_by_label(EMAIL).fill("ada@example.org")
    await _picture(lens)
    await page.get_by_label(COUNTRY).select_option("Norway")
    await _picture(lens)
    await page.get_by_label(WISH).check()
    await _picture(lens)
    async with page.expect_navigation():
        await page.get_by_role("button", name=SEND).click()
    await _picture(lens)


async def _picture(lens: CDPSession | None) -> None:
    """A picture, decoded; asked for again while the browser refuses it because another page takes the place of one."""
    if lens is None:
        return
    until = time.perf_counter() + PICTURED_WITHIN
    while True:
        try:
            base64.b64decode((await tell(lens, "Page.captureScreenshot", SMALL))["data"])
        except PlaywrightError:
            if time.perf_counter() > until:
                raise
            await asyncio.sleep(AGAIN_AFTER)
        else:
            return
