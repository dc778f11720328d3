"""Security test 36: a page of another origin frames the console, opens it, and posts what looks like an approval."""

from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.contract.javascript import listening

from .conftest import House, Viewer

FRAME = """(url) => new Promise((resolve) => {
    window.frame = Object.assign(document.createElement('iframe'), { src: url, onload: resolve });
    document.body.append(frame);
})"""
OPEN = "(url) => { window.opened = open(url); }"
TALK = """(request) => {
    const words = [{ type: 'approve', requestId: request }, ['approveHumanLayerRequest', { requestId: request }],
        { command: 'approveHumanLayerRequest', requestId: request }, 'approve', { approve: request }];
    for (const word of words) for (const other of [opened, frame.contentWindow]) other?.postMessage(word, '*');
    return opened === null || opened.closed;
}"""
"""What a page does that wants the console to approve: frames it, opens it, and talks to both."""


async def test_no_other_page_approves_through_the_console(viewer: Viewer, house: House, lantern: list[str]) -> None:
    """Neither in a frame nor in a window is there anybody who listens, and neither can be reached."""

    async def page(_request: Request) -> HTMLResponse:
        return HTMLResponse("<title>Elsewhere</title><body>Hello")

    session = await house.create(*lantern)
    await house.until(session, "waiting")
    [request] = (await house.http.get("/api/human-layer/requests")).json()["requests"]
    url = f"{house.url}/#/sessions/{session}"
    async with listening(Starlette(routes=[Route("/", page)])) as site:
        context = await house.browser.new_context()
        viewer.contexts.append(context)
        evil = await context.new_page()
        await evil.goto(site)
        await evil.evaluate(FRAME, url)  # before the window: what loads while one opens may never tell that it has
        async with context.expect_page() as opening:
            await evil.evaluate(OPEN, url)
        console = await opening.value
        await expect(console.get_by_role("button", name="Approve")).to_be_visible()
        gone = await evil.evaluate(TALK, request["id"])
        framed = [frame.url for frame in evil.frames[1:]]
        cut_off = await console.evaluate("opener === null")
        stands = await house.session(session)

    assert (gone, cut_off, framed) == (True, True, ["chrome-error://chromewebdata/"])
    assert stands["status"] == "waiting"
