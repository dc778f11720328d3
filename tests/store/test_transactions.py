"""What the store promises of every transaction."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from zenobia.protocol.errors import (
    AtCapacity,
    LogFull,
    SessionEnded,
    StaleOwner,
    StorageUnavailable,
    UnknownSession,
)
from zenobia.protocol.events import EVENTS, MessageData
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Status
from zenobia.store.engine import Store
from zenobia.store.file_rows import StoredFile
from zenobia.store.lease_rows import Claim
from zenobia.store.session_rows import Ending
from zenobia.store.tx import AT_ONCE, Tx

DONE = Ending(Status.COMPLETED, EndReason.DONE, "Done.")


def add(tx: Tx) -> str:
    return tx.add_session("default", "playbook", "open example.com", {}).id


async def claimed(store: Store) -> Claim:
    await store.write(add)
    claim = await store.write(lambda tx: tx.claim("me"))
    assert claim is not None
    return claim


async def test_what_was_written_is_on_disk_when_write_returns(sqlite: Store, tmp_path: Path) -> None:
    session = await sqlite.write(add)

    with sqlite3.connect(tmp_path / "zenobia.sqlite") as other:
        assert other.execute("SELECT id FROM sessions").fetchall() == [(session,)]
    other.close()


async def test_a_session_is_told_when_it_is_added_as_it_is_read_afterwards(store: Store) -> None:
    for prompt in ("open example.com", None):
        added = await store.write(lambda tx, prompt=prompt: tx.add_session("default", "playbook", prompt, {}))

        assert await store.read(lambda tx, id=added.id: tx.session(id, "default")) == added


async def test_a_transaction_that_raises_changes_nothing(store: Store) -> None:
    def fail(tx: Tx) -> None:
        add(tx)
        raise UnknownSession

    with pytest.raises(UnknownSession):
        await store.write(fail)

    assert await store.read(lambda tx: tx.sessions("default", status=None, before=None, most=10)) == []


async def test_transactions_that_share_a_commit_stand_or_fall_alone(store: Store) -> None:
    def fail(tx: Tx) -> str:
        add(tx)
        raise UnknownSession

    works = [add if number % 3 else fail for number in range(60)]
    outcomes = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)

    failed = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, UnknownSession)]
    kept = await store.read(lambda tx: tx.sessions("default", status=None, before=None, most=100))
    assert failed == list(range(0, 60, 3))
    assert {one.id for one in kept} == {one for one in outcomes if isinstance(one, str)}


async def test_the_numbers_of_events_have_no_hole_however_many_write(store: Store) -> None:
    session = await store.write(add)

    def say(tx: Tx) -> int:
        return tx.append(session, MessageData(author="agent", text="hello"), "hello")

    numbers = await asyncio.gather(*(store.write(say) for _ in range(80)))

    events = await store.read(lambda tx: tx.events_after(session, 0, 1_000))
    assert sorted(numbers) == list(range(2, 82))
    assert [event.seq for event in events] == list(range(1, 82))
    assert [EVENTS.validate_json(event.json).seq for event in events] == list(range(1, 82))


async def test_the_bell_rings_after_the_commit_and_is_never_missed(store: Store) -> None:
    session = await store.write(add)
    with store.bell.listen(session) as rings:
        await store.write(lambda tx: tx.append(session, MessageData(author="agent", text="a"), "a"))
        await store.write(lambda tx: tx.append(session, MessageData(author="agent", text="b"), "b"))

        assert await rings.wait(within=1)
        assert len(await store.read(lambda tx: tx.events_after(session, 1, 10))) == 2
        assert not await rings.wait(within=0.01)


async def test_an_end_stands_and_the_second_is_refused(store: Store) -> None:
    claim = await claimed(store)

    await store.write(lambda tx: tx.end(claim.session, DONE, by="me"))

    with pytest.raises(SessionEnded):
        await store.write(lambda tx: tx.end(claim.session, DONE, by="me"))
    session = await store.read(lambda tx: tx.session(claim.session, "default"))
    assert (session.status, session.reason, session.ended_at is not None) == (Status.COMPLETED, EndReason.DONE, True)


async def test_an_owner_that_was_replaced_is_fenced(store: Store) -> None:
    old = await claimed(store)
    await store.write(lambda tx: tx.disown("The server was restarted."))
    new = await store.write(lambda tx: tx.claim("another"))

    assert new is not None
    assert (new.session, new.epoch, new.resumed) == (old.session, old.epoch + 1, True)
    with pytest.raises(StaleOwner):
        await store.write(lambda tx: tx.fence(old.session, old.epoch))


async def test_a_full_log_still_takes_the_end(store: Store, limits: Limits) -> None:
    claim = await claimed(store)

    def talk(tx: Tx) -> None:
        for _ in range(limits.events_per_session):
            tx.append(claim.session, MessageData(author="agent", text="hello"), "hello")

    with pytest.raises(LogFull):
        await store.write(talk)
    await store.write(lambda tx: tx.end(claim.session, DONE, by="me"))

    assert await store.read(lambda tx: tx.status(claim.session)) is Status.COMPLETED


async def test_sessions_are_claimed_in_the_order_in_which_they_came(store: Store) -> None:
    ids = [await store.write(add) for _ in range(5)]

    claims = [await store.write(lambda tx: tx.claim("me")) for _ in range(5)]

    assert [claim.session for claim in claims if claim is not None] == ids
    assert await store.write(lambda tx: tx.claim("me")) is None


async def test_no_more_sessions_are_queued_than_may_be(store: Store, limits: Limits) -> None:
    for _ in range(limits.sessions_queued):
        await store.write(add)

    with pytest.raises(AtCapacity):
        await store.write(add)


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()

    with pytest.raises(StorageUnavailable):
        await store.write(add)
    with pytest.raises(StorageUnavailable):
        await store.read(lambda tx: tx.inbox("default"))


async def test_a_lock_held_by_somebody_else_is_said_and_passes(sqlite: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "zenobia.sqlite", isolation_level=None)
    await sqlite.write(lambda tx: tx.row(text("PRAGMA busy_timeout=50")))
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StorageUnavailable):
        await sqlite.write(add)
    other.execute("ROLLBACK")
    other.close()

    assert await sqlite.write(add)


async def test_files_are_listed_newest_first_whatever_their_ids(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for moment, name in enumerate(["b", "c", "a"], start=1):
        monkeypatch.setattr("time.time_ns", lambda at=moment: at * 1_000_000_000)
        file = StoredFile(name, name, "text/plain", size=1, sha256="00", blob=f"files/{name}")
        await sqlite.write(lambda tx, file=file: tx.keep_file("default", file))

    first = await sqlite.read(lambda tx: tx.files("default", before=None, most=2))
    rest = await sqlite.read(lambda tx: tx.files("default", before=first[-1].file_id, most=2))

    assert [file.file_id for file in [*first, *rest]] == ["a", "c", "b"]


async def test_who_follows_live_gets_what_a_read_gives_and_only_what_was_committed(store: Store) -> None:
    session = await store.write(add)

    def fail(tx: Tx) -> None:
        tx.say(session, "never said")
        raise UnknownSession

    with pytest.raises(UnknownSession):
        await store.write(fail)
    for words in ("one", "two"):
        await store.write(lambda tx, words=words: tx.say(session, words))
    stored = await store.read(lambda tx: tx.events_after(session, 0, 99))

    assert [event.seq for event in stored] == [1, 2, 3]
    assert store.tails.after(session, 0) == stored
    ending = Ending(Status.CANCELLED, EndReason.USER, "Cancelled.")
    await store.write(lambda tx: tx.end(session, ending, by="test"))
    await store.write(lambda tx: tx.erase(session, "default"))
    assert store.tails.after(session, 0) == []


async def test_unread_messages_are_found_in_order_however_many_and_among_others(store: Store) -> None:
    session = (await claimed(store)).session

    def fill(tx: Tx) -> None:
        for number in range(3 * AT_ONCE):
            author = "user" if number % 3 == 0 else "agent"
            tx.append(session, MessageData(author=author, text=f"{number}"), f"{number}")

    await store.write(fill)
    found = await store.read(lambda tx: [one.message for one in tx.messages(session)])
    later = await store.read(lambda tx: [one.seq for one in tx.messages(session)])
    await store.write(lambda tx: tx.hear(session, later[-2]))

    assert found == [f"{number}" for number in range(0, 3 * AT_ONCE, 3)]
    assert await store.read(lambda tx: [one.seq for one in tx.messages(session)]) == later[-1:]
    assert await store.read(lambda tx: tx.next_message(session, after=later[-1])) is None
