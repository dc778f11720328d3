"""How people come to know that they are needed: open consoles hear of it, other browsers are called by push."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from zenobia.protocol.errors import Refused
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


class GetPushKey(Payload):
    """Reads the public key by which browsers know this server when it calls them (VAPID)."""


class PushKeyAck(Ack):
    """The key, as `applicationServerKey` takes it."""

    public_key: str


_ADDRESS = r"^https://[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+/[!-~]*$"
"""What the address of a push service looks like, for whoever reads the schema; the check itself takes some more."""


class PushKeys(Wire):
    """A browser's own keys, as its subscription has them: only that browser can read what is sent to it."""

    p256dh: str = Field(alias="p256dh", pattern=r"^[A-Za-z0-9_-]{87}=?$")
    auth: str = Field(pattern=r"^[A-Za-z0-9_-]{22}={0,2}$")


class SubscribePush(Payload):
    """Calls this browser, by the push service of its maker, when a request waits and no console is in sight.

    `endpoint` and `keys` are what the browser's subscription says. What is sent is of which kind the newest request
    is and how many are pending; no word of a session.
    """

    endpoint: str = Field(max_length=2_000, json_schema_extra={"pattern": _ADDRESS})
    keys: PushKeys

    @field_validator("endpoint")
    @classmethod
    def _leads_out(cls, endpoint: str) -> str:
        if not (endpoint.isascii() and endpoint.isprintable()):
            raise ValueError("must be plain characters")
        parts = urlsplit(endpoint)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port == 0:
            raise ValueError("must be an https address with a host and no user")
        return endpoint


class UnsubscribePush(Payload):
    """Calls this browser no more. Always succeeds."""

    endpoint: str = Field(max_length=2_000)


class EndpointRefused(Refused):
    """Nothing can be sent to that address: it leads nowhere, or to where this server may not go."""

    code = "endpoint_refused"
