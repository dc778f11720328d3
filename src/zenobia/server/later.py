"""Half of the server is loaded while the other half serves already: requests for it wait until it is there."""

import asyncio
from collections.abc import Callable

from zenobia.protocol.errors import Draining
from zenobia.server.answering import refusal
from zenobia.server.edge import App, Receive, Scope, Send


class LaterApp:
    """An application that is made, in a thread, once somebody has it loaded."""

    def __init__(self, make: Callable[[], App]) -> None:
        self._make = make
        self._made: asyncio.Future[App] = asyncio.get_running_loop().create_future()

    async def load(self) -> None:
        """Make it, and let it answer what has waited; if it cannot be made, the server ends, and says so to them."""
        app: App = refusal(Draining())
        try:
            app = await asyncio.to_thread(self._make)
        finally:
            self._made.set_result(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as soon as that can be."""
        app = await asyncio.shield(self._made)
        await app(scope, receive, send)
