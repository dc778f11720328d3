"""What PostgreSQL adds: many servers on one database, and a database that goes away and comes back."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tests.postgres import Postgres
from tests.store.test_requests import request
from zenobia.protocol.errors import AlreadyDecided, StorageUnavailable
from zenobia.protocol.events import MessageData
from zenobia.protocol.human import Decision, RequestStatus
from zenobia.protocol.limits import Limits
from zenobia.sessions.feed import read_page
from zenobia.store.engine import Store, Work
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.tx import Tx

BACK_WITHIN = 5.0


@pytest.fixture
def url(postgres: Postgres) -> str:
    """A new database."""
    return postgres.database()


@pytest.fixture
async def pair(url: str) -> AsyncGenerator[tuple[Store, Store]]:
    """Two servers' stores on one database."""
    stores = [open_store(DataDirectory(Path()), Limits(), url) for _ in range(2)]
    yield stores[0], stores[1]
    for store in stores:
        await store.close()


def add(tx: Tx) -> str:
    return tx.add_session("default", "playbook", None, {}).id


def say(session: str) -> Work[int]:
    return lambda tx: tx.append(session, MessageData(author="agent", text="hello"), "hello")


async def test_a_ring_is_heard_by_every_server(pair: tuple[Store, Store]) -> None:
    here, there = pair
    session = await here.write(add)
    with there.bell.listen(session) as rings:
        await until_listening(here, there)
        while await rings.wait(within=0.05):
            pass  # what was rung before

        await here.write(say(session))

        assert await rings.wait(within=2)


async def test_a_log_written_from_two_servers_has_no_hole(pair: tuple[Store, Store]) -> None:
    session = await pair[0].write(add)

    numbers = await asyncio.gather(*(pair[number % 2].write(say(session)) for number in range(80)))

    assert sorted(numbers) == list(range(2, 82))
    assert [one.seq for one in await pair[1].read(lambda tx: tx.events_after(session, 0, 99))] == list(range(1, 82))


async def test_a_log_that_goes_on_at_another_server_is_read_to_its_end(pair: tuple[Store, Store]) -> None:
    here, there = pair
    session = await here.write(add)
    for _ in range(3):
        await there.write(say(session))

    assert [one.seq for one in await read_page(here, session, 0)] == [1, 2, 3, 4]


async def test_two_servers_never_claim_the_same_session(pair: tuple[Store, Store]) -> None:
    sessions = [await pair[0].write(add) for _ in range(20)]

    claims = await asyncio.gather(*(pair[n % 2].write(lambda tx, who=str(n % 2): tx.claim(who)) for n in range(30)))

    assert sorted(claim.session for claim in claims if claim is not None) == sorted(sessions)


async def test_the_first_answer_wins_across_servers(pair: tuple[Store, Store]) -> None:
    session = await pair[0].write(add)
    await pair[0].write(lambda tx: tx.claim("me"))
    asked = request(session)
    await pair[0].write(lambda tx: tx.open_request(asked, "default"))
    verdict = Decision(status=RequestStatus.APPROVED, decided_at=1, decided_by="ada")

    answers = [pair[number % 2].write(lambda tx: tx.decide(asked.id, verdict)) for number in range(20)]
    outcomes = await asyncio.gather(*answers, return_exceptions=True)

    assert len([one for one in outcomes if isinstance(one, AlreadyDecided)]) == 19


async def test_a_caller_that_is_gone_leaves_no_half_transaction(pair: tuple[Store, Store]) -> None:
    session = await pair[0].write(add)
    begun, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(tx: Tx) -> None:
        say(session)(tx)
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(5)
        say(session)(tx)

    caller = asyncio.ensure_future(pair[0].write(slow))
    await begun.wait()
    caller.cancel()
    go_on.set()
    await asyncio.wait({caller})

    assert await pair[1].write(say(session)) == 4


async def test_a_database_that_went_away_is_said_and_found_again(postgres: Postgres, pair: tuple[Store, Store]) -> None:
    session = await pair[0].write(add)
    postgres.stop()
    try:
        for store in pair:
            with pytest.raises(StorageUnavailable):
                await store.write(say(session))
            with pytest.raises(StorageUnavailable):
                await store.read(lambda tx: tx.status(session))
    finally:
        postgres.start()

    async with asyncio.timeout(BACK_WITHIN):
        assert await pair[0].write(say(session)) == 2
        assert await pair[1].write(say(session)) == 3
        await until_listening(*pair)


async def test_a_transaction_whose_connection_is_ended_is_run_again_on_another(
    pair: tuple[Store, Store], url: str
) -> None:
    session = await pair[0].write(add)
    backends: list[int] = []

    def cut_off_once(tx: Tx) -> int:
        backends.append(tx.rows(text("SELECT pg_backend_pid()"))[0][0])
        if len(backends) == 1:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (backends[0],))
        return say(session)(tx)

    assert await pair[0].write(cut_off_once) == 2
    assert await pair[0].write(say(session)) == 3
    assert backends[0] != backends[1]


async def test_a_beat_waits_for_nobody(pair: tuple[Store, Store], url: str) -> None:
    session = await pair[0].write(add)
    await pair[0].write(lambda tx: tx.claim("me"))

    async with await psycopg.AsyncConnection.connect(url) as asleep:
        await asleep.execute("SELECT 1 FROM sessions FOR UPDATE")
        async with asyncio.timeout(1):
            kept = await pair[0].write(lambda tx: tx.renew("me", [session]))
            taken = await pair[1].write(lambda tx: tx.disown_silent("It does not answer."))

    assert (kept, taken) == ({session}, 0)


async def test_nothing_is_left_open_when_work_fails(pair: tuple[Store, Store], url: str) -> None:
    def fail(tx: Tx) -> None:
        add(tx)
        raise LookupError

    with pytest.raises(LookupError):
        await pair[0].write(fail)

    with psycopg.connect(url, autocommit=True) as connection:
        states = connection.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert {state for (state,) in states} == {"idle"}


async def until_listening(here: Store, there: Store) -> None:
    """Wait until what `here` rings is heard by `there`."""
    async with asyncio.timeout(5):
        with there.bell.listen("sound_check") as rings:
            while not await rings.wait(within=0.05):
                await here.write(lambda tx: tx.touch({"sound_check"}))


@pytest.mark.parametrize(
    "trouble", [psycopg.OperationalError(), OSError("no file is left"), RuntimeError("a fault"), None]
)
async def test_no_trouble_makes_a_server_deaf_for_good(
    url: str, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
) -> None:
    """A server that is deaf would look well, and never hear that a request was approved at another one."""
    whole, failed = psycopg.AsyncConnection.connect, asyncio.Event()

    async def fails(*_: object, **__: object) -> None:
        failed.set()
        monkeypatch.setattr(psycopg.AsyncConnection, "connect", whole)
        if trouble is None:  # it never answers
            await asyncio.Event().wait()
        else:
            raise trouble

    monkeypatch.setattr("zenobia.store.postgres.CONNECT_WITHIN", 1)
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", fails)
    store = open_store(DataDirectory(Path()), Limits(), url)
    try:
        with store.bell.listen("ses_any") as rings:
            await failed.wait()
            assert await rings.wait(BACK_WITHIN), "it rings everyone as soon as it hears again"
    finally:
        await store.close()
