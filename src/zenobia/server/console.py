"""The web console at `/`: files that were built beforehand, served under a policy that lets nothing else run.

Files with their hash in the name are kept by browsers for ever; the page itself is asked for anew each time.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter, Request, Response

from zenobia.protocol.errors import NotFound, ZenobiaError
from zenobia.protocol.health import AboutAck
from zenobia.server.answering import answer, refusal
from zenobia.server.errors import ANY_ROUTE
from zenobia.server.rest import Identify, refused

BUILT = Path(__file__).parent / "pages" / "console"

BESIDE = ("push-worker.js", "console.webmanifest", "icon-180.png", "icon-192.png", "icon-512.png")
"""What lies beside the page, under a name that stays: a worker may act for nothing above itself, and home screens
remember where an icon was."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types zenobia",  # one policy, which gives the address of the one worker, whatever it is asked
    )
)

ALONE = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

ABSENT = """\
The web console has not been built into this server. In a checkout, build it with `make console`; an installed wheel
has it inside. Everything else works: see /docs.
"""


@dataclass(frozen=True, slots=True)
class _Page:
    data: bytes
    packed: bytes
    media_type: str
    tag: str


def console_routes(about: AboutAck, identify: Identify) -> APIRouter:
    """The routes of the console."""
    router = APIRouter()

    @router.get(
        "/api/about",
        response_model=AboutAck,
        responses=refused(*ANY_ROUTE),
        operation_id="getAbout",
        summary="getAbout",
        tags=["operations"],
    )
    async def known(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """What this server is, and which agents it has."""
        try:
            identify(request)
        except ZenobiaError as error:
            return refusal(error)
        return answer(about)

    @router.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """The page."""
        found = page("index.html")
        if found is None:
            return Response(ABSENT, 503, ALONE, media_type="text/plain")
        return _answer(request, found, "no-cache")

    for name in BESIDE:
        router.add_api_route(f"/{name}", partial(_beside, name), methods=["GET"], include_in_schema=False)

    @router.get("/assets/{name}", include_in_schema=False)
    async def asset(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """A part of the page, with its hash in its name."""
        found = page(f"assets/{name}")
        return refusal(NotFound()) if found is None else _answer(request, found, "public, max-age=31536000, immutable")

    return router


async def _beside(name: str, request: Request) -> Response:
    found = page(name)
    return refusal(NotFound()) if found is None else _answer(request, found, "no-cache")


@cache
def _names() -> frozenset[str]:
    """What there is, so that no path is ever made of what a client says."""
    return frozenset(path.relative_to(BUILT).as_posix() for path in BUILT.rglob("*") if path.is_file())


def page(name: str) -> _Page | None:
    """A built file, read once."""
    return _read(name) if name in _names() else None


@cache
def _read(name: str) -> _Page:
    path = BUILT / name
    data = path.read_bytes()
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    return _Page(data, gzip.compress(data, 9, mtime=0), TYPES.get(path.suffix, "application/octet-stream"), tag)


def _answer(request: Request, found: _Page, keep: str) -> Response:
    headers = ALONE | {"Cache-Control": keep, "ETag": found.tag, "Vary": "Accept-Encoding"}
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, 200, headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.data, 200, headers, media_type=found.media_type)
