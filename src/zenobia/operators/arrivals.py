"""Bringing a finished download to where it is kept: by renaming it, or from the machine of a remote browser over CDP.

There is one way to reach a file of a remote browser: given to a file field it becomes a Blob, and Blobs can be read in
pieces. That happens in a blank page, in a context of its own that no site knows of. CDP has no way to delete the file.
"""

import asyncio
import base64
import os
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Browser, CDPSession
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.cdp import tell
from zenobia.protocol.wire import Json

PIECE = 1 << 20
"""Bytes asked for at once."""

STEP_WITHIN = 20.0
"""Seconds that the remote browser may take for a piece, or for anything on the way to the first."""

FIELD = "Object.assign(document.createElement('input'), {type: 'file'})"
FILE = "function() { return this.files[0] }"
READABLE = "async function() { await this.slice(0, 1).arrayBuffer(); return this.size }"
"""Fails if there is no such file; a Blob of nothing would look like an empty one."""

Bring = Callable[[Path, Path, int], Awaitable[bool]]
"""Brings a finished file from where the browser put it to a path of ours; whether it has no more bytes than allowed.

Raises `PlaywrightError`, `OSError` or `TimeoutError` when it cannot be brought.
"""


async def bring_here(source: Path, target: Path, most: int) -> bool:
    """From a folder of this machine."""

    return await asyncio.to_thread(_taken, source, target, most)


def _taken(source: Path, target: Path, most: int) -> bool:
    """Take a file over from a folder in which a browser that was taken over can put what it likes."""
    wary = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # no link is followed, no pipe waited for
    with os.fdopen(os.open(source, wary), "rb") as file:
        found, folder = os.fstat(file.fileno()), source.parent.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_uid != folder.st_uid:
            raise FileNotFoundError(source)
        if found.st_size > most:
            return False
        if found.st_uid == os.geteuid():
            source.replace(target)
            return True
        with target.open("xb") as kept:  # its owner could go on writing to it: what is kept is a copy
            left = found.st_size
            while left > 0 and (piece := file.read(min(PIECE, left))):
                kept.write(piece)
                left -= len(piece)
    source.unlink()
    return True


def bring_from(browser: Browser) -> Bring:
    """From the machine of a remote browser."""

    async def bring(source: Path, target: Path, most: int) -> bool:
        async with asyncio.timeout(STEP_WITHIN):
            context = await browser.new_context()
        try:
            async with asyncio.timeout(STEP_WITHIN):
                line = await context.new_cdp_session(await context.new_page())
                file, size = await _reached(line, source)
            return size <= most and await _copied(line, file, target)
        finally:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(STEP_WITHIN):
                    await context.close()

    return bring


async def _reached(line: CDPSession, source: Path) -> tuple[str, int]:
    """The handle by which the file can be read, and its size."""
    field: str = (await tell(line, "Runtime.evaluate", {"expression": FIELD}))["result"]["objectId"]
    await tell(line, "DOM.setFileInputFiles", {"files": [str(source)], "objectId": field})
    file: str = (await _call(line, field, FILE))["result"]["objectId"]
    size = await _call(line, file, READABLE, awaitPromise=True, returnByValue=True)
    if "exceptionDetails" in size:
        raise FileNotFoundError(source)
    blob = await tell(line, "IO.resolveBlob", {"objectId": file})
    return f"blob:{blob['uuid']}", int(size["result"]["value"])


async def _call(line: CDPSession, of: str, function: str, **how: Json) -> dict[str, Json]:
    return await tell(line, "Runtime.callFunctionOn", {"objectId": of, "functionDeclaration": function, **how})


async def _copied(line: CDPSession, handle: str, target: Path) -> bool:
    with target.open("wb") as out:
        while True:
            async with asyncio.timeout(STEP_WITHIN):
                piece = await tell(line, "IO.read", {"handle": handle, "size": PIECE})
            data: str = piece["data"]
            await asyncio.to_thread(out.write, base64.b64decode(data) if piece["base64Encoded"] else data.encode())
            if piece["eof"]:
                return True
