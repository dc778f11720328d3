"""The outermost layer: who asks is found out here, and what no framework below answers well is answered, with a code.

Bodies are counted as they arrive, so nothing larger than a limit is ever held; a cross-site form cannot pose as a
command; and a request for a transport or by a method that Socket.IO has not gets 400 instead of a guess.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Protocol
from urllib.parse import parse_qs

from starlette.responses import Response

from zenobia.protocol.access import Crowded, PackedBody
from zenobia.protocol.errors import InvalidPayload, PayloadTooLarge, Unauthorized, UnsupportedMediaType, ZenobiaError
from zenobia.protocol.limits import Limits
from zenobia.protocol.signing import BEGIN, FINISH, SIGN_IN
from zenobia.server.answering import refusal
from zenobia.server.auth import CALLER, Entrance
from zenobia.server.engine import ASGIApp
from zenobia.server.pace import paced
from zenobia.server.trust import Trust
from zenobia.server.turns import Turns
from zenobia.server.unspoken import Reason, Unspoken, body
from zenobia.sessions.callers import Caller

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SOCKETS = "/socket.io/"
TRANSPORTS = (["polling"], ["websocket"])
METHODS = frozenset({"GET", "POST", "OPTIONS"})
FILES = "/api/files"
PUBLIC = frozenset({"/", "/docs", "/openapi.json", "/asyncapi.json", "/api/health", SIGN_IN, BEGIN, FINISH})
ASSETS = "/assets/"
"""What everybody may ask for: the console's own files, how to speak with the server or sign in, whether it is well."""


class Gathering(Protocol):
    """The Socket.IO half: what serves it is made of it, and it knows who has not said yet that they are a client."""

    @property
    def strangers(self) -> Collection[str]: ...


class Edge:
    """Stands before the server's two halves and sends each request to its own."""

    def __init__(
        self, rest: App, sockets: Gathering, entrance: Entrance, trust: Trust, limits: Limits, *, polling_body: int
    ) -> None:
        self._rest = rest
        self._sockets = ASGIApp(sockets, engineio_path="/socket.io")
        self._strangers = sockets.strangers
        self._trust = trust
        self._entrance = entrance
        self._limits = limits
        self._polling_body = polling_body
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._rest(scope, receive, send)
            return
        if scope.get("method") == "HEAD" and not _for_sockets(scope):
            scope = _as_get(scope)
        try:
            app, receive = await self._admit(scope, receive)
        except ZenobiaError as error:
            await self._refuse(refusal(error), error.code, scope, receive, send)
            return
        except Unspoken as error:
            answer = Response(body(error.reason), 400, media_type="application/json")
            await self._refuse(answer, str(error), scope, receive, send)
            return
        try:
            await app(scope, receive, send)
        except Unauthorized as error:  # once bytes are on their way, they can only break off
            log.info("what was being sent is cut off: %s", error.code)

    async def _refuse(self, response: Response, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once. The connection stays open: closed while a body still arrives, its reset would eat that."""
        if scope["type"] == "websocket" and response.status_code != 503:
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
            return
        if self._trust.origins is None:
            response.headers["Access-Control-Allow-Origin"] = "*"
        await response(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[App, Receive]:
        self._trust.check(scope)
        if _header(scope, b"content-encoding") not in {b"", b"identity"}:
            raise PackedBody(wanted="plain")
        if _for_sockets(scope):
            return self._sockets, await self._admit_socket(scope, receive)
        scope[CALLER] = caller = self._caller(scope)
        if caller is not None and scope.get("method") != "GET":
            receive = self._while_good(receive, caller)
        if scope["type"] == "http" and not scope["path"].startswith(FILES) and scope["method"] != "GET":
            return self._rest, await self._admit_command(scope, receive)
        return self._rest, receive if scope.get("method") == "GET" else paced(receive, self._limits)

    def _while_good(self, receive: Receive, caller: Caller) -> Receive:
        """The same body, for as long as the key is good with which it was begun: an upload may take a day.

        The function given raises Unauthorized, KeyExpired or KeyRevoked where it is not.
        """

        async def still() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self._entrance.keyring.require_good(caller)
            return message

        return still

    def _caller(self, scope: Scope) -> Caller | None:
        """Who asks; None where nobody needs to be anybody: what is public, and a browser's question before it asks."""
        try:
            return self._entrance.admit(scope)
        except Unauthorized:
            if scope["path"] in PUBLIC or scope["path"].startswith(ASSETS) or scope.get("method") == "OPTIONS":
                return None
            raise

    async def _admit_socket(self, scope: Scope, receive: Receive) -> Receive:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if "j" in query:
            raise Unspoken(Reason.BAD_REQUEST)  # JSONP, which any page could read
        if query.get("transport") not in TRANSPORTS:
            raise Unspoken(Reason.UNKNOWN_TRANSPORT)
        if "sid" not in query and len(self._strangers) >= self._limits.strangers:
            raise Crowded(limit=self._limits.strangers)
        if scope["type"] != "http":
            return receive
        if scope["method"] not in METHODS:
            raise Unspoken(Reason.BAD_HANDSHAKE_METHOD)
        if scope["method"] != "POST":
            return receive
        return _replay(await _whole(scope, paced(receive, self._limits), self._polling_body), receive)

    async def _admit_command(self, scope: Scope, receive: Receive) -> Receive:
        content_type = _header(scope, b"content-type")
        if content_type and content_type.split(b";")[0].strip().lower() != b"application/json":
            raise UnsupportedMediaType(wanted="application/json")
        body = await _whole(scope, paced(receive, self._limits), self._limits.payload)
        await self._turns.wait(len(body))
        return _replay(body, receive)


def _for_sockets(scope: Scope) -> bool:
    return scope["path"].rstrip("/") == SOCKETS.rstrip("/")


def _as_get(scope: Scope) -> Scope:
    """A request for what a GET would answer, less its body, which the server below leaves out.

    A stream has no end that one could wait for, so none is asked for.
    """
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    return {**scope, "method": "GET", "headers": headers}


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


async def _whole(scope: Scope, receive: Receive, most: int) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    length = _header(scope, b"content-length")
    if length.isdigit() and int(length) > most:
        raise PayloadTooLarge(limit=most)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise InvalidPayload(problem="the request broke off before its end.")
        body += message.get("body", b"")
        if len(body) > most:
            raise PayloadTooLarge(limit=most)
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read out again, then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
