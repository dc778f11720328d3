"""The verbs of spending: steps, tokens and dollars, counted where everything else of the session is kept."""

from sqlalchemy import bindparam, select, update

from zenobia.protocol.events import EVENTS, UsageData
from zenobia.protocol.session import Usage
from zenobia.store.direct import kept
from zenobia.store.log import Log, pack
from zenobia.store.schema import events, sessions

_SPENT = kept(update(sessions).where(sessions.c.id == bindparam("session")))
_USAGE = kept(select(sessions.c.usage).where(sessions.c.id == bindparam("session")))


class UsageRows(Log):
    """What sessions spend, in one transaction."""

    def step(self, session: str) -> int:
        """Count one step of the session; how many there are now."""
        usage = self.usage(session)
        steps = usage.steps + 1
        self._keep_usage(session, usage.model_copy(update={"steps": steps}))
        return steps

    def charge(self, session: str, spent: Usage) -> None:
        """Add what was spent to what the session has spent, and say so.

        Raises:
            LogFull: the session's log is full.
        """
        self.require_room(session)
        usage = self.usage(session)
        cost = None if usage.cost is None or spent.cost is None else usage.cost + spent.cost
        usage = usage.model_copy(
            update={
                "input_tokens": usage.input_tokens + spent.input_tokens,
                "output_tokens": usage.output_tokens + spent.output_tokens,
                "cost": cost,
            }
        )
        self._keep_usage(session, usage)
        self.append(session, UsageData(usage=usage), said(usage))

    def usage(self, session: str) -> Usage:
        """What the session has spent so far."""
        row = self.row(_USAGE, {"session": session})
        return Usage() if row is None else Usage.model_validate_json(row.usage)

    def spent_before(self, session: str, seq: int) -> Usage:
        """What the session had spent before that event, as it was told last."""
        told = (events.c.session == session, events.c.type == "usage", events.c.seq < seq)
        row = None
        if seq > 0:
            row = self.row(select(events.c.json).where(*told).order_by(events.c.seq.desc()).limit(1))
        event = None if row is None else EVENTS.validate_json(row.json)
        return event.data.usage if event is not None and event.event_type == "usage" else Usage()

    def _keep_usage(self, session: str, usage: Usage) -> None:
        self.run(_SPENT, {"session": session, "usage": pack(usage.wire())})


def said(usage: Usage) -> str:
    """What was spent, as a sentence."""
    steps = "The session took 1 step" if usage.steps == 1 else f"The session took {usage.steps} steps"
    tokens = usage.input_tokens + usage.output_tokens
    if not tokens:
        return f"{steps}."
    cost = "at a cost that is not known" if usage.cost is None else f"for ${usage.cost:.4f}"
    return f"{steps} and {tokens} tokens, {cost}."
