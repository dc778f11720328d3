"""Acks and refusals as plain HTTP says them."""

from starlette.responses import Response

from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.payload import Ack, ErrorAck
from zenobia.server.errors import error_ack, http_status


def answer(ack: Ack | ErrorAck, status: int = 200) -> Response:
    """An ack as an HTTP response."""
    return Response(ack.model_dump_json(by_alias=True), status, media_type="application/json")


def refusal(error: ZenobiaError) -> Response:
    """An error as an HTTP response: the ack's body under the right status."""
    response = answer(error_ack(error), http_status(error))
    if error.retryable:
        response.headers["Retry-After"] = "1"
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
