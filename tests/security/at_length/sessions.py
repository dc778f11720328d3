"""Test 45: ten thousand sessions asked for within ten seconds."""

import asyncio
import json
import time

import aiohttp

from tests.security.at_length.victim import at_work, victim

WITHIN = 10.0
CLIENTS = 5
QUEUED, RUNNING = 1_000, 4
ANSWERED_WITHIN = 1.0
"""Seconds in which 99 of 100 must be answered."""


async def asks(url: str, many: int) -> list[tuple[str, float]]:
    """Ask for so many, evenly, as one client; the code of each answer, and how many seconds it took."""
    asked: list[float] = []
    answers: list[tuple[str, float]] = []

    async def listen(websocket: aiohttp.ClientWebSocketResponse) -> None:
        while len(answers) < many:
            text: str = (await websocket.receive()).data
            if text == "2":
                await websocket.send_str("3")
            elif text.startswith("43"):
                number, _, answer = text[2:].partition("[")
                code = json.loads(f"[{answer}")[0].get("code", "made")
                answers.append((code, time.monotonic() - asked[int(number)]))

    address = f"{url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as websocket:
        await websocket.send_str("40")
        began, listening = time.monotonic(), asyncio.create_task(listen(websocket), name="listen")
        for number in range(many):
            await asyncio.sleep(max(0.0, began + WITHIN * number / many - time.monotonic()))
            asked.append(time.monotonic())
            await websocket.send_str(f'42{number}["createSession",{{"sessionType":"manual"}}]')
        await listening
    return answers


async def sessions(many: int) -> str:
    """All of it, against a server of its own."""
    async with victim(max_queued=QUEUED, max_sessions=RUNNING) as server:
        most = 0.0
        async with at_work(server.bystander), asyncio.TaskGroup() as group:
            asking = [group.create_task(asks(server.url, many // CLIENTS), name="client") for _ in range(CLIENTS)]
            while not all(one.done() for one in asking):
                most = max(most, await server.number("zenobia_browsers"))
        answers = [one for task in asking for one in task.result()]
        codes = [code for code, _ in answers]
        took = sorted(seconds for _, seconds in answers)
        p99 = took[len(took) * 99 // 100]
        assert set(codes) == {"made", "capacity"}
        assert QUEUED <= codes.count("made") <= QUEUED + RUNNING
        assert most <= RUNNING
        assert p99 <= ANSWERED_WITHIN, p99
        return (
            f"{many:,} sessions asked for in {WITHIN:.0f} s: {codes.count('made'):,} were made, the others told to "
            f"come back; 99 of 100 were answered within {p99:.3f} s, all within {took[-1]:.3f} s; at most {most:.0f} "
            f"browsers of {RUNNING}; a client who worked waited for at most {server.bystander.longest:.2f} s"
        )
