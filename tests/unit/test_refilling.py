"""What is filled in again in a fresh browser: what was typed and not sent, if nobody had to agree to it."""

from typing import Any

from tests.unit.test_replaying import drove, event
from zenobia.protocol import actions as a
from zenobia.protocol.events import ActionData, ActionEvent, DecisionData, DecisionEvent, Event
from zenobia.protocol.human import Decision, HumanLayerRequest, RequestKind, RequestStatus
from zenobia.sessions.proposals import MASK
from zenobia.sessions.refilling import unsent_in

PAGE = "https://shop.example/checkout"
NAME, PASSWORD = a.Target(text="Name"), a.Target(text="Password")
ADA = a.Type(text="Ada", target=NAME)
EXPRESS = a.Select(option="Express", target=a.Target(text="Delivery"))
AGREES = a.Check(target=a.Target(text="I agree", role="checkbox", nth=2))


def acted(action: a.Action, **facts: Any) -> list[Event]:
    facts = {"phase": "done", "url": PAGE, "sent": False} | facts
    given: dict[str, Any] = {"action_id": "1", "action": action.wire(), "description": a.describe(action)}
    started = event(ActionEvent, ActionData(phase="started", **given))
    return [started, event(ActionEvent, ActionData(**given, **facts))]


def approved() -> Event:
    request = HumanLayerRequest(
        id="1",
        session_id="s",
        kind=RequestKind.APPROVAL,
        title="Type it",
        reason="",
        status=RequestStatus.APPROVED,
        created_at=1,
        expires_at=2,
        allowed=(),
        decision=Decision(status=RequestStatus.APPROVED, decided_at=2, decided_by="ada"),
    )
    return event(DecisionEvent, DecisionData(request=request))


def left(*told: Event | list[Event], page: str | None = PAGE) -> tuple[list[a.Action], list[str]]:
    events = [one for some in told for one in (some if isinstance(some, list) else [some])]
    unsent = unsent_in(events, page)
    return list(unsent.fills), unsent.missing


def test_what_was_filled_in_since_the_page_came_is_left_in_its_order() -> None:
    looked = acted(a.Extract(target=NAME, name="x"))
    opened = acted(a.Open(url=PAGE))

    assert left(acted(ADA), opened, acted(ADA), looked, acted(EXPRESS), acted(AGREES)) == ([ADA, EXPRESS, AGREES], [])


def test_nothing_is_left_behind_what_may_have_sent_it() -> None:
    for sends in (
        acted(a.Click(target=a.Target(text="Send"))),
        acted(a.Click(target=a.Target(text="Send")), phase="failed") + acted(a.Scroll()),
        acted(a.Press(key="Enter")),
        acted(a.Type(text="x", target=NAME, submit=True)),
        acted(EXPRESS, sent=True),
        acted(EXPRESS, sent=None),  # nobody knows: it was done by a version that did not look
        acted(EXPRESS, phase="failed") + acted(a.Scroll()),
        acted(a.Scroll(), url="https://shop.example/elsewhere"),
        [drove(None, "typed")],
    ):
        assert left(acted(ADA), sends) == ([], [])
    assert left(acted(ADA), page="https://shop.example/elsewhere") == ([], [])


def test_what_is_secret_or_was_agreed_to_is_missed_and_not_done_again() -> None:
    secret = acted(a.TypeSecret(secret="shop", target=PASSWORD))
    masked = acted(a.Type(text=MASK, target=PASSWORD))

    assert left(acted(ADA), secret, masked) == ([ADA], ['"Password"', '"Password"'])
    assert left(approved(), acted(ADA), acted(EXPRESS)) == ([EXPRESS], ['"Name"'])
    assert left(acted(ADA), approved()) == ([ADA], [])  # of what is about to be done


def test_the_form_is_filled_in_for_what_was_cut_off_as_a_person_may_have_it_done_again() -> None:
    [begun, unknown] = acted(a.Click(target=a.Target(text="Send")), phase="unknown", url=None)

    assert left(acted(ADA), begun) == left(acted(ADA), begun, unknown) == ([ADA], [])


def test_what_failed_was_not_filled_in() -> None:
    assert left(acted(ADA, phase="failed"), acted(EXPRESS, phase="unknown")) == ([], [])


def test_a_reference_of_a_browser_that_is_gone_is_not_used() -> None:
    named = a.Type(text="Ada", target=a.Target(text="Name", role="textbox", ref="e7"))

    ([again], _) = left(acted(named))
    nameless = left(acted(a.Type(text="Ada", target=a.Target(ref="e7"))))

    assert again == a.Type(text="Ada", target=a.Target(text="Name", role="textbox"))
    assert nameless == ([], ["[e7]"])
