"""Rows about what is kept: a disk that is full, a database that is locked, damaged or torn."""

import asyncio
import os
import resource
import shutil
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from tests.chaos.clients import Client
from tests.chaos.oracle import NotHere, insist
from tests.chaos.scene import Scene, asked, ended, told
from tests.chaos.servers import Server

SMALL = 24
"""Megabytes of a disk that is soon full."""

NORMAL_WITHIN = 5.0
UNLOCKED_WITHIN = 1.0
DATABASE = "zenobia.sqlite"


async def disk_full(scene: Scene) -> float:
    """The disk fills up with an action under way: commands are refused with a code, reading goes on, all is kept."""
    data = scene.folder / "server" / "data"
    await scene.keep(_small_disk(data))
    filler = data / "filler"
    return await _no_room(scene, lambda _: _fill(filler), lambda _: filler.unlink(), said=True)


async def files_may_not_grow(scene: Scene) -> float:
    """The same by the limit of a process on the size of its files, which needs no disk of its own."""

    def stop(server: Server) -> None:
        _limit(server, (server.folder / "data" / f"{DATABASE}-wal").stat().st_size)

    return await _no_room(scene, stop, lambda server: _limit(server, resource.RLIM_INFINITY), said=False)


async def _no_room(
    scene: Scene, fill: Callable[[Server], object], empty: Callable[[Server], object], *, said: bool
) -> float:
    server = await scene.server()
    client = await scene.client(server)
    waiting = await scene.session(client, "count", "ask", "count")
    await asked(client, waiting)
    scene.site.hold()
    session = await scene.session(client, "count", "count")
    await scene.acting()
    fill(server)
    before = client.history.answers["failed"]
    refused = await _refused(client, scene)
    insist(refused["code"] == "storage_unavailable" and refused["retryable"], f"refused with {refused}")
    insist((await client.session(waiting) or {})["status"] == "waiting", "a session cannot be read")
    insist(len(await client.requests()) == 1, "the requests cannot be read")
    if said:
        health = (await client.http.get("/api/health")).json()
        insist(health["status"] == "degraded", f"it says that it is {health['status']}")
        upload = await client.send("PUT", "/api/files/too-much", content=b"x" * 100_000)
        insist(not upload["success"], "a file was taken for which there is no room")
        insist(await client.file("too-much") is None, "a file that was refused can be read")
    scene.site.released.set()
    await asyncio.sleep(scene.chance.uniform(0, 2))
    empty(server)
    client.history.answers["failed"] = before  # it was told to refuse
    began = time.monotonic()
    while await client.create(scene.plan("count")) is None:
        insist(time.monotonic() - began < NORMAL_WITHIN, "there is room again, and commands are still refused")
    took = time.monotonic() - began
    client.history.answers["failed"] = before
    await told(client, session, lambda event: event["data"].get("phase") in {"done", "unknown"}, 30)
    return took


async def _refused(client: Client, scene: Scene) -> dict[str, object]:
    """What a command is told when nothing can be stored; small ones may still find room."""
    for _ in range(200):
        plan = scene.plan("count", "ask")
        answer = await client.send("POST", "/api/sessions", {"prompt": plan.prompt, "commandId": plan.command_id})
        if not answer["success"]:
            return answer
        client.history.plans[answer["sessionId"]] = plan
        await client.cancel(answer["sessionId"])
    insist(False, "nothing was refused")
    raise AssertionError


@asynccontextmanager
async def _small_disk(path: Path) -> AsyncGenerator[None]:
    await asyncio.to_thread(path.mkdir, parents=True)
    await _system("mount", "-t", "tmpfs", "-o", f"size={SMALL}m,mode=0700", "zenobia-chaos", str(path))
    try:
        yield
    finally:
        await _system("umount", "--lazy", str(path))


async def _system(*words: str) -> None:
    if await (await asyncio.create_subprocess_exec(*words)).wait() != 0:
        raise NotHere(f"this needs to be allowed to {words[0]}")


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65_536)
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 512)


def _limit(server: Server, size: int) -> None:
    """Let files of the server's process grow to `size` bytes at most; what it starts later may inherit that."""
    process = psutil.Process(server.pid)
    process.rlimit(psutil.RLIMIT_FSIZE, (size, process.rlimit(psutil.RLIMIT_FSIZE)[1]))


async def database_locked(scene: Scene) -> float:
    """Another program locks the database for longer than anyone waits: refused with a code, well once it is over."""
    server = await scene.server()
    client = await scene.client(server)
    waiting = await scene.session(client, "ask", "count")
    await asked(client, waiting)
    other = sqlite3.connect(server.folder / "data" / DATABASE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    answer = await client.send("POST", "/api/sessions", {"prompt": "open example.com", "commandId": "locked"})
    insist(answer["code"] == "storage_unavailable" and answer["retryable"], f"refused with {answer}")
    insist(time.monotonic() - began < 9.5, "the refusal took longer than a command may")
    insist((await client.session(waiting) or {})["status"] == "waiting", "a session cannot be read")
    other.execute("ROLLBACK")
    other.close()
    client.history.answers["failed"] -= 1
    began = time.monotonic()
    await scene.session(client, "count")
    took = time.monotonic() - began
    insist(took < UNLOCKED_WITHIN, f"the first command took {took:.1f} seconds")
    return took


async def locked_at_start(scene: Scene) -> float:
    """Another program holds the database when the server starts: it says so in words, and starts once it is over."""
    server = await scene.server()
    client = await scene.client(server)
    session = await scene.session(client, "ask", "count")
    await asked(client, session)
    await server.kill()
    other = sqlite3.connect(server.folder / "data" / DATABASE, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE sessions SET epoch = epoch")
    await server.begin()
    insist(await server.ended(40) == 1, "it did not refuse to start")
    said = server.log().strip().splitlines()[-1]
    insist("locked" in said or "use" in said, f"it said: {said}")
    insist("Restore a backup" not in said, f"it took a lock for damage: {said}")
    other.execute("ROLLBACK")
    other.close()
    return await server.start()


async def damaged(scene: Scene) -> float:
    """The database is damaged while the server is down: refused in words; with the backup all is there again."""
    server = await scene.server()
    client = await scene.client(server)
    session = await scene.session(client, "count", "ask", "count")
    await asked(client, session)
    await server.kill()
    file = server.folder / "data" / DATABASE
    with sqlite3.connect(file) as connection:  # what was committed is in one file
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    backup = scene.folder / "backup"
    shutil.copy(file, backup)
    with file.open("r+b") as writing:
        for _ in range(6):
            writing.seek(4_096 * scene.chance.randrange(1, file.stat().st_size // 4_096))
            writing.write(scene.chance.randbytes(2_048))
    await server.begin()
    insist(await server.ended(40) == 1, "it started on a damaged database")
    said = server.log().strip().splitlines()[-1]
    insist("Restore a backup" in said, f"it said: {said}")
    for left in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (server.folder / "data" / left).unlink(missing_ok=True)
    shutil.copy(backup, file)
    return await server.start()


async def torn(scene: Scene) -> float:
    """Power fails while the log is written: half a frame, or garbage, behind what was committed."""
    server = await scene.server()
    client = await scene.client(server)
    worst = 0.0
    for cut in range(3):
        session = await scene.session(client, "count", "ask", "count")
        await asked(client, session)
        await server.kill()
        wal = server.folder / "data" / f"{DATABASE}-wal"
        frames = wal.read_bytes()
        frame = frames[32 : 32 + 24 + 4_096]
        tail = [frame[: scene.chance.randrange(1, len(frame))], scene.chance.randbytes(9_000), frame + frame[:100]][cut]
        with wal.open("ab") as writing:
            writing.write(tail)
            os.fsync(writing.fileno())
        worst = max(worst, await server.start())
        client = await scene.client(server)
        await client.settle((await client.requests())[0])
        insist((await ended(client, session))["status"] == "completed", "the session did not go on")
    return worst
