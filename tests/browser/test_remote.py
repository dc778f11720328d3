"""Browsers that run elsewhere: used like those of this machine, given back, and replaced when they or the link go."""

import asyncio
import hashlib
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from tests.browser.conftest import Ask, Visit
from tests.browser.far import Far
from tests.flows.conftest import Api
from zenobia.app import serving
from zenobia.operators.base import Notice, Shot
from zenobia.operators.driver import FAR_FOLDER
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.protocol.action_errors import BrowserLost, Impossible
from zenobia.protocol.actions import Open
from zenobia.protocol.errors import BrowserUnavailable
from zenobia.settings import Settings
from zenobia_demo.downloads import REPORT_NAME

NOWHERE = "http://127.0.0.1:9/?token=s3cret"


async def deaf(_: Notice) -> None:
    """Listen to nothing."""


def left_far_away() -> set[Path]:
    """The folders of downloads on the remote machine, which is this one."""
    return set(Path(FAR_FOLDER).parent.glob(f"{Path(FAR_FOLDER).name}" + "[0-9a-f]" * 16))


@pytest_asyncio.fixture(loop_scope="session")
async def far() -> AsyncIterator[Far]:
    """A browser started apart; what is downloaded there stays until its machine is gone, which is here."""
    before = left_far_away()
    browser = Far()
    await browser.start()
    yield browser
    await browser.remove()
    for folder in left_far_away() - before:
        shutil.rmtree(folder)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(far: Far, tmp_path: Path) -> AsyncIterator[ChromiumBrowsers]:
    """A pool that has no other browser."""
    pool = ChromiumBrowsers(scratch=tmp_path, warm=0, action_timeout=5, remote=(far.address,))
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(pool: ChromiumBrowsers, site: str) -> AsyncIterator[Visit]:
    """A session in the remote browser."""
    visits: list[Visit] = []

    async def listen(notice: Notice) -> None:
        await visits[0].hear(notice)

    visits.append(Visit(await pool.open("one", listen), site))
    yield visits[0]
    await visits[0].operator.close()


async def test_a_session_acts_in_a_remote_browser_and_is_seen(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.do("click", target="Count")
    picture = await visit.operator.screenshot(Shot())

    assert picture.data.startswith(b"\x89PNG")
    assert (picture.width, picture.height) == (1280, 800)


async def test_each_session_has_a_context_of_its_own_which_goes_with_it(far: Far, pool: ChromiumBrowsers) -> None:
    one, other = await pool.open("one", deaf), await pool.open("other", deaf)
    assert len(await far.contexts()) == 2
    await one.close()
    assert len(await far.contexts()) == 1
    await other.close()


async def test_closing_the_pool_leaves_nothing_far_away_but_the_browser(far: Far, tmp_path: Path) -> None:
    pool = ChromiumBrowsers(scratch=tmp_path, warm=1, remote=(far.address,))
    await pool.start()
    await pool.warmed()
    await pool.open("one", deaf)
    await pool.close()

    assert await far.contexts() == []


async def test_a_file_is_carried_to_a_remote_browser(visit: Visit, ask: Ask, tmp_path: Path) -> None:
    document = tmp_path / "Größe.bin"
    document.write_bytes(os.urandom(3 << 20))
    await visit.go("/form")
    await visit.do("type", target="Full name", text="Ada")
    await visit.do("type", target="Email", text="ada@example.org")
    await visit.do("upload", upload=document, file="f", target="Attach a document")
    await visit.do("click", target="Send request")

    arrived = (await ask("/form/submissions.json"))[-1]["file"]
    sent = hashlib.sha256(document.read_bytes()).hexdigest()
    assert (arrived["name"], arrived["sha256"]) == (document.name, sent)


async def test_a_file_too_large_to_be_carried_is_refused(visit: Visit, tmp_path: Path) -> None:
    document = tmp_path / "large.bin"
    with document.open("wb") as file:
        file.truncate(51 << 20)
    await visit.go("/form")
    with pytest.raises(Impossible, match="at most 50 MB"):
        await visit.do("upload", upload=document, file="f", target="Attach a document")


async def test_a_download_is_carried_from_a_remote_browser(visit: Visit) -> None:
    await visit.go("/downloads")
    await visit.do("download", target="report")
    got = await visit.downloaded()

    async with httpx.AsyncClient(timeout=30) as there:
        report = await there.get(f"{visit.site}/downloads/report.csv")
    assert (got.name, got.path.read_bytes()) == (REPORT_NAME, report.content)
    assert len(visit.operator.window.context.pages) == 1


async def test_a_large_download_made_by_the_page_itself_arrives_whole(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.evaluate(
        """() => {
          const data = new Uint8Array(5242880).map((_, at) => at % 256);
          const link = document.createElement('a');
          link.href = URL.createObjectURL(new Blob([data]));
          link.download = '../large.bin';
          link.click();
        }"""
    )
    got = await visit.downloaded()

    assert got.path.read_bytes() == bytes(range(256)) * (20 << 10)
    assert "/" not in got.name


async def test_a_download_beyond_its_bound_is_not_carried(visit: Visit) -> None:
    await visit.go("/downloads")
    visit.operator.window.downloads.most_bytes = 10
    with pytest.raises(Impossible):
        await visit.do("download", target="report")
    await visit.told("download_failed")


async def test_a_dialog_is_left_to_its_session_though_others_use_the_same_browser(
    visit: Visit, far: Far, tmp_path: Path
) -> None:
    other = ChromiumBrowsers(scratch=tmp_path / "other", warm=0, remote=(far.address,))
    await other.open("two", deaf)
    try:
        await visit.operator.window.current.page.evaluate("setTimeout(() => { document.title = confirm('Sure?') }, 0)")
        await visit.told("dialog_opened")
        await visit.do("answer dialog", accept=True)

        assert await visit.operator.window.current.page.title() == "true"
    finally:
        await other.close()


async def test_a_session_goes_on_when_its_remote_browser_was_killed_and_came_back(
    visit: Visit, pool: ChromiumBrowsers, far: Far
) -> None:
    await visit.go("/counter")
    checkpoint = await visit.operator.checkpoint()
    await far.kill()
    with pytest.raises(BrowserLost):
        await visit.operator.observe()

    again = asyncio.create_task(pool.open("one", deaf, checkpoint))
    await far.start()
    operator = await again

    assert (await operator.observe()).url.endswith("/counter")


async def test_a_session_goes_on_in_another_remote_browser(far: Far, site: str, tmp_path: Path) -> None:
    spare = Far()
    await spare.start()
    pool = ChromiumBrowsers(scratch=tmp_path, warm=0, remote=(far.address, spare.address))
    try:
        operators = [await pool.open(name, deaf) for name in ("one", "two")]
        assert [host.process.address for host in pool.hosts] == [far.address, spare.address]
        await operators[0].act(Open(url=f"{site}/counter"))
        checkpoint = await operators[0].checkpoint()
        await far.kill()
        await operators[0].close()
        again = await pool.open("one", deaf, checkpoint)

        assert (await again.observe()).url.endswith("/counter")
        assert [host.process.address for host in pool.hosts] == [spare.address]
    finally:
        await pool.close()
        await spare.remove()


async def test_a_remote_browser_that_freezes_is_given_up_in_time(visit: Visit, far: Far) -> None:
    await visit.go("/counter")
    far.send(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(BrowserLost):
            await visit.do("click", target="Count")
        assert time.monotonic() - began < 15
        assert not visit.operator.usable
    finally:
        far.send(signal.SIGCONT)


async def test_a_session_that_waits_outlives_its_remote_browser(far: Far, site: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, warm_browsers=0, browser_cdp=SecretStr(far.address))
    async with serving(settings) as listening:
        api = Api(listening.url)
        session = await api.create(f'open {site}/counter then click "Count" (ask first)')
        request = await api.asked(session)
        await far.kill()
        await far.start()
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        await api.until(session, lambda event: event["data"].get("code") == "browser_lost")
        anew = await api.until(session, lambda event: event["data"].get("request", request)["id"] != request["id"])
        await api.ok("POST", f"/api/human-layer/requests/{anew['data']['request']['id']}/approve")
        ended, told = await api.ended(session), await api.events(session)
        await api.close()

    assert ended["status"] == "completed", ended
    phases = [one["data"].get("phase") for one in told if one["data"].get("step") == 2]
    assert phases == ["started", "done"]


SERVER = """
import asyncio, sys
from pathlib import Path
from zenobia.operators.pool import ChromiumBrowsers

async def deaf(_): ...

async def main():
    pool = ChromiumBrowsers(scratch=Path(sys.argv[1]), warm=1, remote=(sys.argv[2],))
    await pool.start()
    await pool.warmed()
    await pool.open("one", deaf)
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_what_a_killed_server_had_in_a_remote_browser_is_gone(far: Far, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(tmp_path), far.address, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    assert await far.contexts() != []
    process.kill()
    await process.communicate()

    async with asyncio.timeout(5):
        while await far.contexts():
            continue


async def test_a_fleet_of_which_nobody_answers_is_unavailable_and_no_secret_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("zenobia.operators.sources.KEEPS_TRYING", 1.0)
    pool = ChromiumBrowsers(scratch=tmp_path, warm=0, remote=(NOWHERE,))
    try:
        with pytest.raises(BrowserUnavailable) as refused:
            await pool.open("one", deaf)
    finally:
        await pool.close()

    told = caplog.text + str(refused.value)
    assert "127.0.0.1:9" in told
    assert "s3cret" not in told
