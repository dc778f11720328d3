"""Which part of a file is wanted, as RFC 9110 (14) says it: one range of bytes, or else the whole."""

import re

from zenobia.protocol.errors import RangeNotSatisfiable

ONE = re.compile(r"bytes=[ \t]*(?P<first>\d{0,18})-(?P<last>\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


def part(wanted: str | None, unless_changed: str | None, *, etag: str, size: int) -> tuple[int, int] | None:
    """The part to send, from its first byte to before its end, of a file of `size` bytes; None for all of it.

    `wanted` is the `Range` header, `unless_changed` the `If-Range` header. What is not one plain range is ignored, as
    the RFC allows: many small ones would cost much, and nobody needs them here.

    Raises:
        RangeNotSatisfiable: the file has nothing there.
    """
    found = ONE.fullmatch(wanted or "")
    if found is None or (unless_changed is not None and unless_changed.strip() != etag):
        return None
    first, last = found["first"], found["last"]
    if not first and not last:
        return None
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise RangeNotSatisfiable(size=size)
    return start, end
