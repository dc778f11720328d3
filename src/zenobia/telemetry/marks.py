"""Whose work is under way: the ids that every line of the log, and every trace, is to carry."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_MARKS: ContextVar[Mapping[str, str]] = ContextVar("zenobia_marks", default=MappingProxyType({}))


@contextmanager
def marked(**ids: str | None) -> Generator[None]:
    """Mark what is done inside, and every task begun there; ids that are None are left out."""
    before = _MARKS.set({**_MARKS.get(), **{name: value for name, value in ids.items() if value is not None}})
    try:
        yield
    finally:
        _MARKS.reset(before)


def marks() -> Mapping[str, str]:
    """The ids of what is under way here."""
    return _MARKS.get()
