"""An action's place in the log: what is about to be done is stored before it is done, and how it went after.

Nothing is begun unless the transaction that stores it finds the session running and still ours.
"""

import asyncio

from zenobia.agents.base import Progress, Stop
from zenobia.operators.base import Outcome
from zenobia.protocol.action_errors import OutcomeUnknown
from zenobia.protocol.actions import Action
from zenobia.protocol.errors import NotAllowedNow, StaleOwner, ZenobiaError
from zenobia.protocol.events import ActionData
from zenobia.protocol.session import EndReason
from zenobia.sessions.answers import problem_of
from zenobia.sessions.owned import Owned
from zenobia.sessions.proposals import hidden
from zenobia.store.tx import Tx


class Recording:
    """Writes one session's actions down; `steps` is how many there may be in one life."""

    def __init__(self, owned: Owned, steps: int) -> None:
        self._owned = owned
        self._steps = steps
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._closed = False

    @property
    def at_rest(self) -> bool:
        """Whether no action is in hand."""
        return self._at_rest.is_set()

    async def close(self) -> None:
        """Begin no further action, and wait until none is in hand."""
        self._closed = True
        await self._at_rest.wait()

    def over(self) -> None:
        """The action in hand, if there is one, is over."""
        self._at_rest.set()

    async def begin(self, intent: ActionData, progress: Progress | None, approval: str | None = None) -> int:
        """Store the intent, and use up what was decided before it, in one transaction; its place in the log.

        From here on the action is in hand, until it is `over`.

        Raises:
            NotAllowedNow: the session is not running now.
            Stop: it has taken all its steps.
        """

        taken = self._owned.taken

        def begin(tx: Tx) -> int:
            if approval is not None and not tx.spend(approval):
                raise StaleOwner
            for request in taken:
                tx.spend(request)
            if self._owned.claim.resumed:  # what was decided under an earlier runner is past with this
                tx.spend_settled(self._owned.id)
            counted = tx.usage(self._owned.id).steps if progress and progress.goes_on else tx.step(self._owned.id)
            if counted - self._owned.claim.before.steps > self._steps:
                raise Stop(EndReason.STEP_LIMIT, f"The session reached its limit of {self._steps} steps.")
            return tx.append(self._owned.id, intent, f"{intent.description} …")

        if self._closed:
            await asyncio.Event().wait()  # the next runner of this session does it; this one is about to be cancelled
        self._at_rest.clear()  # before it is stored: a stop waits for whatever may have begun
        try:
            seq = await self._owned.while_running(begin)
        except NotAllowedNow:
            self.over()
            raise
        self._owned.used_up(taken)
        return seq

    async def failed(self, intent: ActionData, error: ZenobiaError, action: Action | None = None) -> int:
        """Store that it went wrong, or that nobody knows how it went; `action` is what must not be told in full."""
        phase = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
        problem = problem_of(error)
        if action is not None:
            problem = problem.model_copy(update={"error": hidden(problem.error, action, intent.action)})
        return await self._owned.tell(intent.model_copy(update={"phase": phase, "error": problem}), problem.error)

    async def done(self, intent: ActionData, outcome: Outcome) -> int:
        """Store that it was done, and what the browser shows now if it was done there."""

        def done(tx: Tx) -> int:
            facts = {"phase": "done", "url": outcome.url, "title": outcome.title, "value": outcome.value}
            facts |= {"box": outcome.box or intent.box, "sent": outcome.sent}
            if outcome.url is not None:
                tx.see(self._owned.id, url=outcome.url, title=outcome.title)
            return tx.append(self._owned.id, intent.model_copy(update=facts), outcome.message)

        return await self._owned.write(done)
