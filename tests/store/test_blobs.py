"""Bytes by key: whole or not there, hashed and bounded on the way, and nothing left behind; in a folder as on S3."""

import asyncio
import hashlib
import os
import random
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from obstore.store import LocalStore, from_url

from tests.swift import Swift, pages
from zenobia.protocol.errors import FileTooLarge, StorageUnavailable
from zenobia.store.blobs import ABANDONED, LOCAL_PART, REMOTE_PART, SCRATCH, Blobs, file_name

NO_LIMIT = 1 << 40
PLAIN: Any = {"client_options": {"allow_http": True}}


class WentAway(Exception):
    """The client closed its connection in the middle of an upload."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture(params=["a folder", "S3"])
def place(request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of a new place of each kind."""
    return folder.as_uri() if request.param == "a folder" else f"s3://{request.getfixturevalue('bucket')}/some/prefix"


@pytest.fixture
def blobs(place: str) -> Blobs:
    return Blobs.at(place)


async def arriving(*chunks: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk
    if then is not None:
        raise then


def present(folder: Path) -> list[str]:
    """Every file under the folder but the lock."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name != "lock")


def kept(place: str) -> list[str]:
    """Every key in a place."""
    store = LocalStore(unquote(urlsplit(place).path)) if place.startswith("file:") else from_url(place, **PLAIN)
    return sorted(one["path"] for page in pages(store) for one in page if not one["path"].startswith(SCRATCH))


async def read(blobs: Blobs, key: str, start: int = 0, end: int | None = None) -> bytes:
    async with aclosing(blobs.stream(key, start, end)) as parts:
        return b"".join([part async for part in parts])


@pytest.mark.parametrize("size", [0, 1, LOCAL_PART - 1, LOCAL_PART, LOCAL_PART + 1, 9 * LOCAL_PART + 12_345])
async def test_what_was_written_comes_back_measured(blobs: Blobs, size: int) -> None:
    data = random.Random(size).randbytes(size)  # noqa: S311
    chunks = [data[at : at + 70_001] for at in range(0, size, 70_001)]

    written = await blobs.write("ses_1/fil_1", arriving(*chunks), limit=size)

    assert (written.size, written.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert await blobs.get("ses_1/fil_1") == data
    assert await read(blobs, "ses_1/fil_1") == data


async def test_one_huge_chunk_is_taken_like_many_small_ones(blobs: Blobs) -> None:
    data = os.urandom(5 * LOCAL_PART + 7)
    await blobs.put("fil_1", data)
    assert await blobs.get("fil_1") == data


async def test_a_second_write_replaces_the_first(blobs: Blobs) -> None:
    await blobs.put("fil_1", b"old and longer")
    await blobs.put("fil_1", b"new")
    assert await blobs.get("fil_1") == b"new"


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (3, None), (2, 5), (0, 0), (5, 2), (9, 99), (10, None), (99, 100), (0, 10)]
)
async def test_a_range_is_what_a_slice_would_be(blobs: Blobs, start: int, end: int | None) -> None:
    await blobs.put("fil_1", b"0123456789")
    assert await read(blobs, "fil_1", start, end) == b"0123456789"[start:end]


async def test_a_large_blob_is_streamed_in_parts(folder: Path) -> None:
    blobs = Blobs.at(str(folder))
    await blobs.put("fil_1", bytes(10 * LOCAL_PART))
    async with aclosing(blobs.stream("fil_1")) as parts:
        assert max([len(part) async for part in parts]) <= 2 * LOCAL_PART


async def test_what_is_absent_is_not_found_and_may_be_deleted(blobs: Blobs) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.get("fil_1")
    with pytest.raises(FileNotFoundError):
        await read(blobs, "fil_1")
    with pytest.raises(FileNotFoundError):
        async with blobs.local("fil_1", name="x.txt"):
            pass
    await blobs.delete("fil_1")


async def test_what_was_deleted_is_gone(blobs: Blobs) -> None:
    await blobs.put("fil_1", b"data")
    await blobs.delete("fil_1")
    with pytest.raises(FileNotFoundError):
        await blobs.get("fil_1")


@pytest.mark.parametrize(
    "key", ["", "/fil", "a/../b", "..", "fil/", "a//b", ".scratch/x", "a/.hidden", "Fil", "fil#1", "fil 1", "fil\n"]
)
async def test_only_keys_of_our_making_are_taken(blobs: Blobs, key: str) -> None:
    for attempt in (blobs.put(key, b""), blobs.get(key), read(blobs, key), blobs.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await attempt


async def test_more_than_the_limit_is_refused_and_leaves_nothing(blobs: Blobs, place: str) -> None:
    limit = REMOTE_PART + LOCAL_PART
    with pytest.raises(FileTooLarge) as refused:
        await blobs.write("fil_1", arriving(*[bytes(LOCAL_PART)] * 10), limit=limit)
    assert refused.value.facts == {"limit": limit}
    assert kept(place) == []


async def test_an_upload_given_up_leaves_no_part_on_s3(swift: Swift, bucket: str) -> None:
    source = arriving(*[bytes(LOCAL_PART)] * (2 * REMOTE_PART // LOCAL_PART), then=WentAway())
    with pytest.raises(WentAway):
        await Blobs.at(f"s3://{bucket}").write("fil_1", source, limit=NO_LIMIT)
    assert (swift.keys(bucket), swift.parts(bucket)) == ([], [])


async def test_a_failing_source_leaves_what_was_there_before(blobs: Blobs) -> None:
    await blobs.put("fil_1", b"before")
    with pytest.raises(WentAway):
        await blobs.write("fil_1", arriving(*[bytes(LOCAL_PART)] * 3, then=WentAway()), limit=NO_LIMIT)
    assert await blobs.get("fil_1") == b"before"


async def test_an_upload_cut_off_anywhere_is_whole_or_nothing(folder: Path) -> None:
    blobs = Blobs.at(str(folder))
    whole = hashlib.sha256(bytes(4 * LOCAL_PART)).hexdigest()
    chance = random.Random(7)  # noqa: S311
    for number in range(60):
        source = arriving(*[bytes(LOCAL_PART)] * 4)
        task = asyncio.create_task(blobs.write(f"fil_{number}", source, limit=NO_LIMIT))
        await asyncio.sleep(chance.random() * 0.02)
        task.cancel()
        await asyncio.wait({task})
    left = present(folder)
    assert not [name for name in left if name.startswith(SCRATCH)]
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == whole for name in left)


async def test_an_upload_cancelled_while_it_waits_for_bytes_leaves_nothing(folder: Path) -> None:
    waiting = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield bytes(3 * LOCAL_PART)
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(Blobs.at(str(folder)).write("fil_1", stalled(), limit=NO_LIMIT))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert present(folder) == []


async def test_a_failing_disk_is_said_as_not_now_and_leaves_nothing(folder: Path) -> None:
    blobs = Blobs.at(str(folder))
    (folder / "taken").write_bytes(b"a file where a folder should be")
    with pytest.raises(StorageUnavailable):
        await blobs.put("taken/fil_1", b"data")
    assert present(folder) == ["taken"]


KILLED = """
import asyncio, sys
from zenobia.store.blobs import Blobs

async def endless():
    yield bytes(20 << 20)
    print("waiting", flush=True)
    await asyncio.Event().wait()

asyncio.run(Blobs.at(sys.argv[1]).write("fil_1", endless(), limit=1 << 40))
"""


async def killed_in_an_upload(place: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Begin an upload in another process, and kill that."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, place, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"waiting\n"
    await meanwhile()
    process.kill()
    await process.communicate()


async def test_an_upload_whose_process_is_killed_shows_nothing_and_can_be_made_again(blobs: Blobs, place: str) -> None:
    await killed_in_an_upload(place, blobs.sweep)
    await blobs.sweep()
    assert kept(place) == []
    with pytest.raises(FileNotFoundError):
        await blobs.get("fil_1")
    await blobs.put("fil_1", b"again")
    assert await blobs.get("fil_1") == b"again"


async def test_what_a_killed_process_left_is_swept_but_not_while_it_lives(folder: Path) -> None:
    async def still_there() -> None:
        await Blobs.at(str(folder)).sweep()
        assert len(present(folder)) == 1, "another process is still writing it"

    await killed_in_an_upload(str(folder), still_there)
    await Blobs.at(str(folder)).sweep()
    assert present(folder) == []


async def test_an_abandoned_upload_is_swept_although_others_use_the_folder(folder: Path) -> None:
    blobs, other = Blobs.at(str(folder)), Blobs.at(str(folder))
    await other.put("fil_1", b"kept")
    for age, name in ((ABANDONED + 60, "old"), (0, "new")):
        left = folder / SCRATCH / name
        left.write_bytes(b"half")
        os.utime(left, (left.stat().st_mtime - age, left.stat().st_mtime - age))
    async with other.local("fil_1", name="lent.txt") as lent:
        await blobs.sweep()
        assert lent.read_bytes() == b"kept"
    assert present(folder) == [f"{SCRATCH}/new", "fil_1"]


async def test_a_lent_file_has_the_given_name_and_goes_afterwards(blobs: Blobs, tmp_path: Path) -> None:
    await blobs.put("ses_1/fil_1", b"a,b\n1,2\n")
    async with blobs.local("ses_1/fil_1", name="Jahresbericht 2025 (final).csv", scratch=tmp_path) as path:
        assert path.name == "Jahresbericht 2025 (final).csv"
        assert path.read_bytes() == b"a,b\n1,2\n"
    assert not path.parent.exists()
    assert await blobs.get("ses_1/fil_1") == b"a,b\n1,2\n"


async def test_lending_from_a_folder_copies_nothing(folder: Path) -> None:
    blobs = Blobs.at(str(folder))
    await blobs.put("fil_1", b"data")
    async with blobs.local("fil_1", name="x") as path:
        assert path.stat().st_ino == (folder / "fil_1").stat().st_ino


async def test_a_lent_file_survives_the_deletion_of_its_blob(blobs: Blobs) -> None:
    await blobs.put("fil_1", b"data")
    async with blobs.local("fil_1", name="x") as path:
        await blobs.delete("fil_1")
        assert path.read_bytes() == b"data"


def test_a_new_folder_is_private(folder: Path) -> None:
    Blobs.at(folder.as_uri())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_the_loop_is_not_blocked_by_a_large_upload(blobs: Blobs) -> None:
    async def at_once() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield bytes(8 << 20)  # larger than any packet a server hands over

    lags: list[float] = []

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0)
            lags.append(loop.time() - before)

    watching = asyncio.create_task(watch())
    await blobs.write("fil_1", at_once(), limit=NO_LIMIT)
    watching.cancel()
    assert sorted(lags)[int(len(lags) * 0.99)] < 0.02


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\fakepath\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("Größe.txt", "Größe.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("..", "file"),
        ("", "file"),
        ("folder/", "folder"),
        (".env", ".env"),
        ("日" * 300 + ".xlsx", "日" * 65 + ".xlsx"),
        ("x" * 300, "x" * 200),
        ("half \ud800 pair", "half  pair"),
    ],
)
def test_a_file_name_is_made_fit_to_be_one(given: str, shown: str) -> None:
    assert file_name(given) == shown
