"""What an OpenTelemetry receiver is told of a session: its spans and their order, and nothing that anybody said."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.flows.conftest import Api
from zenobia.server.listening import Listening
from zenobia.testing import scripted_server
from zenobia.testing.models import Call, Calls, ScriptedModel

pytestmark = pytest.mark.usefixtures("thinking")


class Receiver:
    """An OTLP receiver on a port of its own."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []
        self.url = ""

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")

    def named(self, name: str) -> Span:
        [found] = [span for span in self.spans if span.name == name]
        return found

    def said(self, span: Span) -> dict[str, str]:
        return {one.key: one.value.string_value or str(one.value.int_value) for one in span.attributes}


@asynccontextmanager
async def receiver() -> AsyncGenerator[Receiver]:
    made = Receiver()
    app = Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])])
    listening = Listening(app, "127.0.0.1", 0, largest_message=1 << 20)
    serving = asyncio.create_task(listening.serve(), name="receiver")
    await listening.ready.wait()
    made.url = listening.url
    yield made
    await listening.stop()
    await serving


async def test_a_session_its_actions_and_its_models_are_one_trace(tmp_path: Path, model: ScriptedModel) -> None:
    model.script = [
        Calls(Call("open", url="https://ferry.example/?CANARY-query")),
        Calls(Call("done", text="CANARY-result")),
    ]
    async with receiver() as there:
        settings: dict[str, Any] = {
            "model": "openai:scripted",
            "model_base_url": f"{model.url}/v1",
            "otlp_endpoint": there.url,
        }
        async with scripted_server(tmp_path, **settings) as kit:
            api = Api(kit.url)
            api.patience = api.http.timeout = 40  # the libraries of a provider and of traces are loaded meanwhile
            session = await api.create("CANARY-prompt")
            await api.ended(session)
            await api.close()

        run = there.named("invoke_agent browser")
        deed = there.named("execute_tool open")
        thoughts = [span for span in there.spans if span.name.startswith("chat ")]
        assert there.said(run)["gen_ai.conversation.id"] == session
        assert there.said(deed)["gen_ai.tool.name"] == "open"
        assert len(thoughts) == 2
        assert there.said(thoughts[0])["gen_ai.usage.input_tokens"] == "1000"
        assert {span.parent_span_id for span in (deed, *thoughts)} == {run.span_id}
        assert {span.trace_id for span in there.spans} == {run.trace_id}
        assert b"CANARY" not in b"".join(there.bodies)


async def test_without_a_receiver_the_library_is_not_loaded(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from zenobia.testing import scripted_server\n"
        "async def main():\n"
        f"    async with scripted_server(Path({str(tmp_path)!r})):\n"
        "        print('opentelemetry.sdk' in sys.modules)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()

    assert said == b"False\n"
