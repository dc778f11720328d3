"""What takes long to read is read one after the other, with everybody else in between.

The loop does all that has come before it looks again: of many large messages that come at once, each holds it for some
milliseconds, and together they would for a second.
"""

import asyncio

LARGE = 1 << 16
"""Bytes or characters of a message from which on reading it takes long enough for others to notice."""


class Turns:
    """One queue of what is large."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def wait(self, size: int) -> None:
        """Wait until a message of so many bytes or characters may be read; what is small need not wait."""
        if size > LARGE:
            async with self._one:
                await asyncio.sleep(0)
