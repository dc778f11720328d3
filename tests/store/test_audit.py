"""The audit record as both databases keep it: one chain for each workspace, whole also when many write at once."""

import asyncio

from zenobia.protocol.audit import Deed, Entry, first_broken
from zenobia.protocol.errors import UnknownSession
from zenobia.store.engine import Store
from zenobia.store.tx import Tx


def deed(number: int, workspace: str = "w") -> Deed:
    return Deed(workspace, "pauseSession", "Änna", "key_1", "127.0.0.1", {"session": f"ses_{number}"})


async def recorded(store: Store) -> list[Entry]:
    """Everything, read in pages."""
    found: list[Entry] = []
    after = ("", 0)
    while page := await store.read(lambda tx, after=after: tx.audited(after, 7)):
        found += page
        after = (page[-1].workspace, page[-1].number)
    return found


async def test_deeds_of_many_at_once_make_one_whole_chain_for_each_workspace(store: Store) -> None:
    deeds = [deed(n, "wv"[n % 2]) for n in range(30)]
    await asyncio.gather(*(store.write(lambda tx, one=one: tx.record(one)) for one in deeds))

    found = await recorded(store)
    ends = await store.read(lambda tx: tx.audit_ends())

    assert first_broken(found) is None
    assert [(one.workspace, one.number) for one in found] == [(w, n) for w in "vw" for n in range(1, 16)]
    assert ends == {one.workspace: (one.number, one.hash) for one in found if one.number == 15}


async def test_what_is_not_done_is_not_on_record(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.record(deed(2))
        raise UnknownSession

    await store.write(lambda tx: tx.record(deed(1)))
    for outcome in await asyncio.gather(*(store.write(fail) for _ in range(3)), return_exceptions=True):
        assert isinstance(outcome, UnknownSession)
    await store.write(lambda tx: tx.record(deed(3)))

    found = await recorded(store)
    assert [one.number for one in found] == [1, 2]
    assert "ses_3" in found[1].text
    assert "Änna" in found[1].text
    assert first_broken(found) is None
