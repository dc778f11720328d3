"""Files over real connections: whatever a name says it is data, and an upload that breaks off leaves nothing."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import pytest

from .conftest import Running

BIG = 200 << 20
FLAT = 64 << 20
"""Bytes by which the process may grow while a file of BIG bytes goes through it, sender and receiver together."""

HOSTILE = {
    "a way out": "../../../../etc/passwd",
    "a way out on Windows": "..\\..\\boot.ini",
    "an absolute path": "/etc/passwd",
    "nothing but dots": "..",
    "HTML": "<img src=x onerror=alert(1)>.txt",
    "text that runs backwards": "invoice\u202efdp.exe",
    "a line break": "a\r\nX-Evil: yes\r\n.txt",
    "a NUL": "a\0b.txt",
    "5,000 letters": "n" * 5_000,
    "a shell's words": "$(touch pwned); `id` | & .txt",
    "another script": "résumé 履歴書 🙂.pdf",
    "only blanks": "   ",
}


def form(name: bytes, data: bytes) -> tuple[bytes, dict[str, str]]:
    """A form with one file, written by hand because no honest client sends such names."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
    return head + data + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def eventually(fact: Callable[[], bool]) -> bool:
    """Whether a fact comes about within ten seconds; the server tells nobody when it has noticed a lost client."""
    until = monotonic() + 10
    while monotonic() < until:
        if fact():
            return True
    return False


def listed(http: httpx.Client) -> set[str]:
    """The ids of all files."""
    return {file["fileId"] for file in http.get("/api/files", params={"limit": 500}).json()["files"]}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_only_data(server: Running, http: httpx.Client, name: str) -> None:
    escaped = name.replace("\r", "%0D").replace("\n", "%0A").encode()  # as browsers send them in a form
    body, headers = form(escaped, b"bytes")

    answer = http.post("/api/files", content=body, headers=headers)

    if "\0" in name:
        assert answer.status_code in {201, 400}
    if answer.status_code == 400:
        return
    file = answer.json()["files"][0]
    kept = file["fileName"] or ""
    assert answer.status_code == 201
    assert len(kept) <= 1_000
    assert not set(kept) & set("/\\\0\r\n\u202e")
    assert all(server.folder in path.parents for path in server.kept())
    _assert_served_safely(http, file["fileId"], b"bytes")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_only_data_in_a_header_too(http: httpx.Client, name: str) -> None:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"[:4_000]

    file = http.put("/api/files/mine", content=b"bytes", headers={"Content-Disposition": disposition}).json()["file"]

    assert not set(file["fileName"] or "") & set("/\\\0\r\n\u202e")
    _assert_served_safely(http, "mine", b"bytes")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_id_names_a_file_or_nothing(server: Running, http: httpx.Client, name: str) -> None:
    path = "/api/files/" + quote(name, safe="").replace(".", "%2E")

    answer = http.put(path, content=b"bytes")

    assert answer.status_code in {200, 400, 404}
    assert all(server.folder in path.parents for path in server.kept())
    if answer.status_code == 200:
        assert answer.json()["file"]["fileId"] == name
        assert http.get(path).content == b"bytes"
        assert http.delete(path).status_code == 200


def _assert_served_safely(http: httpx.Client, file: str, data: bytes) -> None:
    """It comes back as it was, as an attachment that can run nothing, in headers that hold together."""
    response = http.get(f"/api/files/{file}")

    assert response.content == data
    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    assert "x-evil" not in response.headers


@pytest.mark.parametrize("disposition", ['attachment; filename="a.txt"', "attachment; filename*=utf-8'en'a.txt"])
def test_a_file_is_named_by_its_header(http: httpx.Client, disposition: str) -> None:
    headers = {"Content-Disposition": disposition, "Content-Type": "text/plain"}

    file = http.put("/api/files/named", content=b"x", headers=headers).json()["file"]

    assert (file["fileName"], file["contentType"]) == ("a.txt", "text/plain")


def test_a_file_comes_back_whole_with_what_was_measured(http: httpx.Client) -> None:
    data = bytes(range(256)) * 5_000

    file = http.put("/api/files/whole", content=data).json()["file"]
    response = http.get("/api/files/whole")

    assert file["size"] == len(data)
    assert file["sha256"] == hashlib.sha256(data).hexdigest() == response.headers["etag"].strip('"')
    assert response.content == data


def test_many_files_in_one_form_keep_their_order(http: httpx.Client) -> None:
    sent = [("file", (f"{number}.txt", f"file {number}".encode())) for number in range(100)]

    files = http.post("/api/files", files=sent).json()["files"]

    assert [file["fileName"] for file in files] == [f"{number}.txt" for number in range(100)]
    assert http.get(f"/api/files/{files[42]['fileId']}").text == "file 42"


def test_a_form_without_end_is_refused_and_leaves_nothing(server: Running, http: httpx.Client) -> None:
    before, kept = listed(http), set(server.kept())
    part = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}

    answer = http.post("/api/files", content=part * 201, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert listed(http) == before
    assert set(server.kept()) == kept


@pytest.mark.parametrize("body", [b"", b"nothing", b"--edge", b"--edge\r\n\r\n\r\n", b"\xff" * 500, b"--edge--\r\n"])
def test_a_broken_form_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/api/files", content=body, headers={"Content-Type": "multipart/form-data; boundary=edge"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_payload")


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "multipart/mixed; boundary=edge"])
def test_what_is_no_form_is_refused(http: httpx.Client, kind: str) -> None:
    answer = http.post("/api/files", content=b"--edge--\r\n", headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_upload_that_breaks_off_leaves_nothing(server: Running, http: httpx.Client) -> None:
    before, kept = listed(http), set(server.kept())

    head = b"PUT /api/files/broken HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n"
    _break_off(server, head, b"x" * 3_000_000)

    assert eventually(lambda: set(server.kept()) == kept)
    assert listed(http) == before
    assert http.get("/api/files/broken").status_code == 404


def test_a_form_that_breaks_off_in_its_second_file_leaves_not_even_the_first(
    server: Running, http: httpx.Client
) -> None:
    before, kept = listed(http), set(server.kept())
    part = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * 2_000_000 + b"\r\n"
    head = b"POST /api/files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n"

    _break_off(server, head + b"Content-Type: multipart/form-data; boundary=edge\r\n\r\n", part * 2)

    assert eventually(lambda: set(server.kept()) == kept)
    assert listed(http) == before


def _break_off(server: Running, head: bytes, body: bytes) -> None:
    """Send part of a request over a bare connection, see that it is being kept, and be gone."""
    before = len(server.kept())
    url = httpx.URL(server.url)
    with closing(socket.create_connection((url.host, url.port or 80))) as connection:
        connection.sendall(head + body)
        assert eventually(lambda: len(server.kept()) > before)


def test_a_large_file_goes_through_without_ever_being_in_memory(http: httpx.Client) -> None:
    process, piece = psutil.Process(), b"z" * (1 << 20)
    before = process.memory_info().rss
    highest = before

    def pieces() -> Iterator[bytes]:
        nonlocal highest
        for _ in range(BIG >> 20):
            yield piece
            highest = max(highest, process.memory_info().rss)

    sent: dict[str, Any] = http.put("/api/files/large", content=pieces()).json()
    assert sent["file"]["size"] == BIG
    received = 0
    with http.stream("GET", "/api/files/large") as response:
        for part in response.iter_bytes():
            received += len(part)
            highest = max(highest, process.memory_info().rss)

    assert received == BIG
    assert highest - before < FLAT
    assert http.delete("/api/files/large").status_code == 200


def test_a_part_of_a_file_can_be_had(http: httpx.Client) -> None:
    data = bytes(range(256)) * 8_192
    whole = http.put("/api/files/in-parts", content=data).json()["file"]
    path = f"/api/files/{whole['fileId']}"
    tag = http.get(path).headers["etag"]

    middle = http.get(path, headers={"Range": "bytes=1000000-1500000"})
    rest = http.get(path, headers={"Range": "bytes=2000000-", "If-Range": tag})
    changed = http.get(path, headers={"Range": "bytes=2000000-", "If-Range": '"another"'})
    beyond = http.get(path, headers={"Range": f"bytes={len(data)}-"})

    assert (middle.status_code, middle.content) == (206, data[1_000_000:1_500_001])
    assert middle.headers["content-range"] == f"bytes 1000000-1500000/{len(data)}"
    assert (rest.status_code, rest.content) == (206, data[2_000_000:])
    assert (changed.status_code, changed.content) == (200, data)
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(data)}"
    assert changed.headers["accept-ranges"] == "bytes"
