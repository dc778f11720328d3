"""Who is asking: every browser gets one random cookie, and carts, logins and gates hang on it."""

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "visitor"
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{22}")


def visitor(request: Request) -> str:
    """The name this browser goes by."""
    name: str = request.scope[COOKIE]
    return name


class Visitors:
    """Names each browser on its first request; streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = HTTPConnection(scope).cookies.get(COOKIE, "")
        if WELL_FORMED.fullmatch(known):
            scope[COOKIE] = known
            await self._app(scope, receive, send)
            return
        name = scope[COOKIE] = secrets.token_urlsafe(16)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{COOKIE}={name}; Path=/; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)
