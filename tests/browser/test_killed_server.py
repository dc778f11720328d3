"""A server that is killed outright: its browsers die with it, and the next one goes on where it was."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.flows.conftest import Api

GONE_WITHIN = 2.0
"""Seconds that the browsers of a killed server may still be there once the next one serves."""

STEPS = """open {site}/shop/storm-lantern
click "Add to cart"
ask a person "Shall I order it?"
open {site}/shop/cart
extract "Your cart" as cart"""

ORDER = """open {site}/shop/storm-lantern
click "Add to cart"
open {site}/shop/checkout
type "Ada Outlived" into "Name"
type "ada@example.com" into "Email"
type "1 Harbour Street" into "Address"
select "Express" in "Delivery"
click "Place order" (ask first)"""


async def start(data: Path) -> tuple[asyncio.subprocess.Process, str]:
    """A server process of its own, and where it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zenobia", "serve", "--port", "0", "--data-dir", str(data),
        "--allow-networks", "127.0.0.0/8", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    return process, line.rsplit(maxsplit=1)[-1]


async def asking(data: Path, steps: str) -> tuple[asyncio.subprocess.Process, Api, str, dict[str, Any]]:
    """Such a server with a session that asks a person: it, a client of it, the session's id and the request."""
    process, url = await start(data)
    api = Api(url)
    session = await api.create(steps)
    return process, api, session, await api.asked(session)


def family(process: asyncio.subprocess.Process) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> float:
    """Seconds until every one of them has ended."""
    began = time.monotonic()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert [one.name() for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    return time.monotonic() - began


@pytest.mark.timeout(90)
async def test_a_killed_server_takes_its_browsers_along_and_the_next_goes_on(site: str, tmp_path: Path) -> None:
    process, api, session, request = await asking(tmp_path, STEPS.format(site=site))
    before = await api.events(session)
    await api.close()
    browsers = family(process)
    assert browsers

    process.kill()
    await process.wait()

    process, url = await start(tmp_path)
    api = Api(url)
    try:
        assert await asyncio.to_thread(gone, browsers) < GONE_WITHIN
        [pending] = (await api.ok("GET", "/api/human-layer/requests"))["requests"]
        assert (pending["id"], pending["expiresAt"]) == (request["id"], request["expiresAt"])
        assert (await api.events(session))[: len(before)] == before
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        events = await api.events(session)
    finally:
        await api.close()
        browsers = family(process)
        process.send_signal(signal.SIGTERM)
        stopped = await asyncio.wait_for(process.wait(), 10)

    assert (ended["status"], stopped) == ("completed", 0)
    assert "Storm lantern" in str(ended["result"]["extracted"]["cart"])
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    await asyncio.to_thread(gone, browsers)
    assert not (tmp_path / "scratch").exists()


@pytest.mark.timeout(90)
async def test_an_approval_of_a_form_outlives_the_browser_in_which_it_was_filled_in(site: str, tmp_path: Path) -> None:
    process, api, session, request = await asking(tmp_path, ORDER.format(site=site))
    await api.close()
    process.kill()
    await process.wait()

    process, url = await start(tmp_path)
    api = Api(url)
    try:
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        events = await api.events(session)
        orders = (await api.http.get(f"{site}/shop/orders.json")).json()
    finally:
        await api.close()
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 10)

    assert ended["status"] == "completed"
    assert [event["eventType"] for event in events].count("human_layer_request") == 1
    [order] = [str(order) for order in orders["orders"] if "Ada Outlived" in str(order)]
    assert [word for word in ("1 Harbour Street", "express") if word not in order] == []
    [told] = [event for event in events if event["data"].get("code") == "filled_again"]
    assert told["data"]["details"] == {"fields": 4, "missing": []}
