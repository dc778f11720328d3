"""A body must keep coming: who sends a byte a second holds no upload, and no memory, for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from zenobia.protocol.access import TooSlow
from zenobia.protocol.limits import Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


def paced(receive: Receive, limits: Limits) -> Receive:
    """The same body, as long as it comes fast enough; whatever follows it may take its time.

    The function given raises TooSlow where it does not: after a time of grace, so many bytes must have come for each
    second that has passed.
    """
    began, came, whole = time.monotonic(), 0, False

    async def soon() -> Message:
        nonlocal came, whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(began + limits.body_grace + came / limits.body_rate - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise TooSlow(grace=limits.body_grace, rate=limits.body_rate) from None
        came += len(message.get("body", b""))
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return soon
