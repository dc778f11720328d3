"""Messages to addresses that a client named: over HTTPS, past the same wall as browsers; the answer is a status.

The address that is judged is the one that is dialled, whatever its name says later. No redirect is followed, no word of
the answer is read, and nothing of what is sent or where stands in a log.
"""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

from zenobia.operators.wall import Refused, Unreachable, Wall

HTTPS = 443

WITHIN = 10.0
"""Seconds that one message may take."""


class Undeliverable(Exception):
    """It could not be sent there; says why, in a sentence."""


class Courier:
    """Sends messages."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall

    async def ways(self, url: str) -> list[str]:
        """The addresses to dial for a URL, the first one first.

        Raises:
            Undeliverable: there is none that may be reached.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname is None:
            raise Undeliverable("it is no https address.")
        try:
            return await self._wall.ways(parts.hostname, parts.port or HTTPS)
        except (Refused, Unreachable) as error:
            raise Undeliverable(str(error)) from None

    async def deliver(self, url: str, headers: Mapping[str, str], data: bytes) -> int:
        """Post `data` to a URL; the status of the answer.

        Raises:
            Undeliverable: it may not go there, or nobody answers in time.
        """
        ways = await self.ways(url)
        try:
            async with asyncio.timeout(WITHIN):
                return await self._post(ways[0], url, headers, data)
        except TimeoutError:
            raise Undeliverable("nobody answers in time.") from None

    async def _post(self, way: str, url: str, headers: Mapping[str, str], data: bytes) -> int:
        import httpx  # only who sends waits for it

        to = httpx.URL(url)
        named = {**headers, "Host": to.netloc.decode()}
        dialled, asked = to.copy_with(host=way), {"sni_hostname": to.host}
        try:
            async with (
                httpx.AsyncClient(verify=self._trusted, trust_env=False) as client,
                client.stream("POST", dialled, content=data, headers=named, extensions=asked) as answer,
            ):
                return answer.status_code
        except httpx.HTTPError as error:
            raise Undeliverable(f"nobody answers ({type(error).__name__}).") from None

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whose certificates are believed: read once, as that takes a while."""
        import httpx

        return httpx.create_ssl_context()
