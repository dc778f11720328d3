"""What an agent is told from outside: once each, and the log is looked through for it once."""

import pytest

from tests.store.test_lives import claimed
from zenobia.protocol.events import MessageData
from zenobia.sessions.hearing import Hearing
from zenobia.sessions.owned import Owned
from zenobia.store.engine import Store
from zenobia.store.tx import Tx


async def tell(store: Store, session: str, text: str, author: str = "agent") -> None:
    data = MessageData.model_validate({"author": author, "text": text})
    await store.write(lambda tx: tx.append(session, data, text))


async def test_what_was_looked_through_once_is_not_looked_through_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = Owned(store, await claimed(store))
    hearing, looked, messages = Hearing(owned), list[int](), Tx.messages

    def noted(self: Tx, session: str, *kinds: str, after: int = 0) -> object:
        looked.append(after)
        return messages(self, session, *kinds, after=after)

    monkeypatch.setattr(Tx, "messages", noted)
    for step in range(3):
        await tell(store, owned.id, f"Step {step}.")
        assert await hearing.heard() == []

    last = await store.read(lambda tx: tx.last_seq(owned.id))
    assert looked == [0, last - 2, last - 1]


async def test_what_is_said_between_two_looks_is_heard_once(store: Store) -> None:
    owned = Owned(store, await claimed(store))
    hearing = Hearing(owned)
    heard: list[str] = []

    for word in ("first", "second"):
        await tell(store, owned.id, "A step.")
        await tell(store, owned.id, word, author="user")
        heard += [one.text for one in await hearing.heard()]
        heard += [one.text for one in await hearing.heard()]
        await hearing.keep({})

    assert heard == ["first", "second"]
    assert not await store.read(hearing.unread)
