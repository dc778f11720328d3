"""What a step costs beside its model: thirty steps on a form, by our agent, by hand in Playwright, and by browser-use.

python bench/steps.py [--rounds 5]

All do the same, in turns: open the form, fill in four fields, send it, five times. Ours looks at the page before each
step, asks a model that answers at once over its real wire format, checks the target, judges the action by the policy,
stores the intent and the outcome on disk, and waits until the page has come to rest. browser-use has a model inside its
own process. The script by hand does none of that: it knows the page. uv gets browser-use, for this only.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from observing import BROWSER_USE, HERE
from playwright.async_api import Page, async_playwright
from processes import Broken, demo_site

from zenobia.app import serving
from zenobia.client import Client
from zenobia.operators.chromium import QUIET, find_browser
from zenobia.protocol.events import ActionEvent, ResultEvent
from zenobia.settings import Settings
from zenobia.testing.models import Asked, Call, Calls, Decide, ScriptedModel, scripted_model

TIMES = 5
STEPS = 6 * TIMES
ALLOW = {"policy": {"kinds": dict.fromkeys(("submit", "send", "unknown", "credential", "disclose"), "allow")}}


async def main(rounds: int) -> None:
    """Measure all in turns, the first round dropped, and print what a step took."""
    took: list[tuple[float, float, float]] = []
    with demo_site() as site, tempfile.TemporaryDirectory() as folder:
        async with scripted_model() as model:
            given = {"data_dir": Path(folder), "port": 0, "allow_networks": ["127.0.0.0/8"]}
            given |= {"model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
            async with serving(Settings.model_validate(given)) as server, Client(server.url) as client:
                for _ in range(rounds + 1):
                    ours = await our_steps(client, model, site)
                    by_hand = await playwright_steps(site)
                    took.append((ours, by_hand, await asyncio.to_thread(browser_use_steps, site)))
    ours, by_hand, other = (statistics.median(column) for column in zip(*took[1:], strict=True))
    print(f"A step: ours {ours:.1f} ms, by hand {by_hand:.1f} ms, browser-use {other:.1f} ms ({rounds} rounds)")
    print(f"Ours is {ours / by_hand:.2f} of the script by hand, and {ours / other:.2f} of browser-use")


async def our_steps(client: Client, model: ScriptedModel, site: str) -> float:
    """Milliseconds that each step took."""
    model.script = [*_script(f"{site}/form") * TIMES, Calls(Call("done", text="Sent."))]
    session = await client.create("Send the form five times.", agent="browser", config=ALLOW)
    first = last = 0.0
    done = 0
    async for event in client.follow(session.id):
        if isinstance(event, ActionEvent) and not first:
            first = time.perf_counter()
        done += isinstance(event, ActionEvent) and event.data.phase == "done"
        if isinstance(event, ResultEvent):
            last = time.perf_counter()
    assert done == STEPS, (done, (await client.get(session.id)).result)
    return (last - first) * 1_000 / STEPS


def _script(url: str) -> list[Calls | Decide]:
    return [
        Calls(Call("open", url=url)),
        _use("type", "Full name", text="Ada Lovelace"),
        _use("type", "Email", text="ada@example.org"),
        _use("select", "Country", option="Norway"),
        _use("check", "Bicycle"),
        _use("click", "Send request"),
    ]


def _use(tool: str, words: str, **arguments: str) -> Decide:
    def decide(asked: Asked) -> Calls:
        return Calls(Call(tool, target=asked.ref(words), **arguments))

    return decide


async def playwright_steps(site: str) -> float:
    """The same by hand: milliseconds for each step."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=find_browser(None), args=list(QUIET))
        page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
        began = time.perf_counter()
        for _ in range(TIMES):
            await _once(page, site)
        took = time.perf_counter() - began
        await browser.close()
    return took * 1_000 / STEPS


def browser_use_steps(site: str) -> float:
    """The same by browser-use: milliseconds for each step.

    Raises:
        Broken: it could not be had, or did not work.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise Broken("uv is needed to get browser-use")
    command = [uv, "run", "--no-project", "--with", BROWSER_USE, HERE / "browser_use_steps.py"]
    given = [find_browser("chromium"), f"{site}/form", str(TIMES)]
    done = subprocess.run([*command, *given], capture_output=True, text=True, timeout=300)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not said or said[0]["steps"] != STEPS or said[0]["errors"]:
        raise Broken(f"browser-use did not work: {said} {done.stderr[-2_000:]}")
    return said[0]["ms"]


async def _once(page: Page, site: str) -> None:
    await page.goto(f"{site}/form")
    await page.get_by_label("Full name").fill("Ada Lovelace")
    await page.get_by_label("Email").fill("ada@example.org")
    await page.get_by_label("Country").select_option("Norway")
    await page.get_by_label("Bicycle").check()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Send request").click()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(main(parser.parse_args().rounds))
