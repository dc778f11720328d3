"""Every way in which Zenobia says no: one tree, where the docstring is the sentence a person reads.

A docstring may name facts in braces; the same facts travel as `details`. `code` is the stable word for programs.
Nothing internal (a path, SQL, a trace) is ever a fact.
"""

import inspect
import string

from pydantic.alias_generators import to_camel

from zenobia.protocol.wire import Json

FACT_LENGTH = 500
"""Characters of a fact that are repeated to the client; an error must not echo a megabyte."""


def _bounded(fact: Json) -> Json:
    if isinstance(fact, str) and len(fact) > FACT_LENGTH:
        return fact[:FACT_LENGTH] + "…"
    return fact


class ZenobiaError(Exception):
    """Something went wrong."""

    code: str = "error"
    retryable: bool = False

    def __init__(self, **facts: Json) -> None:
        self.facts = {name: _bounded(fact) for name, fact in facts.items()}
        super().__init__(self.message)

    @property
    def details(self) -> dict[str, Json] | None:
        """The facts, under the wire's names; None if there are none."""
        return {to_camel(name): fact for name, fact in self.facts.items()} or None

    @property
    def message(self) -> str:
        """The sentence a person reads."""
        sentence = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        return sentence.format(**{name: self.facts.get(name, "?") for name in named})


# What was asked makes no sense.


class Invalid(ZenobiaError):
    """That is not a valid request."""

    code = "invalid"


class InvalidPayload(Invalid):
    """The payload is not right: {problem}"""

    code = "invalid_payload"


class UnknownCommand(Invalid):
    """There is no command named "{command}"."""

    code = "unknown_command"


class UnknownSessionType(Invalid):
    """There is no agent named "{session_type}"; there are: {known}."""

    code = "unknown_session_type"


class NoCurrentSession(Invalid):
    """This client has no current session: create one, join one, or name one with sessionId."""

    code = "no_current_session"


class TooLarge(Invalid):
    """That is larger than this server takes: {what} may have at most {limit}."""

    code = "too_large"


class PayloadTooLarge(TooLarge):
    """The payload is larger than the {limit} bytes this server takes."""

    code = "payload_too_large"


class PromptTooLong(TooLarge):
    """The prompt is longer than the {limit} characters this server takes."""

    code = "prompt_too_long"


class TooManyFiles(TooLarge):
    """A session holds at most {limit} files."""

    code = "too_many_files"


class FileTooLarge(TooLarge):
    """A file may have at most {limit} bytes."""

    code = "file_too_large"


class RangeNotSatisfiable(Invalid):
    """There is nothing in that range: the file has {size} bytes."""

    code = "range_not_satisfiable"


class UnsupportedMediaType(Invalid):
    """The body must be {wanted}, and its Content-Type must say so."""

    code = "unsupported_media_type"


class NotEditable(Invalid):
    """ "{name}" cannot be changed in this request; what can be: {editable}."""

    code = "not_editable"


class UnreadablePrompt(Invalid):
    """The playbook cannot read "{words}". {hint}"""

    code = "unreadable_prompt"


# What was asked for is not here.


class NotFound(ZenobiaError):
    """There is no such thing."""

    code = "not_found"


class UnknownSession(NotFound):
    """There is no session with that id."""

    code = "unknown_session"


class UnknownRequest(NotFound):
    """There is no human layer request with that id."""

    code = "unknown_request"


class UnknownFile(NotFound):
    """There is no file with that id."""

    code = "unknown_file"


class NotOfSession(UnknownFile):
    """The session has no file "{name}". It has: {present}."""


class FileLost(NotFound):
    """The file's bytes are gone from where they were kept."""

    code = "file_lost"


class UnknownPicture(NotFound):
    """There is no picture to show."""

    code = "unknown_picture"


# What was asked does not fit how things stand.


class Conflict(ZenobiaError):
    """That does not fit how things stand."""

    code = "conflict"


class NothingToExport(Conflict):
    """This session did nothing that could be done again."""

    code = "nothing_to_export"


class NothingToFilm(Conflict):
    """This session left no pictures to make a film of."""

    code = "nothing_to_film"


class FilmsNotInstalled(Conflict):
    """This server cannot make films; it was installed without what that needs, `zenobia[film]`."""

    code = "films_not_installed"


class SessionEnded(Conflict):
    """The session has already ended."""

    code = "session_ended"


class NotAllowedNow(Conflict):
    """A session that is {status} cannot become {wanted}."""

    code = "not_allowed_now"


class SessionActive(Conflict):
    """The session is still going; cancel it first."""

    code = "session_active"


class AlreadyDecided(Conflict):
    """This request is not pending any more."""

    code = "already_decided"


class VerdictNotAllowed(Conflict):
    """This request cannot be answered like that; it takes: {allowed}."""

    code = "verdict_not_allowed"


class FileNotAvailable(Conflict):
    """The file's bytes have not arrived yet."""

    code = "file_not_available"


class FileInUse(Conflict):
    """A session that is still going uses this file."""

    code = "file_in_use"


class CommandIdReused(Conflict):
    """That commandId was already used for another command, or for the same ({command}) with another payload."""

    code = "command_id_reused"


class QuotaReached(Conflict):
    """This workspace holds as many {what} as it may ({limit}); delete some first."""

    code = "quota_reached"


class LogFull(Conflict):
    """The session has as many events ({limit}) as it may; it can only end."""

    code = "log_full"


class StaleOwner(Conflict):
    """Another runner owns this session now."""

    code = "stale_owner"


# Who asked may not.


class Refused(ZenobiaError):
    """That is not allowed."""

    code = "refused"


class Unauthorized(Refused):
    """A valid API key is needed."""

    code = "unauthorized"


class ObserverOnly(Refused):
    """An observer may follow sessions but not change anything."""

    code = "observer_only"


# Not now: try again.


class TryLater(ZenobiaError):
    """Not now; try again."""

    code = "try_later"
    retryable = True


class RateLimited(TryLater):
    """Too many commands at once: this client may send {limit} a second."""

    code = "rate_limited"


class AtCapacity(TryLater):
    """The server holds as many {what} as it may ({limit}); try again when one has ended."""

    code = "capacity"


class NoPictureYet(TryLater):
    """The session has no browser yet; try again in a moment."""

    code = "no_picture_yet"


class BrowserUnavailable(TryLater):
    """No browser could be started: {problem}"""

    code = "browser_unavailable"


class TimedOut(TryLater):
    """That took longer than the {seconds} seconds it may take; nothing else is affected."""

    code = "timed_out"


class Draining(TryLater):
    """The server is shutting down; connect again in a moment."""

    code = "server_draining"


class StorageUnavailable(TryLater):
    """The server cannot store anything at the moment."""

    code = "storage_unavailable"


class Internal(ZenobiaError):
    """Something went wrong inside the server; its log says what."""

    code = "internal_error"
    retryable = True


class FileUnreadable(ZenobiaError):
    """The file "{name}" cannot be read as text: {problem}"""

    code = "file_unreadable"
