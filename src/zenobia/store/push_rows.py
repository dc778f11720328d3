"""The verbs of push: which browsers want to be called, and for which requests somebody has been."""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from zenobia.protocol.errors import AtCapacity
from zenobia.protocol.human import HumanLayerRequest, RequestStatus
from zenobia.store.direct import kept
from zenobia.store.log import Log
from zenobia.store.schema import push_subscriptions, requests

_UNCALLED = kept(
    select(requests.c.workspace, requests.c.json)
    .where(
        requests.c.status == RequestStatus.PENDING.value,
        requests.c.called.is_(False),
        requests.c.workspace.in_(select(push_subscriptions.c.workspace)),
    )
    .order_by(requests.c.number)
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that wants to be called: where, with which keys of its own, and by which API key."""

    workspace: str
    endpoint: str
    p256dh: str
    auth: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Uncalled:
    """A pending request for which nobody has been called yet."""

    workspace: str
    request: HumanLayerRequest


class PushRows(Log):
    """Push subscriptions in one transaction."""

    def subscribe(self, wanted: Subscription) -> None:
        """Call a browser from now on; one that is called already is known anew.

        Raises:
            AtCapacity: the workspace calls as many as it may.
        """
        self.unsubscribe(wanted.workspace, wanted.endpoint)
        mine = push_subscriptions.c.workspace == wanted.workspace
        found = self.row(select(func.count()).select_from(push_subscriptions).where(mine))
        if found is not None and found[0] >= self.limits.push_subscriptions:
            raise AtCapacity(what="browsers that one workspace calls", limit=self.limits.push_subscriptions)
        self.run(
            insert(push_subscriptions).values(
                workspace=wanted.workspace,
                endpoint=wanted.endpoint,
                p256dh=wanted.p256dh,
                auth=wanted.auth,
                key=wanted.key,
                created_at=self.now,
            )
        )

    def unsubscribe(self, workspace: str, endpoint: str) -> None:
        """Call a browser no more."""
        one = (push_subscriptions.c.workspace == workspace, push_subscriptions.c.endpoint == endpoint)
        self.run(delete(push_subscriptions).where(*one))

    def subscriptions(self, workspace: str) -> list[Subscription]:
        """The browsers that a workspace calls."""
        return [
            Subscription(workspace, row.endpoint, row.p256dh, row.auth, row.key)
            for row in self.rows(select(push_subscriptions).where(push_subscriptions.c.workspace == workspace))
        ]

    def uncalled(self) -> list[Uncalled]:
        """The pending requests, oldest first, for which there is somebody to call who has not been called."""
        found = self.rows(_UNCALLED)
        return [Uncalled(row.workspace, HumanLayerRequest.model_validate_json(row.json)) for row in found]

    def call(self, request: str) -> bool:
        """Take it upon oneself to call somebody for a request: true once, for whichever server is first."""
        due = (requests.c.id == request, requests.c.called.is_(False), requests.c.status == RequestStatus.PENDING)
        return self.run(update(requests).where(*due).values(called=True)) == 1
