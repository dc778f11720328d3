"""Two files to save, under names that are awkward on purpose: spaces, accents and letters beyond Latin-1."""

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zenobia_demo.pages import Pages, long_date

REPORT_NAME = "Ferry report été Świnoujście.csv"
NOTICE_NAME = "Notice to residents (Überfahrt).pdf"
PASSENGERS = (412, 388, 405, 431, 560, 1204, 1187)


def attachment(name: str) -> dict[str, str]:
    """Headers that save a response under any name (RFC 6266), with its accents taken off for old readers."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


def report(today: date) -> bytes:
    """A week of ferry passengers as CSV, with the mark that tells spreadsheets it is UTF-8."""
    rows = [
        f"{today - timedelta(days=len(PASSENGERS) - day)},Saltmarsh to Île Verte,{passengers}"
        for day, passengers in enumerate(PASSENGERS)
    ]
    return "\r\n".join(["date,route,passengers", *rows, ""]).encode("utf-8-sig")


def pdf(lines: list[str]) -> bytes:
    """One A4 page of text as a complete PDF 1.4 file, cross-reference table and all."""
    escaped = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
    shown = "\n".join(f"({line}) Tj T*" for line in escaped)
    content = f"BT /F1 14 Tf 22 TL 72 770 Td\n{shown}\nET".encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets: list[int] = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        file += b"%010d 00000 n \n" % offset
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)


def notice(today: date) -> bytes:
    """A letter from the harbour office."""
    return pdf(
        [
            "Saltmarsh Harbour Office",
            long_date(today),
            "",
            "Notice to residents",
            "",
            "The Überfahrt to Île Verte leaves from pier 2 while pier 1 is painted.",
            "Departures stay at 07:40, 12:15 and 18:05.",
            "Tickets already bought remain valid (also for bicycles).",
            "",
            "The harbour master",
        ]
    )


class Downloads:
    """The page and its two files."""

    def __init__(self, pages: Pages, today: Callable[[], date]) -> None:
        self._pages = pages
        self._today = today

    def routes(self) -> list[Route]:
        """The page and its two files."""
        return [
            Route("/downloads", self.show),
            Route("/downloads/report.csv", self.report),
            Route("/downloads/notice.pdf", self.notice),
        ]

    async def show(self, request: Request) -> Response:
        """What there is to save."""
        return self._pages.show(request, "downloads.html", report_name=REPORT_NAME, notice_name=NOTICE_NAME)

    async def report(self, _: Request) -> Response:
        """The spreadsheet."""
        return Response(report(self._today()), media_type="text/csv", headers=attachment(REPORT_NAME))

    async def notice(self, _: Request) -> Response:
        """The letter."""
        return Response(notice(self._today()), media_type="application/pdf", headers=attachment(NOTICE_NAME))
