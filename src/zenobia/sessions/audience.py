"""Who is told: one active client a workspace, each client with a cursor in its one current session.

The rule: connecting or commanding makes a client the active one; only the active client is told, and only of its
current session; whoever becomes active again first gets what it missed. Because each client reads from its own
cursor, that is nothing but reading on. Observers read on without ever being the active one.
"""

from collections import deque
from collections.abc import AsyncIterator, Mapping

from zenobia.protocol.errors import AtCapacity
from zenobia.protocol.ids import new_id
from zenobia.sessions.callers import Caller
from zenobia.sessions.feed import PAGE, read_page
from zenobia.store.bell import Rings
from zenobia.store.engine import Store
from zenobia.store.log import StoredEvent
from zenobia.store.tails import Tails

REMEMBERED = 100
"""Commands of one client whose ids are kept: a repeat comes soon, and memory is bounded."""


class Client:
    """One connected client: what it follows, from where, and whether it is told now."""

    def __init__(self, caller: Caller, audience: "Audience") -> None:
        self.id = new_id("cli")
        self.caller = caller
        self.session: str | None = None
        self.in_sight = False
        """Whether a person has the workspace's pending requests before their eyes in it."""
        self._after = 0
        self._read: int = -1
        """How often its session had rung when it was last read to its end; -1 if there may be more."""
        self._done: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._audience = audience
        self._rings = Rings()
        self._turns = Rings()

    @property
    def told(self) -> bool:
        """Whether this client is told of its session now."""
        return self.caller.observer or self._audience.active(self.caller.workspace) is self

    def repeats(self, command: str, command_id: str | None) -> bool:
        """Whether this client sent this very command before, so that it must not be moved by it again.

        A new connection has a new client: what its command says has to be done for it.
        """
        if command_id is None:
            return False
        if (command, command_id) in self._done:
            return True
        self._done.append((command, command_id))
        return False

    def behind(self, tails: Tails) -> int:
        """How many events of its session this client is still to be told; 0 while it is not told of it."""
        newest = tails.newest(self.session) if self.session is not None and self.told else None
        return 0 if newest is None else max(0, newest - self._after)

    def follow(self, session: str, after: int) -> None:
        """Make `session` the current one, from after the cursor on."""
        self.session, self._after = session, after
        self._rings.ring()

    def leave(self) -> None:
        """Have no current session any more."""
        self.session = None
        self._rings.ring()

    def wake(self) -> None:
        """Look again: whether this client is told has changed."""
        self._turns.nudge()
        if self.told and self._rings.count != self._read:
            self._rings.nudge()

    async def turns(self) -> AsyncIterator[bool]:
        """Whether this client is told: now, and again whenever that has changed; never ends by itself."""
        said = None
        while True:
            if said is not (told := self.told):
                said = told
                yield told
            await self._turns.wait()

    async def updates(self, store: Store) -> AsyncIterator[StoredEvent]:
        """Every event this client is to be told, in order, once each; never ends by itself."""
        while True:
            session = self.session
            if session is None:
                await self._rings.wait()
                continue
            with store.bell.also(session, self._rings):
                async for event in self._read_on(store, session):
                    yield event

    async def _read_on(self, store: Store, session: str) -> AsyncIterator[StoredEvent]:
        self._read = -1
        while self.session == session:
            if not self.told or self._rings.count == self._read:
                await self._rings.wait()
                continue
            self._read, cursor = self._rings.count, self._after
            page = await read_page(store, session, cursor)
            for event in page:
                if self.session != session or self._after != cursor or not self.told:
                    self._read = -1  # it moved while we read: what was read may not be its any more
                    break
                self._after = cursor = event.seq
                yield event
            if len(page) == PAGE:
                self._read = -1


class Audience:
    """All connected clients, and which one is active in each workspace."""

    def __init__(self, most: int, most_per_key: int | None = None) -> None:
        self._most = most
        self._most_per_key = most if most_per_key is None else most_per_key
        self._clients: dict[str, set[Client]] = {}
        self._active: dict[str, Client] = {}
        self._untold: dict[str, Client] = {}
        self.changes = Rings()
        """Rings when the active client of a workspace has become another here."""

    def __len__(self) -> int:
        return sum(len(clients) for clients in self._clients.values())

    def behind(self, tails: Tails) -> int:
        """How many events the client that is furthest behind is still to be told."""
        return max((client.behind(tails) for clients in self._clients.values() for client in clients), default=0)

    def connect(self, caller: Caller) -> Client:
        """A client arrives, and becomes the active one unless it only observes.

        Raises:
            AtCapacity: the workspace has as many clients as it may.
        """
        clients = self._clients.setdefault(caller.workspace, set())
        if len(clients) >= self._most:
            raise AtCapacity(what="clients of one workspace", limit=self._most)
        if caller.key is not None and sum(one.caller.key == caller.key for one in clients) >= self._most_per_key:
            raise AtCapacity(what="clients with one key", limit=self._most_per_key)
        client = Client(caller, self)
        clients.add(client)
        self.interact(client)
        return client

    def interact(self, client: Client) -> None:
        """A client did something, which makes it the active one."""
        workspace = client.caller.workspace
        before = self._active.get(workspace)
        if client.caller.observer or before is client or client not in self._clients[workspace]:
            return  # a command may outlive the client that sent it
        self._active[workspace] = self._untold[workspace] = client
        self.changes.ring()
        for one in (before, client):
            if one is not None:
                one.wake()

    def disconnect(self, client: Client) -> None:
        """A client is gone; if it was the active one, nobody is."""
        workspace = client.caller.workspace
        self._clients[workspace].discard(client)
        if self._active.get(workspace) is client:
            del self._active[workspace]
            self._untold.pop(workspace, None)

    def workspaces(self) -> list[str]:
        """The workspaces that have clients here."""
        return [workspace for workspace, clients in self._clients.items() if clients]

    def untold(self) -> list[tuple[str, Client]]:
        """Who became active here, as other servers have not been told yet."""
        return list(self._untold.items())

    def told(self, workspace: str, client: Client) -> None:
        """Other servers know now that this client became the active one."""
        if self._untold.get(workspace) is client:
            del self._untold[workspace]

    def agree(self, active: Mapping[str, str]) -> None:
        """Whoever is active elsewhere is active, so nobody here is."""
        for workspace, client in list(self._active.items()):
            if workspace not in self._untold and active.get(workspace, client.id) != client.id:
                del self._active[workspace]
                client.wake()

    def in_sight(self, workspace: str) -> bool:
        """Whether a person has the workspace's pending requests before their eyes here."""
        return any(client.in_sight for client in self._clients.get(workspace, ()))

    def active(self, workspace: str) -> Client | None:
        """The workspace's active client, if it has one."""
        return self._active.get(workspace)
