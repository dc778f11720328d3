"""Things are found as a person names them: by role, label and text, in frames and shadow roots, never by guessing."""

import re

import pytest
import pytest_asyncio

from zenobia.protocol.action_errors import ActionTimedOut, AmbiguousTarget, BlockedUrl, TargetNotFound
from zenobia.protocol.actions import ACTIONS, Action

from .conftest import Visit

PAGE = """<!doctype html><title>Finding</title><h1>Search</h1><p id=said>nothing</p>
<form onsubmit="said.textContent = 'submitted'; return false">
  <label for=a>Email *</label><input id=a>
  <input placeholder="Your town">
  <table><tr><td>Street</td><td><input id=street></td></tr></table>
  <input type=password aria-label="Password">
  <div contenteditable aria-label="Message" role=textbox></div>
  <button>Search now</button>
</form>
<button onclick="said.textContent = 'icon'" aria-label="Close panel">×</button>
<img alt="A cat" onclick="said.textContent = 'cat'">
<div style="cursor:pointer" onclick="said.textContent = 'card'">Open the <b>big card</b></div>
<label><input type=checkbox style="display:none"
  onchange="said.textContent = 'quiet ' + this.checked"> Quiet hours</label>
<div role=switch tabindex=0 aria-checked=false aria-label="Wifi"
  onclick="this.setAttribute('aria-checked', this.getAttribute('aria-checked') !== 'true')">·</div>
<button hidden>Pay</button><button onclick="said.textContent = 'paid'">Pay</button>
<a href="/x">Read more</a> <a href="/x">Read more</a>
<ul><li><h3>Tea</h3><button onclick="said.textContent = 'tea'">Add</button></li>
<li><h3>Rum</h3><button onclick="said.textContent = 'rum'">Add</button></li></ul>
<button disabled>Send</button>
<div style="position:relative"><button>Covered</button><div id=cover style="position:absolute;inset:0"></div></div>
"""


@pytest_asyncio.fixture(loop_scope="session")
async def found(visit: Visit) -> Visit:
    """A visit to a page that names things in many ways."""
    await visit.go("/counter")
    await visit.operator.window.current.page.set_content(PAGE)
    return visit


async def said(visit: Visit) -> str:
    """What the page says happened."""
    text = await visit.operator.window.current.page.text_content("#said")
    return text or ""


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("Search", "submitted"),  # a button that begins so, rather than the heading of that name
        ("close panel", "icon"),
        ("A cat", "cat"),
        ("big card", "card"),
        ("Open the big card", "card"),
        ("Pay", "paid"),  # the other one is hidden
        ("Quiet hours", "quiet true"),
    ],
)
async def test_a_click_finds_what_a_person_means(found: Visit, name: str, outcome: str) -> None:
    await found.do("click", target=name)

    assert await said(found) == outcome


@pytest.mark.parametrize("name", ["Email", "email *", "Your town", "Street", "Password", "Message"])
async def test_a_field_is_found_by_whatever_names_it(found: Visit, name: str) -> None:
    await found.do("type", text="here", target=name)

    page = found.operator.window.current.page
    values = await page.evaluate(
        "[...document.querySelectorAll('input, [contenteditable]')].map(field => field.value || field.innerText).join()"
    )
    assert values.count("here") == 1


@pytest.mark.parametrize("name", ["Quiet hours", "Wifi"])
async def test_boxes_and_switches_of_any_making_are_ticked_and_cleared(found: Visit, name: str) -> None:
    assert "Checked" in (await found.do("check", target=name)).message
    assert "already" in (await found.do("check", target=name)).message
    assert "Unchecked" in (await found.do("uncheck", target=name)).message


async def test_several_equals_are_listed_not_guessed(found: Visit) -> None:
    with pytest.raises(AmbiguousTarget) as caught:
        await found.do("click", target="Add")

    assert "Tea" in caught.value.message
    assert "Rum" in caught.value.message
    await found.do("click", target={"text": "Add", "nth": 2})
    assert await said(found) == "rum"


async def test_links_to_the_same_place_are_one(found: Visit) -> None:
    assert (await found.do("click", target="Read more")).url == f"{found.site}/x"


async def test_what_is_missing_is_told_with_what_is_there(found: Visit) -> None:
    found.hurry()

    with pytest.raises(TargetNotFound) as caught:
        await found.do("type", text="x", target="Fax number")

    assert "Email" in caught.value.message
    assert "Search now" not in caught.value.message


async def test_what_appears_in_a_moment_is_waited_for(found: Visit) -> None:
    await found.operator.window.current.page.evaluate(
        "const late = '<button onclick=\"said.textContent=1\">Late</button>';"
        "setTimeout(() => document.body.insertAdjacentHTML('beforeend', late), 700)"
    )

    await found.do("click", target="Late")

    assert await said(found) == "1"


@pytest.mark.parametrize(("name", "problem"), [("Send", "disabled"), ("Covered", "covers it")])
async def test_what_cannot_be_clicked_says_why(found: Visit, name: str, problem: str) -> None:
    found.hurry()

    with pytest.raises(ActionTimedOut, match=problem):
        await found.do("click", target=name)


async def test_a_reference_from_an_observation_wins(found: Visit) -> None:
    snapshot = await found.snapshot()
    line = next(line for line in snapshot.splitlines() if "Search now" in line)
    ref = line.partition("[")[2].partition("]")[0]

    await found.do("click", target={"text": "Close panel", "ref": ref})

    assert await said(found) == "submitted"
    with pytest.raises(TargetNotFound):
        await found.do("click", target={"ref": "e9999"})


async def test_frames_and_shadow_roots_are_part_of_the_page(visit: Visit) -> None:
    await visit.go("/frames")

    await visit.do("type", text="hello", target="Text inside the frame")
    await visit.do("click", target="Press inside the frame")

    assert "Not pressed yet" not in str(await visit.read("", "status"))
    snapshot = await visit.snapshot()
    assert "hello" in snapshot
    await visit.do("click", target={"text": "Greet", "role": "button"})


async def test_a_button_reached_by_its_row_needs_no_number(visit: Visit) -> None:
    await visit.go("/widgets")

    with pytest.raises(AmbiguousTarget, match="From the library"):
        await visit.do("click", target="Delete")


async def sight(visit: Visit, **facts: object) -> tuple[str | None, str, bool]:
    """What an action would act on."""
    action: Action = ACTIONS.validate_python(facts)
    seen = await visit.operator.sight(action)
    return seen.target, seen.state, seen.secret


async def test_a_sight_changes_when_the_form_does(found: Visit) -> None:
    click = {"verb": "click", "target": {"text": "Search now"}}
    target, before, _ = await sight(found, **click)
    assert (await sight(found, **click))[1] == before

    await found.do("type", text="someone@else", target="Email")

    assert target == '"Search now" button'
    assert (await sight(found, **click))[1] != before
    assert await said(found) == "nothing"


ORDER = """<base href="https://shop.example"><form action="/order" method="post"><p id="price">Total: 48.50</p>
<input name="sum" type="hidden" value="48.50"><input name="action" type="hidden" value="buy">
<input name="method" type="hidden" value="card"><label>Name <input name="who" value="Ada"></label>
<label>Password <input name="key" type="password" value="hunter2-canary"></label>
<label><input name="gift" type="checkbox"> Gift</label><button>Order</button></form><a href="/terms">Terms</a>"""
CHANGES = {
    "the price beside it": "document.querySelector('#price').textContent = 'Total: 485.00'",
    "a hidden field": "document.querySelector('[name=sum]').value = '485.00'",
    "what was typed": "document.querySelector('[name=who]').value = 'Eve'",
    "what was checked": "document.querySelector('[name=gift]').checked = true",
    "where it is sent": "document.querySelector('form').setAttribute('action', '/elsewhere')",
    "where its button sends it": "document.querySelector('button').formAction = '/elsewhere'",
    "how it is sent": "document.querySelector('form').setAttribute('method', 'get')",
    "its own words": "document.querySelector('button').textContent = 'Order twice'",
    "whether it can be used": "document.querySelector('button').disabled = true",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_whatever_a_person_relied_on_makes_another_sight(visit: Visit, change: str) -> None:
    page = visit.operator.window.current.page
    await page.set_content(ORDER)
    click = {"verb": "click", "target": {"text": "Order"}}
    _, before, _ = await sight(visit, **click)

    await page.evaluate(CHANGES[change])

    assert (await sight(visit, **click))[1] != before


async def test_a_link_that_leads_elsewhere_is_another_sight(visit: Visit) -> None:
    page = visit.operator.window.current.page
    await page.set_content(ORDER)
    click = {"verb": "click", "target": {"text": "Terms"}}
    _, before, _ = await sight(visit, **click)

    await page.evaluate("document.querySelector('a').href = 'https://evil.example/'")

    assert (await sight(visit, **click))[1] != before


async def test_what_a_form_holds_is_told_but_for_what_nobody_may_read(visit: Visit) -> None:
    await visit.operator.window.current.page.set_content(ORDER)

    seen = await visit.operator.sight(ACTIONS.validate_python({"verb": "click", "target": {"text": "Order"}}))

    assert seen.facts["filled"] == [["Name", "Ada"], ["Password", "••••••"]]
    assert "hunter2-canary" not in str(seen)


async def test_a_password_field_is_secret(found: Visit) -> None:
    _, _, secret = await sight(found, verb="type", text="x", target={"text": "Password"})
    _, _, plain = await sight(found, verb="type", text="x", target={"text": "Email"})

    assert (secret, plain) == (True, False)


async def test_every_verb_has_a_sight(found: Visit) -> None:
    for facts in (
        {"verb": "open", "url": "example.org"},
        {"verb": "press", "key": "Enter"},
        {"verb": "drag", "target": {"text": "A cat"}, "onto": {"text": "big card"}},
        {"verb": "go back"},
        {"verb": "scroll"},
        {"verb": "answer dialog", "accept": True},
    ):
        assert (await sight(found, **facts))[1]
    with pytest.raises(BlockedUrl):
        await sight(found, verb="open", url="file:///etc/passwd")


@pytest.mark.parametrize(
    "change", ["document.querySelector('button').innerText = 'Delete all'", "document.querySelector('button').remove()"]
)
async def test_what_was_judged_by_its_reference_is_not_acted_on_once_it_is_something_else(
    visit: Visit, change: str
) -> None:
    page = visit.operator.window.current.page
    await page.set_content("<button onclick='document.title = 1'>Save</button>")
    named = re.search(r"\[(e\d+)\]", await visit.snapshot())
    assert named is not None
    wanted = ACTIONS.validate_python({"verb": "click", "target": {"ref": named[1]}})
    assert (await visit.operator.sight(wanted, in_view=True)).target == '"Save" button'
    await page.evaluate(change)

    with pytest.raises(TargetNotFound):
        await visit.operator.act(wanted)

    assert await page.title() == ""
