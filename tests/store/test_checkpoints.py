"""What a fresh browser goes on from: the newest checkpoint, and where the session came to after it was taken."""

from zenobia.store.engine import Store, Work
from zenobia.store.tx import Tx

KEPT = {"tabs": ["https://one.example"]}


def at(session: str, url: str) -> Work[None]:
    return lambda tx: tx.see(session, url=url, title="")


async def test_a_checkpoint_says_whether_the_session_has_come_further_since(store: Store) -> None:
    session = await store.write(lambda tx: tx.add_session("default", "playbook", None, {}).id)
    assert await store.read(lambda tx: tx.checkpoint(session)) == (None, None)

    await store.write(at(session, "https://one.example"))
    assert await store.read(lambda tx: tx.checkpoint(session)) == (None, "https://one.example")

    seen = await store.read(lambda tx: tx.seen(session))
    await store.write(lambda tx: tx.keep_checkpoint(session, KEPT, seen))
    assert await store.read(lambda tx: tx.checkpoint(session)) == (KEPT, None)

    await store.write(at(session, "https://two.example"))
    assert await store.read(lambda tx: tx.checkpoint(session)) == (KEPT, "https://two.example")


async def test_a_checkpoint_that_was_being_taken_when_the_session_came_further_is_behind_it(store: Store) -> None:
    session = await store.write(lambda tx: tx.add_session("default", "playbook", None, {}).id)
    await store.write(at(session, "https://one.example"))

    seen = await store.read(lambda tx: tx.seen(session))
    await store.write(at(session, "https://two.example"))
    await store.write(lambda tx: tx.keep_checkpoint(session, KEPT, seen))

    assert await store.read(lambda tx: tx.checkpoint(session)) == (KEPT, "https://two.example")


async def test_only_the_newest_checkpoint_is_kept(store: Store) -> None:
    session = await store.write(lambda tx: tx.add_session("default", "playbook", None, {}).id)

    def keep(url: str) -> Work[None]:
        return lambda tx: tx.keep_checkpoint(session, {"tabs": [url]}, None)

    await store.write(keep("https://one.example"))
    await store.write(keep("https://two.example"))

    assert await store.read(lambda tx: tx.checkpoint(session)) == ({"tabs": ["https://two.example"]}, None)


async def test_nothing_is_kept_of_a_session_that_is_not_there(store: Store) -> None:
    def look(tx: Tx) -> tuple[object, object]:
        return tx.seen("ses_none"), tx.checkpoint("ses_none")

    assert await store.read(look) == (None, (None, None))
