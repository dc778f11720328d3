"""Reading a person's answer without holding anything else up, and without taking old keystrokes for it."""

import asyncio
import os
import sys
import termios

from rich.text import Text

from zenobia.cli.screen import out

LONGEST = 1 << 16
"""Bytes of one answer."""


def is_interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and out().is_terminal


async def ask(question: Text, *, seen: bool = True) -> str | None:
    """A line that was typed; None if the person closed the input. `seen`: after the question was shown.

    Raises:
        OSError, termios.error: the terminal is gone.
    """
    descriptor = sys.stdin.fileno()
    if seen:
        termios.tcflush(descriptor, termios.TCIFLUSH)  # what was typed before decides nothing
    out().print(question, end="")
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if answered.done():
            return
        try:
            answered.set_result(os.read(descriptor, LONGEST))
        except OSError as error:  # the terminal was closed
            answered.set_exception(error)

    loop.add_reader(descriptor, read)
    try:
        typed = await answered
    except asyncio.CancelledError:
        out().print()
        raise
    finally:
        loop.remove_reader(descriptor)
    return typed.decode(errors="replace").split("\n")[0].strip() if typed else None
