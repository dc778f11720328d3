"""Where blobs can be kept: opened by URL, asked with a deadline, quoted without secrets.

An object store takes its credentials from the environment, under the names that its own tools use. They are nowhere
else: not in the URL, and not in what is logged, as the text of a failed request can hold a signature.
"""

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from zenobia.protocol.errors import StorageUnavailable, ZenobiaError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

log = logging.getLogger(__name__)

ANSWERS_WITHIN = 15.0
"""Seconds that a call may take which moves few bytes."""

MOVES_WITHIN = 60.0
"""Seconds that a call may take which moves some megabytes."""

_CLIENT: "ClientConfig" = {"connect_timeout": "5s", "read_timeout": "30s", "timeout": "1day"}
"""A stalled connection is cut by `read_timeout`, every call by the deadlines above; a long download must not be cut."""

_RETRY: "RetryConfig" = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}
_OWN = ("allow_http", "allow_invalid_certificates", "proxy_url", "proxy_excludes", "root_certificate")
"""Settings of a connection that obstore reads from the environment only when it is given none at all."""

_PREFIXES = {"s3": "AWS", "gs": "GOOGLE", "az": "AZURE"}
"""What the names in the environment begin with, for each kind of store that there is."""


class BlobsUnusable(ZenobiaError):
    """Files cannot be kept where ZENOBIA_BLOBS says: {problem}."""

    code = "blobs_unusable"


def is_remote(url_or_path: str) -> bool:
    """Whether it names an object store."""
    return "://" in url_or_path and urlsplit(url_or_path).scheme != "file"


def opened(url: str, environment: Mapping[str, str] = os.environ) -> ObjectStore:
    """The object store at `url`. Nothing is asked of it yet.

    Raises:
        BlobsUnusable: there can be none.
    """
    scheme = urlsplit(url).scheme
    prefix = _PREFIXES.get(scheme)
    if prefix is None:
        raise BlobsUnusable(problem=f"there is no such kind of store as {scheme}://")
    own = {name: environment[f"{prefix}_{name.upper()}"] for name in _OWN if f"{prefix}_{name.upper()}" in environment}
    options: ClientConfig = {**_CLIENT, **own}  # pyright: ignore[reportAssignmentType]  # texts, as in the environment
    try:
        return from_url(url, client_options=options, retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        raise BlobsUnusable(problem=reason(error)) from None


@contextlib.asynccontextmanager
async def asking(within: float | None = None) -> AsyncGenerator[None]:
    """Say "not now" when the disk or the object store fails or takes too long; that something is absent stays a fact.

    Raises:
        StorageUnavailable: it failed, or gave no answer within so many seconds (`ANSWERS_WITHIN` if not given).
    """
    within = within or ANSWERS_WITHIN
    try:
        async with asyncio.timeout(within):
            yield
    except FileNotFoundError:
        raise
    except (OSError, BaseError) as error:
        log.warning("Files cannot be kept or read: %s", reason(error, within=within))
        raise StorageUnavailable from None  # what was asked can hold a signature


def reason(error: Exception, *, within: float = ANSWERS_WITHIN) -> str:
    """Why a place failed, in a line that holds no secret."""
    if isinstance(error, TimeoutError):
        return f"there was no answer within {within:g} seconds"
    first = str(error).partition("\n")[0].partition(": <")[0]
    return re.sub(r"(?<=//)[^/@\s]*@|\?\S*", "", first)[:300]
