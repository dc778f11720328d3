"""Calling people: who watches the pending requests hears that they changed.

Where nobody has them in sight, browsers that asked for it are called by push. A request is called for once, by
whichever server takes that upon itself, and no session ever waits for it.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator

from zenobia.operators.chores import Chores
from zenobia.operators.courier import Courier, Undeliverable
from zenobia.protocol import commands as c
from zenobia.protocol.calling import (
    EndpointRefused,
    GetPushKey,
    PendingAck,
    PendingRequests,
    PushKeyAck,
    SubscribePush,
    UnsubscribePush,
    WatchHumanLayerRequests,
)
from zenobia.protocol.errors import InvalidPayload, StorageUnavailable, ZenobiaError
from zenobia.protocol.human import HumanLayerRequest, RequestKind
from zenobia.protocol.wire import Json
from zenobia.sessions.answers import once
from zenobia.sessions.audience import Audience
from zenobia.sessions.callers import Caller
from zenobia.sessions.keyring import Keyring
from zenobia.sessions.push import Scribe, is_point
from zenobia.store.bell import ASKED, REQUESTS
from zenobia.store.engine import Store
from zenobia.store.push_rows import Subscription
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks while the store does not answer."""

AGAIN = (2.0, 15.0, 60.0)
"""Seconds before a push service that is busy, or does not answer, is tried again."""

GONE = frozenset({404, 410})
"""What a push service says of a subscription that is no more."""

BUSY = 429
"""What it says when it is told too much."""


class Calling:
    """What can be asked of it, and the calling itself."""

    def __init__(self, store: Store, audience: Audience, keyring: Keyring, courier: Courier, scribe: Scribe) -> None:
        self._store = store
        self._audience = audience
        self._keyring = keyring
        self._courier = courier
        self._scribe = scribe
        self._chores = Chores("calling")

    async def watch(self, caller: Caller, payload: WatchHumanLayerRequests) -> PendingAck:
        """How many requests are pending; telling of changes is the wire's."""
        pending, _ = await self._store.read(lambda tx: tx.inbox_now(caller.workspace))
        return PendingAck(pending=pending)

    async def push_key(self, caller: Caller, payload: GetPushKey) -> PushKeyAck:
        """The public key by which browsers know this server.

        Raises:
            SecretsKeyUnusable: there is none, and none can be made.
        """
        return PushKeyAck(public_key=await asyncio.to_thread(lambda: self._scribe.key))  # it may be made now

    async def subscribe(self, caller: Caller, payload: SubscribePush) -> c.Ack:
        """Call a browser from now on.

        Raises:
            InvalidPayload, EndpointRefused: it cannot be called.
            AtCapacity: as many are called as may be.
        """
        if not await asyncio.to_thread(is_point, payload.keys.p256dh):
            raise InvalidPayload(problem="keys.p256dh is no public key.")
        try:
            await self._courier.ways(payload.endpoint)
        except Undeliverable:
            raise EndpointRefused from None
        wanted = Subscription(caller.workspace, payload.endpoint, payload.keys.p256dh, payload.keys.auth, caller.key)

        def subscribe(tx: Tx) -> c.Ack:
            tx.subscribe(wanted)
            return c.Ack()

        ack, _ = await once(self._store, caller, c.SUBSCRIBE_PUSH, payload, subscribe)
        return ack

    async def unsubscribe(self, caller: Caller, payload: UnsubscribePush) -> c.Ack:
        """Call a browser no more."""

        def unsubscribe(tx: Tx) -> c.Ack:
            tx.unsubscribe(caller.workspace, payload.endpoint)
            return c.Ack()

        ack, _ = await once(self._store, caller, c.UNSUBSCRIBE_PUSH, payload, unsubscribe)
        return ack

    async def run(self) -> None:
        """Call whoever is to be called, until cancelled."""
        try:
            with self._store.bell.listen(ASKED) as rings:
                while True:
                    try:
                        due = await self._call()
                    except StorageUnavailable:
                        log.warning("the store did not answer; whoever is needed is called later")
                        due = LOOK
                    await rings.wait(due)
        finally:
            await self._chores.stop()

    async def _call(self) -> float | None:
        """Call for what has waited for long enough; the seconds until the next will have, if there is one."""
        ripe: defaultdict[str, list[HumanLayerRequest]] = defaultdict(list)
        soonest = None
        for one in await self._store.read(lambda tx: tx.uncalled()):
            left = one.request.created_at / 1_000 + self._store.limits.push_after - time.time()
            seen = self._audience.in_sight(one.workspace)
            if left > 0 and not seen:
                soonest = left if soonest is None else min(left, soonest)
            elif await self._store.write(lambda tx, request=one.request.id: tx.call(request)) and not seen:
                ripe[one.workspace].append(one.request)
        for workspace, requests in ripe.items():
            until = max(one.expires_at for one in requests) / 1_000
            for to in await self._store.read(lambda tx, where=workspace: tx.subscriptions(where)):
                self._chores.start(self._send(to, requests[-1].kind, until), f"push to {workspace}")
        return soonest

    async def _send(self, to: Subscription, kind: RequestKind, until: float) -> None:
        """Call one browser, again while its service is busy and something is pending; forget one that is gone."""
        problem = ""
        for pause in (0.0, *AGAIN):
            await asyncio.sleep(pause)
            try:
                pending, _ = await self._store.read(lambda tx: tx.inbox_now(to.workspace))
                if pending == 0 or time.time() > until:
                    return
                self._keyring.require_good(Caller("push", to.workspace, key=to.key))
                facts: dict[str, Json] = {"kind": kind, "pending": pending}
                lasts = int(until - time.time()) + 1
                letter = await asyncio.to_thread(self._scribe.write, to, facts, lasts=lasts)
                status = await self._courier.deliver(to.endpoint, letter.headers, letter.data)
                if status in GONE:
                    await self._store.write(lambda tx: tx.unsubscribe(to.workspace, to.endpoint))
            except Undeliverable as error:
                problem = str(error)
                continue
            except ZenobiaError as error:  # a key that has ended, the server's own that is lost, a store that is silent
                problem = error.message
                break
            if status < 300 or status in GONE:
                return
            problem = f"its push service says {status}."
            if status < 500 and status != BUSY:
                break
        log.warning("a browser could not be called: %s", problem)


async def changes(store: Store, workspace: str) -> AsyncIterator[PendingRequests]:
    """How many requests are pending: now, and again whenever they are others; never ends by itself."""
    said = None
    with store.bell.listen(REQUESTS) as rings:
        while True:
            try:
                now = await store.read(lambda tx: tx.inbox_now(workspace))
            except StorageUnavailable:
                log.warning("the store did not answer; who watches the requests is told later")
                await rings.wait(LOOK)
                continue
            if now != said:
                said = now
                yield PendingRequests(pending=now[0])
            await rings.wait()
