"""Pages whose work happens in the browser: frames, dialogs, windows, widgets and a page without a visible end."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from zenobia_demo.pages import Pages

TOWNS = (
    "Aalborg", "Aberdeen", "Antwerp", "Bergen", "Bilbao", "Bremen", "Brest", "Calais", "Cork", "Cuxhaven",
    "Dover", "Dublin", "Esbjerg", "Galway", "Ghent", "Hamburg", "Harwich", "Le Havre", "Lisbon", "Ostend",
    "Oslo", "Porto", "Rotterdam", "Saltmarsh", "Santander", "Stavanger", "Vigo",
)  # fmt: skip
MOST_SUGGESTIONS = 6
NOTES = 60
NOTES_AT_ONCE = 10


class Controls:
    """Serves those pages, and counts the confirms that were accepted."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._accepted = 0

    def routes(self) -> list[Route]:
        """Every such page, and the little data each asks for."""
        return [
            *(Route(f"/{name}", self.page) for name in ("frames", "dialogs", "popup", "widgets", "long")),
            Route("/frames/inside", self.page),
            Route("/popup/window", self.page),
            Route("/dialogs/counter.json", self.accepted),
            Route("/dialogs/counter.json", self.accept, methods=["POST"]),
            Route("/widgets/towns.json", self.towns),
            Route("/long/notes.json", self.notes),
        ]

    async def page(self, request: Request) -> Response:
        """The template that carries the page's name."""
        return self._pages.show(request, f"{request.url.path.strip('/').replace('/', '_')}.html")

    async def accepted(self, _: Request) -> Response:
        """How many confirms were accepted."""
        return JSONResponse({"count": self._accepted})

    async def accept(self, request: Request) -> Response:
        """One more was."""
        self._accepted += 1
        return await self.accepted(request)

    async def towns(self, request: Request) -> Response:
        """Harbour towns that begin with what was typed."""
        typed = request.query_params.get("q", "").strip().lower()
        found = [town for town in TOWNS if typed and town.lower().startswith(typed)]
        return JSONResponse(found[:MOST_SUGGESTIONS])

    async def notes(self, request: Request) -> Response:
        """The next few notes of the log book, until there are no more."""
        asked = request.query_params.get("after", "0")
        after = int(asked[:4]) if asked.isascii() and asked.isdigit() else 0
        numbers = range(after + 1, min(after + NOTES_AT_ONCE, NOTES) + 1)
        return JSONResponse({"notes": [f"Note {number}" for number in numbers], "more": after + NOTES_AT_ONCE < NOTES})
