"""What a file says: many kinds of it, nothing hostile gets far, and no reader outlives its reading."""

import asyncio
import io
import sys
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import openpyxl
import pptx
import psutil
import pytest

from zenobia.protocol.errors import FileUnreadable
from zenobia.sessions.reading import read_text

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def pdf(*pages: bytes, encrypted: bool = False) -> bytes:
    """A PDF whose pages are the given content streams, deflated."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids: list[bytes] = []
    for page in pages:
        stream = zlib.compress(page)
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(kids))
    extra = b""
    if encrypted:  # no password opens this: nothing hashes to these
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"ab" * 32, b"cd" * 32))
        extra = b"/Encrypt %d 0 R /ID [<00> <00>]" % len(objects)
    made, places = b"%PDF-1.4\n", b""
    for number, content in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (size, extra, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, places) + trailer


def page(*lines: str) -> bytes:
    shown = b" ".join(b"(%s) Tj T*" % line.encode() for line in lines)
    return b"BT /F1 12 Tf 14 TL 50 780 Td %s ET" % shown


def docx(body: str, *, links: str = "", before: str = "") -> bytes:
    """The smallest Word document with this body."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        types = '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        types += 'wordprocessingml.document.main+xml"/><Default Extension="rels" ContentType="application/vnd.'
        types += 'openxmlformats-package.relationships+xml"/>'
        package.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{types}</Types>')
        main = f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
        package.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{main}</Relationships>')
        package.writestr(
            "word/_rels/document.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        )
        package.writestr(
            "word/document.xml",
            f'{before}<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"><w:body>{body}</w:body></w:document>',
        )
    return made.getvalue()


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sales")
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def slides(title: str, text: str) -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    for shape, words in zip(slide.placeholders, (title, text), strict=True):
        shape.text = words  # pyright: ignore[reportAttributeAccessIssue]
    made = io.BytesIO()
    deck.save(made)
    return made.getvalue()


SLOW = b"<html><body>" + b"<p>a <b>long</b> <a href='/x'>page</a></p>" * 90_000 + b"</body></html>"
"""A page that takes far longer to read than any test waits."""


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Stored bytes: their path says nothing of what they are."""

    def store(data: bytes) -> Path:
        path = tmp_path / "fil_1"
        path.write_bytes(data)
        return path

    return store


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    yield
    assert readers() == []


def readers() -> list[psutil.Process]:
    """The reading processes below this one, zombies included."""
    return [one for one in psutil.Process().children(recursive=True) if _reads(one)]


def _reads(process: psutil.Process) -> bool:
    try:
        return "zenobia.sessions.reading_child" in process.cmdline()
    except psutil.Error:
        return False


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not fact():  # noqa: ASYNC110 - what another process does rings no bell here
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("data", "name", "content_type", "text"),
    [
        (b"plain words", "a.txt", "text/plain", "plain words"),
        (b'{"a": [1, 2]}', "a.json", "application/json", '{"a": [1, 2]}'),
        (b"# Title\n\n- item", "a.md", None, "# Title\n\n- item"),
        (b"a,b\r\n1,2\r\n", "a.csv", "text/csv", "a,b\r\n1,2\r\n"),
        ("Größe €".encode(), "a.txt", None, "Größe €"),
        ("Größe €".encode("utf-8-sig"), "a.txt", None, "Größe €"),
        ("Größe €".encode("utf-16"), "a.txt", None, "Größe €"),
        ("Größe €".encode("cp1252"), "a.txt", None, "Größe €"),
        ("Größe €, and one bad byte: ".encode() + b"\xff", "a.log", None, "Größe €, and one bad byte: \ufffd"),
        (b"<html> starts this note", "a.md", None, "<html> starts this note"),
        (b"said to be a document", "a.pdf", "application/pdf", "said to be a document"),
    ],
)
async def test_plain_text_is_read_as_it_stands(
    file: Callable[[bytes], Path], data: bytes, name: str, content_type: str | None, text: str
) -> None:
    assert await read_text(file(data), name, content_type) == text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pdf(page("Invoice 42", "Total: 17 euros")), ["Invoice 42", "Total: 17 euros"]),
        (pdf(*[page(f"Page {n} of many") for n in range(40)]), ["Page 0 of many", "Page 39 of many"]),
        (docx(paragraph("Dear Ms Weber,") + paragraph("thank you.")), ["Dear Ms Weber,", "thank you."]),
        (
            xlsx(["Month", "Sum"], ["May", 12.5], [], ["Ju|ne", None]),
            ["## Sales\n\n| Month | Sum |\n| --- | --- |\n| May | 12.5 |\n| Ju\\|ne |"],
        ),
        (slides("The plan", "Step one"), ["The plan", "Step one"]),
        (b"<!doctype html><title>x</title><body><h1>News</h1><p>of <b>today</b>", ["# News", "of **today**"]),
    ],
    ids=["pdf", "long pdf", "docx", "xlsx", "pptx", "html"],
)
async def test_a_document_is_known_by_its_bytes(file: Callable[[bytes], Path], data: bytes, words: list[str]) -> None:
    text = await read_text(file(data), "no-ending", None)
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    "data",
    [b"word " * 1000, xlsx(*[["cell", number] for number in range(500)]), pdf(*[page("some words")] * 300)],
    ids=["text", "xlsx", "pdf"],
)
async def test_what_is_cut_says_so(file: Callable[[bytes], Path], data: bytes) -> None:
    text = await read_text(file(data), "a", None, limit=1_000)
    assert text[1_000:] == "\n\n[Cut here: only the first 1,000 characters of the file are shown.]"


async def test_a_page_too_large_to_be_read_whole_says_so(file: Callable[[bytes], Path]) -> None:
    data = b"<html><body><p>words</p><script>" + b" " * (3 << 20) + b"</script><p>unseen</p></body></html>"
    text = await read_text(file(data), "a.html", None)
    assert text == "words\n\n[Cut here: the page is larger than what is read of one.]"


async def test_a_character_at_the_cut_is_whole(file: Callable[[bytes], Path]) -> None:
    text = await read_text(file("€".encode() * 100), "a.txt", None, limit=10)
    assert text.startswith("€" * 10 + "\n\n[Cut here")


@pytest.mark.parametrize("data", [b"", b" \n", pdf(b"")], ids=["empty", "blank", "a page without words"])
async def test_a_file_without_text_says_so(file: Callable[[bytes], Path], data: bytes) -> None:
    assert (await read_text(file(data), "a", None)).startswith("[There is no text in this file")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (pdf(page("secret"), encrypted=True), "locked"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"), "locked"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "not a kind of file"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "damaged"),
        (b"PK\x03\x04" + bytes(range(256)) * 40, "damaged"),
        (docx(paragraph("x"))[:-40], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a kind of file"),
        (b"\x7fELF" + bytes(64), "not a kind of file"),
        (b"\x1f\x8b\x08\x00" + bytes(64), "not a kind of file"),
    ],
    ids=["pdf", "office", "old office", "no pdf", "no zip", "half a zip", "picture", "program", "gzip"],
)
async def test_what_cannot_be_read_says_why(file: Callable[[bytes], Path], data: bytes, problem: str) -> None:
    with pytest.raises(FileUnreadable, match=problem) as refused:
        await read_text(file(data), "a.pdf", "application/pdf")
    assert refused.value.facts["name"] == "a.pdf"
    assert str(file(data)) not in refused.value.message


def zip_bomb(unpacked: int) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        part.write(f'<w:document xmlns:w="{WORD}"><w:body>'.encode())
        for _ in range(unpacked >> 20):
            part.write(b"<w:p/>  " * (1 << 17))
    return made.getvalue()


LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
)


@pytest.mark.parametrize(
    "data",
    [
        zip_bomb(600 << 20),
        zip_bomb(200 << 20),
        docx(paragraph("&a11;"), before=LAUGHS),
        pdf(b"BT /F1 12 Tf (x) Tj " + b"(xxxxxxxx) Tj " * (20 << 20) + b"ET"),
    ],
    ids=["zip", "xml", "entities", "pdf"],
)
async def test_a_bomb_is_refused_within_the_deadline(file: Callable[[bytes], Path], data: bytes) -> None:
    assert len(data) < 5 << 20
    async with asyncio.timeout(6):
        with pytest.raises(FileUnreadable):
            await read_text(file(data), "a", None, deadline=4)


async def test_a_deadline_ends_the_reader(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(FileUnreadable, match="memory and time"):
        await read_text(file(SLOW), "a.html", None, deadline=0.5)


async def test_a_cancel_ends_the_reader_whenever_it_comes(file: Callable[[bytes], Path]) -> None:
    path = file(SLOW)
    for wait in (0, 0, 0.001, 0.005, 0.02, 0.1):
        reading = asyncio.create_task(read_text(path, "a.html", None))
        await asyncio.sleep(wait)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert readers() == []


async def test_a_cancel_ends_a_reader_in_the_middle_of_its_work(file: Callable[[bytes], Path]) -> None:
    reading = asyncio.create_task(read_text(file(SLOW), "a.html", None))
    await until(lambda: any(reader.memory_info().rss > 50 << 20 for reader in readers()))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert readers() == []


async def test_a_reader_dies_with_its_server(file: Callable[[bytes], Path]) -> None:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c"),
        "import asyncio, sys, pathlib; from zenobia.sessions.reading import read_text\n"
        "asyncio.run(read_text(pathlib.Path(sys.argv[1]), 'a.html', None))",
        file(SLOW),
    )
    await until(lambda: any(reader.memory_info().rss > 50 << 20 for reader in readers()))
    [reader] = readers()
    server.kill()
    await server.wait()
    await until(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE)


async def test_a_reader_is_told_no_secrets(file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_API_KEY", "sk-secret")
    reading = asyncio.create_task(read_text(file(SLOW), "a.html", None))
    await until(lambda: bool(readers()) and "reading_child" in " ".join(readers()[0].cmdline()))
    assert "sk-secret" not in readers()[0].environ().values()
    reading.cancel()
    await asyncio.wait({reading})


async def test_nothing_a_document_points_at_is_fetched(file: Callable[[bytes], Path]) -> None:
    visits: list[object] = []
    server = await asyncio.start_server(lambda _, writer: visits.append(writer), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.png"
    link = f'<Relationship Id="r9" Type="{OFFICE}/image" TargetMode="External" Target="{address}"/>'
    picture = '<w:p><w:r><w:t>words</w:t><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/'
    picture += '2006/wordprocessingDrawing"><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    picture += (
        '<a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
    )
    picture += (
        '<a:blip r:link="r9"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )
    html = f'<html><body>words <img src="{address}"><iframe src="{address}"></iframe></body></html>'.encode()
    async with server:
        for data in (html, docx(picture, links=link)):
            try:
                assert "words" in await read_text(file(data), "a", None)
            except FileUnreadable:
                assert data is not html
    assert visits == []


async def python(code: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    return (await process.communicate())[0].decode().strip()


async def test_the_server_never_loads_a_parser() -> None:
    code = "import sys, zenobia.sessions.reading; print({'markitdown', 'magika', 'pandas', 'lxml'} & set(sys.modules))"
    assert await python(code) == "set()"


@pytest.mark.parametrize(
    "act", ["socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo('example.org', 80)", "os.system('true')"]
)
async def test_a_reader_can_reach_neither_network_nor_programs(act: str) -> None:
    code = f"""
import os, socket
from zenobia.sessions import reading_child
reading_child.confine(20, os.getppid())
try:
    {act}
except PermissionError:
    print("refused")
"""
    assert await python(code) == "refused"
