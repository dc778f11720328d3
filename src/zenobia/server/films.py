"""A session that has ended as a film, over HTTP: made when it is asked for, and served as an attachment."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from zenobia.protocol import errors as e
from zenobia.protocol import wire
from zenobia.server.answering import refusal
from zenobia.server.errors import ANY_ROUTE
from zenobia.server.rest import BINARY, Identify, refused
from zenobia.sessions.filming import Films


def film_routes(films: Films, identify: Identify) -> APIRouter:
    """The route of films."""
    router = APIRouter(tags=["sessions"])

    async def get(request: Request, session_id: Annotated[wire.Id, Path(alias="sessionId")]) -> Response:
        """An ended session as an MP4: what the browser showed, in order, with what happened as captions."""
        try:
            film = await films.film(identify(request).workspace, session_id)
        except e.ZenobiaError as error:
            return refusal(error)
        headers = {
            "Content-Disposition": f'attachment; filename="{session_id}.mp4"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return Response(film, media_type="video/mp4", headers=headers)

    of_session = (e.UnknownSession, e.SessionActive, e.NothingToFilm)
    of_server = (e.FilmsNotInstalled, e.AtCapacity, e.TimedOut, e.TooLarge)
    router.add_api_route(
        "/api/sessions/{sessionId}/film",
        get,
        methods=["GET"],
        response_class=Response,
        responses=refused(*of_session, *of_server, *ANY_ROUTE) | {200: {"content": {"video/mp4": BINARY}}},
        operation_id="getFilm",
        summary="getFilm",
    )
    return router
