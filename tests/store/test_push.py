"""Somebody is called for a request once, whichever servers look; and only where somebody wants to be."""

import pytest

from tests.store.test_requests import request, running
from zenobia.protocol.errors import AtCapacity
from zenobia.store.engine import Store
from zenobia.store.push_rows import Subscription
from zenobia.store.tx import Tx


def wanted(endpoint: str, workspace: str = "default") -> Subscription:
    return Subscription(workspace, endpoint, "p", "a")


async def test_a_request_is_called_for_once_and_only_where_somebody_wants_it(store: Store) -> None:
    asked = request(await running(store))
    await store.write(lambda tx: tx.open_request(asked, "default"))
    assert await store.read(lambda tx: tx.uncalled()) == []
    await store.write(lambda tx: tx.subscribe(wanted("https://push.example/other", "other")))
    assert await store.read(lambda tx: tx.uncalled()) == []

    await store.write(lambda tx: tx.subscribe(wanted("https://push.example/ada")))
    [due] = await store.read(lambda tx: tx.uncalled())
    claimed = [await store.write(lambda tx: tx.call(due.request.id)) for _ in range(2)]

    assert (due.workspace, due.request, claimed) == ("default", asked, [True, False])
    assert await store.read(lambda tx: tx.uncalled()) == []


async def test_a_browser_is_known_once_a_workspace_and_there_is_a_bound(store: Store) -> None:
    def many(tx: Tx) -> None:
        for number in range(tx.limits.push_subscriptions):
            tx.subscribe(wanted(f"https://push.example/{number}"))
            tx.subscribe(wanted(f"https://push.example/{number}"))

    await store.write(many)

    with pytest.raises(AtCapacity):
        await store.write(lambda tx: tx.subscribe(wanted("https://push.example/more")))
    await store.write(lambda tx: tx.subscribe(wanted("https://push.example/more", "other")))
