"""A session watched from a terminal: told as it happens, its requests answered here, ended by Ctrl-C.

Whoever decides elsewhere is as good: a question on the screen is taken back when it is settled.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from zenobia.cli.asking import Choice, Standing, ask_for_decision, decide, how_to_answer, request_panel, unattended
from zenobia.cli.interrupts import Interrupts
from zenobia.cli.screen import err, out, say, text
from zenobia.cli.talking import print_json
from zenobia.cli.terminal import ask, is_interactive
from zenobia.cli.timeline import Timeline
from zenobia.cli.typed import zenobia
from zenobia.client import ApiError, Client
from zenobia.protocol.events import DecisionEvent, Event, RequestEvent, StatusEvent
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.session import Session, Status

MESSAGE = ""
"""The question that is no request: what to do next."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a session is watched: as JSON, with a standing answer to every request, from which event on."""

    as_json: bool = False
    standing: Standing | None = None
    after: int = 0


NORMAL = Manner()


class Watch:
    """One session on one terminal."""

    def __init__(self, client: Client, session: str, manner: Manner, interrupts: Interrupts) -> None:
        self._client = client
        self._session = session
        self._manner = manner
        self._interrupts = interrupts
        self._timeline = Timeline()
        self._console: Console = err() if manner.as_json else out()
        self._interactive = is_interactive() and not manner.as_json
        self._live = Live(
            console=self._console, get_renderable=self._timeline.now, transient=True, refresh_per_second=10
        )
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._floor = asyncio.Lock()
        """Held by whoever asks: one question at a time."""

    async def run(self) -> Session:
        """Watch until the session has ended; how it stands then."""
        self._interrupts.heeded = True
        try:
            await self._follow()
        except BaseExceptionGroup as group:
            raise _first(group) from group
        finally:
            self._interrupts.heeded = False
            self._live.stop()
        return await self._client.get(self._session)

    async def _follow(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            heeding = tasks.create_task(self._heed(), name="heeding Ctrl-C")
            self._go_live()
            async for event in self._client.follow(self._session, after=self._manner.after):
                self._tell(event)
                self._react(event, tasks)
            for task in (heeding, *self._asking.values()):
                task.cancel()

    def _tell(self, event: Event) -> None:
        line = self._timeline.line(event)  # also where only JSON is shown: it knows what is being done
        if self._manner.as_json:
            print_json(event)
        elif line is not None:
            self._say(line.shown(self._console))

    def _say(self, what: RenderableType) -> None:
        say(what, console=self._console)

    def _go_live(self) -> None:
        if self._console.is_terminal:
            self._live.start()

    def _react(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        match event:
            case RequestEvent():
                request = event.data.request
                self._asking[request.id] = tasks.create_task(self._ask(request), name=f"asking {request.id}")
            case DecisionEvent():
                self._take_back(event.data.request.id)
            case StatusEvent() if event.data.previous is None:
                pass  # its place in the queue, or that it gave its browser back: no other question arises
            case StatusEvent() if event.status is Status.WAITING:
                self._asking[MESSAGE] = tasks.create_task(self._ask_for_message(), name="asking for a message")
            case StatusEvent():
                self._take_back(MESSAGE)
            case _:
                pass

    def _take_back(self, question: str) -> None:
        if asking := self._asking.pop(question, None):
            asking.cancel()

    async def _heed(self) -> None:
        """Wait for Ctrl-C, then end the session; its end is told like any other."""
        await self._interrupts.asked.wait()
        self._say(Text("  Cancelling (once more leaves at once)", "careful"))
        try:
            await self._client.cancel(self._session)
        except ApiError as error:
            if error.code != "session_ended":
                raise

    async def _ask(self, request: HumanLayerRequest) -> None:
        """Have the request decided here, unless somebody decides it elsewhere first."""
        standing = await self._client.get(self._session)
        if request.id not in {pending.id for pending in standing.pending_requests}:
            return  # told from the past: it is long settled
        if self._manner.standing is not None:
            choice = unattended(request, self._manner.standing)
        else:
            choice = await self._choice(request)
        if choice is not None:
            self._asking.pop(request.id, None)  # from here on nobody takes it back: it may be half sent
            await decide(self._client, request, choice)

    async def _choice(self, request: HumanLayerRequest) -> Choice | None:
        async with self._having_the_floor():
            self._say(request_panel(request))
            choice = await ask_for_decision(request) if self._interactive else None
            if choice is None:
                self._say(how_to_answer(request, self._client.url))
            return choice

    async def _ask_for_message(self) -> None:
        """Have the session told what to do, if that is what it waits for."""
        standing = await self._client.get(self._session)
        if standing.status is not Status.WAITING or standing.pending_requests:
            return
        async with self._having_the_floor():
            message = await ask(Text("  Message: ", "asked"), seen=False) if self._interactive else None
            if not message:
                command = f'{zenobia()} message {self._session} "..." --server {self._client.url}'
                self._say(Text().append("  It waits for a message: ", "quiet").append_text(text(command, "bold")))
        if message:
            self._asking.pop(MESSAGE, None)
            await self._client.send(self._session, message)

    @asynccontextmanager
    async def _having_the_floor(self) -> AsyncGenerator[None]:
        """One question at a time, with nothing moving on the screen."""
        async with self._floor:
            self._live.stop()
            try:
                yield
            finally:
                self._go_live()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first thing that went wrong in a group of tasks; the rest followed from it."""
    first = group.exceptions[0]
    return _first(cast("BaseExceptionGroup[BaseException]", first)) if isinstance(first, BaseExceptionGroup) else first
