"""What Engine.IO answers to a request that it cannot take: a number and a sentence, as its clients know them."""

from enum import IntEnum

import orjson


class Reason(IntEnum):
    """The numbers are the protocol's."""

    UNKNOWN_TRANSPORT = 0
    UNKNOWN_SID = 1
    BAD_HANDSHAKE_METHOD = 2
    BAD_REQUEST = 3
    UNSUPPORTED_PROTOCOL = 5


SENTENCES = {
    Reason.UNKNOWN_TRANSPORT: "Transport unknown",
    Reason.UNKNOWN_SID: "Session ID unknown",
    Reason.BAD_HANDSHAKE_METHOD: "Bad handshake method",
    Reason.BAD_REQUEST: "Bad request",
    Reason.UNSUPPORTED_PROTOCOL: "Unsupported protocol version",
}


class Unspoken(Exception):
    """That is not how Engine.IO is spoken; the text is the protocol's."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason


def body(reason: Reason) -> bytes:
    """The answer's JSON."""
    return orjson.dumps({"code": int(reason), "message": SENTENCES[reason]})
