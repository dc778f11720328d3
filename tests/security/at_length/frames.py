"""Test 46: frames of Engine.IO and Socket.IO that are not quite, beside a client that works."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.contract.speaking import opened
from tests.security.at_length.victim import Victim, victim

GROWTH = 32 << 20
"""Bytes by which a server may grow from the first tenth of it to its end: what its allocator keeps, and no more."""

CONNECTS = ("/x,", "{", "{}", "null", "[]", '{"token":1}')
NAMES: tuple[Any, ...] = ("listSessions", "getSession", "createSesion", 7, None, {})
EVERY = 50
"""Frames between two things that the bystander does."""


@dataclass
class Borne:
    """What came of it: connections that were made, and bytes by which the server grew."""

    connections: int = 0
    grown: int = 0


def frame(chance: random.Random) -> str | bytes:
    """Something that looks like Engine.IO or Socket.IO, and is not quite."""
    event = json.dumps([chance.choice(NAMES), {"x": [1] * 5}])
    kinds: tuple[Callable[[], str | bytes], ...] = (
        lambda: chance.choice("0123456789abc") * chance.randint(1, 5),
        lambda: f"4{chance.randint(0, 9)}{event}",
        lambda: f"42{chance.randint(0, 10**18)}{event}",
        lambda: f"42/nowhere,{chance.randint(0, 9)}{event}",
        lambda: f"45{chance.choice([1, 10**9, 10**30])}-{event}",
        lambda: f"451-{chance.randint(0, 9)}{event}",
        lambda: f"42{event[: chance.randint(0, len(event))]}",
        lambda: "42" + "[" * chance.randint(1, 3_000),
        lambda: "40" + chance.choice(CONNECTS),
        lambda: "43" + str(chance.randint(0, 99)) + "[]",
        lambda: chance.choice(["3", "2", "5", "6", "1", "41"]),
        lambda: chance.randbytes(chance.randint(0, 500)),
        lambda: chance.randbytes(50).decode("latin-1"),
    )
    return chance.choice(kinds)()


async def nonsense(server: Victim, many: int, seed: str) -> Borne:
    """Send so many, over as many connections as it takes: what cannot be read ends its connection."""
    chance, left, borne = random.Random(seed), many, Borne()  # noqa: S311
    warm = 0
    while left > 0:
        async with opened(server.url) as speaker:
            await speaker.say("40" + chance.choice(["", "", '{"role":"observer"}']))
            borne.connections += 1
            with suppress(ConnectionError, aiohttp.ClientError):
                while left > 0 and not speaker.websocket.closed:
                    left -= 1
                    await speaker.say(frame(chance))
                    if left % EVERY == 0:
                        await server.bystander.works()
                    if left == many * 9 // 10:
                        warm = server.held
    borne.grown = server.held - warm
    return borne


async def frames(many: int, seed: str) -> str:
    """All of it, against a server of its own."""
    async with victim() as server:
        tasks = await server.number("zenobia_tasks")
        borne = await nonsense(server, many, seed)
        await server.bystander.works()
        await server.bystander.require_undisturbed()
        left = await server.number("zenobia_tasks") - tasks
        assert left <= 5, "nothing goes on for those who are gone"
        assert borne.grown < GROWTH
        return (
            f"{many:,} frames over {borne.connections:,} connections; the server grew by {borne.grown / 2**20:.1f} MiB "
            f"from the first tenth to the end; a client who worked waited for at most "
            f"{server.bystander.longest:.2f} s and missed nothing"
        )
