"""What an action would act on, as the page stands: shown before it is approved, compared before it is done."""

import json
from dataclasses import dataclass
from typing import cast

from playwright.async_api import ElementHandle
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.addresses import BLANK, address, origin
from zenobia.operators.base import Sight
from zenobia.operators.boxes import box_of, bring
from zenobia.operators.failures import failed
from zenobia.operators.scripts import script
from zenobia.operators.targets import APPEARS_WITHIN, Found, Verb, find
from zenobia.operators.window import Window
from zenobia.protocol import actions
from zenobia.protocol.actions import Action, digest
from zenobia.protocol.box import Box
from zenobia.protocol.wire import Json

STATE = f"""el => {{
  const state = ({script("state")})(el), bent = [Object, Array, String].some(kind => kind.prototype.toJSON);
  const whole = (_, value) => typeof value === 'string' ? value.toWellFormed() : value;  // half a letter is no JSON
  return bent ? state : JSON.stringify(state, whole);
}}"""
"""As one text, which is handed over in half the time; piece by piece where a page writes JSON in a way of its own."""

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
    """What was found: in words, as the page states it, and the element itself if it is one."""

    described: str | None
    state: Json
    element: ElementHandle | None = None


async def see(window: Window, action: Action, *, in_view: bool) -> Sight:
    """Find what `action` is meant for and describe it, without touching it."""
    try:
        seen = await _seen(window, action)
        box, moved = await _box(window, action, seen) if in_view else (None, False)
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
        box=box,
        moved=moved,
    )


async def _seen(window: Window, action: Action) -> Seen:
    match action:
        case actions.Open(url=url) | actions.NewTab(url=url):
            return Seen(address(url), address(url))
        case actions.Press():
            return await _focused(window)
        case actions.ClickAt():
            return await _under(window, action)
        case actions.Drag(target=target, onto=onto):
            first, second = await _meant(window, target, "any"), await _meant(window, onto, "any")
            states: Json = [await _state(first.element), await _state(second.element)]
            return Seen(f"{first} and {second}", states, first.element)
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
            return Seen(str(found), await _state(found.element), found.element)


def _facts(state: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", state) if isinstance(state, dict) else {}


async def _box(window: Window, action: Action, seen: Seen) -> tuple[Box | None, bool]:
    """Where it is in the window, brought into view first unless it was named by where it is; a key has no target."""
    if seen.element is None or isinstance(action, actions.Press):
        return None, False
    moved = not isinstance(action, actions.ClickAt) and await bring(seen.element)
    return await box_of(window.current.page, seen.element), moved


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
    element = (await window.current.page.evaluate_handle(FOCUSED)).as_element()
    if element is None:
        return Seen(None, None)
    state = await _state(element)
    return Seen(f"the focused {state['tag']}", state, element)


async def _under(window: Window, point: actions.ClickAt) -> Seen:
    element = (await window.current.page.evaluate_handle(POINTED, [point.x, point.y])).as_element()
    if element is None:
        return Seen(None, None)
    state = await _state(element)
    return Seen(f"the {state['tag']} at that point", state, element)


async def _state(element: ElementHandle) -> dict[str, Json]:
    said: str | dict[str, Json] = await element.evaluate(STATE)
    return json.loads(said) if isinstance(said, str) else said
