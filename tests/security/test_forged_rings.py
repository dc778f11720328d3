"""Security test 50: what anybody with a connection to the database can say on the bell's channel changes nothing.

PostgreSQL lets every user of a database notify every channel. So a ring may be forged; it carries no news, and whoever
hears it reads the store.
"""

import asyncio
import base64
import pickle
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.flows.conftest import Api
from tests.postgres import Postgres
from tests.security.conftest import PATIENCE
from zenobia.protocol.ids import new_id
from zenobia.protocol.limits import Limits
from zenobia.store.bell import ACCESS, AUDIENCE, KEYS, PLACES, QUEUE, REQUESTS, STOPPING, standing
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.postgres import CHANNEL
from zenobia.testing import scripted_server

HEARD = "sound_check"


class Bomb:
    """What unpickling would carry out."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """An order."""
        return print, ("it was carried out",)


NONSENSE = (
    "",
    " ",
    "\n",
    "*",
    "sto_x",
    new_id("sto"),
    base64.b64encode(pickle.dumps(Bomb())).decode(),
    '{"eventType":"human_layer_decision","data":{"decision":{"status":"approved"}}}',
    "sto_x'; DROP TABLE events; --",
    "\x1b[2J\r\nforged line of a log",
    "é\u202e",
    "x" * 7_999,
    "a " * 3_999,
)


@dataclass
class Stranger:
    """Another user of the database, who may read and write nothing in it, and speak on every channel."""

    connection: psycopg.AsyncConnection

    async def says(self, *payloads: str, channel: str = CHANNEL) -> None:
        """Say these, one after the other."""
        for payload in payloads:
            await self.connection.execute("SELECT pg_notify(%s, %s)", (channel, payload))


@pytest.fixture
def database(postgres: Postgres) -> str:
    """A new database."""
    return postgres.database()


@pytest.fixture
async def stranger(database: str) -> AsyncIterator[Stranger]:
    """One, connected."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("CREATE ROLE stranger")
        await connection.execute("SET ROLE stranger")
        yield Stranger(connection)
        await connection.execute("RESET ROLE")
        await connection.execute("DROP ROLE stranger")


async def test_what_is_no_ring_is_dropped_and_logged_and_rings_are_still_heard(
    database: str, stranger: Stranger, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(DataDirectory(Path()), Limits(), database)
    with store.bell.listen(HEARD) as rings:
        async with asyncio.timeout(PATIENCE):
            while not await rings.wait(within=0.05):
                await stranger.says(f"{new_id('sto')} {HEARD}")
            await stranger.says(*NONSENSE, *NONSENSE)
            await stranger.says(f"{new_id('sto')} {HEARD}", channel="zenobia2")
            before = rings.count
            while rings.count == before:
                await stranger.says(f"{new_id('sto')} {HEARD}")
                await rings.wait(within=0.05)
    await store.close()

    warned = [one.getMessage() for one in caplog.records if one.name == "zenobia.store.postgres"]
    assert len(warned) == 1, "once in a while, however much there is of it"
    assert "is no ring" in warned[0]
    assert not [one for one in NONSENSE if len(one) > 1 and one in caplog.text], "and none of its words"


async def test_a_forged_ring_makes_a_server_look_and_nothing_else(
    tmp_path: Path, database: str, stranger: Stranger
) -> None:
    """Every topic, also those of a session that waits for an approval: only what is stored is told and done."""
    async with scripted_server(tmp_path, database=database) as kit:
        api = Api(kit.url)
        session = await api.create('open https://a.example then click "Buy" (ask first)')
        request = await api.asked(session)
        before = await api.events(session)
        topics = (session, standing(session), request["id"], QUEUE, PLACES, REQUESTS, AUDIENCE, KEYS, ACCESS, STOPPING)
        following = asyncio.create_task(api.ended(session), name="follower")
        for _ in range(20):
            await stranger.says(*NONSENSE, *(f"{new_id('sto')} {one}" for one in topics))
        still = await api.events(session)
        other = await api.create("open https://b.example")
        assert (await api.ended(other))["status"] == "completed"
        assert not following.done(), "who follows is not cut off"
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await following
        events = await api.events(session)
        await api.close()

    assert still == before
    assert ended["status"] == "completed"
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))


async def test_who_may_only_connect_reads_and_changes_nothing(database: str, stranger: Stranger) -> None:
    """The rows are their owner's: without a grant, a user of the same database can neither read nor write them."""
    store = open_store(DataDirectory(Path()), Limits(), database)
    await store.close()
    for statement in ("SELECT json FROM events", "DELETE FROM audit", "UPDATE requests SET status = 'approved'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await stranger.connection.execute(statement)
