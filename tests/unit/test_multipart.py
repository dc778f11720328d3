"""Forms: whatever way the bytes arrive, the same parts come out, or a refusal with a code."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zenobia.protocol.errors import InvalidPayload, TooLarge, UnsupportedMediaType, ZenobiaError
from zenobia.server.multipart import PARTS, Form

EDGE = "multipart/form-data; boundary=edge"

names = st.text(st.characters(exclude_characters="\\\0%", exclude_categories=("Cs",)), max_size=30)
contents = st.binary(max_size=300).filter(lambda data: b"--edge" not in data)
forms = st.lists(st.tuples(names, st.none() | names, contents), max_size=6)


def escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def written(form: list[tuple[str, str | None, bytes]]) -> bytes:
    """A form as a browser writes it."""
    body = b""
    for field, file, data in form:
        named = "" if file is None else f'; filename="{escaped(file)}"'
        head = f'--edge\r\nContent-Disposition: form-data; name="{escaped(field)}"{named}\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    return body + b"--edge--\r\n"


async def arriving(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    """The body in pieces."""
    places = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]
    for start, end in pairwise(places):
        yield body[start:end]


def read(body: bytes, cuts: list[int], content_type: str = EDGE) -> list[tuple[str, str | None, bytes]]:
    """Every part of a form that arrives in pieces."""

    async def whole() -> list[tuple[str, str | None, bytes]]:
        form = Form(content_type, arriving(body, cuts))
        return [
            (part.field, part.file_name, b"".join([chunk async for chunk in part.chunks]))
            async for part in form.parts()
        ]

    return asyncio.run(whole())


@given(form=forms, cuts=st.lists(st.integers(min_value=0, max_value=10_000), max_size=8))
@example(form=[("a", None, b""), ("b", "", b"\r\n")], cuts=[1])
@example(form=[("a", 'the "best" list.txt', b"1")], cuts=[])
def test_a_form_is_read_the_same_however_it_is_cut(form: list[tuple[str, str | None, bytes]], cuts: list[int]) -> None:
    assert read(written(form), cuts) == form


@given(form=forms.filter(bool), end=st.integers(min_value=0), cuts=st.lists(st.integers(min_value=0), max_size=3))
def test_a_form_that_ends_too_soon_is_refused(
    form: list[tuple[str, str | None, bytes]], end: int, cuts: list[int]
) -> None:
    body = written(form)

    with pytest.raises(InvalidPayload):
        read(body[: end % (len(body) - len(b"--\r\n"))], cuts)


@given(body=st.binary(max_size=500), cuts=st.lists(st.integers(min_value=0), max_size=3))
@example(body=b'--edge\r\nContent-Disposition: form-data; name="\xf2\x96\x9b\xa5"\r\n\r\n\r\n--edge--\r\n', cuts=[])
@example(body=b"--edge\r\nContent-Disposition: \xff; =;;\r\n\r\n\r\n--edge--\r\n", cuts=[3])
def test_no_body_is_more_than_refused(body: bytes, cuts: list[int]) -> None:
    for whole in (body, b"--edge\r\n" + body, b"--edge\r\nContent-Disposition: " + body + b"\r\n\r\nx\r\n--edge--\r\n"):
        try:
            read(whole, cuts)
        except ZenobiaError as error:
            assert error.code == "invalid_payload"  # noqa: PT017 - most bodies are refused, a few are forms


@given(content_type=st.text(st.characters(max_codepoint=255), max_size=100))
@example(content_type="multipart/form-data; boundary=")
@example(content_type='multipart/form-data; boundary="')
@example(content_type="x" * 1_000)
def test_no_content_type_is_more_than_refused(content_type: str) -> None:
    for whole in (content_type, f"multipart/form-data; boundary={content_type}"):
        try:
            read(b"--edge--\r\n", [], whole)
        except ZenobiaError as error:
            assert error.code in {"invalid_payload", "unsupported_media_type"}  # noqa: PT017 - as above


def test_another_kind_of_body_is_named_as_such() -> None:
    with pytest.raises(UnsupportedMediaType):
        read(b"", [], "application/json")


def test_headers_have_an_end() -> None:
    with pytest.raises(InvalidPayload):
        read(b"--edge\r\nX-Long: " + b"x" * 16_384 + b"\r\n\r\n\r\n--edge--\r\n", [])
    with pytest.raises(InvalidPayload):
        read(b"--edge\r\n" + b"X-Many: x\r\n" * 100 + b"\r\n\r\n--edge--\r\n", [])


def test_a_form_has_a_last_part() -> None:
    with pytest.raises(TooLarge):
        read(written([("f", None, b"")] * (PARTS + 1)), [])


def test_nobody_needs_to_read_a_part() -> None:
    async def fields() -> list[str]:
        form = Form(
            EDGE, arriving(written([("a", "a", b"x" * 1_000), ("b", None, b"y"), ("c", "c", b"")]), [400, 1_100])
        )
        return [part.field async for part in form.parts()]

    assert asyncio.run(fields()) == ["a", "b", "c"]
