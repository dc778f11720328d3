"""Work that is done apart: in a process of its own that is given little, and ends with whoever started it."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Coroutine
from typing import BinaryIO

KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "TMPDIR")
"""All that such a process needs of the environment, which may hold keys."""

CHUNK = 65_536


async def begin(module: str, *words: object, stdin: BinaryIO | int = PIPE) -> Process:
    """Start a module of ours; the last word that it is given is our process id, with which it is to end."""
    return await _started(_start(module, *words, os.getpid(), stdin=stdin))


async def end(process: Process) -> None:
    """Kill what still runs and see it gone, however often we are cancelled meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    gone = asyncio.create_task(process.communicate(), name=f"end of process {process.pid}")
    try:
        await asyncio.shield(gone)
    except asyncio.CancelledError:
        await asyncio.wait({gone})
        raise


async def told(process: Process, most: int) -> bytes:
    """What it has written when it is done or has written that many bytes; of more there is no word."""
    output = bytearray()
    while process.stdout and len(output) < most and (more := await process.stdout.read(CHUNK)):
        output += more
    return bytes(output[:most])


async def _started(start: Coroutine[object, object, Process]) -> Process:
    """A process cannot be half started: if we are cancelled meanwhile, let it start and see it gone."""
    starting = asyncio.create_task(start, name="start of a process")
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        if not starting.cancelled() and starting.exception() is None:
            await end(starting.result())
        raise


async def _start(module: str, *words: object, stdin: BinaryIO | int) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # nothing is imported from wherever the server was started
        *("-m", module),
        *(str(word) for word in words),
        stdin=stdin,
        stdout=PIPE,
        stderr=DEVNULL,
        env={key: value for key in KEPT if (value := os.environ.get(key)) is not None},
        start_new_session=True,  # an interrupt from the keyboard is for the server
    )
