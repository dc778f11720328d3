"""The site that jobs are done on: every run of a job has its pages, and what it told the site, for itself."""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.tasks.task import Task

FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 16px sans-serif; margin: 2em; max-width: 60em }} [hidden] {{ display: none !important }}</style>
<script>const report = told => fetch("{base}state", {{ method: "POST", body: JSON.stringify(told) }})</script>
{body}"""


@dataclass
class Runs:
    """What was told in which run."""

    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    states: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def begin(self, run: str, task: Task) -> None:
        """Have a run's pages from now on."""
        self.tasks[run], self.states[run] = task, {}

    def app(self) -> Starlette:
        """The site itself."""
        return Starlette(
            routes=[
                Route("/{run}/state.json", self._known),
                Route("/{run}/state", self._told, methods=["POST"]),
                Route("/{run}/sent", self._sent, methods=["GET", "POST"]),
                Route("/{run}/file/{name}", self._file),
                Route("/{run}/{path:path}", self._page),
            ]
        )

    async def _page(self, request: Request) -> Response:
        run, path = request.path_params["run"], request.path_params["path"]
        body = self.tasks[run].pages.get(path)
        if body is None:
            return HTMLResponse("<h1>Not found</h1>", 404)
        title = self.tasks[run].name.capitalize() + (f": {path}" if path else "")
        return HTMLResponse(FRAME.format(title=title, base=f"/{run}/", body=body))

    async def _known(self, request: Request) -> Response:
        return JSONResponse(self.states[request.path_params["run"]])

    async def _told(self, request: Request) -> Response:
        self.states[request.path_params["run"]].update(await request.json())
        return JSONResponse({})

    async def _sent(self, request: Request) -> Response:
        sent: dict[str, Any] = dict(request.query_params)
        async with request.form() as form:
            for name, value in form.multi_items():
                sent[name] = (await value.read()).decode() if isinstance(value, UploadFile) else value
        self.states[request.path_params["run"]]["sent"] = sent
        return HTMLResponse("<title>Received</title><h1>Thank you, we have received it.</h1>")

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        data = self.tasks[request.path_params["run"]].downloads[name]
        return Response(data, headers={"Content-Disposition": f'attachment; filename="{name}"'})
