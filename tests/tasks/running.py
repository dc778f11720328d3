"""One job run against a server, with somebody at hand who answers what is asked."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tasks.site import Runs
from tests.tasks.task import Ended, Task
from zenobia.client import Client
from zenobia.protocol.events import RequestEvent, WarningEvent
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.ids import new_id


async def run(client: Client, runs: Runs, site: str, task: Task, warn: Callable[[str], None] | None = None) -> Ended:
    """Do the job; what it left behind. Its warnings are told as they come to whoever wants them."""
    name = new_id("run")
    runs.begin(name, task)
    with TemporaryDirectory(prefix="task-") as folder:
        given = [await client.upload(_written(Path(folder), *file)) for file in task.files.items()]
    prompt = task.prompt.format(url=f"{site}/{name}/")
    files = [file.file_id for file in given]
    session = await client.create(prompt, agent="browser", files=files, config=task.config)
    requests: list[HumanLayerRequest] = []
    async for event in client.follow(session.id):
        if warn is not None and isinstance(event, WarningEvent):
            warn(event.message)
        if isinstance(event, RequestEvent):
            requests.append(event.data.request)
            await _answer(client, event.data.request, *task.person(event.data.request, runs.states[name]))
    session = await client.get(session.id)
    held = {file.file_name or file.file_id: await _bytes(client, file.file_id) for file in session.files}
    return Ended(session, runs.states[name], held, requests)


def _written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


async def _answer(client: Client, request: HumanLayerRequest, verb: str, words: str) -> None:
    match verb:
        case "approve":
            await client.approve(request.id)
        case "respond":
            await client.respond(request.id, words)
        case _:
            await client.deny(request.id, words)


async def _bytes(client: Client, file: str) -> bytes:
    return b"".join([chunk async for chunk in client.download(file)])
