"""How a command ends when it cannot do what it should: one line that says why, and an exit code that means it."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer
from rich.text import Text

from zenobia.cli.screen import err, text


class Exit(IntEnum):
    """What the exit code says. Two is the shell's own word for a command that makes no sense."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    REFUSED = 4
    INTERRUPTED = 130


def fail(sentence: str, code: Exit = Exit.FAILED) -> NoReturn:
    """Say in one line what is wrong, and leave."""
    line = Text().append("zenobia: ", "bad").append_text(text(sentence))
    err().print(line, soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def told_in_one_line() -> Generator[None]:
    """Let every refusal of our own end the command with its sentence; a bug still shows its trace."""
    from pydantic import ValidationError

    from zenobia.protocol.errors import InvalidPayload, ZenobiaError
    from zenobia.protocol.payload import problems

    try:
        yield
    except ZenobiaError as error:
        fail(error.message)
    except ValidationError as error:  # only what was typed is read here, and it makes no payload
        found = error.errors(include_url=False, include_input=False, include_context=False)
        fail(InvalidPayload(problem=problems(found)).message, Exit.USAGE)
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
