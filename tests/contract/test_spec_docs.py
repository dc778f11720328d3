"""What people are told is whole, follows from the code, and asks nobody outside."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from zenobia.protocol.commands import COMMANDS, commands
from zenobia.protocol.events import EVENT_OF
from zenobia.protocol.limits import Limits
from zenobia.server.desk import check_json
from zenobia.server.docs import REST_ONLY, page
from zenobia.server.reference import EXAMPLES, wire_errors

ROOT = Path(__file__).parents[2]
TOLD_APART = {"GET /openapi.json", "GET /asyncapi.json", "GET /docs"}


def test_the_written_reference_is_fresh() -> None:
    tool = [sys.executable, ROOT / "tools" / "reference.py", "--check"]

    assert subprocess.run(tool, capture_output=True, text=True, check=False).stderr == ""


def test_the_page_is_served_and_may_run_nothing(http: httpx.Client) -> None:
    response = http.get("/docs")
    policy = response.headers["content-security-policy"]

    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_the_page_asks_nobody_outside() -> None:
    assert not re.search(r"<(script|img|iframe|link|object)\b", page())
    assert not re.search(r"@import|url\(|\bon\w+=", page())
    assert all(target.startswith(("#", "/")) for target in re.findall(r'(?:href|src)="([^"]*)"', page()))


def test_every_link_within_the_page_leads_somewhere() -> None:
    places = re.findall(r'\bid="([^"]*)"', page())

    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#([^"]*)"', page())) <= set(places)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_tells_every_command(name: str) -> None:
    assert f'id="{name}"' in page()
    assert f"socket.emit(&#39;{name}&#39;" in page()


def test_the_page_tells_every_event_and_every_error() -> None:
    for event in EVENT_OF.values():
        assert f'id="event-{event.model_fields["event_type"].default}"' in page()
    for error in wire_errors():
        assert f"<code>{error.code}</code>" in page()


def test_the_page_tells_every_route_that_is_no_command(http: httpx.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    served = {f"{method.upper()} {path}" for path, one in paths.items() for method in one}
    ours = {f"{command.method} {command.path}" for command in commands()}

    assert {route for route, _ in REST_ONLY} == served - ours - TOLD_APART


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_can_be_sent(name: str) -> None:
    check_json(EXAMPLES[name], Limits().json_depth, Limits().json_members)

    COMMANDS[name].payload.model_validate(EXAMPLES[name])
