"""Signing in at a company's OpenID provider: what its groups may do here, and the ways in which it comes to nothing."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator

from zenobia.protocol.access import DEFAULT_WORKSPACE, Scope, is_name
from zenobia.protocol.errors import Conflict, Invalid, NotFound, Refused, TryLater, Unauthorized
from zenobia.protocol.payload import Ack
from zenobia.protocol.wire import Millis, Text, Wire

SIGN_IN = "/api/sign-in"
BEGIN = f"{SIGN_IN}/begin"
FINISH = f"{SIGN_IN}/finish"
SIGN_OUT = "/api/sign-out"

IdToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.=-]{1,16000}$")]
"""A signed token as it is sent: text that changes no address in which it stands."""

EVERYBODY = "*"
"""In the place of a group: whoever the provider lets in."""


class Grant(BaseModel):
    """What the people of a group may do, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workspace: str = DEFAULT_WORKSPACE
    scopes: tuple[Scope, ...] = (Scope.OPERATE, Scope.APPROVE)

    @field_validator("workspace")
    @classmethod
    def _is_name(cls, value: str) -> str:
        if not is_name(value):
            raise ValueError("must be up to 64 letters, digits, dots, dashes and underscores")
        return value


class SignInAck(Ack):
    """Whether one can sign in here, and the host where that is done."""

    available: bool
    at: str | None = None


class BegunAck(Ack):
    """A sign-in has begun: the address to go to, the `state` it comes back with, and what only who began it knows."""

    url: str
    state: str
    ticket: str


class FinishSignIn(Wire):
    """What came back from the provider, shown with the ticket of whoever began."""

    ticket: Text
    state: Text
    code: Text


class SignedInAck(Ack):
    """A key for whoever signed in; it is shown this once, and is good until `expiresAt`.

    `idToken` is what the provider said of them: shown again at the end, it tells the provider who signs out.
    """

    key: str
    name: str
    workspace: str
    expires_at: Millis
    id_token: str


class SignOut(Wire):
    """The end of a sign-in, with the `idToken` that came of it, if it was kept."""

    id_token: IdToken | None = None


class SignedOutAck(Ack):
    """The key is good no more. `url` is where one can sign out of the provider, too, if that is offered there."""

    url: str | None = None


class NoSignIn(NotFound):
    """Nobody signs in here: this server knows API keys only."""

    code = "no_sign_in"


class SignInOver(Invalid):
    """This sign-in was not begun here, took too long, or was used before: begin again."""

    code = "sign_in_over"


class SignInFailed(Unauthorized):
    """Signing in did not work: {problem}"""

    code = "sign_in_failed"


class NotGranted(Refused):
    """You are known, but none of your groups may use this server; ask whoever runs it."""

    code = "not_granted"


class SignInUnavailable(TryLater):
    """Nobody can sign in now: {problem}"""

    code = "sign_in_unavailable"


class TooManySignIns(TryLater):
    """Too many sign-ins ({limit}) have begun and not ended yet."""

    code = "too_many_sign_ins"


class NotSignedIn(Conflict):
    """This API key was not made by signing in; `zenobia keys revoke` ends it."""

    code = "not_signed_in"
