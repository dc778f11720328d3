"""Quotas as both databases count them: exactly, also when many files arrive at once."""

import asyncio
from dataclasses import replace

import pytest

from zenobia.protocol.errors import AtCapacity, QuotaReached, UnknownFile, ZenobiaError
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Status
from zenobia.store.engine import Store
from zenobia.store.file_rows import StoredFile
from zenobia.store.quota_rows import FileRoom
from zenobia.store.session_rows import Ending

ENDING = Ending(Status.CANCELLED, EndReason.USER, "It was cancelled.")


def stored(name: str, size: int) -> StoredFile:
    return StoredFile(name, name, None, size, "sha", f"files/{name}")


@pytest.fixture
def limits() -> Limits:
    """Bounds small enough to reach."""
    return Limits(workspace_files=5, workspace_bytes=1_000, workspace_sessions=2, sessions_queued=7)


async def keep(store: Store, name: str, size: int, workspace: str = "w") -> str | None:
    """The code with which a file is refused."""
    try:
        await store.write(lambda tx: tx.keep_file(workspace, stored(name, size)))
    except ZenobiaError as error:
        return error.code
    return None


async def test_of_many_that_arrive_at_once_no_more_are_kept_than_fit(store: Store) -> None:
    few = await asyncio.gather(*(keep(store, f"f{n}", 10) for n in range(12)))
    large = await asyncio.gather(*(keep(store, f"g{n}", 300, "v") for n in range(12)))

    assert few.count(None) == 5
    assert large.count(None) == 3
    assert {*few, *large} == {None, "quota_reached"}
    assert len(await store.read(lambda tx: tx.files("w", before=None, most=100))) == 5


async def test_what_goes_makes_room_and_what_is_replaced_counts_once(store: Store) -> None:
    for name in "abcde":
        assert await keep(store, name, 200) is None
    assert await store.read(lambda tx: tx.file_room("w", "a")) == FileRoom(0, 200)
    with pytest.raises(QuotaReached):
        await store.read(lambda tx: tx.file_room("w", "new"))
    assert await keep(store, "a", 201) == "quota_reached"
    assert await keep(store, "a", 100) is None
    assert await store.read(lambda tx: tx.file_room("w", "a")) == FileRoom(100, 100)
    await store.write(lambda tx: tx.drop_file("w", "b"))
    assert await store.read(lambda tx: tx.file_room("w")) == FileRoom(300)
    assert await keep(store, "new", 300) is None
    assert await store.read(lambda tx: tx.file_room("v")) == FileRoom(1_000)


async def test_a_smaller_file_replaces_a_larger_one_where_too_much_is_held(store: Store) -> None:
    for name in "abcde":
        assert await keep(store, name, 200) is None
    store.limits = replace(store.limits, workspace_bytes=500, workspace_files=3)

    assert await store.read(lambda tx: tx.file_room("w", "a")) == FileRoom(-500, 200)
    assert await keep(store, "a", 201) == "quota_reached"
    assert await keep(store, "a", 199) is None


async def test_a_file_that_is_deleted_twice_at_once_is_counted_once(store: Store) -> None:
    for name in "abcde":
        assert await keep(store, name, 200) is None

    async def drop(name: str) -> str | None:
        try:
            return await store.write(lambda tx: tx.drop_file("w", name))
        except UnknownFile:
            return None

    dropped = await asyncio.gather(*(drop(name) for name in "abcd" for _ in range(4)))

    assert sorted(filter(None, dropped)) == [f"files/{name}" for name in "abcd"]
    assert await store.read(lambda tx: tx.file_room("w")) == FileRoom(800)
    with pytest.raises(QuotaReached):
        await store.write(lambda tx: [tx.keep_file("w", stored(f"more{n}", 0)) for n in range(5)])


async def test_a_session_that_ends_makes_room_and_one_that_is_taken_up_takes_it(store: Store) -> None:
    first, second = [(await store.write(lambda tx: tx.add_session("w", "manual", "x", {}))).id for _ in range(2)]
    with pytest.raises(AtCapacity):
        await store.write(lambda tx: tx.add_session("w", "manual", "x", {}))
    await store.write(lambda tx: tx.add_session("v", "manual", "x", {}))
    await store.write(lambda tx: tx.end(first, ENDING, "anna"))
    await store.write(lambda tx: tx.add_session("w", "manual", "x", {}))
    with pytest.raises(AtCapacity):
        await store.write(lambda tx: tx.take_up(first))
    await store.write(lambda tx: tx.end(second, ENDING, "anna"))
    await store.write(lambda tx: tx.take_up(first))


async def test_of_many_sessions_that_begin_at_once_no_more_do_than_may(store: Store) -> None:
    async def begin() -> bool:
        try:
            await store.write(lambda tx: tx.add_session("w", "manual", "x", {}))
        except AtCapacity:
            return False
        return True

    assert sum(await asyncio.gather(*(begin() for _ in range(16)))) == 2


async def test_of_many_sessions_that_are_queued_at_once_no_more_are_than_may(store: Store) -> None:
    async def queue(workspace: str) -> bool:
        try:
            await store.write(lambda tx: tx.add_session(workspace, "manual", "x", {}))
        except AtCapacity:
            return False
        return True

    assert sum(await asyncio.gather(*(queue(f"w{n}") for n in range(24)))) == 7
