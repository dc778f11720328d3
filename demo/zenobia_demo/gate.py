"""A gate that opens for whoever can tell a cat from a dog.

Nine pictures, three of them cats, dealt anew after every try: the page says nothing about what each shows, so
pressing blindly is right once in 84 times for three tiles, and never twice on the same deal.
"""

import secrets
from dataclasses import dataclass
from random import SystemRandom

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from zenobia_demo.pages import Pages, texts
from zenobia_demo.tiles import CAT, COATS, SKIES, Tile
from zenobia_demo.visitors import visitor

CATS = 3
OTHERS = 6


@dataclass(frozen=True)
class Deal:
    """Nine pictures on the table, good for one try."""

    name: str
    tiles: tuple[Tile, ...]

    @property
    def answer(self) -> set[str]:
        """The places of the cats, as the form sends them."""
        return {str(place) for place, tile in enumerate(self.tiles, start=1) if tile.thing == CAT}


def deal() -> Deal:
    """Shuffle three cats among six other things."""
    chance = SystemRandom()
    things = [CAT] * CATS + chance.choices([thing for thing in COATS if thing != CAT], k=OTHERS)
    chance.shuffle(things)
    tiles = tuple(Tile(thing, chance.choice(COATS[thing]), chance.choice(SKIES)) for thing in things)
    return Deal(secrets.token_urlsafe(8), tiles)


class Gate:
    """Deals pictures, and remembers who has been let in."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._deals: dict[str, Deal] = {}
        self._inside: set[str] = set()

    def routes(self) -> list[Route]:
        """The gate, its pictures and what lies behind."""
        return [
            Route("/gate", self.ask),
            Route("/gate", self.verify, methods=["POST"]),
            Route("/gate/tiles/{deal}/{place:int}.svg", self.tile),
            Route("/gate/inside", self.inside),
        ]

    def _ask(self, request: Request, *, status: int = 200, mistaken: bool) -> Response:
        dealt = self._deals[visitor(request)] = deal()
        return self._pages.show(request, "gate.html", status=status, deal=dealt, mistaken=mistaken)

    async def ask(self, request: Request) -> Response:
        """Put nine pictures on the table."""
        return self._ask(request, mistaken=False)

    async def verify(self, request: Request) -> Response:
        """Open for exactly the three cats of the current deal; anything else gets a new deal."""
        async with request.form() as form:
            chosen, name = set(texts(form, "tile")), form.get("deal")
        dealt = self._deals.pop(visitor(request), None)
        if dealt is None or name != dealt.name or chosen != dealt.answer:
            return self._ask(request, status=403, mistaken=True)
        self._inside.add(visitor(request))
        return RedirectResponse("/gate/inside", status_code=303)

    async def tile(self, request: Request) -> Response:
        """One picture of the current deal."""
        dealt = self._deals.get(visitor(request))
        place: int = request.path_params["place"]
        if dealt is None or dealt.name != request.path_params["deal"] or not 0 < place <= len(dealt.tiles):
            raise HTTPException(404)
        svg = dealt.tiles[place - 1].svg()
        return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})

    async def inside(self, request: Request) -> Response:
        """What only people get to read."""
        if visitor(request) not in self._inside:
            return RedirectResponse("/gate", status_code=303)
        return self._pages.show(request, "gate_inside.html")
