"""Whether an action may be done: judged by the policies, on what the page shows, before anything is sent to it."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from zenobia.agents.policy.kinds import READS, Kind, kind_of, origin_of
from zenobia.agents.policy.rules import NOTHING_WRITTEN, Judgement, Policy, Verdict, judge, written
from zenobia.operators.base import Hands, Sight
from zenobia.protocol import actions
from zenobia.protocol.actions import Action, NewTab, Open, Type
from zenobia.protocol.box import Box
from zenobia.protocol.human import Verdict as Word
from zenobia.protocol.wire import Json
from zenobia.sessions.asking import Why
from zenobia.sessions.owned import Owned

ADDRESS = re.compile(r"https?://[^\s\"'<>)]+", re.IGNORECASE)
SAYS = (Word.APPROVE, Word.DENY, Word.RESPOND)
"""What a person who is asked because of a policy may do."""

AIMED = (
    *(actions.Click, actions.ClickAt, actions.Type, actions.TypeSecret, actions.Select, actions.Check, actions.Uncheck),
    *(actions.Drag, actions.Upload, actions.Download),
)
"""Actions that do something to one thing on the page."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What is to be done about one action; nothing, if no policy speaks of it."""

    secret: bool = False
    origin: str | None = None
    judgement: Judgement | None = None
    box: Box | None = None
    moved: bool = False

    @property
    def denied(self) -> bool:
        """Whether it must not be done."""
        return self.judgement is not None and self.judgement.verdict is Verdict.DENY

    @property
    def why(self) -> Why | None:
        """Why a person is to be asked first, if one is."""
        if self.judgement is None or self.judgement.verdict is not Verdict.ASK:
            return None
        return Why(self.judgement.because, self.judgement.kind, SAYS)


def session_policy(config: dict[str, Json]) -> Policy | None:
    """The policy of a session with this configuration.

    Raises:
        UnreadablePolicy: it is not as it should be.
    """
    return written(config["policy"], "in config.policy") if config.get("policy") is not None else None


class Permitting:
    """Judges one session's actions. `by_itself` says that its agent, and not a person, decides what to do."""

    def __init__(self, owned: Owned, policy: Policy, search_url: str, *, by_itself: bool) -> None:
        self._owned = owned
        self.by_itself = by_itself
        own = session_policy(owned.claim.config)
        self._layers = [("The session's policy", own)] if own else []
        if policy != NOTHING_WRITTEN:
            self._layers.append(("The server's policy", policy))
        named = ADDRESS.findall(owned.claim.prompt or "")
        self._known = {origin_of(url) for url in [*named, search_url]}

    @contextmanager
    def deciding(self) -> Generator[None]:
        """For as long as this lasts the agent decides by itself."""
        before, self.by_itself = self.by_itself, True
        try:
            yield
        finally:
            self.by_itself = before

    def hear(self, *said: str) -> None:
        """The person named these addresses too."""
        self._known |= {origin_of(url) for words in said for url in ADDRESS.findall(words)}

    async def judge(self, operator: Hands, action: Action) -> Permit:
        """What is to be done about an action on the page as it is.

        Raises:
            ActionFailed: what it is meant for is not there.
        """
        if not self.by_itself and not self._layers:
            return await _plainly(operator, action)
        if isinstance(action, READS):
            return Permit(judgement=judge(Kind.READ, "", layers=self._layers, built_in=self.by_itself))
        sight = await operator.sight(action, in_view=True)
        self._known.add(origin_of(sight.url))
        kind = kind_of(action, sight, self._known)
        origin = _where(action, sight, kind)
        granted = await self._owned.store.read(lambda tx: tx.granted(self._owned.id))
        judgement = judge(kind, origin, layers=self._layers, granted=granted, built_in=self.by_itself)
        return Permit(sight.secret, origin, judgement, sight.box, sight.moved)


def _where(action: Action, sight: Sight, kind: Kind) -> str:
    """The origin that an action is about: where it goes, or where it is done."""
    if isinstance(action, Open | NewTab):
        return origin_of(sight.target or action.url)
    if kind is Kind.NEW_ORIGIN:
        return origin_of(str(sight.facts.get("href") or sight.url))
    return sight.origin


async def _plainly(operator: Hands, action: Action) -> Permit:
    """Leave for what nobody judges: whether what is typed must not be shown, and where it goes.

    Raises:
        ActionFailed: what it is meant for is not there.
    """
    if not isinstance(action, AIMED):
        return Permit()
    sight = await operator.sight(action, in_view=True)
    return Permit(sight.secret and isinstance(action, Type), box=sight.box, moved=sight.moved)
