"""A web site that counts each thing that was meant to be done once under a name of its own, and can hold it up."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from zenobia.server.listening import Listening

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>"""
COUNT = '<p role="status">Counted {count}</p><form method="post"><button>Count</button></form>'
HANG = '<button onclick="for (;;);">Hang</button><a href="/count/after-hanging">Elsewhere</a>'


class Site:
    """What was done, by name; the time that each count takes can be set."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.counts: Counter[str] = Counter()
        self.acting = 0
        """Presses that have arrived and have no answer yet."""
        self.before = 0.0
        self.after = 0.0
        """Seconds that a press takes before and after it is counted."""
        self.released = asyncio.Event()
        self.released.set()

    def hold(self) -> None:
        """Let presses wait before they are counted, until `released` is set."""
        self.released.clear()

    async def show(self, request: Request) -> Response:
        """A button."""
        name = request.path_params["name"]
        return _page(name, COUNT.format(count=self.counts[name]))

    async def press(self, request: Request) -> Response:
        """Count it; it has happened whether or not anybody waits for the answer."""
        name = request.path_params["name"]
        self.acting += 1
        try:
            await asyncio.sleep(self.before)
            await self.released.wait()
            self.counts[name] += 1
            await asyncio.sleep(self.after)
        finally:
            self.acting -= 1
        return RedirectResponse(f"/count/{name}", status_code=303)

    async def hang(self, _: Request) -> Response:
        """A page that never does anything again once its button is pressed."""
        return _page("Hang", HANG)


def _page(title: str, body: str) -> Response:
    return HTMLResponse(PAGE.format(title=title, body=body))


@asynccontextmanager
async def a_site() -> AsyncGenerator[Site]:
    """A site for as long as the context lasts, on a port of its own."""
    site = Site()
    routes = [
        Route("/count/{name}", site.show),
        Route("/count/{name}", site.press, methods=["POST"]),
        Route("/hang", site.hang),
    ]
    listening = Listening(Starlette(routes=routes), "127.0.0.1", 0, largest_message=1 << 20)  # pyright: ignore[reportArgumentType]
    serving = asyncio.create_task(listening.serve(), name="test site")
    serving.add_done_callback(lambda _: listening.ended.set())
    await listening.ready.wait()
    site.url = listening.url
    try:
        yield site
    finally:
        site.released.set()
        await listening.stop()
        await serving
