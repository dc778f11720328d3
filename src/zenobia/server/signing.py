"""Signing in over HTTP, for the console: its page goes to the provider, and what comes back is a key like any other.

No cookie is set, and no address is taken from a request: the provider says where people go, a setting where they come
back to.
"""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.payload import Ack
from zenobia.protocol.signing import BEGIN, FINISH, SIGN_IN, SIGN_OUT, FinishSignIn, NoSignIn, SignInAck
from zenobia.server.answering import answer, refusal
from zenobia.server.auth import caller_of
from zenobia.server.bounds import Rates
from zenobia.sessions.signing import Signing


def sign_in_routes(signing: Signing | None, rates: Rates) -> APIRouter:
    """The routes by which people sign in and out."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN)
    async def look() -> Response:  # pyright: ignore[reportUnusedFunction]
        """Whether there is a provider, and whose."""
        if signing is None:
            return answer(SignInAck(available=False))
        return answer(SignInAck(available=True, at=urlsplit(signing.provider.issuer).hostname))

    @router.post(BEGIN)
    async def begin(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Begin, and say where to go."""
        try:
            rates.spend(request)
            if signing is None:
                raise NoSignIn
            return _secret(await signing.begin(_address(request)))
        except ZenobiaError as error:
            return refusal(error)

    @router.post(FINISH)
    async def finish(request: Request, back: FinishSignIn) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Come back, and get a key."""
        try:
            rates.spend(request)
            if signing is None:
                raise NoSignIn
            return _secret(await signing.finish(back, _address(request)))
        except ZenobiaError as error:
            return refusal(error)

    @router.post(SIGN_OUT)
    async def out(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """End the key that the request shows."""
        try:
            if signing is None:
                raise NoSignIn
            await signing.out(caller_of(request))
            return answer(Ack())
        except ZenobiaError as error:
            return refusal(error)

    return router


def _secret(ack: Ack) -> Response:
    """An answer that nobody keeps."""
    response = answer(ack)
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
