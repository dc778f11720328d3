"""Fifty clients, twenty sessions at once, four browsers: everything is answered, in order, and everything ends."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from measuring import Amount, Finding, percentile
from processes import Broken, demo_site, scratch, socket_client, zenobia

CLIENTS = 50
SESSIONS = 20
SLOTS = 4
WARMING = 3.0


def crowd(_blocks: int) -> Iterator[Finding]:
    """Each session is made by a client of its own, and followed to its end by another that only observes.

    Raises:
        Broken: a session did not end as it should.
    """
    with ExitStack() as stack:
        site = stack.enter_context(demo_site())
        data_dir = stack.enter_context(scratch()) / "zenobia"
        flags = ("--max-sessions", str(SLOTS), "--allow-networks", "127.0.0.0/8")
        url, _ = stack.enter_context(zenobia(data_dir, *flags))
        client = stack.enter_context(socket_client())
        client.do("connect", group="watchers", url=url, clients=SESSIONS, auth={"role": "observer"})
        client.do("connect", group="makers", url=url, clients=CLIENTS - SESSIONS)
        time.sleep(WARMING)
        found = client.do("crowd", makers="makers", watchers="watchers", sessions=SESSIONS, prompt=f"open {site}")
    if found["completed"] != SESSIONS:
        raise Broken(f"{found['completed']} of {SESSIONS} sessions were completed")
    of = f"{SESSIONS} sessions at once, {CLIENTS} clients, {SLOTS} slots"
    order = "in the order sent" if found["acksInOrder"] else "not in the order sent"
    starts = "started in that order" if found["startsInOrder"] else "not started in that order"
    yield Amount(f"{of}: acknowledged, p50", [percentile(found["acks"], 0.5)], "ms", note=order)
    yield Amount(f"{of}: acknowledged, p99", [percentile(found["acks"], 0.99)], "ms")
    yield Amount(f"{of}: until all were acknowledged", [found["acked"]], "ms")
    yield Amount(f"{of}: most that ran at once", [found["atOnce"]], "sessions", SLOTS)
    yield Amount(f"{of}: until all had ended, completed", [found["wall"] / 1_000], "s", note=starts)
