"""A number and a button, to learn whether a press happened once, twice or not at all."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from zenobia_demo.pages import Pages


class Counter:
    """Counts every POST that arrives, whoever sent it."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._count = 0

    def routes(self) -> list[Route]:
        """The page, and the same number for machines."""
        return [
            Route("/counter", self.show),
            Route("/counter", self.press, methods=["POST"]),
            Route("/counter.json", self.read),
        ]

    async def show(self, request: Request) -> Response:
        """The number so far."""
        return self._pages.show(request, "counter.html", count=self._count)

    async def press(self, _: Request) -> Response:
        """Count once; the redirect keeps a reload from counting again."""
        self._count += 1
        return RedirectResponse("/counter", status_code=303)

    async def read(self, _: Request) -> Response:
        """The number as JSON."""
        return JSONResponse({"count": self._count})
