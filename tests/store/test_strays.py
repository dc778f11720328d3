"""Bytes that nothing names do not stay, whoever died on the way; bytes that something names, or may name, do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zenobia.protocol.errors import StorageUnavailable, TimedOut
from zenobia.protocol.limits import Limits
from zenobia.sessions.files import Files, Incoming
from zenobia.sessions.sweeping import sweep
from zenobia.store.blobs import Blobs
from zenobia.store.engine import Store, Work
from zenobia.store.schema import strays
from zenobia.store.stray_rows import ARRIVES_WITHIN, StrayRows

DAY = int(ARRIVES_WITHIN * 1_000)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.at(str(tmp_path / "blobs"))


@pytest.fixture
def files(store: Store, blobs: Blobs, tmp_path: Path) -> Files:
    return Files(store, blobs, Limits(), tmp_path)


def incoming(data: bytes) -> Incoming:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    return Incoming("a.txt", "text/plain", pieces())


async def a_day_later(store: Store) -> None:
    await store.write(lambda tx: tx.run(strays.update().values(since=strays.c.since - DAY - 1)))


async def noted(store: Store) -> set[str]:
    return await store.read(lambda tx: {row.blob for row in tx.rows(strays.select())})


def kept(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in (folder / "blobs" / "files").glob("*")}


async def test_what_a_server_left_that_died_on_the_way_is_swept(
    store: Store, blobs: Blobs, files: Files, tmp_path: Path
) -> None:
    await files.put("default", incoming(b"named"))
    await store.write(lambda tx: tx.expect("files/left"))
    await blobs.put("files/left", b"left")
    await blobs.put("files/of-others", b"of others")

    await sweep(store, files)
    at_once = kept(tmp_path)
    await a_day_later(store)
    await sweep(store, files)

    assert at_once == {b"named", b"left", b"of others"}  # it may still be on its way
    assert kept(tmp_path) == {b"named", b"of others"}
    assert await noted(store) == set()


async def test_an_upload_that_is_given_up_is_not_named(store: Store, files: Files, tmp_path: Path) -> None:
    begun, slowly = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        yield b"slow"
        await slowly.wait()

    upload = asyncio.create_task(files.put("default", Incoming(None, None, slow()), "f"))
    await begun.wait()
    await a_day_later(store)
    await sweep(store, files)
    slowly.set()

    with pytest.raises(TimedOut):
        await upload

    assert kept(tmp_path) == set()
    assert await store.read(lambda tx: tx.files("default", before=None, most=10)) == []


async def test_what_could_not_be_deleted_is_swept(
    store: Store, blobs: Blobs, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_now(_blobs: Blobs, _key: str) -> None:
        raise StorageUnavailable

    await files.put("default", incoming(b"old"), "f")
    with monkeypatch.context() as patch:
        patch.setattr(Blobs, "delete", not_now)
        await files.put("default", incoming(b"new"), "f")
        await sweep(store, files)
        before = kept(tmp_path)

    await sweep(store, files)

    assert before == {b"old", b"new"}
    assert kept(tmp_path) == {b"new"}


async def test_a_file_that_was_named_though_nobody_could_be_told_keeps_its_bytes(
    store: Store, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, write = StrayRows.arrived, store.write
    named: list[str] = []

    def naming(tx: StrayRows, blob: str) -> None:
        named.append(blob)
        arrived(tx, blob)

    async def not_told(work: Work[object]) -> object:
        done = await write(work)
        if len(named) == 1 and not told:
            told.append(True)
            raise StorageUnavailable
        return done

    told: list[bool] = []
    monkeypatch.setattr(StrayRows, "arrived", naming)
    monkeypatch.setattr(store, "write", not_told)

    with pytest.raises(StorageUnavailable):
        await files.put("default", incoming(b"there"), "f")
    await a_day_later(store)
    await sweep(store, files)

    assert kept(tmp_path) == {b"there"}
    assert (await files.find("default", "f")).size == 5


async def test_an_upload_that_breaks_off_leaves_nothing_to_sweep(store: Store, files: Files, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise TimedOut(seconds=1)

    with pytest.raises(TimedOut):
        await files.put("default", Incoming(None, None, broken()))

    assert kept(tmp_path) == set()
    assert await noted(store) == set()
