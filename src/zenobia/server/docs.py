"""The reference as a page at `/docs`, and AsyncAPI beside OpenAPI. The page runs no script and asks nobody outside."""

import base64
import hashlib
import re
from functools import cache

from fastapi import APIRouter, Request, Response
from markupsafe import Markup, escape
from orjson import dumps

from zenobia import __version__
from zenobia.server.reference import moves, reference, wire_errors, words
from zenobia.server.spec import Document, asyncapi

REST_ONLY = (
    (
        "GET /api/sessions/{sessionId}/events",
        "A page of events as JSON, or all of them as they happen as an event stream.",
    ),
    ("GET /api/sessions/{sessionId}/pictures/{pictureId}", "A picture that was kept."),
    ("GET /api/sessions/{sessionId}/film", "An ended session as an MP4 with captions."),
    ("POST /api/files", "Takes in every file of a form; each gets a fresh id."),
    ("PUT /api/files/{fileId}", "Takes in a file's bytes under your own id."),
    ("GET /api/files", "Lists files, newest first."),
    ("GET /api/files/{fileId}", "A file's bytes."),
    ("GET /api/files/{fileId}/text", "A file's text, as agents read it."),
    ("DELETE /api/files/{fileId}", "Forgets a file that no session in progress holds."),
    ("GET /api/sign-in", "Whether people can sign in at a provider, and at whose."),
    ("POST /api/sign-in/begin", "Begins a sign-in: a step of the server's own page."),
    ("POST /api/sign-in/finish", "Ends it, and answers with a key of limited life."),
    ("POST /api/sign-out", "Ends that key, and says where to sign out of the provider, too."),
    ("GET /api/about", "What this server is, and which agents it has."),
    ("GET /api/health", "Whether the server can do its work."),
    ("GET /metrics", "The same as numbers, for Prometheus."),
)
"""What there is besides the table; a test holds it to the routes."""


def docs_routes() -> APIRouter:
    """The routes that tell how to speak to the server."""
    router = APIRouter(include_in_schema=False)

    @router.get("/asyncapi.json")
    async def spec(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """What is spoken over Socket.IO, for programs."""
        return Response(dumps(asyncapi(request.url.netloc)), media_type="application/json")

    @router.get("/docs")
    async def docs() -> Response:  # pyright: ignore[reportUnusedFunction]
        """The reference, for people."""
        return Response(page(), media_type="text/html", headers={"Content-Security-Policy": policy(page())})

    return router


@cache
def page() -> str:
    """The reference as one HTML page that needs nothing else."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # most servers are never asked for this page

    environment = Environment(
        loader=PackageLoader("zenobia.server", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"type": _type, "code": _code}
    return environment.get_template("docs.html").render(
        version=__version__, facts=reference(), errors=wire_errors(), rest_only=REST_ONLY, moves=moves()
    )


def policy(html: str) -> str:
    """A content security policy under which the page's own style works and nothing else does."""
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = hashlib.sha256(style[1].encode() if style else b"").digest()
    hashed = f"'sha256-{base64.b64encode(digest).decode()}'"
    return f"default-src 'none'; style-src {hashed}; base-uri 'none'; form-action 'none'"


def _type(schema: Document) -> Markup:
    return Markup(words(schema, lambda name: f'<a href="#{escape(name)}">{escape(name)}</a>'))  # noqa: S704 - names of our own


def _code(text: str) -> Markup:
    """Text with its `words` set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first
