"""A flag for every setting, read off the model: a setting added there is a flag here.

The model takes a while to import, so a command that has these flags makes them only when it is itself called.
"""

import difflib
import os
import tomllib
import types
from collections.abc import Iterator
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Union, cast, get_args, get_origin

import typer
from rich.markup import escape
from typer.core import TyperCommand

from zenobia.cli.failing import Exit, fail

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from zenobia.settings import Settings

PREFIX = "ZENOBIA_"
CONFIG = "ZENOBIA_CONFIG"
DEFAULT_CONFIG = "zenobia.toml"
KEPT = "zenobia.settings"
PANEL = "Settings"
PROBLEMS = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "path_type": "must be a path",
    "string_type": "must be text",
}
"""What pydantic says in more words than a person needs."""


class SettingsCommand(TyperCommand):
    """A command that takes every setting as a flag; `settings_of` gives them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The command's own parameters, then the settings'."""
        own = super().get_params(ctx)
        return [*own[:-1], *_options(), own[-1]]  # --help stays last

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the flags, and keep the settings' apart from the command's own."""
        rest = super().parse_args(ctx, args)
        given = {option.name: ctx.params.pop(option.name, None) for option in _options()}
        ctx.meta[KEPT] = {name: value for name, value in given.items() if value is not None}
        return rest


def settings_of(context: typer.Context, **defaults: Any) -> "Settings":
    """The settings as flags, environment and file give them; `defaults` stand in for what none of them says."""
    return read_settings(context.meta[KEPT], **defaults)


def read_settings(given: dict[str, str] | None = None, **defaults: Any) -> "Settings":
    """The settings, `given` winning; a value that does not fit ends the command with one line that names it."""
    from pydantic import ValidationError

    from zenobia.settings import Settings

    flags = dict(given or {})
    _use_config(flags.pop("config", None))
    try:
        settings = Settings(**cast("dict[str, Any]", flags))
        missing = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
        return Settings(**cast("dict[str, Any]", flags | missing)) if missing else settings
    except ValidationError as error:
        code = Exit.USAGE if _from_flags(error, flags) else Exit.FAILED
        fail("; ".join(_complaints(error, flags)), code)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"{config_file()} is not TOML: {error}.")


def config_file() -> Path:
    """The file of settings that is read, if it exists."""
    return Path(os.environ.get(CONFIG) or DEFAULT_CONFIG)


def flag(name: str) -> str:
    """A setting's flag."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """A setting's name in the environment."""
    return PREFIX + name.upper()


def shown_default(field: "FieldInfo") -> str:
    """A default as a person would type it."""
    return shown_value(field.get_default(call_default_factory=True))


def shown_value(value: object) -> str:
    """A setting's value as a person would type it."""
    listed = ",".join(cast("list[str]", value)) if isinstance(value, list | dict) else value
    if isinstance(listed, float):
        return f"{listed:g}"
    return "none" if listed in (None, "") else str(listed)


def kind(field: "FieldInfo") -> str:
    """What a value looks like, for help texts."""
    annotation = field.annotation
    if get_origin(annotation) in {Union, types.UnionType}:
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    names: dict[Any, str] = {int: "N", float: "N", Path: "PATH", bool: "YES|NO"}
    holds = get_origin(annotation)
    return names.get(annotation) or ("LIST" if holds is list else "JSON" if holds is dict else "TEXT")


@cache
def _options() -> list[Any]:
    """The options that Typer makes of a function whose parameters are the settings."""

    def take() -> None: ...

    take.__signature__ = Signature(list(_parameters()))  # pyright: ignore[reportFunctionMemberAccess]
    take.__annotations__ = {one.name: one.annotation for one in _parameters()}
    app = typer.Typer(add_completion=False)
    app.command()(take)
    command: Any = typer.main.get_command(app)
    return command.params


def _parameters() -> Iterator[Parameter]:
    from zenobia.settings import Settings

    for name, field in Settings.model_fields.items():
        yield _parameter(name, kind(field), field.description or "", shown_default(field))
    yield _parameter("config", "FILE", "File of settings.", DEFAULT_CONFIG)


def _parameter(name: str, metavar: str, meaning: str, default: str) -> Parameter:
    shown = escape(meaning) + rf" [dim]\[default: {escape(default)}][/dim]"
    option = typer.Option(flag(name), metavar=metavar, help=shown, rich_help_panel=PANEL)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option])


def _use_config(named: str | None) -> None:
    if named is not None:
        os.environ[CONFIG] = named
    elif not os.environ.get(CONFIG):  # empty is unset, as for every setting
        return
    if not config_file().is_file():
        fail(f"There is no file of settings at {config_file()}.", Exit.USAGE)


def _from_flags(error: "ValidationError", flags: dict[str, str]) -> bool:
    return all(found["loc"] and found["loc"][0] in flags for found in error.errors())


def _complaints(error: "ValidationError", flags: dict[str, str]) -> Iterator[str]:
    """What is wrong with each value, named as whoever gave it would."""
    from zenobia.settings import Settings

    for found in error.errors():
        name = str(found["loc"][0]) if found["loc"] else ""
        if found["type"] == "extra_forbidden":
            close = difflib.get_close_matches(name, Settings.model_fields, n=1)
            yield f'{config_file()}: there is no setting "{name}"' + (f'; did you mean "{close[0]}"?' if close else "")
            continue
        problem = PROBLEMS.get(found["type"]) or found["msg"].removeprefix("Value error, ").removeprefix("Input ")
        given = "" if _is_secret(name, found) else f", not {str(found['input'])[:100]!r}"
        yield f"{_origin(name, flags)} {problem}{given}"


def _is_secret(name: str, found: "ErrorDetails") -> bool:
    """Whether what was given must not be repeated: what is meant to be secret, or an address with a password in it."""
    from pydantic import SecretStr

    from zenobia.settings import Settings

    field = Settings.model_fields.get(name)
    held = "://" in (given := str(found["input"])) and "@" in given
    return held or found["type"] == "secret" or (field is not None and SecretStr in get_args(field.annotation))


def _origin(name: str, flags: dict[str, str]) -> str:
    if name in flags:
        return flag(name)
    environment = {key.upper() for key, value in os.environ.items() if value}
    return variable(name) if variable(name) in environment else f"{name} in {config_file()}"
