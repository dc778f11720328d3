"""What is on its way into a workspace counts as what it will come to: more than there was, or not."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from zenobia.protocol.errors import QuotaReached
from zenobia.sessions.arriving import Arriving
from zenobia.store.quota_rows import FileRoom


async def sent(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


async def whole(chunks: AsyncGenerator[bytes]) -> int:
    return sum([len(chunk) async for chunk in chunks])


async def test_only_what_is_more_than_it_replaces_counts() -> None:
    arriving, room = Arriving(1_000), FileRoom(400, replaced=600)
    async with aclosing(arriving.held("w", sent(1_000), room, "old")) as first:
        for _ in range(6):
            await anext(first)
        assert await whole(arriving.held("w", sent(400), FileRoom(400), "new")) == 400

        assert await whole(first) == 400
        with pytest.raises(QuotaReached):
            await whole(arriving.held("w", sent(1_100), room, "old"))
    assert await whole(arriving.held("w", sent(1_000), room, "old")) == 1_000


async def test_what_many_replace_at_once_is_spared_to_one_of_them() -> None:
    arriving, room = Arriving(1_000), FileRoom(0, replaced=1_000)
    async with aclosing(arriving.held("w", sent(1_000), room, "old")) as first:
        await anext(first)
        with pytest.raises(QuotaReached):
            await whole(arriving.held("w", sent(100), room, "old"))
        assert await whole(first) == 900
    assert await whole(arriving.held("w", sent(1_000), room, "old")) == 1_000


async def test_a_smaller_file_may_replace_a_larger_one_though_too_much_is_held() -> None:
    arriving, room = Arriving(1_000), FileRoom(-500, replaced=600)

    assert await whole(arriving.held("w", sent(600), room, "old")) == 600
    with pytest.raises(QuotaReached):
        await whole(arriving.held("w", sent(700), room, "old"))
