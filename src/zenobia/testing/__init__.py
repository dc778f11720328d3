"""The test kit: a real server on a real port of this machine, with browsers that follow a script.

async with scripted_server(tmp_path) as kit:
    client = Client(kit.url)
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenobia.app import either, serving
from zenobia.operators.scripted import ScriptedBrowsers, ScriptedOperator
from zenobia.protocol.errors import Draining
from zenobia.settings import Settings

__all__ = ["Kit", "ScriptedBrowsers", "ScriptedOperator", "scripted_server"]


@dataclass(frozen=True, slots=True)
class Kit:
    """A running server and the browsers it uses."""

    url: str
    browsers: ScriptedBrowsers


@asynccontextmanager
async def scripted_server(
    data_dir: Path, browsers: ScriptedBrowsers | None = None, **settings: Any
) -> AsyncGenerator[Kit]:
    """A server on `data_dir` for as long as the context lasts; `settings` are those of `zenobia.settings`.

    It keeps no pictures of steps unless `max_pictures` says how many: scripted browsers show one pixel.

    Raises:
        ZenobiaError: it cannot start, or ends before all of it is loaded, and why.
    """
    browsers = browsers or ScriptedBrowsers()
    settings.setdefault("max_pictures", 0)
    chosen = Settings(host="127.0.0.1", port=0, data_dir=data_dir, **settings)
    async with serving(chosen, browsers=browsers) as listening:
        await either(listening.complete, listening.ended)
        if not listening.complete.is_set():
            raise Draining  # what ended it is raised as its parts are left
        yield Kit(listening.url, browsers)
