"""`secrets set`, `secrets list`, `secrets remove`: passwords and one-time codes that only the browser gets to know."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.beside import require_kept, written
from zenobia.cli.failing import Exit, fail
from zenobia.cli.flags import SettingsCommand, settings_of
from zenobia.cli.options import AsJson

if TYPE_CHECKING:
    from zenobia.store.tx import Tx

Name = Annotated[str, typer.Argument(help="What playbooks and models call it.", show_default=False)]
Origins = Annotated[
    list[str],
    typer.Option("--origin", metavar="URL", help="A site that may have it, as https://shop.example; may be repeated."),
]
Workspace = Annotated[str, typer.Option("--workspace", metavar="NAME", help="Whose sessions may use it.")]
Totp = Annotated[bool, typer.Option("--totp", help="It is the seed of one-time codes: the code is typed.")]

secrets = typer.Typer(no_args_is_help=True)


@secrets.callback()
def hold() -> None:
    """Keep passwords and one-time codes for sessions, which type them by name and never see them.

    Works on the data directory or the database itself, whether or not a server runs on it.

    Example: zenobia secrets set shop --origin https://shop.example
    """


@secrets.command("set", cls=SettingsCommand)
def set_secret(
    context: typer.Context, name: Name, origin: Origins, workspace: Workspace = "default", totp: Totp = False
) -> None:
    """Keep a secret, in the place of one of that name. Its value is asked for, or read from standard input.

    Example: pass show shop | zenobia secrets set shop --origin https://shop.example
    """
    from zenobia.cli.screen import say, text
    from zenobia.protocol.audit import COMMAND_LINE, Deed
    from zenobia.protocol.secrets import Secret, SecretKind, is_secret_name, read_origin

    if not is_secret_name(name):
        fail(f'"{name}" is no name: use up to 64 letters, digits, dots, dashes and underscores.', Exit.USAGE)
    origins = [read_origin(one) for one in origin]
    if None in origins:
        wrong = origin[origins.index(None)]
        fail(f'"{wrong}" is no site: write it as https://shop.example, with no path.', Exit.USAGE)
    settings, value = settings_of(context), _value(name)
    kind = SecretKind.TOTP if totp else SecretKind.TEXT
    _check(value, totp=totp)
    from zenobia.sessions.vault import KEY_FILE, Vault

    vault = Vault(settings.key_for_secrets, settings.data_dir / KEY_FILE)
    bound = tuple(sorted({one for one in origins if one is not None}))

    def keep(tx: "Tx") -> Secret:
        secret = Secret(workspace=workspace, name=name, kind=kind, origins=bound, changed_at=tx.now)
        tx.keep_secret(vault.seal(secret, value))
        tx.record(Deed(workspace, "secrets set", COMMAND_LINE, about={"secret": name, "origins": list(bound)}))
        return secret

    kept = written(settings, keep)
    say(text(f"Kept {kept.name} for {', '.join(kept.origins)}"))


@secrets.command("list", cls=SettingsCommand)
def list_secrets(context: typer.Context, as_json: AsJson = False) -> None:
    """List secrets, without their values.

    Example: zenobia secrets list
    """
    from zenobia.cli.findings import listing
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import print_json

    settings = settings_of(context)
    require_kept(settings)
    found = written(settings, lambda tx: tx.secrets())
    if as_json:
        print_json(found)
        return
    table = listing("name", "workspace", "kind", "sites")
    for secret in found:
        row = (secret.name, secret.workspace, secret.kind, ", ".join(secret.origins))
        table.add_row(*(text(value) for value in row))
    say(table if found else text("There are no secrets.", "quiet"))


@secrets.command(cls=SettingsCommand)
def remove(context: typer.Context, name: Name, workspace: Workspace = "default") -> None:
    """Forget a secret.

    Example: zenobia secrets remove shop
    """
    from zenobia.cli.screen import say, text
    from zenobia.protocol.audit import COMMAND_LINE, Deed

    def drop(tx: "Tx") -> bool:
        gone = tx.drop_secret(workspace, name)
        if gone:
            tx.record(Deed(workspace, "secrets remove", COMMAND_LINE, about={"secret": name}))
        return gone

    settings = settings_of(context)
    require_kept(settings)
    if not written(settings, drop):
        fail(f"There is no secret {name} in {workspace}.")
    say(text(f"Removed {name}"))


def _value(name: str) -> str:
    """What is typed where it is not shown, or what comes from another program."""
    if not sys.stdin.isatty():
        return sys.stdin.read().removesuffix("\n").removesuffix("\r")
    return typer.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True)


def _check(value: str, *, totp: bool) -> None:
    from zenobia.protocol.secrets import LONGEST, SHORTEST
    from zenobia.sessions.vault import one_time_code

    if not SHORTEST <= len(value) <= LONGEST or "\0" in value:
        fail(f"A secret has {SHORTEST} to {LONGEST} characters.")
    if totp:
        try:
            one_time_code(value)
        except ValueError:
            fail("The seed of one-time codes is Base32, as the site shows it beside its QR code.")
