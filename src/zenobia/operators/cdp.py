"""Speaking Chromium's own protocol: the one place where its untyped answers get a type."""

from collections.abc import Mapping
from typing import Protocol, cast

from playwright.async_api import CDPSession

from zenobia.protocol.wire import Json


class _Sends(Protocol):
    async def send(self, method: str, params: dict[str, Json] | None = None) -> dict[str, Json]: ...


async def tell(session: CDPSession, method: str, params: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """Send one command and give its result; the caller owns the deadline."""
    return await cast("_Sends", session).send(method, dict(params) if params else None)
