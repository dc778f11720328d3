"""Rows about browsers: each is killed, put to sleep or made to hang under a session, while another session looks on."""

import signal
import time
from collections.abc import Callable

import psutil

from tests.chaos.clients import Client
from tests.chaos.oracle import insist
from tests.chaos.scene import Scene, asked, ended, settled, told, warned
from tests.chaos.servers import Server


async def browser_killed(scene: Scene) -> float:
    """kill -9 of the browser with a press under way: another one, and a person is asked what was done."""
    return await _cut_off(scene, lambda server: [one.kill() for one in server.browsers()], lost_within=2.0, within=8.0)


async def browser_asleep(scene: Scene) -> float:
    """SIGSTOP of every process of the browser: found by deadline, killed, replaced."""
    return await _cut_off(scene, lambda server: [one.suspend() for one in _browser(server)], lost_within=20, within=25)


async def driver_killed(scene: Scene) -> float:
    """kill -9 of the Playwright driver: it and its browsers are replaced."""
    return await _cut_off(scene, lambda server: server.driver().kill(), lost_within=2.0, within=10.0)


async def driver_asleep(scene: Scene) -> float:
    """SIGSTOP of the driver: found by deadline, killed, replaced."""
    return await _cut_off(scene, lambda server: server.driver().suspend(), lost_within=20, within=30)


async def browser_asleep_when_wanted(scene: Scene) -> float:
    """SIGSTOP of the browser before a session begins in it: that session begins in another one."""
    server = await scene.server(warm_browsers=0)
    client = await scene.client(server)
    waiting = await scene.session(client, "count", "ask", "count")
    await asked(client, waiting)
    for one in _browser(server):
        one.suspend()
    began = time.monotonic()
    session = await scene.session(client, "count")
    await told(client, session, lambda event: event["data"].get("phase") == "done", 25)
    took = time.monotonic() - began
    await _other_goes_on(client, waiting)
    return took


async def _cut_off(scene: Scene, hurt: Callable[[Server], object], *, lost_within: float, within: float) -> float:
    server = await scene.server()
    client = await scene.client(server)
    waiting = await scene.session(client, "count", "ask", "count")
    await asked(client, waiting)
    scene.site.hold()
    session = await scene.session(client, "count", "count")
    await scene.acting()
    before = server.footprint()
    hurt(server)
    began = time.monotonic()
    await told(client, session, warned("browser_lost"), lost_within)
    request = await asked(client, session, within)
    took = time.monotonic() - began
    insist("Was this done?" in request["title"], f"asked something else: {request['title']}")
    scene.site.released.set()
    await client.settle(request)
    insist((await ended(client, session))["status"] == "completed", "the session did not go on")
    await _other_goes_on(client, waiting)
    await settled(server, before)
    return took


async def _other_goes_on(client: Client, session: str) -> None:
    [request] = [one for one in await client.requests() if one["sessionId"] == session]
    await client.settle(request)
    insist((await ended(client, session))["status"] == "completed", "the other session did not go on")


async def renderer_killed(scene: Scene) -> float:
    """kill -9 of every renderer while a session waits: the pages are opened again."""
    return await _page_hurt(scene, signal.SIGKILL)


async def renderer_asleep(scene: Scene) -> float:
    """SIGSTOP of every renderer while a session waits: the page is found not to react and gets a new process."""
    return await _page_hurt(scene, signal.SIGSTOP)


async def _page_hurt(scene: Scene, number: signal.Signals) -> float:
    server = await scene.server(warm_browsers=0)
    client = await scene.client(server)
    session = await scene.session(client, "count", "ask", 'wait for "Counted"', "count")
    request = await asked(client, session)
    before = server.footprint()
    for one in server.renderers():
        one.send_signal(number)
    began = time.monotonic()
    await client.settle(request)
    found = await ended(client, session, within=40)
    took = time.monotonic() - began
    insist(found["reason"], "the session ended without a reason")
    insist(number is signal.SIGSTOP or found["status"] == "completed", f"the session did not go on: {found['error']}")
    other = await scene.session(client, "count")
    insist((await ended(client, other))["status"] == "completed", "the next session did not complete")
    await settled(server, before)
    return took


async def page_hangs(scene: Scene) -> float:
    """`for (;;);` on a button: told within five seconds of pressing it, and the others never notice."""
    server = await scene.server()
    client = await scene.client(server)
    other = await scene.session(client, *["count"] * 6)
    session = await scene.session(client, "open {site}/hang", 'click "Hang"')
    await told(client, session, lambda event: event["data"].get("step") == 2, 15)
    began = time.monotonic()
    failed = await told(client, session, lambda event: event["data"].get("phase") == "failed", 6.0)
    took = time.monotonic() - began
    insist(failed["data"]["error"]["code"] == "page_unresponsive", f"told something else: {failed}")
    await ended(client, session)
    insist((await ended(client, other))["status"] == "completed", "another session was disturbed")
    return took


def _browser(server: Server) -> list[psutil.Process]:
    return [one for root in server.browsers() for one in [root, *root.children(recursive=True)]]
