"""Pages that misbehave in one known way each, and stop the moment the client goes away."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from zenobia_demo.pages import Pages

SECONDS_UNLESS_ASKED = 2.0
LONGEST_SECONDS = 60.0
TICK_SECONDS = 1.0
ENDLESS_START = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Endless · Saltmarsh</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/site.css"></head>
<body><main class="page prose"><h1>This page never finishes</h1>
<p>A line arrives every second for as long as you stay. <a href="/">Back to the front page</a></p>
"""


async def departure(request: Request) -> None:
    """Return once the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def ticks() -> AsyncIterator[str]:
    """A page without an end; the server cancels it when the client leaves."""
    yield ENDLESS_START
    second = 0
    while True:
        second += 1
        yield f"<p>Second {second}.</p>\n"
        await asyncio.sleep(TICK_SECONDS)


class Trouble:
    """Serves the trouble; keeps nothing."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def routes(self) -> list[Route]:
        """One address per kind of trouble."""
        return [
            Route("/slow", self.slow),
            Route("/endless", self.endless),
            Route("/hang", self.hang),
            Route("/redirect-loop", self.redirect_loop),
        ]

    async def slow(self, request: Request) -> Response:
        """Answer late, but answer: after at most a minute, or at once when nobody is waiting any more."""
        try:
            asked = float(request.query_params.get("seconds", SECONDS_UNLESS_ASKED))
        except ValueError:
            return self._pages.show(request, "slow.html", status=400, seconds=None)
        seconds = max(0.0, min(asked, LONGEST_SECONDS))
        try:
            await asyncio.wait_for(departure(request), seconds)
        except TimeoutError:
            return self._pages.show(request, "slow.html", seconds=seconds)
        return Response(status_code=499)

    async def endless(self, _: Request) -> Response:
        """Keep sending."""
        return StreamingResponse(ticks(), media_type="text/html")

    async def hang(self, request: Request) -> Response:
        """A page that can stop its own browser tab."""
        return self._pages.show(request, "hang.html", now=request.query_params.get("now") == "1")

    async def redirect_loop(self, _: Request) -> Response:
        """Lead back here."""
        return RedirectResponse("/redirect-loop", status_code=302)
