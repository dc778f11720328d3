"""What a person is shown before an action: built from the action and the page, never from an agent's words.

Its digest covers everything that was shown and the state of the page, so that an approval fits exactly one act.
"""

import re

from zenobia.operators.base import Sight
from zenobia.protocol.actions import ACTIONS, Action, Type, describe, digest
from zenobia.protocol.human import ProposedAction
from zenobia.protocol.wire import Json

MASK = "••••••"

EDITABLE = ("text", "option", "url", "file")
"""Values of actions that a person who approves may change."""

SENDING = frozenset({"submit", "pay", "send", "delete", "credential", "search", "unknown"})
"""Kinds of action that may send a form, of which a person is shown what it holds."""

_SECRET = re.compile(r"pass(word|wort|code|phrase)|\bpin\b|secret|\bcvv\b|\bcvc\b|card number|\btan\b|one.time", re.I)


def masked(action: Action, *, secret: bool = False) -> Action:
    """The action as it may be shown: what is typed into a secret field is hidden."""
    if isinstance(action, Type) and (secret or _SECRET.search(action.target.text)):
        return action.model_copy(update={"text": MASK})
    return action


def hidden(sentence: str, action: Action, shown: dict[str, Json]) -> str:
    """A sentence about the action in which nothing stands that `shown`, the action as it is shown, hides."""
    if isinstance(action, Type) and action.text and shown.get("text") == MASK:
        return sentence.replace(action.text, MASK)
    return sentence


def edited(action: Action, values: dict[str, Json]) -> Action:
    """The action with the values that a person put in the place of its own."""
    return ACTIONS.validate_python({**action.model_dump(), **values}) if values else action


def propose(action: Action, sight: Sight, kind: str | None = None) -> ProposedAction:
    """The request's picture of the action, with the digest that binds an approval to it."""
    shown = masked(action, secret=sight.secret)
    values: dict[str, Json] = {
        key: value for key, value in shown.wire().items() if key not in {"verb", "target", "onto"} and value is not None
    }
    editable = tuple(name for name in EDITABLE if values.get(name) not in (None, MASK))
    if kind in SENDING and sight.facts.get("filled"):
        values["form"] = dict(sight.facts["filled"])
    facts: dict[str, Json] = {
        "action": action.wire(),
        "kind": kind,
        "url": sight.url,
        "origin": sight.origin,
        "target": sight.target,
        "state": sight.state,
    }
    return ProposedAction(
        verb=action.verb,
        kind=kind,
        editable=editable,
        description=describe(shown),
        target=sight.target,
        page_url=sight.url,
        origin=sight.origin,
        values=values,
        digest=digest(facts),
    )
