"""The verbs of control: a person takes the browser over, and hands it back, or has it taken from them.

Held control fences the agent: `demand`, without which it begins no action, refuses as long as there is any.
"""

from collections.abc import Sequence

from sqlalchemy import select

from zenobia.protocol.control import Held, NoBrowserNow, Release
from zenobia.protocol.errors import SessionEnded
from zenobia.protocol.events import EVENTS, ControlData
from zenobia.protocol.session import Status
from zenobia.store.bell import QUEUE
from zenobia.store.request_rows import RequestRows
from zenobia.store.schema import events

SENTENCES: dict[Release, str] = {
    Release.HANDED_BACK: "A person drove the browser, and handed it back.",
    Release.TAKEN_OVER: "A person drove the browser, until another took it over from them.",
    Release.TIMED_OUT: "A person drove the browser, and then was not heard of for too long.",
    Release.KEY_ENDED: "A person drove the browser until their key ended.",
    Release.SESSION_ENDED: "A person drove the browser until the session ended.",
    Release.SERVER_STOPPED: "A person drove the browser when the server stopped; what they did is not known.",
}


class ControlRows(RequestRows):
    """Who drives, in one transaction."""

    def take_control(self, session: str, held: Held) -> None:
        """Let a person drive; the session has no driver now.

        Raises:
            SessionEnded, NoBrowserNow: there is nothing to drive.
            LogFull: the session's log takes no more of this.
        """
        status = self.status(session)
        if status.ended:
            raise SessionEnded(status=status)
        row = self._standing(session)
        if status is Status.QUEUED or row.owner is None or row.parked:
            raise NoBrowserNow
        self.require_room(session)
        self._set(session, control=held.model_dump_json(by_alias=True), ran=self._ran(row), running_since=None)
        where = " in private" if held.private else ""
        self.append(session, ControlData(phase="taken", control=held.shown), f"A person drives the browser{where}.")

    def change_control(self, session: str, held: Held) -> None:
        """Drive in another way."""
        self.require_room(session)
        self._set(session, control=held.model_dump_json(by_alias=True))
        message = "What the person does is private now." if held.private else "What the person does is shown again."
        self.append(session, ControlData(phase="changed", control=held.shown), message)

    def drop_control(
        self, session: str, reason: Release, did: Sequence[str] = (), note: str | None = None
    ) -> Held | None:
        """Let nobody drive any more, and tell what was done; who drove, if somebody did."""
        held = self.control(session)
        if held is None:
            return None
        if self.status(session).ended:  # its release was told with the end
            self._set(session, control=None)
            return None
        running = self.status(session) is Status.RUNNING
        if not (reason is Release.SESSION_ENDED and held.private):  # then it stays, so that no last picture is kept
            self._set(session, control=None)
        if running:
            self._set(session, running_since=self.now)
        self.put_off(session)
        data = ControlData(phase="released", control=held.shown, reason=reason, did=[*did], note=note)
        self.append(session, data, _story(data, reason))
        return held

    def private(self, session: str, since: int) -> bool:
        """Whether a person drives in private, did when the session ended, or has done so after the event `since`."""
        held = self.control(session)
        if held is not None and held.private:
            return True
        told = (events.c.session == session, events.c.type == "control", events.c.seq > since)
        found = [EVENTS.validate_json(row.json) for row in self.rows(select(events.c.json).where(*told))]
        done = [event.data for event in found if event.event_type == "control"]
        return any(data.control.private or data.phase == "changed" for data in done)  # a change is from it or to it

    def rouse(self, session: str) -> None:
        """Let a session that gave its browser back have one again."""
        if self._standing(session).parked:
            self._set(session, parked=False)
            self.touch({session, QUEUE})


def _story(data: ControlData, reason: Release) -> str:
    """What happened, as the agent and everybody else is told it."""
    told = SENTENCES[reason]
    if data.did:
        told += f" They did this: {'; '.join(data.did)}."
    elif data.control.private:
        told += " What they did is private."
    return told if data.note is None else f"{told} They say: {data.note}"
