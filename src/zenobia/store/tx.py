"""One transaction, with every verb of the store. It runs whole, on one thread, and either all of it holds or none."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Integer, Select, bindparam, case, delete, func, insert, or_, select, update

from zenobia.protocol.actions import TypeSecret
from zenobia.protocol.control import Release
from zenobia.protocol.errors import NotAllowedNow, SessionEnded
from zenobia.protocol.events import EVENTS, ActionData, Event, StatusData
from zenobia.protocol.session import Status
from zenobia.protocol.wire import Json
from zenobia.store.audit_rows import AuditRows
from zenobia.store.bell import QUEUE, standing
from zenobia.store.checkpoint_rows import CheckpointRows
from zenobia.store.direct import kept
from zenobia.store.file_rows import FileRows
from zenobia.store.key_rows import KeyRows
from zenobia.store.lease_rows import LeaseRows
from zenobia.store.log import pack, unpack
from zenobia.store.place_rows import PlaceRows
from zenobia.store.push_rows import PushRows
from zenobia.store.schema import answers, events, requests, sessions
from zenobia.store.secret_rows import SecretRows
from zenobia.store.server_rows import ServerRows
from zenobia.store.session_rows import Ending
from zenobia.store.sign_in_rows import SignInRows
from zenobia.store.stray_rows import StrayRows

_TAKE_UP = kept(
    update(sessions)
    .where(sessions.c.id == bindparam("session"))
    .values(
        owner=None,
        epoch=sessions.c.epoch + 1,
        reason=None,
        error=None,
        ended_at=None,
        ran=0,
        since=case((sessions.c.prompt.is_(None), 0), else_=bindparam("seq", type_=Integer)),  # else it begins only now
    )
)

_ANSWER = kept(
    select(answers.c.command, answers.c.json).where(
        answers.c.workspace == bindparam("workspace"), answers.c.command_id == bindparam("command_id")
    )
)
_KEEP_ANSWER = kept(insert(answers))

_NEWEST_ACTION = kept(
    select(events.c.json)
    .where(events.c.session == bindparam("session"), events.c.type == "action", events.c.seq > bindparam("after"))
    .order_by(events.c.seq.desc())
    .limit(1)
)

RECENT = 200
"""Events that are looked through for what a page holds."""

_RECENT = kept(
    select(events.c.json)
    .where(
        events.c.session == bindparam("session"),
        or_(*(events.c.type == kind for kind in ("action", "human_layer_decision", "control"))),
    )
    .order_by(events.c.seq.desc())
    .limit(RECENT)
)

AT_ONCE = 50
"""Events read at a time of which an agent may want but the first."""


@cache
def _told(kinds: tuple[str, ...]) -> Select[tuple[str]]:
    """The next of a session's events of these kinds, from one on."""
    wanted = (or_(*(events.c.type == kind for kind in kinds)), events.c.seq > bindparam("after"))
    mine = select(events.c.json).where(events.c.session == bindparam("session"), *wanted)
    return kept(mine.order_by(events.c.seq).limit(AT_ONCE))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was answered before, under its client's own id; no `json` once its `session` was deleted."""

    command: str
    json: Json
    session: str | None = None


class Tx(
    CheckpointRows,
    FileRows,
    LeaseRows,
    PlaceRows,
    ServerRows,
    KeyRows,
    StrayRows,
    SecretRows,
    AuditRows,
    PushRows,
    SignInRows,
):
    """Everything that can be read or changed, in one transaction."""

    def end(self, session: str, ending: Ending, by: str) -> None:
        """End a session: its requests are cancelled, its last events told.

        Raises:
            SessionEnded: it has ended already; the first end stands.
        """
        self.require_going(session)
        self.last_action(session)
        self.drop_control(session, Release.SESSION_ENDED)
        self.cancel_requests(session, by)
        self.close_session(session, ending)

    def take_up(self, session: str) -> None:
        """Let an ended session go on: it is queued again, with all its time and steps before it.

        Whoever still had it has it no more, and no answer of before counts for what comes now. The workspace's room
        is held, unless the session ended in this very transaction: then it has had its place all along.

        Raises:
            NotAllowedNow: it has not ended.
            LogFull, AtCapacity: it cannot go on.
        """
        self.require_room(session)
        self.require_session_room_again(session)
        self.require_place()
        if not self.status(session).ended:
            raise NotAllowedNow(status=self.status(session), wanted=Status.QUEUED)
        self._set(session, control=None)
        old = self._shift(session, Status.QUEUED, again=True)
        since = self.append(session, StatusData(previous=old), "The session is taken up again.")
        self.run(_TAKE_UP, {"session": session, "seq": since})
        self.run(update(requests).where(requests.c.session == session).values(spent=True))
        self.touch({standing(session), QUEUE})

    def require_going(self, session: str) -> None:
        """Make sure that the session has not ended.

        Raises:
            SessionEnded: it has.
        """
        status = self.status(session)
        if status.ended:
            raise SessionEnded(status=status)

    def messages(self, session: str, *kinds: str, after: int = 0) -> Iterator[Event]:
        """The messages from the user, after that event, that the agent has not read, oldest first.

        With "control" among the kinds, also what a person did. They are read as they are taken.
        """
        after, more = max(after, self.heard(session)), True
        while more:
            found = self.rows(_told(kinds or ("message",)), {"session": session, "after": after})
            more = len(found) == AT_ONCE
            for row in found:
                event = EVENTS.validate_json(row.json)
                after = event.seq
                by_hand = event.event_type == "control" and event.data.phase == "released"
                if by_hand or (event.event_type == "message" and event.data.author == "user"):
                    yield event

    def next_message(self, session: str, *kinds: str, after: int = 0) -> Event | None:
        """The first of the `messages`, if there are any."""
        return next(self.messages(session, *kinds, after=after), None)

    def acting(self, session: str) -> bool:
        """Whether an action is in hand."""
        newest = self._newest_action(session)
        return newest is not None and newest.phase == "started"

    def park(self, session: str, epoch: int) -> int | None:
        """Let an idle session stand without a runner until it is spoken to or moved; its new epoch, None if it is not.

        With the new epoch the runner may release it, and nothing else: an agent that wakes meanwhile changes nothing.
        """
        status = self.fence(session, epoch)
        busy = status is Status.WAITING and (self.pending(session) or self.next_message(session))
        if status not in {Status.PAUSED, Status.WAITING} or busy or self.control(session) is not None:
            return None
        if self._parked() >= self.limits.sessions_parked:  # with its slot it holds up those that would add to them
            return None
        until = "it is resumed" if status is Status.PAUSED else "it gets a message"
        self._set(session, parked=True, epoch=epoch + 1)
        self.append(session, StatusData(), f"The session was idle and gave its browser back, until {until}.")
        return epoch + 1

    def _parked(self) -> int:
        """How many sessions stand without a runner until somebody moves them."""
        idle = sessions.c.status.in_([Status.PAUSED, Status.WAITING])
        found = self.row(select(func.count()).select_from(sessions).where(idle, sessions.c.parked))
        return 0 if found is None else found[0]

    def last_action(self, session: str, after: int = 0) -> ActionData | None:
        """The newest action after that event, if there is one; begun and never finished, it is recorded as unknown."""
        newest = self._newest_action(session, after)
        if newest is None or newest.phase != "started":
            return newest
        unknown = newest.model_copy(update={"phase": "unknown"})
        self.append(session, unknown, f"It is not known whether this was done: {unknown.description}.")
        return unknown

    def _newest_action(self, session: str, after: int = 0) -> ActionData | None:
        """The newest action after that event, as it stands."""
        row = self.row(_NEWEST_ACTION, {"session": session, "after": after})
        event = None if row is None else EVENTS.validate_json(row.json)
        return event.data if event is not None and event.event_type == "action" else None

    def recent(self, session: str) -> list[Event]:
        """The newest events of what was done to the page, decided about that, and done by hand; oldest first."""
        return [EVENTS.validate_json(row.json) for row in reversed(self.rows(_RECENT, {"session": session}))]

    def secrets_typed(self, session: str) -> set[str]:
        """The names of the secrets that were typed in a session."""
        verb = TypeSecret.model_fields["verb"].default
        told = (events.c.session == session, events.c.type == "action", events.c.json.contains(f'"{verb}"'))
        found = (unpack(row.json)["data"]["action"] for row in self.rows(select(events.c.json).where(*told)))
        return {action["secret"] for action in found if action["verb"] == verb}

    def outlived(self) -> tuple[str, str] | None:
        """The session that ended first, and its workspace, if it has been kept for as long as sessions are."""
        if self.limits.retention is None:
            return None
        long_ago = sessions.c.ended_at < self.now - int(self.limits.retention * 1_000)
        ended = select(sessions.c.id, sessions.c.workspace).where(long_ago, sessions.c.owner.is_(None))
        row = self.row(ended.order_by(sessions.c.ended_at).limit(1))
        return None if row is None else (row.id, row.workspace)

    def answer(self, workspace: str, command_id: str) -> Answer | None:
        """What this command id was answered before, if it was."""
        row = self.row(_ANSWER, {"workspace": workspace, "command_id": command_id})
        return None if row is None else Answer(row.command, unpack(row.json))

    def keep_answer(self, workspace: str, command_id: str, answer: Answer) -> None:
        """Keep an answer, so that a repeat of the command id gets the same and does nothing."""
        row = {
            "workspace": workspace,
            "command_id": command_id,
            "command": answer.command,
            "session": answer.session,
            "json": pack(answer.json),
            "created_at": self.now,
        }
        self.run(_KEEP_ANSWER, row)

    def forget_answers(self) -> int:
        """Drop answers older than they are kept; how many."""
        oldest = self.now - int(self.limits.answers * 1_000)
        return self.run(delete(answers).where(answers.c.created_at < oldest))
