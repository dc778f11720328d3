"""Names for things: unguessable, sortable by time, with a prefix that says what they name.

The form is a ULID (48 bits of Unix milliseconds, 80 random bits, Crockford base 32), so rows made together
lie together in an index. An id is a name, never a permission.
"""

import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new_id(prefix: str) -> str:
    """A fresh id such as `ses_01k…`; the prefix tells a reader of logs what it names."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    digits = [ALPHABET[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def session_id() -> str:
    """A new session's id."""
    return new_id("ses")


def request_id() -> str:
    """A new human-layer request's id."""
    return new_id("req")


def action_id() -> str:
    """A new action's id: one intent, at most one outcome."""
    return new_id("act")


def control_id() -> str:
    """A new takeover's id, which its driver alone is told."""
    return new_id("ctl")


def picture_id() -> str:
    """A new stored picture's id."""
    return new_id("pic")


def file_id() -> str:
    """A new file's id, where the client did not choose one."""
    return new_id("fil")
