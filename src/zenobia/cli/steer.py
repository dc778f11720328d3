"""Commands that change sessions: `cancel`, `pause`, `resume`, `message`, `delete`, `approve`, `deny`, `answer`."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenobia.cli.failing import Exit, fail
from zenobia.cli.options import DEFAULT_SERVER, ApiKey, AsJson, RequestId, Server, SessionId

if TYPE_CHECKING:
    from zenobia.client import Client
    from zenobia.protocol.human import HumanLayerRequest
    from zenobia.protocol.session import Session

Words = Annotated[str, typer.Argument(metavar="TEXT", help="What to say.", show_default=False)]
Files = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", metavar="PATH", exists=True, dir_okay=False, help="A file to send along; repeatable."),
]
Changed = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Do it with this value; may be repeated.")
]
ForSession = Annotated[
    bool, typer.Option("--for-session", help="Allow what is of the same kind at the same place until the session ends.")
]
Reason = Annotated[str | None, typer.Option("--reason", "-r", metavar="TEXT", help="Why; the agent reads it.")]
Data = Annotated[bool, typer.Option("--data", help="TEXT is JSON, and is meant as data.")]


def cancel(session: SessionId, server: Server = DEFAULT_SERVER, key: ApiKey = None, as_json: AsJson = False) -> None:
    """End a session; after that nothing acts in its browser.

    Example: zenobia cancel last
    """
    _steer(session, server, key, as_json=as_json, order=lambda client, name: client.cancel(name))


def pause(session: SessionId, server: Server = DEFAULT_SERVER, key: ApiKey = None, as_json: AsJson = False) -> None:
    """Hold a session before its next action.

    Example: zenobia pause last
    """
    _steer(session, server, key, as_json=as_json, order=lambda client, name: client.pause(name))


def resume(session: SessionId, server: Server = DEFAULT_SERVER, key: ApiKey = None, as_json: AsJson = False) -> None:
    """Let a paused session go on.

    Example: zenobia resume last
    """
    _steer(session, server, key, as_json=as_json, order=lambda client, name: client.resume(name))


def message(
    session: SessionId,
    words: Words,
    files: Files = None,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Tell a session's agent something.

    Example: zenobia message last 'click "Next"'
    """

    async def send(client: "Client", name: str) -> "Session":
        uploaded = [await client.upload(path) for path in files or []]
        return await client.send(name, words, files=[file.file_id for file in uploaded])

    _steer(session, server, key, as_json=as_json, order=send)


def delete(session: SessionId, server: Server = DEFAULT_SERVER, key: ApiKey = None) -> None:
    """Delete a session that has ended, with its events and pictures, for good.

    Example: zenobia delete ses_01k4…
    """
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import named, speak

    async def forget(client: "Client") -> str:
        gone = await named(client, session)
        await client.delete(gone)
        return gone

    say(text(f"Deleted {speak(server, key, forget)}"))


def approve(
    request: RequestId,
    changed: Changed = None,
    for_session: ForSession = False,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Approve a request: what it shows, once, or with other values.

    Example: zenobia approve req_01k4… --set text="Dear Madam"
    """
    values = dict(_named_value(one) for one in changed or [])
    _settle(
        server,
        key,
        as_json=as_json,
        decide=lambda client: client.approve(request, values=values, for_session=for_session),
    )


def deny(
    request: RequestId,
    reason: Reason = None,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Deny a request.

    Example: zenobia deny req_01k4… --reason "too expensive"
    """
    _settle(server, key, as_json=as_json, decide=lambda client: client.deny(request, reason))


def answer(
    request: RequestId,
    words: Words,
    data: Data = False,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Answer a request in words, or in data.

    Example: zenobia answer req_01k4… "the blue one"
    """
    response: Any = words
    if data:
        try:
            response = json.loads(words)
        except ValueError as error:
            fail(f"That is not JSON: {error}.", Exit.USAGE)
    _settle(server, key, as_json=as_json, decide=lambda client: client.respond(request, response))


def _named_value(told: str) -> tuple[str, str]:
    name, equals, value = told.partition("=")
    if not equals:
        fail(f'"{told}" is no NAME=VALUE.', Exit.USAGE)
    return name, value


def _steer(
    session: str,
    server: str,
    key: str | None,
    *,
    as_json: bool,
    order: "Callable[[Client, str], Awaitable[Session]]",
) -> None:
    """Give one session an order, and say how it stands then."""
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import named, print_json, speak

    async def give(client: "Client") -> "Session":
        return await order(client, await named(client, session))

    found = speak(server, key, give)
    if as_json:
        print_json(found)
    else:
        say(text(f"{found.id} is {found.status.value}."))


def _settle(
    server: str, key: str | None, *, as_json: bool, decide: "Callable[[Client], Awaitable[HumanLayerRequest]]"
) -> None:
    """Settle one request, and say how."""
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import print_json, speak

    settled = speak(server, key, decide)
    if as_json:
        print_json(settled)
    else:
        say(text(f"{settled.id} is {settled.status.value}: {settled.title}"))
