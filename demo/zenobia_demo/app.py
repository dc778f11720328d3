"""The whole site, put together: one call gives one fresh town, and no two towns share anything.

Everything a visitor changes lives in the rooms made here, so a test starts from nothing by making an app. No page
asks for anything outside its own host.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import chain

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from zenobia_demo.account import Account
from zenobia_demo.controls import Controls
from zenobia_demo.counter import Counter
from zenobia_demo.downloads import Downloads
from zenobia_demo.front import Front
from zenobia_demo.gate import Gate
from zenobia_demo.news import News
from zenobia_demo.pages import Pages
from zenobia_demo.shop import Shop
from zenobia_demo.travel import Travel
from zenobia_demo.trouble import Trouble
from zenobia_demo.visitors import Visitors

LARGEST_REQUEST_BYTES = 64 * 1024 * 1024


def utc_today() -> date:
    """The day the news counts back from."""
    return datetime.now(UTC).date()


async def health(_: Request) -> Response:
    """Answer while the site is able to answer."""
    return PlainTextResponse("ok")


def create_app(today: Callable[[], date] = utc_today) -> Starlette:
    """A fresh site: no orders, no submissions, every counter at zero. `today` dates the news."""
    pages = Pages()
    shop = Shop(pages)
    rooms: list[list[Route]] = [
        Front(pages).routes(),
        News(pages, today).routes(),
        shop.routes(),
        Account(pages, shop).routes(),
        Travel(pages).routes(),
        Downloads(pages, today).routes(),
        Gate(pages).routes(),
        Controls(pages).routes(),
        Counter(pages).routes(),
        Trouble(pages).routes(),
    ]
    routes: list[BaseRoute] = [
        *chain.from_iterable(rooms),
        Route("/healthz", health),
        Mount("/static", StaticFiles(packages=[("zenobia_demo", "static")])),
    ]

    async def lost(request: Request, _: Exception) -> Response:
        return pages.show(request, "lost.html", status=404)

    return Starlette(
        routes=routes,
        middleware=[Middleware(Visitors)],
        exception_handlers={404: lost},
        max_body_size=LARGEST_REQUEST_BYTES,
    )
