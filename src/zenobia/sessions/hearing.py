"""What an agent is told from outside: messages of the user, and what people did by hand in its browser.

Each is heard once, and again only if it was forgotten in a crash.
"""

from zenobia.agents.base import Heard
from zenobia.protocol.events import Event
from zenobia.protocol.session import Status
from zenobia.protocol.wire import Json
from zenobia.sessions.owned import Owned
from zenobia.store.tx import Tx

HEARD = ("message", "control")
"""Events that tell an agent something that it did not do itself."""


class Hearing:
    """One runner's ear. What was heard counts as read once it is `kept`, together with what the agent makes of it."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._heard = 0
        self._looked = 0

    async def heard(self) -> list[Heard]:
        """All of it since the last time."""
        events, self._looked = await self._owned.store.read(self._since_the_last_look)
        if events:
            self._heard = events[-1].seq
        return [Heard(event.message, by_hand=event.event_type == "control") for event in events]

    async def keep(self, memo: Json) -> None:
        """Store the agent's memory, count what was heard as read, and use up what was decided."""

        taken = self._owned.taken

        def keep(tx: Tx) -> None:
            tx.memorise(self._owned.id, memo)
            for request in taken:
                tx.spend(request)
            if self._heard > tx.heard(self._owned.id):
                tx.hear(self._owned.id, self._heard)

        await self._owned.write(keep)
        self._owned.used_up(taken)

    def unheard(self, tx: Tx) -> bool:
        """Whether there is something that the agent never heard of."""
        return tx.next_message(self._owned.id, *HEARD, after=self._looked) is not None

    def unread(self, tx: Tx) -> bool:
        """Whether there is a message that the agent never heard of."""
        return tx.next_message(self._owned.id, after=self._looked) is not None

    async def told(self) -> None:
        """Wait until there is a message that was not heard yet."""
        with self._owned.store.bell.listen(self._owned.id) as rings:
            while not await self._owned.store.read(self.unheard):
                await rings.wait()

    async def message(self) -> str:
        """The user's next message not yet read; the session waits for one."""
        with self._owned.store.bell.listen(self._owned.id) as rings:
            while True:
                text = await self._owned.write(self._hear)
                if text is not None:
                    return text
                await rings.wait()

    def _since_the_last_look(self, tx: Tx) -> tuple[list[Event], int]:
        """What is to be heard, and up to which event the log was looked through for it."""
        newest = tx.last_seq(self._owned.id)
        events = list(tx.messages(self._owned.id, *HEARD, after=self._looked))
        return events, max(newest, *(event.seq for event in events), self._looked)

    def _hear(self, tx: Tx) -> str | None:
        """Take the next message, if there is one; otherwise let the session wait for it."""
        event = tx.next_message(self._owned.id)
        status = tx.status(self._owned.id)
        if event is None:
            if status is Status.RUNNING:
                tx.spend_settled(self._owned.id)  # what was decided before belongs to what it is done with
                tx.move(self._owned.id, Status.WAITING, "The session waits for a message.")
            return None
        if status is Status.PAUSED:
            return None
        tx.hear(self._owned.id, event.seq)
        tx.spend_settled(self._owned.id)
        if status is Status.WAITING:
            tx.move(self._owned.id, Status.RUNNING, "The session goes on.")
        return event.message
