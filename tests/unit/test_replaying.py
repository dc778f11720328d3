"""A session's log as a playbook: what was done reads back as the same, and what a person did is asked of one again."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_playbook_language import FILLED, NUMBER, ROLES, TEXT
from zenobia.agents.language import keys
from zenobia.agents.language.replaying import HOW_TO_HELP, playbook, written
from zenobia.agents.steps import Ask, read
from zenobia.protocol import actions as a
from zenobia.protocol.control import Control, Release
from zenobia.protocol.events import (
    ActionData,
    ActionEvent,
    ControlData,
    ControlEvent,
    DecisionData,
    DecisionEvent,
    Event,
)
from zenobia.protocol.human import Decision, HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import Status

LINES = st.sampled_from(["a\n- open: b", '- click: "x"\n', "steps:\n- x", "# no comment", "then", "(ask first)"])
SAID = FILLED | LINES
REFERENCES = st.none() | st.just("e7")
TARGETS = st.builds(a.Target, text=SAID, role=ROLES, nth=NUMBER, ref=REFERENCES)
ADDRESSES = (
    st.sampled_from(["example.com", "intranet", "https://a.example/two words", "a.example/?q=x y", " x "]) | FILLED
)
NAMES = [" ", "KeyA", "Digit5", "ControlLeft", "Control+KeyA", "é", '"', "Enter", "Search"]
KEYS = (st.sampled_from(NAMES) | TEXT.filter(bool)).filter(lambda name: keys.key(name) in (None, name))
PIXELS = st.floats(0, 20_000, allow_nan=False)
KINDS: list[type[Any]] = [kind for kind in get_args(get_args(a.Action)[0]) if kind is not a.CallTool]
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "url": ADDRESSES,
    "key": KEYS,
    "x": PIXELS,
    "y": PIXELS,
    "target": TARGETS,
    "onto": TARGETS,
    "tab": FILLED,
    "option": SAID,
    "secret": SAID,
    "file": SAID,
    "name": SAID,
    "submit": st.booleans(),
    "accept": st.booleans(),
    "to": st.sampled_from(["up", "down"]) | TARGETS,
}
TEXTS: dict[type[Any], st.SearchStrategy[Any]] = {
    a.Type: (TEXT | LINES).filter(lambda text: not text or bool(text.strip("•"))),
    a.AnswerDialog: st.none() | TEXT,
}


def built(kind: type[Any]) -> st.SearchStrategy[Any]:
    given = FIELDS | ({"text": TEXTS[kind]} if kind in TEXTS else {})
    return st.builds(kind, **{name: given[name] for name in kind.model_fields if name != "verb"})


def event(kind: type[Any], data: Any) -> Event:
    told = {"message": "", "status": Status.RUNNING, "session_id": "s", "timestamp": 1, "seq": 1, "event_id": "e"}
    return kind(data=data, **told)


def done(action: a.Action) -> Event:
    data = ActionData(action_id="1", phase="done", action=action.wire(), description=a.describe(action))
    return event(ActionEvent, data)


def unreferred(action: Any) -> Any:
    """The action without references, which no other page has."""
    named = {name: held.model_copy(update={"ref": None}) for name, held in action if isinstance(held, a.Target)}
    return action.model_copy(update=named)


@given(st.lists(st.one_of([built(kind) for kind in KINDS]), min_size=1, max_size=3))
def test_every_action_that_is_exported_reads_back_as_itself(actions: list[a.Action]) -> None:
    words = written(playbook(map(done, actions)), "s")

    assert [step.deed for step in read(words)] == [unreferred(action) for action in actions]


def test_what_has_no_name_is_left_to_a_person() -> None:
    nameless = a.Target(ref="e4")
    for action in (a.Click(target=nameless), a.Scroll(to=nameless), a.Drag(target=a.Target(text="A"), onto=nameless)):
        [step] = playbook([done(action)])
        assert isinstance(step.deed, Ask)
        assert read(str(step)) == [step]


def asked(status: RequestStatus, reason: str = "The agent asks.", response: Any = None) -> Event:
    decision = Decision(status=status, decided_at=2, decided_by="ada", response=response)
    request = HumanLayerRequest(
        id="1",
        session_id="s",
        kind=RequestKind.HELP,
        title="Solve the captcha",
        reason=reason,
        status=status,
        created_at=1,
        expires_at=2,
        allowed=(),
        decision=decision,
    )
    return event(DecisionEvent, DecisionData(request=request))


@pytest.mark.parametrize(
    ("settled", "steps"),
    [
        (asked(RequestStatus.APPROVED), ["Solve the captcha"]),
        (asked(RequestStatus.ANSWERED, response="It said 42."), ["Solve the captcha"]),
        (asked(RequestStatus.DENIED), []),
        (asked(RequestStatus.APPROVED, HOW_TO_HELP), ["Solve the captcha"]),
        (asked(RequestStatus.ANSWERED, HOW_TO_HELP, "press Enter"), []),  # the steps that were done are on record
    ],
)
def test_help_is_asked_for_again_with_a_note_or_without(settled: Event, steps: list[str]) -> None:
    assert [step.deed for step in playbook([settled])] == [Ask(what) for what in steps]


def drove(reason: Release | None, *did: str, private: bool = False, request: str | None = None) -> Event:
    control = Control(by="ada", since=1, private=private, request_id=request)
    return event(ControlEvent, ControlData(phase="released", control=control, reason=reason, did=list(did)))


@pytest.mark.parametrize(
    ("driven", "steps"),
    [
        (drove(Release.HANDED_BACK, 'Clicked "Menu"', "Typed 4 characters"), 1),
        (drove(Release.TIMED_OUT, 'Clicked "Menu"'), 1),
        (drove(Release.HANDED_BACK), 0),
        (drove(Release.HANDED_BACK, private=True), 1),
        (drove(Release.HANDED_BACK, "Typed", request="1"), 0),  # the decision says it
        (drove(Release.TAKEN_OVER, "Typed"), 1),
    ],
)
def test_what_a_person_did_unasked_is_asked_of_one(driven: Event, steps: int) -> None:
    found = playbook([driven])

    assert len(found) == steps
    assert all(isinstance(step.deed, Ask) and read(str(step)) == [step] for step in found)
