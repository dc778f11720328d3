"""`keys create`, `keys list`, `keys revoke`: who may speak with a server, and what each may do."""

from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.beside import require_kept, written
from zenobia.cli.failing import Exit, fail
from zenobia.cli.flags import SettingsCommand, settings_of
from zenobia.cli.options import AsJson

if TYPE_CHECKING:
    from zenobia.protocol.access import Scope
    from zenobia.protocol.wire import Millis
    from zenobia.store.key_rows import StoredKey
    from zenobia.store.tx import Tx

DAY = 86_400_000
"""Milliseconds."""

MOST_DAYS = 36_500

Name = Annotated[str, typer.Argument(help="Whose key it is, as records will show it.", show_default=False)]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="A key's id, as `zenobia keys list` shows it.")]
Workspace = Annotated[
    str, typer.Option("--workspace", metavar="NAME", help="What it sees: no workspace knows of another.")
]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="What it may do: observe, operate, approve or admin; may be repeated.",
        show_default="operate and approve",
    ),
]
Days = Annotated[
    float | None, typer.Option("--days", metavar="N", help="Days after which it expires.", show_default="never")
]

keys = typer.Typer(no_args_is_help=True)


@keys.callback()
def hold() -> None:
    """Say who may speak with a server. Once there is a key, everybody needs one.

    Works on the data directory or the database itself, whether or not a server runs on it; one that runs knows within a
    second.

    Example: zenobia keys create anna
    """


@keys.command(cls=SettingsCommand)
def create(
    context: typer.Context,
    name: Name,
    workspace: Workspace = "default",
    scopes: Scopes = None,
    days: Days = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once: only a digest of it is kept.

    `observe` may look, `operate` may also run sessions, `approve` may also answer what people are asked, `admin` may do
    everything in its workspace and see how the whole server does.

    Example: zenobia keys create dashboard --scope observe --days 90
    """
    from zenobia.cli.screen import err, out, say, text
    from zenobia.cli.talking import print_json
    from zenobia.protocol.access import Key, fingerprint, is_name, new_key
    from zenobia.protocol.audit import COMMAND_LINE, Deed

    if days is not None and not 0 <= days <= MOST_DAYS:
        fail(f"--days must be between 0 and {MOST_DAYS}.", Exit.USAGE)
    chosen = _scopes(scopes or ["operate", "approve"])
    for given in (name, workspace):
        if not is_name(given):
            fail(f'"{given}" is no name: use up to 64 letters, digits, dots, dashes and underscores.', Exit.USAGE)
    key_id, secret = new_key()

    def add(tx: "Tx") -> Key:
        expires = None if days is None else tx.now + int(days * DAY)
        key = Key(id=key_id, name=name, workspace=workspace, scopes=chosen, created_at=tx.now, expires_at=expires)
        tx.add_key(key, fingerprint(secret))
        about = {"key": key.id, "name": name, "scopes": list(chosen)}
        tx.record(Deed(workspace, "keys create", COMMAND_LINE, about=about))
        return key

    made = written(settings_of(context), add)
    if as_json:
        print_json(made.wire() | {"key": secret})
        return
    say(text(f"{made.id} may {', '.join(made.scopes)} in {made.workspace}. It is shown this once:"), console=err())
    out().out(secret, highlight=False)


@keys.command("list", cls=SettingsCommand)
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List every key that there ever was, without its secret.

    Example: zenobia keys list
    """
    import time

    from zenobia.cli.findings import listing
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import print_json

    settings = settings_of(context)
    require_kept(settings)
    found = [one.key for one in written(settings, lambda tx: tx.keys())]
    if as_json:
        print_json(found)
        return
    if not found:
        say(text("There are no keys: whoever reaches the server may do everything.", "quiet"))
        return
    table = listing("key", "name", "workspace", "may", "made", "state")
    now = int(time.time() * 1_000)
    for key in found:
        state = "good" if key.expires_at is None else f"until {_day(key.expires_at)}"
        if not key.usable(now):
            state = "expired" if key.revoked_at is None else "revoked"
        row = (key.id, key.name, key.workspace, ", ".join(key.scopes), _day(key.created_at), state)
        table.add_row(*(text(value) for value in row))
    say(table)


@keys.command(cls=SettingsCommand)
def revoke(context: typer.Context, key: KeyId) -> None:
    """Make a key good for nothing; whoever is connected with it is cut off within a second.

    Example: zenobia keys revoke key_01k4…
    """
    from zenobia.cli.screen import say, text
    from zenobia.protocol.audit import COMMAND_LINE, Deed

    def take_back(tx: "Tx") -> bool:
        gone = tx.revoke_key(key)
        known: list[StoredKey] = tx.keys()
        for one in known:
            if gone and one.key.id == key:
                tx.record(Deed(one.key.workspace, "keys revoke", COMMAND_LINE, about={"key": key}))
        return gone

    settings = settings_of(context)
    require_kept(settings)
    if not written(settings, take_back):
        fail(f"There is no key {key} that could be revoked.")
    say(text(f"Revoked {key}"))


def _day(at: "Millis") -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at / 1_000).astimezone().strftime("%Y-%m-%d")


def _scopes(given: list[str]) -> "tuple[Scope, ...]":
    from zenobia.protocol.access import Scope

    unknown = [one for one in given if one not in set(Scope)]
    if unknown:
        fail(f'There is no scope "{unknown[0]}"; there are: {", ".join(Scope)}.', Exit.USAGE)
    return tuple(Scope(one) for one in dict.fromkeys(given))
