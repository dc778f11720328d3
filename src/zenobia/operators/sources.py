"""Where browsers come from: started on this machine, or taken over CDP from machines that keep some running.

Of a remote one we use contexts of our own, and its default context not at all. Chromium disposes of them when our
connection ends, however it ends.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from zenobia.operators.chromium import find_browser
from zenobia.operators.driver import Driver, Process
from zenobia.protocol.errors import BrowserUnavailable

log = logging.getLogger(__name__)

KEEPS_TRYING = 15.0
"""Seconds for which remote browsers are asked again when none answers: one that was restarted is back by then."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
LEFT_ALONE = 10.0
"""Seconds for which an address that did not answer is not asked, as long as another browser has room."""


class Source(Protocol):
    """Gives browsers to a pool."""

    def check(self) -> None:
        """Refuse what cannot work, before anything is started.

        Raises:
            BrowserUnavailable: there is no browser; says why.
        """
        ...

    def unused(self, taken: Sequence[Process]) -> bool:
        """Whether there is a browser beside those taken that costs nothing to use."""
        ...

    async def another(self, driver: Driver, taken: Sequence[Process], *, patient: bool) -> Process:
        """One more browser.

        Raises:
            BrowserUnavailable: none can be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """Browsers of this machine, a process each."""

    executable: str | None = None

    def check(self) -> None:
        """Look for the program."""
        find_browser(self.executable)

    def unused(self, taken: Sequence[Process]) -> bool:
        """Each costs memory, so a new one is started only when the others are full."""
        return False

    async def another(self, driver: Driver, taken: Sequence[Process], *, patient: bool) -> Process:
        """Start one."""
        return await driver.launch(find_browser(self.executable))


@dataclass(slots=True)
class Fleet:
    """Browsers that others run, by their CDP addresses; sessions are spread over them."""

    addresses: tuple[str, ...]
    _failed: dict[str, float] = field(default_factory=dict[str, float])

    def check(self) -> None:
        """Whether they answer shows when they are asked."""

    def unused(self, taken: Sequence[Process]) -> bool:
        """Whether there is an address that nothing is connected to, and that did not fail a moment ago."""
        connected = {process.address for process in taken}
        long_ago = time.monotonic() - LEFT_ALONE
        return any(one not in connected and self._failed.get(one, 0) <= long_ago for one in self.addresses)

    async def another(self, driver: Driver, taken: Sequence[Process], *, patient: bool) -> Process:
        """Connect to an address that nothing is connected to; if `patient`, to any, and ask for a while."""
        until = time.monotonic() + (KEEPS_TRYING if patient else 0)
        pause = FIRST_PAUSE
        while True:
            for address in self._in_order(taken, again=patient):
                try:
                    return await driver.connect(address)
                except (PlaywrightError, TimeoutError):  # what they say can hold the address, with its secrets
                    log.warning("The remote browser at %s does not answer.", place(address))
                    self._failed[address] = time.monotonic()
            if time.monotonic() + pause > until:
                raise BrowserUnavailable(problem="none of the remote browsers answers.")
            await asyncio.sleep(pause)  # nothing tells when one is back
            pause = min(2 * pause, LONGEST_PAUSE)

    def _in_order(self, taken: Sequence[Process], *, again: bool) -> list[str]:
        connected = [process.address for process in taken]
        wanted = [one for one in self.addresses if again or one not in connected]
        return sorted(wanted, key=lambda one: (connected.count(one), self._failed.get(one, 0)))


def place(address: str) -> str:
    """The part of an address that is no secret."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def source_of(executable: str | None, remote: tuple[str, ...]) -> Source:
    """Remote browsers if there are any, else those of this machine."""
    return Fleet(remote) if remote else Here(executable)
