"""How people come to know that they are needed: consoles that are open hear of it."""

from zenobia.protocol.payload import Ack, Payload
from zenobia.protocol.wire import Wire

PENDING_NAME = "humanLayerRequests"
"""The Socket.IO event that tells who watches them that the pending requests have changed."""


class PendingRequests(Wire):
    """The workspace's pending requests have changed; `pending` is how many there are now."""

    pending: int


class WatchHumanLayerRequests(Payload):
    """Tells this client whenever the workspace's pending requests change, with a `humanLayerRequests` event.

    `inSight` says whether a person has them before their eyes; sent again, it says that this has changed. Over REST,
    where nobody could be told anything, it only says how many are pending.
    """

    in_sight: bool = True


class PendingAck(Ack):
    """How many requests are pending now."""

    pending: int
