"""A login with one resident, and the page only she may read."""

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from zenobia_demo.pages import Pages, text
from zenobia_demo.shop import Shop
from zenobia_demo.visitors import visitor

RESIDENTS = {"ada": "lovelace"}


def recognised(username: str, password: str) -> bool:
    """Whether this is a resident and her password."""
    return secrets.compare_digest(RESIDENTS.get(username, "").encode(), password.encode()) and bool(password)


class Account:
    """Remembers which browsers are logged in, and as whom."""

    def __init__(self, pages: Pages, shop: Shop) -> None:
        self._pages = pages
        self._shop = shop
        self._inside: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """The way in, the page, the way out."""
        return [
            Route("/login", self.ask),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/account", self.show),
            Route("/logout", self.log_out, methods=["GET", "POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The login form."""
        return self._pages.show(request, "login.html", username="", refused=False)

    async def log_in(self, request: Request) -> Response:
        """Let a resident in, or say that the pair is wrong without saying which half."""
        async with request.form() as form:
            username, password = text(form, "username"), text(form, "password")
        if not recognised(username, password):
            return self._pages.show(request, "login.html", status=403, username=username, refused=True)
        self._inside[visitor(request)] = username
        return RedirectResponse("/account", status_code=303)

    async def show(self, request: Request) -> Response:
        """The resident's own page."""
        username = self._inside.get(visitor(request))
        if username is None:
            return RedirectResponse("/login", status_code=303)
        orders = self._shop.orders_of(visitor(request))
        return self._pages.show(request, "account.html", username=username, orders=orders)

    async def log_out(self, request: Request) -> Response:
        """Forget who this browser was."""
        self._inside.pop(visitor(request), None)
        return RedirectResponse("/login", status_code=303)
