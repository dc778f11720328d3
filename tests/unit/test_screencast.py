"""Which of the frames that a browser draws is handed out."""

import asyncio
from typing import cast

import pytest
from playwright.async_api import CDPSession

from zenobia.operators.chores import Chores
from zenobia.operators.screencast import Cast


class Line:
    """A line to a browser: it notes which frames are acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: asyncio.Queue[object] = asyncio.Queue()

    async def send(self, method: str, params: dict[str, object]) -> dict[str, object]:
        """Note it."""
        assert method == "Page.screencastFrameAck"
        self.acknowledged.put_nowait(params["sessionId"])
        return {}


class Drawn:
    """The frames of a tab, which a test lets arrive."""

    def __init__(self) -> None:
        self.line = Line()
        self.chores = Chores("test")
        self.cast = Cast(cast("CDPSession", self.line), {}, self.chores)

    def arrives(self, number: int, data: str, *, ago: float = 0.0) -> None:
        """One came so many seconds ago."""
        self.cast.arrived({"sessionId": number, "data": data})
        self.cast.came_at -= ago


async def test_a_frame_that_has_just_come_is_handed_out_at_once() -> None:
    drawn = Drawn()
    drawn.arrives(1, "AAAA", ago=-60)  # however slow the machine is

    with pytest.raises(StopIteration):
        drawn.cast.settle().send(None)

    assert drawn.cast.take() == b"\0\0\0"


async def test_where_one_has_waited_the_one_that_comes_next_is_handed_out() -> None:
    drawn = Drawn()
    drawn.arrives(1, "AAAA", ago=0.012)
    settling = asyncio.ensure_future(drawn.cast.settle())
    await asyncio.sleep(0)  # it waits
    drawn.arrives(2, "////")
    await settling

    assert drawn.cast.take() == b"\xff\xff\xff"
    assert [await drawn.line.acknowledged.get() for _ in range(2)] == [1, 2]


async def test_where_no_other_comes_the_one_that_waited_is_handed_out() -> None:
    drawn = Drawn()
    drawn.arrives(1, "AAAA", ago=1)
    await drawn.cast.settle()

    assert drawn.cast.take() == b"\0\0\0"
    assert not drawn.cast.missed


async def test_a_browser_that_had_to_stop_draws_on_before_an_old_frame_is_handed_out() -> None:
    drawn = Drawn()
    drawn.arrives(1, "AAAA")
    drawn.arrives(2, "BBBB", ago=1)
    settling = asyncio.ensure_future(drawn.cast.settle())
    assert [await drawn.line.acknowledged.get() for _ in range(2)] == [1, 2]
    drawn.arrives(3, "////")
    await settling

    assert drawn.cast.take() == b"\xff\xff\xff"
    assert not drawn.cast.missed


async def test_a_page_that_stood_still_meanwhile_is_drawn_again() -> None:
    drawn = Drawn()
    drawn.arrives(1, "AAAA")
    drawn.arrives(2, "////", ago=1)
    await drawn.cast.settle()

    assert drawn.cast.take() == b"\xff\xff\xff"
    assert drawn.cast.missed
