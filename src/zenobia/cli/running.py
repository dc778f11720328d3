"""One session from prompt to result: a server to do it, the files, the watching, and what is kept afterwards."""

import errno
import tempfile
import termios
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from zenobia.cli.failing import Exit
from zenobia.cli.findings import findings
from zenobia.cli.flags import read_settings
from zenobia.cli.interrupts import Interrupts, show_nothing_more
from zenobia.cli.keeping import keep_downloads, keep_screenshot
from zenobia.cli.logs import write_logs
from zenobia.cli.screen import err, indented, out, say, sign, text
from zenobia.cli.timeline import STATUSES, lasted
from zenobia.cli.watching import NORMAL, Manner, Watch
from zenobia.client import Client
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.session import EndReason, Session, Status

GONE = {(errno.EPIPE,), (errno.EIO,)}
"""What writing to a screen fails with once whoever looked at it has gone: a closed pipe, a closed terminal."""

GAVE_UP = {EndReason.DENIED, EndReason.GAVE_UP}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done, and what is to be left behind."""

    prompt: str | None
    agent: str | None = None
    files: tuple[Path, ...] = ()
    manner: Manner = NORMAL
    keep_screenshot: bool = True
    screenshot: Path | None = None
    """None: under a name made of the session's id."""
    downloads: Path = Path()


@asynccontextmanager
async def own_server(data_dir: Path | None, manner: Manner) -> AsyncGenerator[str]:
    """The address of a server that lasts as long as the context, with nothing left of it unless `data_dir` is given."""
    from zenobia.app import serving  # takes seconds, and is needed only without --server

    async with AsyncExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zenobia-run-")))
        settings = read_settings({"port": "0", "data_dir": str(directory)}, warm_browsers=1)
        write_logs(settings.log_level, log_console(manner))
        yield (await stack.enter_async_context(serving(settings))).url


async def carry_out(client: Client, order: Order, interrupts: Interrupts) -> Exit:
    """Run a session as ordered; the exit code that says how it ended."""
    uploaded = [await client.upload(path) for path in order.files]
    session = await client.create(order.prompt, agent=order.agent, files=[file.file_id for file in uploaded])
    try:
        _head(session, client.url, order.manner)
        ended = await Watch(client, session.id, order.manner, interrupts).run()
    except (OSError, termios.error) as error:
        gone = error.args[:1] in GONE
        if gone:
            show_nothing_more()
        await _abandon(client, session, interrupts)
        if not gone:
            raise
        return Exit.CANCELLED
    if not order.manner.as_json:
        _result(ended)
    kept: list[Path | None] = [*await keep_downloads(client, ended, order.downloads)]
    if order.keep_screenshot:
        kept.append(await keep_screenshot(client, ended.id, order.screenshot or Path(f"zenobia-{ended.id}.png")))
    _kept([path for path in kept if path], order.manner)
    return exit_code(ended)


async def _abandon(client: Client, session: Session, interrupts: Interrupts) -> None:
    """End a session that can be shown to nobody any more: it would wait for answers that nobody can give."""
    interrupts.heeded = True  # a hang-up that comes now asks for just this
    with suppress(ZenobiaError):
        await client.cancel(session.id)


def log_console(manner: Manner) -> Console:
    """Where the log goes: among what moves on the screen if it goes to the same screen."""
    same = out().is_terminal and err().is_terminal and not manner.as_json
    return out() if same else err()


def exit_code(session: Session) -> Exit:
    """How a session ended, for whoever reads exit codes."""
    match session.status:
        case Status.COMPLETED:
            return Exit.DONE
        case Status.CANCELLED:
            return Exit.CANCELLED
        case _:
            return Exit.REFUSED if session.reason in GAVE_UP else Exit.FAILED


def _head(session: Session, url: str, manner: Manner) -> None:
    if manner.as_json:
        return
    say()
    say(indented(text((session.prompt or "No prompt yet").strip(), "bold", lines=True)))
    say(indented(text(f"{session.id}  {session.type}  {url}", "quiet")))
    say()


def _result(session: Session) -> None:
    icon, style = STATUSES[session.status]
    took = lasted((session.ended_at or session.created_at) - (session.started_at or session.created_at))
    counted = "1 step" if session.usage.steps == 1 else f"{session.usage.steps} steps"
    say()
    line = Text().append(f"{sign(icon)} {session.status.value.capitalize()}", style)
    why = f" ({session.reason.value})" if session.reason and session.reason is not EndReason.DONE else ""
    say(indented(line.append(f" in {took}, {counted}{why}", "quiet")))
    if session.result is not None:
        say()
        say(findings(session.result))


def _kept(paths: list[Path], manner: Manner) -> None:
    console = err() if manner.as_json else out()
    if paths and not manner.as_json:
        say()
    for path in paths:
        say(indented(Text().append("Saved ", "quiet").append_text(text(path))), console=console)
