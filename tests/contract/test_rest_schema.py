"""A client that knows nothing but the OpenAPI document tries every route: what is told is what happens."""

# pyright: reportUnknownMemberType=false, reportUntypedFunctionDecorator=false
# The library's own types are not whole.

from inspect import signature
from typing import Any, cast

import schemathesis
import schemathesis.openapi
from hypothesis import HealthCheck, settings
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.schemas import BaseSchema

from zenobia.agents.browser.budget import Budget
from zenobia.agents.browser.choice import ModelChoice
from zenobia.plugins import agents
from zenobia.server.http import http_app

from .conftest import Running

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

SEARCH = settings(suppress_health_check=SLOW, derandomize=True, database=None)
"""The same cases every time. To search for longer: `schemathesis run http://127.0.0.1:8484/openapi.json`."""


POINT = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
"""The base point of P-256: a public key as good as any."""


def known(base_url: str | None = None) -> BaseSchema:
    """The document, with what it leaves open: which agents there are, what is a key, and that no text may hold NUL."""
    nobody = cast("Any", None)  # routes are made, not asked
    spec = http_app(*[nobody] * len(signature(http_app).parameters)).openapi()
    names = [*agents(ModelChoice(), Budget()), None]
    spec["components"]["schemas"]["CreateSessionBody"]["properties"]["sessionType"] = {"enum": names}
    spec["components"]["schemas"]["PushKeys"]["properties"]["p256dh"] = {"enum": [POINT]}
    project = ProjectConfig(base_url=base_url, generation=GenerationConfig(allow_x00=False))
    return schemathesis.openapi.from_dict(spec, config=SchemathesisConfig(projects=ProjectsConfig(default=project)))


@known().parametrize()
@settings(SEARCH, max_examples=10)
def test_every_route_does_what_the_document_says(case: "schemathesis.Case[Any]", server: Running) -> None:
    case.call_and_validate(base_url=server.url)


def test_routes_do_what_the_document_says_one_after_the_other(held: Running) -> None:
    linked = known(held.url).exclude(tag="signing in")  # nothing leads from these to others
    linked.as_state_machine().run(settings=settings(SEARCH, max_examples=15, stateful_step_count=8))
