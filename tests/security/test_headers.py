"""Every answer says how it may be taken, also one that refuses, and whichever part of the server gives it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.security.conftest import House
from zenobia.server.listening import SAFE

POLLING = "/socket.io/?EIO=4&transport=polling"
ELSEWHERE = (
    ("GET", "/"),
    ("GET", "/console.webmanifest"),
    ("GET", "/assets/nothing.js"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/asyncapi.json"),
    ("GET", "/nothing"),
    ("PATCH", "/api/sessions"),
    ("OPTIONS", "/api/sessions"),
    ("HEAD", "/docs"),
    ("GET", POLLING),
    ("POST", f"{POLLING}&sid=nobody"),
    ("GET", "/socket.io/?EIO=4&transport=pigeon"),
)
"""What is answered besides the routes that are documented."""


def require_safe(answer: httpx.Response, asked: object) -> None:
    """An answer says it, each header with the value that all have."""
    for name, value in SAFE:
        assert value in answer.headers.get_list(name), (asked, name, answer.status_code)


async def test_every_route_answers_with_the_headers_that_keep_it_from_being_misused(open_house: House) -> None:
    statuses: set[int] = set()
    async with open_house.http() as http:
        paths: dict[str, dict[str, Any]] = (await http.get("/openapi.json")).json()["paths"]
        documented = [(method.upper(), path) for path, methods in paths.items() for method in methods]
        assert ("GET", "/api/files/{fileId}") in documented
        assert ("POST", "/api/sessions") in documented
        for method, path in (*documented, *ELSEWHERE):
            answer = await http.request(method, path, json={"unheardOf": True} if method == "POST" else None)
            require_safe(answer, (method, path))
            statuses.add(answer.status_code)
        large = await http.post("/api/sessions", content=b" " * (2 << 20), headers={"Content-Type": "application/json"})
        require_safe(large, "too large")
        form = await http.post("/api/sessions", content=b"a=b", headers={"Content-Type": "text/plain"})
        require_safe(form, "a form")
        rebound = await http.get("/docs", headers={"Host": "evil.example"})
        require_safe(rebound, "another name")

    assert {200, 400, 404, 405} <= statuses
    assert [large.status_code, form.status_code, rebound.status_code] == [413, 415, 403]


async def test_so_does_what_refuses_to_read_a_request_at_all(open_house: House) -> None:
    url = httpx.URL(open_house.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"\x16\x03\x01 hello\r\n\r\n")
    said = (await reader.read()).decode()
    writer.close()

    assert said.startswith("HTTP/1.1 400")
    for name, value in SAFE:
        assert f"\r\n{name}: {value}\r\n".lower() in said.lower()


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_with_a_policy_of_its_own_is_in_no_frame_either(open_house: House, path: str) -> None:
    """Two policies are two headers, and a browser holds a page to both."""
    async with open_house.http() as http:
        said = (await http.get(path)).headers.get_list("content-security-policy")

    assert len(said) == 2
    assert "frame-ancestors 'none'" in said
    assert any("default-src 'none'" in one for one in said)
