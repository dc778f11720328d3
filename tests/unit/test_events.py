"""Events: stored JSON is wire JSON, and every kind of data has its event."""

import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenobia.protocol import events as e
from zenobia.protocol.files import File
from zenobia.protocol.human import ALLOWED, Decision, HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import EndReason, Problem, Result, SearchResult, Status, Usage
from zenobia.store.usage_rows import said

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
numbers = st.integers(min_value=0, max_value=2**53)
json = st.recursive(
    st.none() | st.booleans() | st.integers(min_value=-(2**53), max_value=2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
facts = st.dictionaries(texts, json, max_size=3)
problems = st.builds(Problem, error=texts, code=texts, retryable=st.booleans(), details=st.none() | facts)
decisions = st.builds(
    Decision, status=st.sampled_from(RequestStatus), decidedAt=numbers, decidedBy=texts, response=json
)
requests = st.sampled_from(RequestKind).flatmap(
    lambda kind: st.builds(
        HumanLayerRequest,
        id=texts,
        sessionId=texts,
        kind=st.just(kind),
        title=texts,
        reason=texts,
        createdAt=numbers,
        expiresAt=numbers,
        allowed=st.just(ALLOWED[kind]),
        decision=st.none() | decisions,
    )
)
found = st.builds(SearchResult, title=texts, link=texts, snippet=texts)
results = st.builds(Result, text=texts, results=st.lists(found, max_size=3), extracted=facts)
files = st.builds(File, fileId=st.text("abc", min_size=1, max_size=9), size=st.none() | numbers)

data = st.one_of(
    st.builds(
        e.StatusData, previous=st.none() | st.sampled_from(Status), reason=st.none() | st.sampled_from(EndReason)
    ),
    st.builds(e.MessageData, author=st.sampled_from(["agent", "user"]), text=texts),
    st.builds(
        e.ActionData,
        actionId=texts,
        phase=st.sampled_from(["started", "done", "failed", "unknown"]),
        action=facts,
        description=texts,
        value=json,
        error=st.none() | problems,
    ),
    st.builds(e.FilesData, files=st.lists(files, max_size=3)),
    st.builds(e.RequestData, request=requests),
    st.builds(e.DecisionData, request=requests),
    st.builds(e.UsageData, usage=st.builds(Usage, steps=numbers)),
    st.builds(e.ResultData, result=results),
    st.builds(e.ErrorData, error=texts, code=texts),
    st.builds(e.WarningData, code=texts, details=facts),
)


@given(data=data, message=texts, status=st.sampled_from(Status), seq=st.integers(1, 2**53), now=numbers)
def test_an_event_comes_back_from_its_json_as_it_was(
    data: e.EventData, message: str, status: Status, seq: int, now: int
) -> None:
    event = e.make(data, message=message, status=status, session="ses_1", seq=seq, now=now)

    assert e.EVENTS.validate_json(event.model_dump_json(by_alias=True)) == event
    assert e.EVENTS.validate_python(event.wire()) == event


@given(data=data, seq=st.integers(1, 2**53))
def test_what_clients_were_promised_is_in_every_event(data: e.EventData, seq: int) -> None:
    event: dict[str, Any] = e.make(data, message="m", status=Status.RUNNING, session="ses_1", seq=seq, now=7).wire()

    assert set(event) == {"eventType", "message", "status", "sessionId", "timestamp", "data", "seq", "eventId"}
    assert (event["sessionId"], event["timestamp"], event["eventId"]) == ("ses_1", 7, f"ses_1:{seq}")


def test_every_kind_of_data_has_its_event_and_no_event_lacks_one() -> None:
    assert set(e.EVENT_OF) == set(typing.get_args(e.EventData))
    assert set(e.EVENT_OF.values()) == set(typing.get_args(typing.get_args(e.Event)[0]))


@pytest.mark.parametrize("kind", e.EVENT_OF, ids=lambda kind: kind.__name__)
def test_an_event_carries_the_data_that_it_is_made_for(kind: type[e.EventData]) -> None:
    assert e.EVENT_OF[kind].model_fields["data"].annotation is kind


def test_event_ids_never_collide() -> None:
    assert e.event_id("ses_1", 11) != e.event_id("ses_11", 1)


@pytest.mark.parametrize(("steps", "words"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps")])
def test_what_was_spent_is_a_sentence(steps: int, words: str) -> None:
    assert said(Usage(steps=steps)) == f"The session took {words}."
