"""What an agent may do, is asked about, or may not do: one readable file, what a session adds, and what people allowed.

Deny wins, wherever it stands. Otherwise what a person allowed for this session comes first, then the session's own
policy, then the server's, then what is built in: what cannot be undone is asked about, and so is what cannot be told.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zenobia.agents.policy.kinds import Kind
from zenobia.protocol.errors import ZenobiaError


class UnreadablePolicy(ZenobiaError):
    """The policy {where} cannot be read: {problem}."""

    code = "unreadable_policy"


class Verdict(StrEnum):
    """What is to be done about an action."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


BUILT_IN: dict[Kind, Verdict] = {
    Kind.READ: Verdict.ALLOW,
    Kind.NAVIGATE: Verdict.ALLOW,
    Kind.NEW_ORIGIN: Verdict.ALLOW,
    Kind.CLICK: Verdict.ALLOW,
    Kind.FILL: Verdict.ALLOW,
    Kind.SEARCH: Verdict.ALLOW,
    Kind.DOWNLOAD: Verdict.ALLOW,
    Kind.SUBMIT: Verdict.ASK,
    Kind.PAY: Verdict.ASK,
    Kind.SEND: Verdict.ASK,
    Kind.DELETE: Verdict.ASK,
    Kind.UPLOAD: Verdict.ASK,
    Kind.CREDENTIAL: Verdict.ASK,
    Kind.DISCLOSE: Verdict.ASK,
    Kind.TOOL: Verdict.ASK,
    Kind.UNKNOWN: Verdict.ASK,
}
STRICTEST = (Verdict.DENY, Verdict.ASK, Verdict.ALLOW)


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Written):
    """A verdict on kinds of action (all, if none is named) at origins (all, if none is named).

    An origin is `https://shop.example`, a host `shop.example`, or one with a star, `*.example`. A tool from elsewhere
    has the origin `mcp://server/tool`.
    """

    verdict: Verdict
    kinds: list[Kind] = Field(default=[], max_length=100)
    origins: list[str] = Field(default=[], max_length=1_000)
    why: str = Field(default="", max_length=1_000)

    def fits(self, kind: Kind, origin: str) -> bool:
        """Whether it speaks of such an action there."""
        return (not self.kinds or kind in self.kinds) and (
            not self.origins or any(_at(pattern.lower(), origin.lower()) for pattern in self.origins)
        )


class Policy(_Written):
    """What somebody wrote down: a verdict for a kind, and rules, the strictest of which counts."""

    kinds: dict[Kind, Verdict] = {}
    rules: list[Rule] = Field(default=[], max_length=1_000)


NOTHING_WRITTEN = Policy()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be done about one action, and why, in a sentence for a person."""

    kind: Kind
    verdict: Verdict
    because: str


def read_policy(path: Path) -> Policy:
    """The policy in a TOML file.

    Raises:
        UnreadablePolicy: it is not there, or not as it should be; says where.
    """
    try:
        return written(tomllib.loads(path.read_text(encoding="utf-8")), f"in {path.name}")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadablePolicy(where=f"in {path.name}", problem=problem) from error


def written(given: Any, where: str) -> Policy:
    """A policy from data.

    Raises:
        UnreadablePolicy: it is not as it should be; says where.
    """
    try:
        return Policy.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadablePolicy(where=where, problem=f"{place}: {first['msg']}") from error


def judge(
    kind: Kind,
    origin: str,
    *,
    layers: Sequence[tuple[str, Policy]],
    granted: frozenset[tuple[str, str]] = frozenset(),
    built_in: bool = True,
) -> Judgement:
    """What is to be done about an action of this kind at this origin.

    `layers` are the policies with their names, the nearest first. `granted` is what a person allowed for the session.
    Without `built_in`, what nobody wrote about is allowed: a person has decided on the steps.
    """
    verdicts = list(_written_about(kind, origin, layers))
    for verdict, because in verdicts:
        if verdict is Verdict.DENY:
            return Judgement(kind, verdict, because)
    if (kind, origin) in granted:
        return Judgement(kind, Verdict.ALLOW, f'A person allowed "{kind}" here for this session.')
    for verdict, because in verdicts:
        return Judgement(kind, verdict, because)
    if not built_in:
        return Judgement(kind, Verdict.ALLOW, "A person decided on this step.")
    verb = "is asked about" if BUILT_IN[kind] is Verdict.ASK else "is allowed"
    return Judgement(kind, BUILT_IN[kind], f'"{kind}" {verb} unless a policy says otherwise.')


def _written_about(kind: Kind, origin: str, layers: Sequence[tuple[str, Policy]]) -> Iterator[tuple[Verdict, str]]:
    """What each layer says, nearest first: its strictest rule that fits, else its word on the kind."""
    for name, policy in layers:
        fitting = [(number, rule) for number, rule in enumerate(policy.rules, start=1) if rule.fits(kind, origin)]
        fitting.sort(key=lambda one: STRICTEST.index(one[1].verdict))
        if fitting:
            number, rule = fitting[0]
            yield rule.verdict, f"{name}, rule {number}, says {rule.verdict}. {rule.why}".strip()
        if kind in policy.kinds:
            yield policy.kinds[kind], f'{name} says {policy.kinds[kind]} for "{kind}".'


def _at(pattern: str, origin: str) -> bool:
    host = origin.partition("://")[2] or origin
    wanted = origin if "://" in pattern else host
    return fnmatchcase(wanted, pattern) or fnmatchcase(wanted.rpartition(":")[0], pattern)
