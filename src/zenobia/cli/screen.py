"""Where everything is printed: one console for what was asked for, one for what is said about it.

Whatever comes from a page, a person or a server passes through `plain` first, so that it can neither move the
cursor, nor colour the screen, nor pass for something that Zenobia says.
"""

import errno
import io
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.theme import Theme

ENDLESS = 100_000
"""Columns of an output that is no terminal: programs and files get whole lines."""

THEME = Theme(
    {
        "quiet": "bright_black",
        "verb": "bold",
        "good": "green",
        "bad": "red",
        "careful": "yellow",
        "asked": "magenta",
        "said": "cyan",
        "link": "blue",
    }
)

_ASCII = str.maketrans(
    {"✔": "+", "✘": "x", "▲": "!", "●": "*", "◆": "?", "▶": ">", "‖": "=", "■": "#", "○": "o", "…": "...", "·": "-"}
)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let whoever writes know that nobody reads: the library would end the process, whatever is to be done."""
        raise BrokenPipeError(errno.EPIPE, "nobody reads what is written")


@cache
def out() -> Console:
    """What was asked for: standard output."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """What is said about it: standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # a page may say what the terminal's encoding cannot
    console = _Console(stderr=stderr, theme=THEME, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = ENDLESS
    return console


def plain(text: object, *, lines: bool = False) -> str:
    """`text` as it may stand on a terminal: nothing that controls one, line ends only where `lines` allows them."""
    return "".join(_shown(one, lines=lines) for one in str(text))


def _shown(one: str, *, lines: bool) -> str:
    if one.isprintable() or (lines and one == "\n"):
        return one
    match unicodedata.category(one):
        case "Cc" if one in "\t\n\r\x85":
            return " "
        case "Cc":
            return chr(0x2400 + ord(one)) if ord(one) < 0x20 else "�"  # the picture of the control character
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cf":  # marks that turn the reading direction or hide
            return ""
        case _:
            return "�"


def text(said: object, style: str = "", *, lines: bool = False) -> Text:
    """Somebody else's words, made safe; never markup."""
    return Text(plain(said, lines=lines), style=style)


def sign(icon: str) -> str:
    """An icon, or its stand-in where the output knows only ASCII."""
    encoding = (out().encoding or "ascii").lower().replace("-", "")
    return icon if encoding.startswith("utf") else icon.translate(_ASCII)


def say(what: RenderableType = "", *, console: Console | None = None) -> None:
    """Print something; where nobody looks, without the spaces that only fill a screen."""
    console = console or out()
    if console.is_terminal:
        console.print(what)
        return
    with console.capture() as capture:
        console.print(what)
    for line in capture.get().splitlines():
        console.out(line.rstrip(), highlight=False)


def indented(what: RenderableType) -> RenderableType:
    """Something set off from the margin."""
    return Padding(what, (0, 0, 0, 2), expand=False)


def facts(named: Mapping[str, object]) -> Text:
    """Names and values, one a line, the values below each other; those without a value are left out."""
    there = {name: value for name, value in named.items() if value not in (None, "")}
    width = max((len(name) for name in there), default=0)
    block = Text()
    for name, value in there.items():
        block.append(f"  {name:<{width}}  ", style="quiet")
        block.append_text(value if isinstance(value, Text) else text(value))
        block.append("\n")
    block.rstrip()
    return block
