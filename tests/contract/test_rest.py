"""REST as anybody may speak it: hostile bodies and addresses are answered with a code, in an answer that arrives."""

import http.client
import re
from contextlib import closing
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from zenobia.protocol.commands import COMMANDS

from .conftest import Running

JSON = {"Content-Type": "application/json"}
INTERNAL = re.compile(
    r"Traceback|site-packages|\.py\b|sqlite|SELECT |INSERT |pydantic|functools|<function|0x[0-9a-f]{6}"
)

BODIES = {
    "nothing that is JSON": b"{",
    "no UTF-8": b'{"prompt": "\xff"}',
    "half a surrogate pair": b'{"prompt": "\\ud800"}',
    "half a surrogate pair in a key": b'{"\\ud800": 1}',
    "a NUL": b'{"prompt": "a\\u0000b"}',
    "NaN": b'{"config": {"a": NaN}}',
    "a number beyond all bounds": b'{"config": {"a": 1e999}}',
    "100,000 brackets": b"[" * 100_000,
    "100 levels": b'{"config": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}",
    "a list": b"[]",
    "a string": b'"hello"',
    "a number": b"1",
    "an unknown field": b'{"promt": "typo"}',
    "a wrong type": b'{"prompt": 1}',
    "a truth for a file's size": b'{"files": [{"fileId": "f", "size": true}]}',
    "a text for a file's size": b'{"files": [{"fileId": "f", "size": "12"}]}',
    "a file without id": b'{"files": [{}]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_makes_no_sense_is_refused_in_words(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/api/sessions", content=body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_payload")
    assert not INTERNAL.search(answer.text)


@pytest.mark.parametrize("body", [b"[]", b'"hello"', b"1"])
def test_a_body_that_is_no_object_is_refused_as_over_a_socket(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/api/sessions", content=body, headers=JSON)

    assert answer.json()["details"] == {"problem": "it must be an object."}


def test_a_body_that_is_needed_and_missing_is_asked_for(http: httpx.Client) -> None:
    answer = http.post("/api/human-layer/requests/req_1/respond")

    assert answer.json()["details"] == {"problem": "it needs a JSON body."}


@given(body=st.binary(max_size=200))
@example(body=b'{"config": {"a": 100000000000000000000000000}}')
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_breaks_the_server(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/api/sessions", content=body, headers=JSON)

    assert answer.status_code in {201, 400}
    assert answer.json()["success"] is (answer.status_code == 201)
    assert not INTERNAL.search(answer.text)


@pytest.mark.parametrize(
    "sent", ["%00", "%ff%fe", "%ed%a0%80", "%0d%0a", "..%2f..%2fetc", "%F0%9F%99%82", "x" * 201, "'--"]
)
@pytest.mark.parametrize("route", ["/api/sessions/{}", "/api/sessions/{}/events", "/api/sessions/{}/pictures/{}",
                                   "/api/files/{}", "/api/files/{}/text", "/api/{}"])  # fmt: skip
def test_an_address_that_makes_no_sense_leads_nowhere(http: httpx.Client, route: str, sent: str) -> None:
    answer = http.get(route.format(sent, sent))

    assert answer.status_code in {400, 404}
    assert answer.json()["success"] is False
    assert not INTERNAL.search(answer.text)


@pytest.mark.parametrize(
    "query", ["status=nowhere", "limit=0", "limit=501", "limit=x", "before=%00", "promt=x", "limit="]
)
def test_a_query_that_makes_no_sense_is_refused(http: httpx.Client, query: str) -> None:
    answer = http.get(f"/api/sessions?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_payload")


@pytest.mark.parametrize("query", ["after=0&lmit=5", "sessionId=x", "after=-1", "limit=0", "after="])
def test_so_is_one_for_events_and_for_files(http: httpx.Client, query: str) -> None:
    session = http.post("/api/sessions", json={"sessionType": "manual"}).json()["sessionId"]
    answers = [http.get(f"/api/sessions/{session}/events?{query}"), http.get(f"/api/files?{query}")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "invalid_payload")] * 2


def test_a_query_is_text_and_is_read_as_what_is_wanted(http: httpx.Client) -> None:
    session = http.post("/api/sessions", json={"sessionType": "manual"}).json()["sessionId"]
    _until_it_waits(http, session)

    answers = [
        http.get("/api/sessions?limit=2&status=waiting"),
        http.get(f"/api/sessions/{session}/screenshot?fullPage=true&quality=50&format=jpeg"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_another_method_is_refused_with_those_there_are(http: httpx.Client, command: Any) -> None:
    path = command.path.format(sessionId="none", requestId="none")

    answer = http.patch(path)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert command.method in answer.headers["allow"].split(", ")


def test_what_is_not_there_is_answered_like_any_refusal(http: httpx.Client) -> None:
    answer = http.get("/api/nothing")

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (404, False, "not_found")


@pytest.mark.parametrize(
    ("kind", "size", "status"), [("text/plain", 900_000, 415), ("application/json", 3_000_000, 413)]
)
def test_a_refusal_arrives_though_the_body_was_still_on_its_way(
    server: Running, kind: str, size: int, status: int
) -> None:
    url = httpx.URL(server.url)
    with closing(http.client.HTTPConnection(url.host, url.port, timeout=10)) as connection:
        for _ in range(3):  # on one connection, which must stay usable
            connection.request("POST", "/api/sessions", body=b'"' + b"x" * size + b'"', headers={"Content-Type": kind})
            answer = connection.getresponse()
            assert answer.status == status
            assert b'"success":false' in answer.read()


def test_any_origin_may_read_any_answer_but_bring_no_cookies(http: httpx.Client) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    answers = [
        http.get("/api/sessions", headers=origin),
        http.get("/api/sessions/none", headers=origin),
        http.patch("/api/sessions", headers=origin),
        http.post("/api/sessions", content=b"x", headers=origin | {"Content-Type": "text/plain"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 405, 415]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"*"}
    assert not any("access-control-allow-credentials" in answer.headers for answer in answers)


def test_both_reads_of_a_session_agree(http: httpx.Client) -> None:
    created = http.post("/api/sessions", json={"sessionType": "manual"}).json()

    listed = http.get("/api/sessions", params={"limit": 1}).json()["sessions"][0]
    one = http.get(f"/api/sessions/{created['sessionId']}").json()["session"]

    assert listed["id"] == one["id"] == created["sessionId"]


def test_a_screenshot_is_json_or_a_picture_as_asked(http: httpx.Client) -> None:
    session = http.post("/api/sessions", json={"sessionType": "manual"}).json()["sessionId"]
    _until_it_waits(http, session)

    told = http.get(f"/api/sessions/{session}/screenshot").json()
    picture = http.get(f"/api/sessions/{session}/screenshot", params={"encoding": "binary"})

    assert (told["success"], told["live"], told["mimeType"]) == (True, True, "image/png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_a_stream_of_events_goes_on_where_it_broke_off(http: httpx.Client) -> None:
    session = http.post("/api/sessions", json={"sessionType": "manual"}).json()["sessionId"]
    http.post(f"/api/sessions/{session}/cancel")
    path, accept = f"/api/sessions/{session}/events", {"Accept": "text/event-stream"}

    whole = http.get(path, headers=accept)
    rest = http.get(path, headers=accept | {"Last-Event-ID": "1"})

    seqs = [int(found) for found in re.findall(r"^id: (\d+)$", whole.text, re.MULTILINE)]
    assert whole.headers["content-type"].startswith("text/event-stream")
    assert seqs == list(range(1, len(seqs) + 1))
    assert rest.text == whole.text.split("\n\n", 1)[1]


def _until_it_waits(http: httpx.Client, session: str) -> None:
    """Until the session has a browser, and waits for its prompt."""
    with http.stream("GET", f"/api/sessions/{session}/events", headers={"Accept": "text/event-stream"}) as stream:
        assert any('"status":"waiting"' in line for line in stream.iter_lines())


@pytest.mark.parametrize("path", ["/api/health", "/api/sessions", "/api/sessions/none", "/api/sessions/{}/events"])
def test_head_is_answered_like_get_less_the_body(http: httpx.Client, path: str) -> None:
    session = http.post("/api/sessions", json={"sessionType": "manual"}).json()["sessionId"]
    path = path.format(session)

    asked, got = http.head(path, headers={"Accept": "text/event-stream"}), http.get(path)

    assert (asked.status_code, asked.headers["content-type"]) == (got.status_code, "application/json")
    assert asked.content == b""
