"""What is at stake in an action, and what the policies make of it."""

from pathlib import Path
from typing import Any

import pytest

from zenobia.agents.policy.kinds import Kind, kind_of, origin_of
from zenobia.agents.policy.rules import BUILT_IN, Policy, UnreadablePolicy, Verdict, judge, read_policy, written
from zenobia.operators.base import Sight
from zenobia.protocol import actions
from zenobia.protocol.actions import Action, Target

SHOP = "https://shop.example"
KNOWN = {SHOP}
BUTTON = actions.Click(target=Target(text="x"))
FIELD = Target(text="field")


def kind(action: Action, *, secret: bool = False, target: str | None = None, **facts: Any) -> Kind:
    return kind_of(action, Sight(f"{SHOP}/page", SHOP, target, "state", secret, facts), KNOWN)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"tag": "button", "said": "Pay €20 now"}, Kind.PAY),
        ({"tag": "button", "said": "Zahlungspflichtig bestellen"}, Kind.PAY),
        ({"tag": "button", "said": "Place order", "submits": True}, Kind.PAY),
        ({"tag": "button", "said": "Continue", "submits": True, "card": True}, Kind.PAY),
        ({"tag": "button", "said": "Log in", "submits": True, "password": True}, Kind.CREDENTIAL),
        ({"tag": "button", "said": "Send message"}, Kind.SEND),
        ({"tag": "button", "said": "Veröffentlichen"}, Kind.SEND),
        ({"tag": "button", "said": "Delete account"}, Kind.DELETE),
        ({"tag": "a", "said": "Unsubscribe", "href": f"{SHOP}/u"}, Kind.DELETE),
        ({"tag": "button", "said": "Register", "submits": True}, Kind.SUBMIT),
        ({"tag": "button", "said": "", "submits": True}, Kind.SUBMIT),
        ({"tag": "button", "said": "Go", "submits": True, "search": True}, Kind.SEARCH),
        ({"tag": "button", "said": "Add to cart", "submits": True}, Kind.CLICK),
        ({"tag": "button", "said": "Show more"}, Kind.CLICK),
        ({"tag": "button", "said": "Menu"}, Kind.CLICK),
        ({"tag": "button", "said": ""}, Kind.UNKNOWN),
        ({"tag": "canvas"}, Kind.UNKNOWN),
        ({}, Kind.UNKNOWN),
        ({"tag": "a", "said": "Order history", "href": f"{SHOP}/orders"}, Kind.NAVIGATE),
        ({"tag": "a", "said": "Elsewhere", "href": "https://other.example/"}, Kind.NEW_ORIGIN),
        ({"tag": "a", "said": "Buy", "href": "javascript:buy()"}, Kind.PAY),
        ({"tag": "input", "type": "checkbox", "said": "Pay by card"}, Kind.FILL),
    ],
)
def test_a_click_is_what_it_sets_off(facts: dict[str, Any], expected: Kind) -> None:
    assert kind(BUTTON, **facts) is expected


@pytest.mark.parametrize(
    ("action", "facts", "expected"),
    [
        (actions.Type(text="a", target=FIELD), {}, Kind.FILL),
        (actions.Type(text="a", target=FIELD, submit=True), {"search": True}, Kind.SEARCH),
        (actions.Type(text="a", target=FIELD, submit=True), {"sends": "Send"}, Kind.SEND),
        (actions.Type(text="a", target=FIELD, submit=True), {}, Kind.SUBMIT),
        (actions.Press(key="Escape"), {}, Kind.READ),
        (actions.Press(key="Enter"), {"tag": "input", "inForm": True, "search": True}, Kind.SEARCH),
        (actions.Press(key="Enter"), {"tag": "input", "inForm": True, "sends": "Buy now"}, Kind.PAY),
        (actions.Press(key="Enter"), {"tag": "button", "said": "Delete"}, Kind.DELETE),
        (actions.Press(key="Enter"), {"tag": "div", "editable": True}, Kind.SEND),
        (actions.Press(key="Delete"), {"tag": "body"}, Kind.UNKNOWN),
        (actions.Press(key="a"), {"tag": "input"}, Kind.FILL),
        (actions.Upload(file="x", target=FIELD), {}, Kind.UPLOAD),
        (actions.Download(target=FIELD), {}, Kind.DOWNLOAD),
        (actions.ClickAt(x=1, y=1), {"tag": "canvas"}, Kind.UNKNOWN),
        (actions.AnswerDialog(accept=False), {"dialog": "confirm"}, Kind.READ),
        (actions.AnswerDialog(accept=True), {"dialog": "alert"}, Kind.READ),
        (actions.AnswerDialog(accept=True), {"dialog": "confirm"}, Kind.UNKNOWN),
        (actions.Scroll(), {}, Kind.READ),
        (actions.Open(url=f"{SHOP}/a"), {}, Kind.NAVIGATE),
        (actions.Open(url="https://news.example/"), {}, Kind.NEW_ORIGIN),
        (actions.Open(url="https://evil.example/?q=" + "secret" * 20), {}, Kind.DISCLOSE),
    ],
)
def test_every_action_has_its_kind(action: Action, facts: dict[str, Any], expected: Kind) -> None:
    assert kind(action, **facts) is expected


def test_a_dialog_is_what_it_says_and_a_secret_field_is_what_it_is() -> None:
    accept = actions.AnswerDialog(accept=True)

    assert kind(accept, target="Delete this for ever?", dialog="confirm") is Kind.DELETE
    assert kind(actions.Type(text="hunter2", target=FIELD), secret=True) is Kind.CREDENTIAL


def test_what_cannot_be_undone_is_asked_about_and_so_is_what_cannot_be_told() -> None:
    asked = {kind for kind, verdict in BUILT_IN.items() if verdict is Verdict.ASK}

    assert set(BUILT_IN) == set(Kind)
    assert asked == {
        *(Kind.SUBMIT, Kind.PAY, Kind.SEND, Kind.DELETE, Kind.UPLOAD, Kind.CREDENTIAL, Kind.DISCLOSE, Kind.UNKNOWN),
        Kind.TOOL,
    }


def policy(**given: Any) -> Policy:
    return written(given, "here")


def verdict(kind: Kind, *layers: Policy, origin: str = SHOP, **how: Any) -> Verdict:
    return judge(kind, origin, layers=[(f"Policy {n}", layer) for n, layer in enumerate(layers)], **how).verdict


def test_deny_wins_wherever_it_stands() -> None:
    denies = policy(rules=[{"verdict": "deny", "kinds": ["pay"]}])
    allows = policy(kinds={"pay": "allow"}, rules=[{"verdict": "allow"}])

    assert verdict(Kind.PAY, allows, denies) is Verdict.DENY
    assert verdict(Kind.PAY, denies, granted=frozenset({("pay", SHOP)})) is Verdict.DENY
    assert verdict(Kind.SEND, allows, denies) is Verdict.ALLOW


def test_the_nearest_policy_counts_and_in_it_the_strictest_rule() -> None:
    session = policy(rules=[{"verdict": "allow", "kinds": ["send"]}, {"verdict": "ask", "origins": ["*.example"]}])
    server = policy(kinds={"send": "ask", "download": "ask"})

    assert verdict(Kind.SEND, session, server) is Verdict.ASK
    assert verdict(Kind.SEND, session, server, origin="https://intranet.test") is Verdict.ALLOW
    assert verdict(Kind.DOWNLOAD, session, server, origin="https://intranet.test") is Verdict.ASK


@pytest.mark.parametrize(
    ("pattern", "origin", "fits"),
    [
        ("shop.example", "https://shop.example", True),
        ("shop.example", "https://shop.example:8443", True),
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example", "http://shop.example", False),
        ("*.example", "https://shop.example", True),
        ("shop.example", "https://shop.example.evil.test", False),
        ("shop.example", "https://evil-shop.example", False),
        ("SHOP.example", "https://shop.EXAMPLE", True),
        ("mcp://notes/search", "mcp://notes/search", True),
        ("mcp://notes/search", "mcp://notes/search-all", False),
        ("mcp://notes/*", "mcp://notes/search", True),
        ("mcp://notes/*", "mcp://notes-2/search", False),
        ("https://*", "mcp://notes/search", False),
        ("notes", "mcp://notes/search", False),
    ],
)
def test_origins_are_matched_whole(pattern: str, origin: str, fits: bool) -> None:
    allows = policy(rules=[{"verdict": "allow", "kinds": ["pay"], "origins": [pattern]}])

    assert (verdict(Kind.PAY, allows, origin=origin) is Verdict.ALLOW) is fits


def test_what_a_person_allowed_for_the_session_holds_there_only() -> None:
    granted = frozenset({("send", SHOP)})

    assert verdict(Kind.SEND, granted=granted) is Verdict.ALLOW
    assert verdict(Kind.PAY, granted=granted) is Verdict.ASK
    assert verdict(Kind.SEND, granted=granted, origin="https://other.example") is Verdict.ASK


def test_steps_that_a_person_decided_on_are_held_up_only_by_what_is_written() -> None:
    assert verdict(Kind.PAY, built_in=False) is Verdict.ALLOW
    assert verdict(Kind.PAY, policy(kinds={"pay": "ask"}), built_in=False) is Verdict.ASK


def test_a_judgement_says_why() -> None:
    rule = policy(rules=[{"verdict": "ask", "kinds": ["download"], "why": "Ada wants to see them."}])

    assert judge(Kind.PAY, SHOP, layers=[]).because == '"pay" is asked about unless a policy says otherwise.'
    said = judge(Kind.DOWNLOAD, SHOP, layers=[("The server's policy", rule)]).because
    assert said == "The server's policy, rule 1, says ask. Ada wants to see them."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[kinds]\npay = 'perhaps'", "kinds.pay"),
        ("[kinds]\nbuy = 'ask'", "kinds.buy"),
        ("[[rules]]\nkinds = ['pay']", "rules.0.verdict"),
        ("kinds", "policy.toml"),
        ("extra = 1", "extra"),
    ],
)
def test_a_policy_that_cannot_be_read_says_where(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)

    with pytest.raises(UnreadablePolicy) as refused:
        read_policy(file)

    assert problem in refused.value.message
    assert str(tmp_path) not in refused.value.message


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://Shop.example:8443/a?b#c") == "https://shop.example:8443"
    assert origin_of("about:blank") == "about"
