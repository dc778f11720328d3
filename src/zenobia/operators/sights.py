"""What an action would act on, as the page stands: shown before it is approved, compared before it is done."""

from typing import cast

from playwright.async_api import ElementHandle
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.addresses import BLANK, address, origin
from zenobia.operators.base import Sight
from zenobia.operators.failures import failed
from zenobia.operators.scripts import script
from zenobia.operators.targets import APPEARS_WITHIN, Found, Verb, find
from zenobia.operators.window import Window
from zenobia.protocol import actions
from zenobia.protocol.actions import Action, digest
from zenobia.protocol.wire import Json

STATE = script("state")
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


async def see(window: Window, action: Action) -> Sight:
    """Find what `action` is meant for and describe it, without touching it."""
    try:
        described, state = await _seen(window, action)
    except PlaywrightError as error:
        raise failed(error, APPEARS_WITHIN) from error
    url = window.current.url
    return Sight(
        url=url,
        origin=origin(url or BLANK),
        target=described,
        state=digest({"url": url, "state": state}),
        secret=isinstance(state, dict) and cast("dict[str, Json]", state).get("secret") is True,
    )


async def _seen(window: Window, action: Action) -> tuple[str | None, Json]:
    match action:
        case actions.Open(url=url) | actions.NewTab(url=url):
            return address(url), address(url)
        case actions.Press():
            return await _focused(window)
        case actions.ClickAt():
            return await _under(window, action)
        case actions.Drag(target=target, onto=onto):
            first, second = await _meant(window, target, "any"), await _meant(window, onto, "any")
            return f"{first} and {second}", [await _state(first.element), await _state(second.element)]
        case actions.AnswerDialog():
            dialog = window.dialog
            return (dialog.text, [dialog.kind, dialog.text]) if dialog else (None, None)
        case actions.Scroll(to=actions.Target() as target):
            return str(target), None
        case actions.GoBack() | actions.SwitchTab() | actions.CloseTab() | actions.ReadResults() | actions.Scroll():
            return None, None
        case _:
            found = await _meant(window, action.target, _verb(action))
            return str(found), await _state(found.element)


def _verb(action: Action) -> Verb:
    match action:
        case actions.Click() | actions.Type() | actions.Select() | actions.Check() | actions.Uncheck():
            return action.verb
        case actions.Hover() | actions.Upload() | actions.Download():
            return action.verb
        case _:
            return "any"


async def _meant(window: Window, target: actions.Target, verb: Verb) -> Found:
    return await find(window.current, target, verb)


async def _focused(window: Window) -> tuple[str | None, Json]:
    element = (await window.current.page.evaluate_handle(FOCUSED)).as_element()
    if element is None:
        return None, None
    state = await _state(element)
    return f"the focused {state['tag']}", state


async def _under(window: Window, point: actions.ClickAt) -> tuple[str | None, Json]:
    element = (await window.current.page.evaluate_handle(POINTED, [point.x, point.y])).as_element()
    if element is None:
        return None, None
    state = await _state(element)
    return f"the {state['tag']} at that point", state


async def _state(element: ElementHandle) -> dict[str, Json]:
    state: dict[str, Json] = await element.evaluate(STATE)
    return state
