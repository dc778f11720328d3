"""Who drives a browser of this process: what they did, what they were answered, when they were last heard of."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from zenobia.protocol import live
from zenobia.protocol.control import Held
from zenobia.protocol.errors import ZenobiaError
from zenobia.sessions.callers import Caller

MOST_TOLD = 60
"""Things done that are told; of more, those in the middle are left out."""

REMEMBERED = 100
"""Inputs of one driver whose answers are kept for a repeat."""

Answer = live.InputAck | ZenobiaError


@dataclass(eq=False, slots=True)
class Driver:
    """One takeover of a browser that is here."""

    session: str
    caller: Caller
    held: Held
    at_wheel: bool = False
    """Whether the agent's last action is known to be over."""

    answered: OrderedDict[str, Answer] = field(default_factory=OrderedDict[str, Answer])
    did: list[str] = field(default_factory=list[str])
    heard: float = field(default_factory=time.monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def tell(self, did: str | None) -> None:
        """Keep what was done, to be told when the browser is handed back."""
        if did is None or self.held.private or (self.did and self.did[-1] == did):
            return
        if len(self.did) == MOST_TOLD:
            del self.did[MOST_TOLD // 2]
            self.did[MOST_TOLD // 2 - 1] = "…"
        self.did.append(did)

    def known(self, command: str | None) -> live.InputAck | None:
        """What a command was answered with before, if it was.

        Raises:
            ZenobiaError: it was refused then.
        """
        answer = None if command is None else self.answered.get(command)
        if isinstance(answer, ZenobiaError):
            raise answer
        return answer

    def remember(self, command: str | None, answer: Answer) -> None:
        """Keep an answer, so that a repeat of its command is given it and does nothing."""
        if command is not None:
            self.answered[command] = answer
            if len(self.answered) > REMEMBERED:
                self.answered.popitem(last=False)
