"""What a session brought home, laid out to be read: its text, search results, and everything it extracted."""

from collections.abc import Iterator
from typing import cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zenobia.cli.screen import indented, out, text
from zenobia.protocol.session import Result, SearchResult
from zenobia.protocol.wire import Json

MOST_ROWS = 50
"""Rows of an extracted table that are shown; `--json` has them all."""


def findings(result: Result) -> RenderableType:
    """All of it, indented."""
    return indented(Group(*_parts(result)))


def _parts(result: Result) -> Iterator[RenderableType]:
    if words := _own_words(result):
        yield text(words, lines=True)
    if result.results:
        yield Text()
        yield _hits(result.results)
    for name, value in result.extracted.items():
        yield Text()
        yield from _extracted(name, value)


def _own_words(result: Result) -> str:
    """The result's text, less the lines that only repeat what is laid out below them."""
    below = tuple(f"{name}: " for name in result.extracted)
    lines = [line for line in result.text.splitlines() if not line.startswith(below)]
    first = result.results[0].title if result.results else ""
    return "\n".join(line for line in lines if not (first and line.startswith("Found ") and first in line))


def _hits(results: list[SearchResult]) -> RenderableType:
    hits = Table.grid(padding=(0, 2, 0, 0))
    hits.add_column(justify="right", style="quiet")
    hits.add_column(overflow="fold")
    for number, hit in enumerate(results, start=1):
        words = Text().append_text(text(hit.title, "bold")).append("\n").append_text(text(hit.link, "link"))
        if hit.snippet:
            words.append("\n").append_text(text(hit.snippet, "quiet"))
        hits.add_row(str(number), words)
    return hits


def _extracted(name: str, value: Json) -> Iterator[RenderableType]:
    rows = cast("list[Json]", value if isinstance(value, list) else [])
    if not rows:
        words = text(cast("object", value), lines=True)
        between = "\n" if "\n" in words.plain else "  "
        yield Text().append_text(text(name, "verb")).append(between).append_text(words)
        return
    yield text(name, "verb")
    yield _rows(rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        yield Text(f"and {len(rows) - MOST_ROWS} more", "quiet")


def _rows(rows: list[Json]) -> Table:
    """A page's table or list; its first row is its head if the rows are objects."""
    objects = [cast("dict[str, Json]", row) for row in rows if isinstance(row, dict)]
    names = list(dict.fromkeys(key for row in objects for key in row))
    table = listing(*names) if names else Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        if isinstance(row, dict):
            table.add_row(*(text(cast("dict[str, Json]", row).get(name, "")) for name in names))
        else:
            cells = cast("list[Json]", row) if isinstance(row, list) else [row]
            table.add_row(*(text(cell) for cell in cells))
    return table


def listing(*columns: str) -> Table:
    """A table of things, as light as it can be."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=True, header_style="quiet")
    for column in columns:
        table.add_column(text(column), overflow="fold", no_wrap=not out().is_terminal)
    return table
