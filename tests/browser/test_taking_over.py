"""A person solves the demo site's captcha through the official client, and the playbook finishes the job."""

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import served
from tests.contract import javascript
from tests.flows.conftest import Api
from zenobia.app import serving
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.operators.wall import Wall
from zenobia.settings import Settings
from zenobia_demo import create_app

CATS = """async () => {
  const found = [];
  for (const picture of document.querySelectorAll('.tile img')) {
    if (!(await (await fetch(picture.src)).text()).includes('whiskers')) continue;
    const box = picture.getBoundingClientRect();
    found.push([box.x + box.width / 2, box.y + box.height / 2]);
  }
  return found;
}"""
"""Where a person sees a cat."""

BUTTON = """() => {
  const box = [...document.querySelectorAll('button')].find(one => one.innerText === 'Verify').getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""
PATIENCE = 30.0


class Driver:
    """A program of JavaScript that watches and drives."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: dict[str, Any] = {}

    @classmethod
    async def start(cls, **given: Any) -> "Driver":
        await asyncio.to_thread(javascript.install)
        command = [str(javascript.NODE), "drive.mjs", json.dumps(given)]
        return cls(await asyncio.create_subprocess_exec(*command, cwd=javascript.HERE, stdin=PIPE, stdout=PIPE))

    async def until(self, what: str) -> Any:
        """What it says under a word, once it has."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while what not in self._said:
                self._said |= json.loads(await self._process.stdout.readline())
        return self._said.pop(what)

    async def click(self, x: float, y: float) -> None:
        assert self._process.stdin is not None
        at = {"type": "mouse", "x": x, "y": y}
        inputs = [{**at, "action": action} for action in ("move", "down", "up")]
        self._process.stdin.write(json.dumps(inputs).encode() + b"\n")
        await self.until("done")

    async def hand_back(self) -> int:
        """How many frames it was shown by then."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        frames = await self.until("frames")
        assert await self._process.wait() == 0
        return frames

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def test_a_captcha_is_solved_by_hand_and_the_agent_finishes_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.operators.naming.SAYS_WITHIN", PATIENCE)  # a busy machine is slow to say what was done
    wall = Wall(["127.0.0.0/8"])
    browsers = ChromiumBrowsers(
        scratch=tmp_path / "browsers", warm=0, action_timeout=8, wall=wall, held=Settings().confinement
    )
    settings = Settings(port=0, data_dir=tmp_path / "data")
    with served(create_app()) as site:
        async with serving(settings, browsers=browsers) as server:
            api = Api(server.url)
            api.patience = PATIENCE
            session = await api.create(
                f'open {site}/gate then ask a person "Please solve the captcha" then extract "marmalade" as phrase'
            )
            request = await api.asked(session)
            driver = await Driver.start(url=server.url, sessionId=session, requestId=request["id"])
            try:
                first = await driver.until("first")
                await driver.until("driving")
                [operator] = browsers.hosts[0].living
                page = operator.window.current.page
                for x, y in await page.evaluate(CATS):
                    await driver.click(x, y)
                async with page.expect_navigation():
                    await driver.click(*await page.evaluate(BUTTON))
                shown = await driver.hand_back()
            finally:
                await driver.end()
            ended = await api.ended(session)
            events = await api.events(session)
            await api.close()

    assert (first["jpeg"], first["sessionId"], first["mimeType"]) == (True, session, "image/jpeg")
    assert (first["window"]["width"], first["window"]["height"]) == (1280, 800)
    assert shown >= 2
    assert (ended["status"], ended["result"]["extracted"]) == ("completed", {"phrase": "marmalade"})
    assert ended["control"] is None
    [released] = [event for event in events if event["data"].get("phase") == "released"]
    did = released["data"]["did"]
    assert len([one for one in did if one.startswith('clicked checkbox "Picture ')]) == 3
    assert did[-2:] == ['clicked button "Verify"', f"went to {site}/gate/inside"]
