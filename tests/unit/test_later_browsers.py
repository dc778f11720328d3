"""Browsers that are loaded later are the same browsers."""

import asyncio

import pytest

from zenobia.operators.later import LaterBrowsers
from zenobia.operators.scripted import ScriptedBrowsers

SCRIPTED = "zenobia.operators.scripted"


async def listener(_notice: object) -> None:
    """Nobody listens."""


async def test_they_are_loaded_once_however_many_want_one() -> None:
    made: list[ScriptedBrowsers] = []

    def make() -> ScriptedBrowsers:
        made.append(ScriptedBrowsers())
        return made[-1]

    browsers = LaterBrowsers(SCRIPTED, make)
    await browsers.start()
    await asyncio.gather(*(browsers.open(name, listener) for name in ("one", "two")))
    await browsers.close()

    (only,) = made
    assert [operator.session for operator in only.operators] == ["one", "two"]
    assert (only.started, only.closed) == (True, True)


async def test_who_gives_up_waiting_for_one_stops_nobody_else() -> None:
    browsers = LaterBrowsers(SCRIPTED, ScriptedBrowsers)
    first = asyncio.create_task(browsers.open("one", listener))
    await asyncio.sleep(0)
    first.cancel()

    assert await browsers.open("two", listener)
    await browsers.close()


async def test_nothing_is_loaded_to_be_closed() -> None:
    await LaterBrowsers("zenobia.no_such_module", ScriptedBrowsers).close()


async def test_what_cannot_be_loaded_is_said_to_who_wants_it() -> None:
    with pytest.raises(ModuleNotFoundError):
        await LaterBrowsers("zenobia.no_such_module", ScriptedBrowsers).open("one", listener)
