"""The desk: whatever is sent to whichever command, the answer is an ack or a refusal with a code, and no more.

It is asked for real, over a real store, by clients that send anything at all.
"""

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from zenobia.agents.manual import ManualAgent
from zenobia.operators.courier import Courier
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.operators.wall import Wall
from zenobia.protocol.commands import COMMANDS, Ack, ErrorAck
from zenobia.protocol.errors import FACT_LENGTH, InvalidPayload, ZenobiaError
from zenobia.protocol.limits import Limits
from zenobia.protocol.wire import Json
from zenobia.server.desk import Desk, check_json
from zenobia.server.errors import refusals
from zenobia.server.reference import EXAMPLES
from zenobia.sessions.audience import Audience
from zenobia.sessions.callers import Caller
from zenobia.sessions.calling import Calling
from zenobia.sessions.driving import Driving
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.keyring import Keyring
from zenobia.sessions.push import Scribe
from zenobia.sessions.queries import Queries
from zenobia.sessions.sessions import Sessions
from zenobia.sessions.supervisor import Supervisor
from zenobia.sessions.vault import KEY_FILE, Vault
from zenobia.store.blobs import Blobs
from zenobia.store.opening import DataDirectory, open_store

T = TypeVar("T")
CALLER, OBSERVER = Caller("test"), Caller("test", observer=True)
INTERNAL = re.compile(
    r"Traceback|/src/|site-packages|\.py\b|/tmp/|/home/|"
    r"sqlite|SELECT |INSERT |pydantic|functools|<function|0x[0-9a-f]{6}"
)
"""What no answer may show."""

PATIENT = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@dataclass
class Asking:
    """A desk on a loop of its own, and a session that goes on, with a client's idea of what there is."""

    loop: asyncio.AbstractEventLoop
    desk: Desk
    session: str

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def answer(self, name: str, given: Json, caller: Caller = CALLER) -> Ack | ErrorAck:
        return self.run(self.desk.answer(caller, name, given))


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Desk]:
    """The rooms below the desk, as the composition root puts them together."""
    limits = Limits(sessions_queued=100_000)
    async with AsyncExitStack() as stack:
        directory = DataDirectory(folder)
        directory.open()
        stack.callback(directory.close)
        store = open_store(directory, limits)
        stack.push_async_callback(store.close)
        blobs = Blobs.at(str(folder / "blobs"))
        files = Files(store, blobs, limits, folder)
        house = House(
            store=store, blobs=blobs, browsers=ScriptedBrowsers(), agents={"manual": ManualAgent},
            default_agent="manual", limits=limits, search_url="http://127.0.0.1:1/{query}", scratch=folder, name="srv",
            vault=Vault(None, folder / KEY_FILE),
        )  # fmt: skip
        supervisor = Supervisor(house, files)
        keyring = Keyring(store)
        calling = Calling(store, Audience(1), keyring, Courier(Wall()), Scribe(house.vault, "a@b.example"))
        sessions, queries = Sessions(house, files), Queries(house, files, supervisor)
        yield Desk(sessions, queries, Driving(house, files, supervisor, keyring), calling, limits)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="desk")
    thread.start()
    rooms = opened(tmp_path_factory.mktemp("desk"))
    desk = asyncio.run_coroutine_threadsafe(rooms.__aenter__(), loop).result(30)
    created = asyncio.run_coroutine_threadsafe(desk.answer(CALLER, "createSession", None), loop).result(30)
    yield Asking(loop, desk, created.wire()["sessionId"])
    asyncio.run_coroutine_threadsafe(rooms.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


anything_written = st.text() | st.text(st.characters(categories=("Cs", "Cc", "Cf", "Lo")), max_size=20)
numbers = st.integers() | st.floats() | st.sampled_from([2**53 + 1, 2**64, -(2**63) - 1, float("nan"), float("inf")])
anything = st.recursive(
    st.none() | st.booleans() | numbers | anything_written | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything_written, inner, max_size=4),
    max_leaves=12,
)


def near(name: str) -> st.SearchStrategy[Json]:
    """Payloads that have the command's own fields, with what belongs there or anything else."""
    fields = [field.alias for field in COMMANDS[name].payload.model_fields.values()]
    known = st.fixed_dictionaries(
        {}, optional={str(field): anything | st.just(EXAMPLES[name].get(str(field))) for field in fields}
    )
    return known | st.builds(dict[str, Json], known, extra=anything)


def assert_answered(name: str, answer: Ack | ErrorAck) -> None:
    """An ack of the command's own kind, or a refusal that the command has told of, showing nothing of the inside."""
    said = orjson.dumps(answer.wire()).decode()
    if isinstance(answer, ErrorAck):
        assert answer.code in {kind.code for kind in refusals(COMMANDS[name])}
        assert answer.code != "internal_error"
        assert answer.error.strip()
        assert len(answer.error) < FACT_LENGTH + 200
        assert not INTERNAL.search(said), said
    else:
        assert isinstance(answer, COMMANDS[name].ack)


@pytest.mark.parametrize("name", COMMANDS)
@PATIENT
@given(given=anything)
@example(given={"sessionId": "\0"})
@example(given={"sessionId": "\ud800"})
@example(given={"\ud800": 1})
@example(given={"config": {"a": 2**70}})
@example(given={"prompt": float("nan")})
@example(given="x" * 1_000_000)
@example(given={"commandId": True})
@example(given={"fileIds": [{"fileId": "f", "size": True}, {}]})
@example(given=b"bytes")
@example(given=[])
def test_anything_at_all_is_answered(asking: Asking, name: str, given: Json) -> None:
    assert_answered(name, asking.answer(name, given))


@pytest.mark.parametrize("name", COMMANDS)
@PATIENT
@given(data=st.data())
def test_anything_that_looks_like_a_payload_is_answered(asking: Asking, name: str, data: st.DataObject) -> None:
    given = data.draw(near(name))

    assert_answered(name, asking.answer(name, given))


@pytest.mark.parametrize("name", COMMANDS)
@PATIENT
@given(data=st.data())
def test_a_repeat_is_answered_the_same(asking: Asking, name: str, data: st.DataObject) -> None:
    given = data.draw(near(name)) | {"commandId": data.draw(st.uuids().map(str))}

    first = asking.answer(name, given)

    assert_answered(name, first)
    if COMMANDS[name].changes and (not isinstance(first, ErrorAck) or not first.retryable):
        assert asking.answer(name, given) == first


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_of_the_reference_is_read(asking: Asking, name: str) -> None:
    answer = asking.answer(name, EXAMPLES[name])

    assert_answered(name, answer)
    assert not isinstance(answer, ErrorAck) or answer.code != "invalid_payload"


@pytest.mark.parametrize("name", COMMANDS)
def test_an_observer_changes_nothing(asking: Asking, name: str) -> None:
    answer = asking.answer(name, EXAMPLES[name] | {"commandId": f"observer {name}"}, OBSERVER)

    if COMMANDS[name].changes:
        assert isinstance(answer, ErrorAck)
        assert answer.code == "observer_only"


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("wrong", [1, True, [], 1.5, "", b""])
def test_what_is_no_object_is_refused_or_is_the_bare_string_it_may_be(asking: Asking, name: str, wrong: Json) -> None:
    answer = asking.answer(name, wrong)

    assert isinstance(answer, ErrorAck)
    assert_answered(name, answer)


@given(name=st.text(max_size=2_000).filter(lambda name: name not in COMMANDS), given=anything)
@PATIENT
def test_an_unknown_command_is_named_as_such(asking: Asking, name: str, given: Json) -> None:
    answer = asking.answer(name, given)

    assert isinstance(answer, ErrorAck)
    assert answer.code == "unknown_command"


@pytest.mark.parametrize("depth", [1, 60, 64, 65, 10_000])
@pytest.mark.parametrize("listed", [True, False])
def test_json_may_be_only_so_deep(depth: int, listed: bool) -> None:
    value: Json = "leaf"
    for _ in range(depth - 1):
        value = [value] if listed else {"a": value}

    if depth <= 64:
        check_json(value, 64, 100_000)
        return
    with pytest.raises(InvalidPayload):
        check_json(value, 64, 100_000)


@pytest.mark.parametrize("value", [list(range(100)), {str(n): n for n in range(100)}, [[0] * 49, {"a": [0] * 48}]])
def test_json_may_have_only_so_many_members(value: Json) -> None:
    check_json(value, 64, 100)
    check_json([*range(7), "text that is long and is one member"], 64, 8)
    with pytest.raises(InvalidPayload, match="more than 99 members"):
        check_json(value, 64, 99)


@given(given=anything)
def test_what_passes_the_check_can_be_stored_as_it_is(given: Json) -> None:
    try:
        check_json(given, 64, 10_000)
    except ZenobiaError:
        return

    assert orjson.loads(orjson.dumps(given)) == given


def test_the_session_that_was_there_is_still_there(asking: Asking) -> None:
    assert asking.answer("getSession", asking.session).success
