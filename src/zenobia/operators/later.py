"""Browsers whose code is loaded while the server serves already: who needs none yet does not wait for it."""

import asyncio
from collections.abc import Callable
from importlib import import_module

from zenobia.operators.allowed import Allowed
from zenobia.operators.base import Browsers, Listener, Operator
from zenobia.protocol.wire import Json


class LaterBrowsers:
    """Browsers made once `module` is loaded, which happens in a thread as soon as they are started or wanted."""

    def __init__(self, module: str, make: Callable[[], Browsers]) -> None:
        self._module = module
        self._make = make
        self._loading: asyncio.Task[Browsers] | None = None

    async def start(self) -> None:
        """Begin to load and to make ready, in the background."""
        self._loaded()

    async def open(
        self,
        session: str,
        listener: Listener,
        checkpoint: Json = None,
        *,
        at: str | None = None,
        allowed: Allowed | None = None,
    ) -> Operator:
        """A fresh operator; see `Browsers.open`."""
        browsers = await asyncio.shield(self._loaded())
        return await browsers.open(session, listener, checkpoint, at=at, allowed=allowed)

    def trouble(self) -> str | None:
        """What keeps browsers from being had, once they were wanted."""
        loading = self._loading
        loaded = loading is not None and loading.done() and not loading.cancelled() and loading.exception() is None
        return loading.result().trouble() if loading is not None and loaded else None

    async def close(self) -> None:
        """End every browser, if there is any."""
        if self._loading is not None:
            await (await self._loading).close()

    def _loaded(self) -> asyncio.Task[Browsers]:
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(), name="load browsers")
        return self._loading

    async def _load(self) -> Browsers:
        await asyncio.to_thread(import_module, self._module)
        browsers = self._make()
        await browsers.start()
        return browsers
