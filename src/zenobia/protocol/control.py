"""Who drives a session's browser, when that is a person: one at a time, and the agent waits."""

from enum import StrEnum

from zenobia.protocol.action_errors import ActionFailed
from zenobia.protocol.errors import Conflict, NotAllowedNow, TryLater
from zenobia.protocol.wire import Millis, Wire


class Release(StrEnum):
    """Why a person drives no more."""

    HANDED_BACK = "handed_back"
    TAKEN_OVER = "taken_over"
    TIMED_OUT = "timed_out"
    KEY_ENDED = "key_ended"
    SESSION_ENDED = "session_ended"
    SERVER_STOPPED = "server_stopped"


class Control(Wire):
    """A person drives the browser. `requestId` is the human-layer request that they answer by it.

    While it is `private`, neither keys nor pictures are kept, and nobody but the driver is shown any.
    """

    by: str
    since: Millis
    private: bool = False
    request_id: str | None = None


class Held(Control):
    """The same as it is kept, with the id that its driver alone is told."""

    id: str

    @property
    def shown(self) -> Control:
        """The same as everybody is told it."""
        return Control.model_validate(self.model_dump(exclude={"id"}))


class PersonDrives(NotAllowedNow):
    """A person drives the browser now; nothing else is done in it."""

    code = "person_drives"


class AlreadyDriven(Conflict):
    """Somebody drives the browser already ({by}); to take it over from them, say so with force."""

    code = "already_driven"


class NotDriving(Conflict):
    """You do not drive this browser, or not any more: take control first."""

    code = "not_driving"


class PersonDrove(ActionFailed):
    """A person has driven the browser since you last looked at it: look again before you act."""

    code = "person_drove"


class PrivateNow(Conflict):
    """A person drives in private: nothing is shown until they are done."""

    code = "private"


class RunsElsewhere(Conflict):
    """The session's browser is at another server: it is watched live, and driven, through that one only."""

    code = "runs_elsewhere"


class NoBrowserNow(TryLater):
    """The session has no browser now; try again in a moment."""

    code = "no_browser"


class AgentActs(TryLater):
    """The agent's last action is still being done; try again in a moment."""

    code = "agent_acts"
