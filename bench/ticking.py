"""An agent for measurements: it says what time it is, at a steady pace, until its session is cancelled."""

import asyncio
import random
import time
from typing import ClassVar

from zenobia.agents.base import Turn
from zenobia.protocol.session import Result


class TickingAgent:
    """Says the monotonic clock's nanoseconds every `config.every` seconds."""

    name: ClassVar[str] = "ticking"

    async def run(self, turn: Turn) -> Result:
        """Tick for ever; sessions do not tick at the same moment."""
        every = float(turn.config["every"])
        await asyncio.sleep(random.Random(turn.session_id).random() * every)
        while True:
            await turn.ready()  # a paused session is silent
            await turn.say(str(time.monotonic_ns()))
            await asyncio.sleep(every)
