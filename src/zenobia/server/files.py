"""Files over HTTP, streamed both ways. Names are data; whatever is served is an attachment and never runs here."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from zenobia.protocol import errors as e
from zenobia.protocol import wire
from zenobia.protocol.commands import Ack
from zenobia.protocol.errors import InvalidPayload, RangeNotSatisfiable, ZenobiaError
from zenobia.protocol.files import File, plain_name
from zenobia.server import ranges
from zenobia.server.answering import answer, refusal
from zenobia.server.errors import ANY_ROUTE, ErrorKind
from zenobia.server.multipart import Form
from zenobia.server.rest import BINARY, Identify, Responses, refused
from zenobia.sessions.callers import Caller
from zenobia.sessions.files import Files, Incoming
from zenobia.sessions.keyring import Keyring
from zenobia.store.file_rows import StoredFile

EXTENDED = re.compile(r";\s*filename\*\s*=\s*(?P<charset>utf-8|iso-8859-1)'[^']*'(?P<name>[^;\s]+)", re.IGNORECASE)
"""A name as RFC 8187 encodes it, which python-multipart leaves out because forms may not use it."""

LOADED = ("javascript", "ecmascript", "jscript", "livescript", "css", "wasm")
"""Of what a page can make a part of itself, whatever `Content-Disposition` says: scripts, styles."""

FileId = Annotated[wire.FileId, Path(alias="fileId")]


class Page(BaseModel):
    """Which files are listed; a key that is none of these is refused, as in any payload."""

    model_config = ConfigDict(extra="forbid")

    before: wire.Id | None = None
    limit: int = Field(default=50, ge=1, le=500)


class FileAck(Ack):
    """One file, whose bytes are here."""

    file: File


class FileListAck(Ack):
    """Files, newest first; `more` says whether there are older ones."""

    files: list[File]
    more: bool


class UploadAck(Ack):
    """The files that were taken in, in the order sent."""

    files: list[File]
    file_ids: list[str]


class TextAck(Ack):
    """A file's text."""

    text: str


def file_routes(files: Files, keyring: Keyring, identify: Identify) -> APIRouter:
    """The routes of files."""
    router = APIRouter(tags=["files"])
    routes = _FileRoutes(files, keyring, identify)
    octets = {"content": {"application/octet-stream": BINARY}}
    form = {"type": "object", "properties": {"file": BINARY["schema"]}, "required": ["file"]}  # any field will do
    upload = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}
    bytes_ = {"content": {"*/*": BINARY}}
    whole_or_part: Responses = {200: bytes_, 206: bytes_ | {"description": "The range that was asked for."}}
    add = router.add_api_route
    add("/api/files", routes.upload, methods=["POST"], response_model=UploadAck, status_code=201, openapi_extra=upload,
        responses=_refused(e.UnsupportedMediaType, e.FileTooLarge, e.TooLarge, e.QuotaReached, e.TimedOut),
        operation_id="uploadFiles", summary="uploadFiles")  # fmt: skip
    add("/api/files", routes.list, methods=["GET"], response_model=FileListAck, responses=_refused(),
        operation_id="listFiles", summary="listFiles")  # fmt: skip
    add("/api/files/{fileId}", routes.put, methods=["PUT"], response_model=FileAck,
        responses=_refused(e.FileTooLarge, e.QuotaReached, e.AtCapacity, e.TimedOut),
        openapi_extra={"requestBody": octets},
        operation_id="putFile", summary="putFile")  # fmt: skip
    add("/api/files/{fileId}", routes.get, methods=["GET"], response_class=Response,
        responses=_refused(e.UnknownFile, e.FileLost, e.RangeNotSatisfiable) | whole_or_part,
        operation_id="getFile", summary="getFile")  # fmt: skip
    add("/api/files/{fileId}", routes.delete, methods=["DELETE"], response_model=Ack,
        responses=_refused(e.UnknownFile, e.FileInUse), operation_id="deleteFile", summary="deleteFile")  # fmt: skip
    add("/api/files/{fileId}/text", routes.text, methods=["GET"], response_model=TextAck,
        responses=_refused(e.UnknownFile, e.FileLost, e.FileUnreadable, e.AtCapacity),
        operation_id="getFileText", summary="getFileText")  # fmt: skip
    add("/api/sessions/{sessionId}/pictures/{pictureId}", routes.picture, methods=["GET"], response_class=Response,
        responses=_refused(e.UnknownSession, e.UnknownPicture) | {200: {"content": {"image/png": BINARY}}},
        operation_id="getPicture", summary="getPicture", tags=["sessions"])  # fmt: skip
    return router


def _refused(*kinds: ErrorKind) -> Responses:
    return refused(*kinds, *ANY_ROUTE)


class _FileRoutes:
    def __init__(self, files: Files, keyring: Keyring, identify: Identify) -> None:
        self._files = files
        self._keyring = keyring
        self._identify = identify

    async def upload(self, request: Request) -> Response:
        """Takes in every file of a form, or none of them; each gets a fresh id."""
        try:
            caller = self._identify(request)
            taken = await self._take(caller, Form(request.headers.get("content-type", ""), _body(request)))
        except ZenobiaError as error:
            return refusal(error)
        return answer(UploadAck(files=taken, file_ids=[file.file_id for file in taken]), 201)

    async def _take(self, caller: Caller, form: Form) -> list[File]:
        taken: list[File] = []
        try:
            async for part in form.parts():
                if part.file_name is not None:
                    incoming = Incoming(plain_name(part.file_name), part.content_type, part.chunks)
                    taken.append(await self._files.put(caller.workspace, incoming, by=caller))
            if not taken:
                raise InvalidPayload(problem="the form holds no file.")
        except ZenobiaError:
            for file in taken:  # nobody was told their ids
                with suppress(e.UnknownFile):
                    await self._files.delete(caller, file.file_id)
            raise
        return taken

    async def put(
        self,
        request: Request,
        file_id: FileId,
        content_type: Annotated[str | None, Header(max_length=200, include_in_schema=False)] = None,
        content_disposition: Annotated[str | None, Header(max_length=4_000)] = None,
    ) -> Response:
        """Takes in a file's bytes under the client's own id; the same id again replaces them."""
        try:
            if "content-range" in request.headers:  # RFC 9110, 14.5: a part must not be taken for the whole
                raise InvalidPayload(problem="a file is sent whole; send all of it again, without Content-Range.")
            incoming = Incoming(_disposed_name(content_disposition), content_type, _body(request))
            caller = self._identify(request)
            file = await self._files.put(caller.workspace, incoming, file_id, by=caller)
        except ZenobiaError as error:
            return refusal(error)
        return answer(FileAck(file=file))

    async def list(self, request: Request, page: Annotated[Page, Query()]) -> Response:
        """Lists files, newest first."""
        try:
            workspace = self._identify(request).workspace
            found = await self._files.newest(workspace, before=page.before, most=page.limit + 1)
        except ZenobiaError as error:
            return refusal(error)
        return answer(FileListAck(files=found[: page.limit], more=len(found) > page.limit))

    async def get(
        self,
        request: Request,
        file_id: FileId,
        wanted: Annotated[str | None, Header(alias="Range")] = None,
        unless_changed: Annotated[str | None, Header(alias="If-Range")] = None,
    ) -> Response:
        """A file's bytes, or one range of them: `Range: bytes=FIRST-LAST`."""
        try:
            caller = self._identify(request)
            stored = await self._files.find(caller.workspace, file_id)
            part = ranges.part(wanted, unless_changed, etag=_etag(stored), size=stored.size)
            pieces = await self._files.stream(stored, *(part or ()))
        except RangeNotSatisfiable as error:
            beyond = refusal(error)
            beyond.headers["Content-Range"] = f"bytes */{error.facts['size']}"
            return beyond
        except ZenobiaError as error:
            return refusal(error)
        return _download(stored, self._while_good(pieces, caller), part)

    async def _while_good(self, pieces: AsyncGenerator[bytes], caller: Caller) -> AsyncGenerator[bytes]:
        """The same pieces, for as long as the key is good with which they were asked for.

        Raises:
            Unauthorized, KeyExpired, KeyRevoked: it is not any more.
        """
        async with aclosing(pieces):
            async for piece in pieces:
                self._keyring.require_good(caller)
                yield piece

    async def delete(self, request: Request, file_id: FileId) -> Response:
        """Forgets a file that no session in progress holds."""
        try:
            await self._files.delete(self._identify(request), file_id)
        except ZenobiaError as error:
            return refusal(error)
        return answer(Ack())

    async def text(self, request: Request, file_id: FileId) -> Response:
        """A file's text, as agents read it."""
        try:
            text = await self._files.text(self._identify(request).workspace, file_id)
        except ZenobiaError as error:
            return refusal(error)
        return answer(TextAck(text=text))

    async def picture(
        self,
        request: Request,
        session_id: Annotated[wire.Id, Path(alias="sessionId")],
        picture_id: Annotated[wire.Id, Path(alias="pictureId")],
    ) -> Response:
        """A kept picture of a session."""
        try:
            picture = await self._files.picture_of(self._identify(request).workspace, session_id, picture_id)
        except ZenobiaError as error:
            return refusal(error)
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return Response(picture.data, media_type=picture.mime_type, headers=headers)


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect:
        raise InvalidPayload(problem="the upload broke off before its end.") from None


def _disposed_name(disposition: str | None) -> str | None:
    """The name in a `Content-Disposition` header (RFC 6266: `filename*` wins)."""
    if disposition is None:
        return None
    extended = EXTENDED.search(disposition)
    if extended is not None:
        return plain_name(unquote(extended["name"], encoding=extended["charset"], errors="replace"))
    _, options = parse_options_header(disposition)
    name = options.get(b"filename")
    return None if name is None else plain_name(name.decode("utf-8", "replace"))


def _etag(stored: StoredFile) -> str:
    return f'"{stored.sha256}"'


def _download(stored: StoredFile, chunks: AsyncIterator[bytes], part: tuple[int, int] | None) -> Response:
    name = quote(stored.name or stored.id, safe="")
    start, end = part or (0, stored.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Length": str(end - start),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "ETag": _etag(stored),
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    return StreamingResponse(chunks, 206 if part else 200, media_type=_safe_type(stored.content_type), headers=headers)


def _safe_type(content_type: str | None) -> str:
    """The type as told, if it can stand in a header and lets no page of ours load the file as a script or a style."""
    told = content_type or ""
    plain = told.isascii() and told.isprintable() and not any(kind in told.lower() for kind in LOADED)
    return told if told and plain else "application/octet-stream"
