"""`policy explain`: why actions of a session were allowed, asked about or denied, and what another policy would say."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.failing import fail
from zenobia.cli.options import DEFAULT_SERVER, ApiKey, AsJson, Server, SessionId

if TYPE_CHECKING:
    from zenobia.agents.policy.rules import Policy
    from zenobia.client import Client
    from zenobia.protocol.events import ActionEvent, Event, RequestEvent
    from zenobia.protocol.wire import Json

PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Say also what this policy would have said.")
]

policy = typer.Typer(no_args_is_help=True)


@policy.callback()
def hold() -> None:
    """Look at what agents may do, and why.

    Example: zenobia policy explain last
    """


@policy.command()
def explain(
    session: SessionId,
    file: PolicyFile = None,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Say of every action of a session what was at stake, what was decided, and why; change nothing.

    Example: zenobia policy explain last --policy policy.toml
    """
    from zenobia.agents.policy.rules import UnreadablePolicy, read_policy
    from zenobia.cli.findings import listing
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import named, print_json, speak

    async def read(client: "Client") -> "list[Event]":
        return [event async for event in client.events(await named(client, session))]

    try:
        other = None if file is None else read_policy(file)
    except UnreadablePolicy as error:
        fail(error.message)
    told = list(rows(speak(server, key, read), other))
    if as_json:
        for row in told:
            print_json(row)
        return
    table = listing("nr", "what", "kind", "where", "was", "why", *(("would be",) if other else ()))
    for row in told:
        table.add_row(*(text("" if value is None else value) for value in row.values()))
    say(table if told else text("Nothing in this session was judged by a policy."))


def rows(events: "Iterable[Event]", other: "Policy | None" = None) -> "Iterator[dict[str, Json]]":
    """One row for everything that was judged: its place in the log, what it was, what was decided, and why."""
    asked: set[str] = set()
    for event in events:
        row: dict[str, Json] | None = None
        if event.event_type == "human_layer_request" and event.data.request.action is not None:
            asked.add(event.data.request.action.description)
            row = _asked(event)
        elif event.event_type == "action" and event.data.phase in {"started", "failed"} and event.data.kind:
            row = _judged(event, asked)
        if row is not None:
            if other is not None:
                row["wouldBe"] = _now(row, other)
            yield row


def _asked(event: "RequestEvent") -> "dict[str, Json] | None":
    request = event.data.request
    if request.action is None or request.action.kind is None:
        return None
    return _row(event.seq, request.title, request.action.kind, request.action.origin, "asked", request.reason)


def _judged(event: "ActionEvent", asked: set[str]) -> "dict[str, Json] | None":
    data = event.data
    denied = data.phase == "failed" and data.error is not None and data.error.code == "not_allowed_by_policy"
    if data.phase == "failed" and not denied:
        return None  # it was told when it began
    was = "denied" if denied else "done, as approved" if data.description in asked else "allowed"
    return _row(event.seq, data.description, data.kind, data.origin, was, data.because)


def _row(seq: int, what: str, kind: str | None, where: str | None, was: str, why: str | None) -> "dict[str, Json]":
    return {"seq": seq, "what": what, "kind": kind, "where": where, "was": was, "why": why}


def _now(row: "dict[str, Json]", other: "Policy") -> str:
    from zenobia.agents.policy.kinds import Kind
    from zenobia.agents.policy.rules import judge

    said = judge(Kind(row["kind"]), row["where"] or "", layers=[("This policy", other)])
    return f"{said.verdict}: {said.because}"
