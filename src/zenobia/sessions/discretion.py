"""A session's secrets: fetched for the moment in which they are typed, and kept out of all that the browser says.

That nobody but the browser is given a value is the defence. What is here is the last line behind it: a page may show
what was typed into it, so every text that comes out of the browser is searched for the values typed in this session.
"""

import html
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus

import orjson

from zenobia.operators.base import (
    Downloaded,
    Driven,
    Filling,
    Frame,
    Hands,
    Lens,
    Listener,
    Notice,
    Observation,
    Operator,
    Outcome,
    Picture,
    Shot,
    Shown,
    Sight,
)
from zenobia.protocol.action_errors import ActionFailed
from zenobia.protocol.actions import Action, TypeSecret
from zenobia.protocol.inputs import Input
from zenobia.protocol.secrets import SecretKind, SecretNotUsable
from zenobia.protocol.wire import Json
from zenobia.sessions.owned import Owned
from zenobia.sessions.vault import SecretsKeyUnusable, Vault, one_time_code
from zenobia.store.secret_rows import SealedSecret

T = TypeVar("T")
MASK = "••••••"


class SessionSecrets:
    """The secrets that one session may use, and the values that it has used."""

    def __init__(self, owned: Owned, vault: Vault) -> None:
        self._owned = owned
        self._vault = vault
        self._typed: set[str] = set()

    async def recall(self) -> None:
        """Know again what an earlier runner of this session typed; what cannot be opened any more cannot be known."""
        names = await self._owned.store.read(lambda tx: tx.secrets_typed(self._owned.id))
        for name in names:
            kept = await self._kept(name)
            if kept is not None and kept.secret.kind is SecretKind.TEXT:
                with suppress(SecretsKeyUnusable):
                    self._remember(self._opened(kept))

    async def require(self, operator: Hands, action: Action) -> None:
        """Make sure that a secret that is to be typed may go where it is meant to go, before anybody is asked.

        Raises:
            SecretNotUsable: there is no such secret, or it is for other sites.
            ActionFailed: the field is not there.
        """
        if isinstance(action, TypeSecret):
            kept = await self._named(action.secret)
            where = (await operator.sight(action)).origin
            if where not in kept.secret.origins:
                raise SecretNotUsable(name=action.secret, problem=f"it is not for {where}.")

    async def filling(self, action: Action) -> Filling | None:
        """What a `TypeSecret` types; None for every other action.

        Raises:
            SecretNotUsable: it is not there any more, or cannot be opened.
        """
        if not isinstance(action, TypeSecret):
            return None
        kept = await self._named(action.secret)
        try:
            value = self._opened(kept)
        except SecretsKeyUnusable as error:
            raise SecretNotUsable(name=action.secret, problem=error.message) from error
        if kept.secret.kind is SecretKind.TOTP:
            value = one_time_code(value)
        self._remember(value)
        return Filling(value, frozenset(kept.secret.origins))

    def scrubbed(self, told: T) -> T:
        """The same, with no value that was typed in any of its texts."""
        return _without(told, self._typed) if self._typed else told

    async def _named(self, name: str) -> SealedSecret:
        kept = await self._kept(name)
        if kept is None:
            known = await self._owned.store.read(lambda tx: tx.secrets(self._owned.claim.workspace))
            names = ", ".join(secret.name for secret in known) or "none"
            raise SecretNotUsable(name=name, problem=f"there is none of that name; there are: {names}.")
        return kept

    async def _kept(self, name: str) -> SealedSecret | None:
        return await self._owned.store.read(lambda tx: tx.secret(self._owned.claim.workspace, name))

    def _opened(self, kept: SealedSecret) -> str:
        return self._vault.open(kept)

    def _remember(self, value: str) -> None:
        said = {value, quote(value, safe=""), quote(value), quote_plus(value), html.escape(value)}
        self._typed |= said | {orjson.dumps(value).decode()[1:-1], " ".join(value.split())}


class DiscreetOperator:
    """An operator whose words hold no secret that was typed in its session."""

    def __init__(self, operator: Operator, secrets: SessionSecrets) -> None:
        self._operator = operator
        self._secrets = secrets

    async def act(self, action: Action, *, upload: Path | None = None, secret: Filling | None = None) -> Outcome:
        """Do `action`; see `Operator.act`."""
        try:
            return self._secrets.scrubbed(await self._operator.act(action, upload=upload, secret=secret))
        except ActionFailed as error:
            raise self._quiet(error) from None

    async def sight(self, action: Action, *, in_view: bool = False) -> Sight:
        """What `action` would act on now."""
        try:
            return self._secrets.scrubbed(await self._operator.sight(action, in_view=in_view))
        except ActionFailed as error:
            raise self._quiet(error) from None

    async def observe(self) -> Observation:
        """What the browser shows now."""
        return self._secrets.scrubbed(await self._operator.observe())

    async def screenshot(self, shot: Shot) -> Picture:
        """A picture of the current tab: the field that a secret was typed into shows dots."""
        return self._secrets.scrubbed(await self._operator.screenshot(shot))

    async def frames(self, lens: Lens) -> AsyncGenerator[Frame]:
        """Live pictures; the words around them are quiet too."""
        async with aclosing(self._operator.frames(lens)) as frames:
            async for frame in frames:
                yield self._secrets.scrubbed(frame)

    async def drive(self, given: Input, files: Sequence[Path] = ()) -> Driven:
        """Do what a person's hand does."""
        try:
            return self._secrets.scrubbed(await self._operator.drive(given, files))
        except ActionFailed as error:
            raise self._quiet(error) from None

    async def let_go(self) -> list[str]:
        """Let go of whatever a person's hands still hold."""
        return self._secrets.scrubbed(await self._operator.let_go())

    def look(self) -> Shown:
        """The window as it is known without asking it."""
        return self._secrets.scrubbed(self._operator.look())

    async def checkpoint(self) -> Json:
        """What a fresh browser needs, whole: a page must find again what it has kept."""
        return await self._operator.checkpoint()

    async def close(self) -> None:
        """End everything of this session."""
        await self._operator.close()

    def _quiet(self, error: ActionFailed) -> ActionFailed:
        facts = self._secrets.scrubbed(error.facts)
        return error if facts == error.facts else type(error)(**facts)


def discreet_listener(listener: Listener, secrets: SessionSecrets) -> Listener:
    """A listener that is told no secret either."""

    async def listen(notice: Notice) -> None:
        if isinstance(notice, Downloaded):
            name, url = secrets.scrubbed((notice.name, notice.url))
            await listener(replace(notice, name=name, url=url))
        else:
            await listener(secrets.scrubbed(notice))

    return listen


def whole(address: str | None) -> str | None:
    """An address as it was stored, if nothing in it is masked: nobody can go to one that is."""
    return None if address is None or MASK in address else address


def _without(told: T, values: set[str]) -> T:
    """`told` with each of these values masked, however deep it stands; bytes are left alone."""
    return cast("T", _masked(told, values) if isinstance(told, str) else _inside(told, values))


def _masked(text: str, values: set[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def _inside(told: Any, values: set[str]) -> Any:
    if isinstance(told, dict):
        held = cast("dict[Any, Any]", told)
        return {_without(key, values): _without(value, values) for key, value in held.items()}
    if isinstance(told, list | tuple):
        parts = [_without(one, values) for one in cast("list[Any]", told)]
        return parts if isinstance(told, list) else tuple(parts)
    if hasattr(told, "__dataclass_fields__"):
        return replace(told, **dict(_changed(told, values)))
    return told


def _changed(told: Any, values: set[str]) -> Iterator[tuple[str, Any]]:
    for one in fields(told):
        before = getattr(told, one.name)
        if not isinstance(before, Path) and (after := _without(before, values)) != before:
            yield one.name, after
