"""The front page: every demonstration, one sentence each."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zenobia_demo.pages import Pages


@dataclass(frozen=True)
class Demonstration:
    """One page worth visiting, and why."""

    path: str
    name: str
    sentence: str


TOWN = (
    Demonstration("/news", "News", "Read the Saltmarsh Courier and search its latest stories."),
    Demonstration("/shop", "Shop", "Fill a cart at the harbour store and place an order."),
    Demonstration("/account", "Account", "Log in as ada to see a page that is hers alone."),
    Demonstration("/form", "Travel request", "Fill in every kind of field, attach a document and see what arrived."),
    Demonstration("/downloads", "Downloads", "Save a spreadsheet and a notice whose names have spaces and accents."),
    Demonstration("/counter", "Counter", "Press one button and see that it was counted exactly once."),
)
CAREFUL = (
    Demonstration("/gate", "Gate", "Show that you are a person, then read what is inside."),
    Demonstration("/frames", "Frames", "Work inside an iframe and inside a shadow root."),
    Demonstration("/widgets", "Widgets", "Suggestions, a listbox, dragging, hovering, keys and twins."),
    Demonstration("/dialogs", "Dialogs", "Answer an alert, a confirm and a prompt, and try to leave."),
    Demonstration("/popup", "New windows", "Open a page in another tab or in a window of its own."),
    Demonstration("/long", "A long page", "Scroll for more, or jump to the last paragraph."),
)
TROUBLE = (
    Demonstration("/slow?seconds=5", "Slow", "Wait five seconds, or up to sixty, for a page that does arrive."),
    Demonstration("/endless", "Endless", "Watch a page that never finishes loading."),
    Demonstration("/hang", "Hang", "Stop a page in its tracks with a script that never ends."),
    Demonstration("/redirect-loop", "Redirect loop", "Follow an address that only ever leads to itself."),
    Demonstration("/nowhere", "Lost", "Ask for a page that does not exist."),
)


class Front:
    """The door of the site."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route("/", self.front)]

    async def front(self, request: Request) -> Response:
        """Everything there is to try."""
        groups = (
            ("Around town", "Pages like the ones people use every day.", TOWN),
            ("With care", "Pages that ask for a steady hand.", CAREFUL),
            ("Trouble", "Pages that misbehave, on purpose and always in the same way.", TROUBLE),
        )
        return self._pages.show(request, "front.html", groups=groups)
