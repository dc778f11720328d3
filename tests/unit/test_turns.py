"""Large messages that come at once are read one after the other, with everybody else in between."""

import asyncio

from zenobia.server.turns import LARGE, Turns


async def order(size: int) -> str:
    """Who had a turn, when five messages of so many bytes came at once: `m` for one of them, `.` for anybody else."""
    turns, had = Turns(), list[str]()

    async def message() -> None:
        await turns.wait(size)
        had.append("m")

    messages = [asyncio.create_task(message(), name=f"message {number}") for number in range(5)]
    while not all(one.done() for one in messages):
        had.append(".")
        await asyncio.sleep(0)
    return "".join(had)


async def test_what_is_large_lets_others_go_first() -> None:
    had = await order(LARGE + 1)

    assert had.count("m") == 5
    assert "mm" not in had


async def test_what_is_small_waits_for_nobody() -> None:
    assert "mmmmm" in await order(LARGE)
