"""Signing in over HTTP, for the console: its page goes to the provider, and what comes back is a key like any other.

No cookie is set, and no address is taken from a request: the provider says where people go, a setting where they come
back to.
"""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from zenobia.protocol.errors import Internal, UnsupportedMediaType, ZenobiaError
from zenobia.protocol.payload import Ack
from zenobia.protocol.signing import (
    BEGIN,
    FINISH,
    SIGN_IN,
    SIGN_OUT,
    BegunAck,
    FinishSignIn,
    NoSignIn,
    NotGranted,
    NotSignedIn,
    SignedInAck,
    SignedOutAck,
    SignInAck,
    SignInFailed,
    SignInOver,
    SignInUnavailable,
    SignOut,
    TooManySignIns,
)
from zenobia.server.answering import answer, refusal
from zenobia.server.auth import caller_of
from zenobia.server.bounds import Rates
from zenobia.server.errors import ALWAYS, BY_LOOKS, ErrorKind
from zenobia.server.rest import Responses, refused
from zenobia.sessions.signing import Signing


def sign_in_routes(signing: Signing | None, rates: Rates) -> APIRouter:
    """The routes by which people sign in and out."""
    router = APIRouter(tags=["signing in"])
    routes = _SignInRoutes(signing, rates)
    add = router.add_api_route
    add(SIGN_IN, routes.look, methods=["GET"], response_model=SignInAck, responses=refused(*BY_LOOKS, Internal),
        operation_id="getSignIn", summary="getSignIn")  # fmt: skip
    add(BEGIN, routes.begin, methods=["POST"], response_model=BegunAck,
        responses=_refused(SignInUnavailable, TooManySignIns), operation_id="beginSignIn",
        summary="beginSignIn")  # fmt: skip
    add(FINISH, routes.finish, methods=["POST"], response_model=SignedInAck,
        responses=_refused(SignInOver, SignInFailed, NotGranted, SignInUnavailable), operation_id="finishSignIn",
        summary="finishSignIn")  # fmt: skip
    add(SIGN_OUT, routes.out, methods=["POST"], response_model=SignedOutAck,
        responses=_refused(NotSignedIn), operation_id="signOut", summary="signOut")  # fmt: skip
    return router


def _refused(*kinds: ErrorKind) -> Responses:
    return refused(NoSignIn, *kinds, UnsupportedMediaType, *ALWAYS)


class _SignInRoutes:
    def __init__(self, signing: Signing | None, rates: Rates) -> None:
        self._offered = signing
        self._rates = rates

    def _signing(self, request: Request) -> Signing:
        """The way in.

        Raises:
            RateLimited: too much is asked from there.
            NoSignIn: there is none.
        """
        self._rates.spend(request)
        if self._offered is None:
            raise NoSignIn
        return self._offered

    async def look(self) -> Response:
        """Whether people can sign in at a provider, and at whose."""
        if self._offered is None:
            return answer(SignInAck(available=False))
        return answer(SignInAck(available=True, at=urlsplit(self._offered.provider.issuer).hostname))

    async def begin(self, request: Request) -> Response:
        """Begins a sign-in; whoever began it goes to `url`, keeps `ticket`, and comes back to the server's page."""
        try:
            return _secret(await self._signing(request).begin(_address(request)))
        except ZenobiaError as error:
            return refusal(error)

    async def finish(self, request: Request, back: FinishSignIn) -> Response:
        """Ends a sign-in with what came back, and answers with a key of limited life."""
        try:
            return _secret(await self._signing(request).finish(back, _address(request)))
        except ZenobiaError as error:
            return refusal(error)

    async def out(self, request: Request, payload: SignOut | None = None) -> Response:
        """Ends the key that the request shows, if it came of a sign-in; says where to sign out of the provider, too."""
        try:
            signing = self._signing(request)
            return _secret(await signing.out(caller_of(request), payload or SignOut()))
        except ZenobiaError as error:
            return refusal(error)


def _secret(ack: Ack) -> Response:
    """An answer that nobody keeps."""
    response = answer(ack)
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
