"""Every call of the documented API, made by the unmodified Socket.IO client against a real server and a real browser.

Each script in js/calls makes the calls of one part of the document, in its order, and checks what it promises.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.contract import javascript
from zenobia.app import serving
from zenobia.settings import Settings
from zenobia_demo import create_app

KINDS: dict[str, tuple[javascript.Run, dict[str, list[str]]]] = {
    "node by websocket": (javascript.in_node, {"transports": ["websocket"]}),
    "node as it comes": (javascript.in_node, {}),
    "browser by websocket": (javascript.in_browser, {"transports": ["websocket"]}),
    "browser as it comes": (javascript.in_browser, {}),
}


@dataclass(frozen=True)
class Place:
    """A server, and a web site for its browsers."""

    url: str
    site: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Place]:
    """A server with real browsers beside the demonstration site."""
    folder: Path = tmp_path_factory.mktemp("documented") / "data"
    async with javascript.listening(create_app()) as site:
        settings = Settings(
            port=0, data_dir=folder, search_url=f"{site}/search?q={{query}}", allow_networks=["127.0.0.0/8"]
        )
        async with serving(settings) as server:
            yield Place(server.url, site)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def lines(request: pytest.FixtureRequest, place: Place) -> dict[str, javascript.Line]:
    """How each script went, in one kind of client."""
    javascript.install()
    run, options = KINDS[request.param]
    given = {"url": place.url, "site": place.site, "options": options, "names": javascript.CALLS}
    return {line["name"]: line for line in await run(given)}


@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", javascript.CALLS)
def test_the_unmodified_client_gets_what_the_document_says(name: str, lines: dict[str, javascript.Line]) -> None:
    assert lines[name].get("error") is None, lines[name]["error"]
