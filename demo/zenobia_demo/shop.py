"""The harbour store: a cart per browser, and orders anyone may count.

Every POST to the checkout is counted as an attempt, also one that creates nothing, so that a repeated press shows
even though the first press emptied the cart.
"""

import tomllib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from zenobia_demo.pages import Pages, text
from zenobia_demo.visitors import visitor

MOST_OF_ONE_PRODUCT = 99


@dataclass(frozen=True)
class Product:
    """Something on the shelf."""

    slug: str
    name: str
    price_cents: int
    kind: str
    picture: str
    sentence: str
    details: str


@dataclass(frozen=True)
class Delivery:
    """A way to get an order home."""

    name: str
    price_cents: int


@dataclass(frozen=True)
class Line:
    """Some number of one product."""

    product: Product
    quantity: int

    @property
    def total_cents(self) -> int:
        """What this line costs."""
        return self.product.price_cents * self.quantity


@dataclass(frozen=True)
class Buyer:
    """Who an order is for, as the checkout form asks it."""

    name: str = ""
    email: str = ""
    address: str = ""
    delivery: str = "standard"

    def missing(self) -> list[str]:
        """The fields that are still to be filled in, by their labels."""
        labels = {"name": self.name, "email": self.email, "address": self.address}
        return [label for label, value in labels.items() if not value]


@dataclass(frozen=True)
class Order:
    """A purchase that happened."""

    number: int
    visitor: str
    buyer: Buyer
    lines: tuple[Line, ...]
    placed_at: datetime

    @property
    def total_cents(self) -> int:
        """What the buyer owes, delivery included."""
        return sum(line.total_cents for line in self.lines) + DELIVERIES[self.buyer.delivery].price_cents

    def as_json(self) -> dict[str, Any]:
        """The order as `/shop/orders.json` lists it; who placed it stays with the browser."""
        lines = [{"product": line.product.slug, "quantity": line.quantity} for line in self.lines]
        return {
            "number": self.number,
            **asdict(self.buyer),
            "lines": lines,
            "totalCents": self.total_cents,
            "placedAt": self.placed_at.isoformat(),
        }


DELIVERIES = {
    "standard": Delivery("Standard, 3 to 5 days", 450),
    "express": Delivery("Express, next day", 990),
    "collect": Delivery("Collect at the harbour", 0),
}


def shelf() -> dict[str, Product]:
    """Everything for sale, by its slug."""
    entries: list[dict[str, Any]] = tomllib.loads(
        files("zenobia_demo").joinpath("content/shop.toml").read_text(encoding="utf-8")
    )["product"]
    return {entry["slug"]: Product(**entry) for entry in entries}


class Shop:
    """The shelf, the carts and the order book."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._shelf = shelf()
        self._carts: dict[str, dict[str, int]] = {}
        self._orders: list[Order] = []
        self._attempts = 0

    def routes(self) -> list[Route]:
        """Every address of the store."""
        return [
            Route("/shop", self.front),
            Route("/shop/cart", self.cart),
            Route("/shop/cart/add", self.add, methods=["POST"]),
            Route("/shop/cart/remove", self.remove, methods=["POST"]),
            Route("/shop/checkout", self.checkout),
            Route("/shop/checkout", self.place, methods=["POST"]),
            Route("/shop/orders.json", self.order_book),
            Route("/shop/orders/{number:int}", self.confirmation),
            Route("/shop/{slug}", self.product),
        ]

    def lines(self, request: Request) -> tuple[Line, ...]:
        """What is in this browser's cart."""
        cart = self._carts.get(visitor(request), {})
        return tuple(Line(self._shelf[slug], quantity) for slug, quantity in cart.items())

    def orders_of(self, name: str) -> list[Order]:
        """What one browser has bought, newest first."""
        return [order for order in reversed(self._orders) if order.visitor == name]

    def _show(self, request: Request, template: str, *, status: int = 200, **shown: object) -> Response:
        lines = self.lines(request)
        return self._pages.show(
            request,
            template,
            status=status,
            lines=lines,
            in_cart=sum(line.quantity for line in lines),
            subtotal=sum(line.total_cents for line in lines),
            **shown,
        )

    def _form(self, request: Request, buyer: Buyer, *, status: int = 200, missing: list[str]) -> Response:
        return self._show(request, "checkout.html", status=status, buyer=buyer, missing=missing, deliveries=DELIVERIES)

    async def front(self, request: Request) -> Response:
        """The shelf."""
        return self._show(request, "shop.html", products=list(self._shelf.values()))

    async def product(self, request: Request) -> Response:
        """One product."""
        product = self._shelf.get(request.path_params["slug"])
        if product is None:
            raise HTTPException(404)
        return self._show(request, "product.html", product=product)

    async def cart(self, request: Request) -> Response:
        """What has been chosen so far."""
        return self._show(request, "cart.html")

    async def add(self, request: Request) -> Response:
        """Put some of one product in the cart."""
        async with request.form() as form:
            slug, asked = text(form, "product"), text(form, "quantity") or "1"
        if slug not in self._shelf or not (asked.isascii() and asked.isdigit()):
            raise HTTPException(404)
        cart = self._carts.setdefault(visitor(request), {})
        cart[slug] = min(cart.get(slug, 0) + max(int(asked[:3]), 1), MOST_OF_ONE_PRODUCT)
        return RedirectResponse("/shop/cart", status_code=303)

    async def remove(self, request: Request) -> Response:
        """Take one product out of the cart."""
        async with request.form() as form:
            self._carts.get(visitor(request), {}).pop(text(form, "product"), None)
        return RedirectResponse("/shop/cart", status_code=303)

    async def checkout(self, request: Request) -> Response:
        """The form that turns a cart into an order."""
        if not self.lines(request):
            return RedirectResponse("/shop/cart", status_code=303)
        return self._form(request, Buyer(), missing=[])

    async def place(self, request: Request) -> Response:
        """Create exactly one order from this cart, or say what is missing."""
        self._attempts += 1
        async with request.form() as form:
            buyer = Buyer(*(text(form, field) for field in ("name", "email", "address", "delivery")))
        lines = self.lines(request)
        if not lines:
            return self._show(request, "cart.html", status=409)
        if buyer.missing() or buyer.delivery not in DELIVERIES:
            return self._form(request, buyer, status=422, missing=buyer.missing() or ["delivery"])
        number = len(self._orders) + 1
        self._orders.append(Order(number, visitor(request), buyer, lines, datetime.now(UTC)))
        del self._carts[visitor(request)]
        return RedirectResponse(f"/shop/orders/{number}", status_code=303)

    async def confirmation(self, request: Request) -> Response:
        """An order, for the browser that placed it."""
        number = request.path_params["number"]
        for order in self.orders_of(visitor(request)):
            if order.number == number:
                return self._show(request, "order.html", order=order, delivery=DELIVERIES[order.buyer.delivery])
        raise HTTPException(404)

    async def order_book(self, _: Request) -> Response:
        """Every order there is, and how often anyone tried to place one."""
        orders = [order.as_json() for order in self._orders]
        return JSONResponse({"orders": orders, "attempts": self._attempts})
