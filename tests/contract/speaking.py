"""Socket.IO by hand: frames written and read one by one, so that a test may say what no client library would."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

PATIENCE = 15.0
"""Seconds until a fact that does not come is a failure."""

SPACE = "\x1e"
"""What stands between the packets of one polling request."""

Event = dict[str, Any]


class Speaker:
    """One websocket connection. What comes is kept: events, answers by id and in their order, and all other packets."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket
        self.events: list[Event] = []
        self.answers: dict[int, Any] = {}
        self.order: list[int] = []
        self.packets: list[str] = []
        self.pongs = True
        self.heartbeats = 0
        self._ids = 0
        self._news = asyncio.Event()

    @property
    def seqs(self) -> list[int]:
        """The places of the events told, in the order in which they came."""
        return [event["seq"] for event in self.events]

    async def say(self, *frames: str | bytes) -> None:
        """Send frames as they are."""
        for frame in frames:
            await (self.websocket.send_str(frame) if isinstance(frame, str) else self.websocket.send_bytes(frame))

    async def call(self, name: Any, *payload: Any) -> int:
        """Send a command with an ack id, which is returned."""
        self._ids += 1
        await self.say(f"42{self._ids}{json.dumps([name, *payload])}")
        return self._ids

    async def tell(self, name: str, *payload: Any) -> None:
        """Send a command that asks for no answer."""
        await self.say(f"42{json.dumps([name, *payload])}")

    async def ask(self, name: Any, *payload: Any) -> dict[str, Any]:
        """The answer to a command."""
        return await self.answer(await self.call(name, *payload))

    async def ok(self, name: str, *payload: Any) -> dict[str, Any]:
        """The answer to a command that must succeed."""
        answer = await self.ask(name, *payload)
        assert answer["success"] is True, answer
        return answer

    async def refused(self, name: Any, *payload: Any) -> str:
        """The code with which a command is refused."""
        answer = await self.ask(name, *payload)
        assert answer["success"] is False, answer
        assert answer["error"]
        return answer["code"]

    async def answer(self, number: int) -> dict[str, Any]:
        """The answer under an ack id."""
        await self.fact(lambda: number in self.answers)
        return self.answers[number]

    async def until(self, fact: Callable[[Event], bool]) -> Event:
        """The first event, told or still to come, of which the fact is true."""
        await self.fact(lambda: any(fact(event) for event in self.events))
        return next(event for event in self.events if fact(event))

    async def ended(self) -> Event:
        """The event that ends the session."""
        return await self.until(lambda event: event["status"] in {"completed", "failed", "cancelled"})

    async def told(self, seq: int) -> None:
        """Wait until the newest event told is that one."""
        await self.fact(lambda: bool(self.events) and self.events[-1]["seq"] >= seq)

    async def packet(self, beginning: str) -> str:
        """The first packet that is neither event nor answer and begins like that."""
        await self.fact(lambda: any(one.startswith(beginning) for one in self.packets))
        return next(one for one in self.packets if one.startswith(beginning))

    async def closed(self) -> None:
        """Wait until the other side closes the connection."""
        await self.fact(lambda: self.websocket.closed)

    async def fact(self, fact: Callable[[], bool]) -> None:
        """Wait until something is true."""
        async with asyncio.timeout(PATIENCE):
            while not fact():
                self._news.clear()
                await self._news.wait()

    async def listen(self) -> None:
        """Take what comes, until the connection ends."""
        async for message in self.websocket:
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._take(message.data)
                self._news.set()
        self._news.set()

    async def _take(self, text: str) -> None:
        if text == "2":
            self.heartbeats += 1
            if self.pongs:
                await self.websocket.send_str("3")
        elif text.startswith("42"):
            self.events.append(json.loads(text[2:])[1])
        elif text.startswith("43"):
            number, _, answer = text[2:].partition("[")
            self.order.append(int(number))
            self.answers[int(number)] = json.loads(f"[{answer}")[0]
        else:
            self.packets.append(text)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Speaker]:
    """A websocket connection whose handshake is done, and no more."""
    address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as websocket:
        speaker = Speaker(websocket)
        listening = asyncio.create_task(speaker.listen(), name="listen")
        try:
            await speaker.packet("0")
            yield speaker
        finally:
            await websocket.close()
            await listening


@asynccontextmanager
async def connected(url: str, **auth: Any) -> AsyncGenerator[Speaker]:
    """A connected client."""
    async with opened(url) as speaker:
        await speaker.say(f"40{json.dumps(auth) if auth else ''}")
        await speaker.packet("40")
        yield speaker


class Poller:
    """One polling connection, request by request."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address
        self.sid = ""

    async def get(self) -> tuple[int, str]:
        """One poll."""
        async with self._http.get(f"{self._address}&sid={self.sid}") as response:
            return response.status, await response.text()

    async def post(self, body: str) -> tuple[int, str]:
        """Send packets."""
        async with self._http.post(f"{self._address}&sid={self.sid}", data=io.BytesIO(body.encode())) as response:
            return response.status, await response.text()

    async def packets(self, wanted: int) -> list[str]:
        """The next packets, as many as are wanted; heartbeats are answered."""
        found: list[str] = []
        while len(found) < wanted:
            status, text = await self.get()
            assert status == 200, text
            for packet in text.split(SPACE):
                if packet == "2":
                    await self.post("3")
                else:
                    found.append(packet)
        return found

    async def packet(self, beginning: str) -> str:
        """The next packet that begins like that."""
        while not (packet := (await self.packets(1))[-1]).startswith(beginning):
            pass
        return packet


@asynccontextmanager
async def polling(url: str) -> AsyncGenerator[Poller]:
    """A polling connection whose handshake is done, and no more."""
    timeout = aiohttp.ClientTimeout(PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        poller = Poller(http, f"{url}/socket.io/?EIO=4&transport=polling")
        async with http.get(f"{url}/socket.io/?EIO=4&transport=polling") as response:
            poller.sid = json.loads((await response.text())[1:])["sid"]
        yield poller
