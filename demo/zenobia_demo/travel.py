"""The travel request: one of every kind of field, and a faithful echo of what arrived."""

import hashlib
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from zenobia_demo.pages import Pages, text, texts

CHUNK_BYTES = 256 * 1024
COUNTRIES = ("Belgium", "Denmark", "France", "Germany", "Ireland", "Netherlands", "Norway", "Portugal", "Spain")
CLASSES = ("Deck", "Lounge", "Cabin")
EXTRAS = ("Bicycle", "Dog", "Breakfast")


@dataclass(frozen=True)
class Attachment:
    """A file as it arrived: its content is measured, not kept."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Submission:
    """One request, word for word."""

    number: int
    name: str
    email: str
    country: str
    departure: str
    travel_class: str
    extras: tuple[str, ...]
    budget: str
    notes: str
    attachment: Attachment | None

    def as_json(self) -> dict[str, Any]:
        """The request as `/form/submissions.json` lists it."""
        file = self.attachment
        return {
            "number": self.number,
            "name": self.name,
            "email": self.email,
            "country": self.country,
            "departure": self.departure,
            "class": self.travel_class,
            "extras": list(self.extras),
            "budget": self.budget,
            "notes": self.notes,
            "file": file and {"name": file.name, "size": file.size, "sha256": file.sha256},
        }


async def measured(upload: object) -> Attachment | None:
    """Read a file to its end in small pieces; a field left empty is no attachment."""
    if not isinstance(upload, UploadFile) or not upload.filename:
        return None
    digest, size = hashlib.sha256(), 0
    while chunk := await upload.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return Attachment(upload.filename, size, digest.hexdigest())


class Travel:
    """Takes requests and remembers each."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._submissions: list[Submission] = []

    def routes(self) -> list[Route]:
        """The form and what came of it."""
        return [
            Route("/form", self.ask),
            Route("/form", self.receive, methods=["POST"]),
            Route("/form/submissions.json", self.read),
            Route("/form/submissions/{number:int}", self.confirmation),
        ]

    async def ask(self, request: Request) -> Response:
        """The empty form."""
        return self._pages.show(request, "travel.html", countries=COUNTRIES, classes=CLASSES, extras=EXTRAS)

    async def receive(self, request: Request) -> Response:
        """Remember what was sent, exactly once per POST."""
        async with request.form() as form:
            attachment = await measured(form.get("document"))
            submission = Submission(
                number=len(self._submissions) + 1,
                name=text(form, "name"),
                email=text(form, "email"),
                country=text(form, "country"),
                departure=text(form, "departure"),
                travel_class=text(form, "class"),
                extras=tuple(texts(form, "extras")),
                budget=text(form, "budget"),
                notes=text(form, "notes"),
                attachment=attachment,
            )
        self._submissions.append(submission)
        return RedirectResponse(f"/form/submissions/{submission.number}", status_code=303)

    async def confirmation(self, request: Request) -> Response:
        """One request, as it arrived."""
        number: int = request.path_params["number"]
        if not 0 < number <= len(self._submissions):
            raise HTTPException(404)
        return self._pages.show(request, "received.html", submission=self._submissions[number - 1])

    async def read(self, _: Request) -> Response:
        """Every request there is."""
        return JSONResponse([submission.as_json() for submission in self._submissions])
