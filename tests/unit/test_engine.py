"""A connection sends at once what nothing waits before, and keeps the order of what has to wait."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false
# It is called as the library calls it, which ships no types.

import asyncio

import pytest
from engineio.packet import MESSAGE, Packet

from zenobia.server.engine import Connection, Engine


class Websocket:
    """One that takes a message when it is let to."""

    def __init__(self) -> None:
        self.taken: list[str | bytes] = []
        self.open = asyncio.Event()
        self.open.set()
        self.closed = asyncio.Event()
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    async def wait(self) -> str:
        return await self.heard.get()

    async def send(self, message: str | bytes) -> None:
        await self.open.wait()
        self.taken.append(message)

    async def close(self) -> None:
        self.closed.set()


def said(*texts: str) -> list[str]:
    return [f"4{text}" for text in texts]


async def test_what_nothing_waits_before_is_sent_at_once() -> None:
    websocket, connection = Websocket(), Connection(Engine(async_mode="asgi"), "sid")
    serving = asyncio.create_task(connection._websocket_handler(websocket), name="serve")
    await asyncio.sleep(0)

    await connection.send(Packet(MESSAGE, "one"))

    assert websocket.taken == said("one")
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_what_has_to_wait_keeps_its_turn() -> None:
    websocket, connection = Websocket(), Connection(Engine(async_mode="asgi"), "sid")
    await connection.send(Packet(MESSAGE, "before the websocket"))
    serving = asyncio.create_task(connection._websocket_handler(websocket), name="serve")
    await asyncio.sleep(0)
    websocket.open.clear()

    sending = [asyncio.create_task(connection.send(Packet(MESSAGE, f"{n}")), name=f"send {n}") for n in range(3)]
    await asyncio.sleep(0)
    await connection.send(Packet(MESSAGE, "last"))
    assert connection.queue.qsize() > 0  # it did not wait for the others: they are in the queue
    websocket.open.set()
    await asyncio.gather(*sending)
    await connection.close()
    async with asyncio.timeout(5):
        await websocket.closed.wait()

    assert websocket.taken == [*said("before the websocket", "0", "1", "2", "last"), "1"]
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


class Polled:
    """The body of a request."""

    async def read(self) -> bytes:
        return b"4hello\x1e4again"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_an_error_of_ours_ends_the_connection_and_says_so(transport: str) -> None:
    engine, websocket, heard, gone = Engine(async_mode="asgi"), Websocket(), list[str](), asyncio.Event()

    async def message(_sid: str, data: str) -> None:
        heard.append(data)
        raise ZeroDivisionError

    async def disconnect(_sid: str, _reason: str) -> None:
        gone.set()

    engine.on("message", message)
    engine.on("disconnect", disconnect)
    connection = engine.sockets["sid"] = Connection(engine, "sid")
    for text in ("4hello", "4again"):
        websocket.heard.put_nowait(text)

    polled = {"wsgi.input": Polled()}
    serve = (
        connection._websocket_handler(websocket) if transport == "websocket" else connection.handle_post_request(polled)
    )
    with pytest.raises(ZeroDivisionError):
        await serve

    assert heard == ["hello"]
    assert gone.is_set()
    assert "sid" not in engine.sockets


@pytest.mark.parametrize("said", ["4true", "4-1", "4-1.5", "4{}", "4null", "4"])
async def test_what_is_no_text_is_handed_on_as_it_is(said: str) -> None:
    """The library reads JSON in a message; what to make of that is not for a transport to say."""
    engine, heard = Engine(async_mode="asgi"), list[object]()

    async def message(_sid: str, data: object) -> None:
        heard.append(data)

    engine.on("message", message)
    await Connection(engine, "sid").receive(Packet(encoded_packet=said))

    assert len(heard) == 1
