"""Every setting with its names, default, present value and meaning: read off the model, so that none is forgotten."""

import json
import textwrap
from pathlib import Path
from typing import cast

from rich.table import Table
from rich.text import Text

from zenobia.cli.findings import listing
from zenobia.cli.flags import flag, read_settings, shown_default, shown_value, variable
from zenobia.cli.screen import out, text
from zenobia.protocol.wire import Json
from zenobia.settings import Settings

WIDE = 160
"""Columns from which on every name has a column of its own."""

VALUE = 22
"""Columns of a value where there is little room; an address is folded."""

HEAD = """\
# What can be set. Every line is commented out and shows its default.
# A flag wins over the environment (ZENOBIA_ and the name in capitals), which wins over this file.
"""


def as_rows() -> list[dict[str, Json]]:
    """All of it, for programs."""
    now = read_settings()
    values = now.model_dump(mode="json")
    return [
        {
            "name": name,
            "flag": flag(name),
            "variable": variable(name),
            "default": _json(field.get_default(call_default_factory=True)),
            "value": values[name],
            "set": name in now.model_fields_set,
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]


def as_table() -> Table:
    """All of it, for a person: in columns if there is room, else with the names below each other."""
    now = read_settings()
    wide = not out().is_terminal or out().width >= WIDE
    names = ("flag", "variable", "key in zenobia.toml") if wide else ("setting",)
    table = listing(*names, "value", "default", "meaning")
    for name, field in Settings.model_fields.items():
        value = text(shown_value(getattr(now, name)), "good" if name in now.model_fields_set else "")
        spelled = [text(flag(name), "verb"), text(variable(name), "quiet"), text(name, "quiet")]
        cells = spelled if wide else [Text("\n").join(spelled)]
        table.add_row(*cells, value, text(shown_default(field), "quiet"), text(field.description or ""))
    if not wide:
        table.columns[0].no_wrap = True
        table.columns[1].max_width = table.columns[2].max_width = VALUE
    return table


def example_file() -> str:
    """A file of settings that changes nothing until a line is uncommented."""
    parts = [HEAD]
    for name, field in Settings.model_fields.items():
        meaning = textwrap.fill(field.description or "", 100, initial_indent="# ", subsequent_indent="# ")
        default = field.get_default(call_default_factory=True)
        parts.append(f"{meaning}\n# {name} = {_toml(default)}\n")
    return "\n".join(parts)


def _toml(value: Json) -> str:
    """A value as TOML writes it; one that is absent by default, as an empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in cast('list[Json]', value))}]"
    if isinstance(value, dict):
        return "{}"  # tables are nothing by default
    return json.dumps("" if value is None else str(value), ensure_ascii=False)


def _json(value: Json) -> Json:
    return str(value) if isinstance(value, Path) else value
