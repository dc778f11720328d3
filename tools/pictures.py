"""Makes `docs/pictures/`: runs a real session against the demo site, and keeps what terminal and browser showed.

Nothing is drawn by hand. The terminal is a real one (a pseudo-terminal in which `zenobia run` asks, and a person's key
is typed); the browser's pictures are those that the session itself kept.
"""

import asyncio
import fcntl
import io
import os
import pty
import re
import struct
import sys
import tempfile
import termios
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from zenobia.app import serving
from zenobia.client import Client
from zenobia.protocol.events import RequestEvent
from zenobia.server.listening import Listening
from zenobia.settings import Settings
from zenobia_demo import create_app

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "pictures"
PROMPT = (ROOT / "examples" / "lantern.txt").read_text()
COLUMNS, ROWS = 92, 200
DEMO_PORT = 8900
"""The address in the prompt: the pictures show what a reader would type."""

PATIENCE = 60.0
"""Seconds until a run that does not end is a failure."""

NORMAL = "3c444a e87063 7dc884 e2ba5c 6ea5e8 cc8cde 60c4c4 d6dbde"
BRIGHT = "828d95 f08c80 96dc9c f0cd78 8cbcf5 dea6ee 82d8d8 f5f7f8"
"""The eight colours of a terminal, twice."""


SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font: 16px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""

TOKEN = re.compile(
    r"\x1b\[(?P<codes>[?\d;]*)(?P<what>[A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|(?P<one>.)", re.DOTALL
)


@dataclass
class Screen:
    """What a terminal shows after it was told `text`: as much of one as the command line makes use of."""

    rows: list[dict[int, tuple[str, str]]] = field(default_factory=lambda: [{}])
    row: int = 0
    column: int = 0
    style: str = ""

    def feed(self, text: str) -> None:
        """Take what a program printed."""
        for token in TOKEN.finditer(text):
            if token["one"] is not None:
                self._put(token["one"])
            elif token["what"] is not None:
                self._obey(token["codes"], token["what"])

    def _put(self, one: str) -> None:
        match one:
            case "\r":
                self.column = 0
            case "\n":
                self._go(self.row + 1)
            case _ if one.isprintable():
                self.rows[self.row][self.column] = (one, self.style)
                self.column += 1
            case _:
                pass

    def _obey(self, codes: str, what: str) -> None:
        match what:
            case "m":
                self.style = "" if codes in {"", "0"} else f"{self.style}\x1b[{codes}m"
            case "A":
                self._go(max(0, self.row - int(codes or 1)))
            case "K":
                self.rows[self.row] = {
                    column: cell
                    for column, cell in self.rows[self.row].items()
                    if codes != "2" and column < self.column
                }
            case _:
                pass  # the cursor's visibility

    def _go(self, row: int) -> None:
        self.row = row
        while len(self.rows) <= row:
            self.rows.append({})

    def lines(self) -> Iterator[Text]:
        """What is to be seen, line by line, without the empty ones at either end."""
        shown = [self._line(cells) for cells in self.rows]
        while shown and not shown[0].plain.strip():
            shown.pop(0)
        while shown and not shown[-1].plain.strip():
            shown.pop()
        yield from shown

    def _line(self, cells: dict[int, tuple[str, str]]) -> Text:
        ansi, last = "", ""
        for column in range(max(cells, default=-1) + 1):
            one, style = cells.get(column, (" ", ""))
            ansi += one if style == last else f"\x1b[0m{style}{one}"
            last = style
        line = Text.from_ansi(ansi)
        line.rstrip()
        return line


async def in_terminal(command: list[str], *, question: str, answer: str) -> Screen:
    """Run a command in a terminal of its own, and type the answer once the question is on the screen."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LANG": "C.UTF-8"}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True
    )
    os.close(terminal)
    heard = b""
    async with asyncio.timeout(PATIENCE):
        while chunk := await asyncio.to_thread(_read, controller):
            if question.encode() in heard + chunk and question.encode() not in heard:
                os.write(controller, answer.encode())
            heard += chunk
        await process.wait()
    os.close(controller)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{heard.decode()}")
    screen = Screen()
    screen.feed(heard.decode())
    return screen


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""


def theme() -> TerminalTheme:
    """A dark terminal."""
    normal, bright = ([tuple(bytes.fromhex(one)) for one in colours.split()] for colours in (NORMAL, BRIGHT))
    return TerminalTheme((24, 29, 33), (214, 219, 222), normal, bright)  # pyright: ignore[reportArgumentType]


def drawn(screen: Screen, title: str) -> str:
    """The screen as an SVG that asks nobody for a font."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in (Text(), *screen.lines(), Text()):
        console.print(line, soft_wrap=True)
    return console.export_svg(title=title, theme=theme(), code_format=SVG, unique_id="zenobia")


@asynccontextmanager
async def demo_site() -> AsyncGenerator[str]:
    """The demo site, for as long as the context lasts."""
    listening = Listening(create_app(), "127.0.0.1", DEMO_PORT, largest_message=1)
    task = asyncio.create_task(listening.serve(), name="demo site")
    task.add_done_callback(lambda _: listening.ended.set())
    await listening.ready.wait()
    try:
        yield listening.url
    finally:
        await listening.stop()
        await task


async def picture_shown(client: Client, session: str) -> bytes:
    """The picture that the person saw who was asked."""
    [asked] = [event.data.request async for event in client.events(session) if isinstance(event, RequestEvent)]
    async with httpx.AsyncClient(base_url=client.url, trust_env=False) as web:
        picture = await web.get(f"/api/sessions/{session}/pictures/{asked.screenshot_id}")
    return picture.raise_for_status().content


async def main() -> None:
    """Make every picture."""
    with tempfile.TemporaryDirectory(prefix="zenobia-pictures-") as scratch:
        hole = ["127.0.0.0/8"]  # to the demonstration site
        data = Path(scratch) / "data"
        settings = Settings(host="127.0.0.1", port=0, data_dir=data, warm_browsers=1, allow_networks=hole)
        async with demo_site(), serving(settings) as server, Client(server.url) as client:
            run = [sys.executable, "-m", "zenobia", "run", "--no-screenshot", "--server", server.url, PROMPT.strip()]
            screen = await in_terminal(run, question="ater  > ", answer="a\n")
            [session] = await client.sessions(limit=1)
            pictures = {
                "terminal.svg": drawn(screen, "zenobia run").encode(),
                "asked.png": await picture_shown(client, session.id),
                "done.png": await client.screenshot(session.id),
            }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (FOLDER / name).write_bytes(picture)
        print(f"docs/pictures/{name}  {len(picture):,} bytes")  # noqa: T201 - what the command is for


if __name__ == "__main__":
    asyncio.run(main())
