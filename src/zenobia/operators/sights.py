"""What an action would act on, as the page stands: shown before it is approved, compared before it is done."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import cast

from playwright.async_api import ElementHandle
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.addresses import BLANK, address, origin
from zenobia.operators.base import Sight
from zenobia.operators.boxes import BRING, box_of
from zenobia.operators.failures import failed
from zenobia.operators.scripts import script
from zenobia.operators.targets import APPEARS_WITHIN, Found, Verb, find
from zenobia.operators.window import Window
from zenobia.protocol import actions
from zenobia.protocol.actions import Action, digest
from zenobia.protocol.box import Box
from zenobia.protocol.wire import Json

STATE = f"""(el, bring) => {{
  const state = ({script("state")})(el), bent = [Object, Array, String].some(kind => kind.prototype.toJSON);
  const whole = (_, value) => typeof value === 'string' ? value.toWellFormed() : value;  // half a letter is no JSON
  const moved = () => {{ try {{ return ({BRING})(el); }} catch {{ return false; }} }};
  return [bent ? state : JSON.stringify(state, whole), bring && moved()];
}}"""
"""The state, and whether something was scrolled to bring the element into view, if it was to be brought there.

The state is one text, which is handed over in half the time; piece by piece where a page writes JSON in a way of its
own.
"""

FACTS = (
    *("tag", "type", "said", "sends", "editable", "inForm", "submits", "search", "password", "card", "href", "action"),
    *("method", "dialog", "filled"),
)
"""What is passed on of an element's state: what says what acting on it would set off."""

FOCUSED = """() => {
  let at = document.activeElement;
  while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
  return at;
}"""

POINTED = """([x, y]) => {
  let at = document.elementFromPoint(x, y);
  for (let within; at && at.shadowRoot; at = within) {
    within = at.shadowRoot.elementFromPoint(x, y);
    if (!within || within === at) break;
  }
  return at;
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: in words, as the page states it, where it is, and whether something was scrolled for that."""

    described: str | None
    state: Json
    box: Box | None = None
    moved: bool = False


async def see(window: Window, action: Action, *, in_view: bool) -> Sight:
    """Find what `action` is meant for and describe it, without touching it."""
    try:
        seen = await _seen(window, action, in_view=in_view)
    except PlaywrightError as error:
        raise failed(error, APPEARS_WITHIN) from error
    url = window.current.url
    facts = _facts(seen.state)
    return Sight(
        url=url,
        origin=str(facts.get("origin") or origin(url or BLANK)),
        target=seen.described,
        state=digest({"url": url, "state": seen.state}),
        secret=facts.get("secret") is True,
        facts={name: facts[name] for name in FACTS if name in facts},
        box=seen.box,
        moved=seen.moved,
    )


async def _seen(window: Window, action: Action, *, in_view: bool) -> Seen:
    match action:
        case actions.Open(url=url) | actions.NewTab(url=url):
            return Seen(address(url), address(url))
        case actions.Press():
            return await _focused(window)
        case actions.ClickAt():
            return await _under(window, action, in_view=in_view)
        case actions.Drag(target=target, onto=onto):
            first, second = await _meant(window, target, "any"), await _meant(window, onto, "any")
            seen, other = await _stated(window, first.element, in_view=in_view), await _stated(window, second.element)
            return Seen(f"{first} and {second}", [seen.state, other.state], seen.box, seen.moved)
        case actions.AnswerDialog():
            dialog = window.dialog
            return Seen(dialog.text, {"dialog": dialog.kind, "text": dialog.text}) if dialog else Seen(None, None)
        case actions.Scroll(to=actions.Target() as target):
            return Seen(str(target), None)
        case actions.GoBack() | actions.SwitchTab() | actions.CloseTab() | actions.ReadResults() | actions.Scroll():
            return Seen(None, None)
        case actions.Screenshot() | actions.CallTool():
            return Seen(None, None)
        case _:
            found = await _meant(window, action.target, _verb(action))
            return replace(await _stated(window, found.element, in_view=in_view), described=str(found))


def _facts(state: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", state) if isinstance(state, dict) else {}


def _verb(action: Action) -> Verb:
    match action:
        case actions.Click() | actions.Type() | actions.Select() | actions.Check() | actions.Uncheck():
            return action.verb
        case actions.TypeSecret():
            return "type"
        case actions.Hover() | actions.Upload() | actions.Download():
            return action.verb
        case _:
            return "any"


async def _meant(window: Window, target: actions.Target, verb: Verb) -> Found:
    return await find(window.current, target, verb)


async def _focused(window: Window) -> Seen:
    """What has the focus: a key has no place on the page."""
    element = (await window.current.page.evaluate_handle(FOCUSED)).as_element()
    if element is None:
        return Seen(None, None)
    seen = await _stated(window, element)
    return replace(seen, described=f"the focused {_facts(seen.state)['tag']}")


async def _under(window: Window, point: actions.ClickAt, *, in_view: bool) -> Seen:
    """What is at a point, which is left there."""
    element = (await window.current.page.evaluate_handle(POINTED, [point.x, point.y])).as_element()
    if element is None:
        return Seen(None, None)
    seen = await _stated(window, element)
    box = await box_of(window.current.page, element) if in_view else None
    return replace(seen, described=f"the {_facts(seen.state)['tag']} at that point", box=box)


async def _stated(window: Window, element: ElementHandle, *, in_view: bool = False) -> Seen:
    """An element as its page states it; with its place, if it is to be brought `in_view`."""
    page = window.current.page
    asking: Coroutine[None, None, tuple[Json, bool]] = element.evaluate(STATE, in_view)
    (said, moved), box = await asyncio.gather(asking, box_of(page, element)) if in_view else (await asking, None)
    if moved:
        box = await box_of(page, element)
    return Seen(None, json.loads(said) if isinstance(said, str) else said, box, moved is True)
