"""Acting on an element that was found: each gesture waits until the element lets itself be acted on."""

from playwright.async_api import ElementHandle, FloatRect, Page

from zenobia.operators.addresses import origin
from zenobia.operators.base import Filling
from zenobia.operators.failures import impossible
from zenobia.operators.targets import Found
from zenobia.protocol.secrets import SecretNotUsable

DRAG_STEPS = 10

OPTION = """(list, wanted) => {
  const norm = text => (text || '').replace(/\\s+/g, ' ').trim();
  const options = [...list.options], low = norm(wanted).toLowerCase();
  const by = [o => norm(o.label) === norm(wanted), o => o.value === wanted, o => norm(o.label).toLowerCase() === low,
    o => o.value.toLowerCase() === low, o => low && norm(o.label).toLowerCase().startsWith(low),
    o => low && norm(o.label).toLowerCase().includes(low)];
  for (const fits of by) {
    const found = options.filter(o => fits(o) && !o.disabled);
    if (found.length) return {index: found[0].index, label: norm(found[0].label), options: []};
  }
  return {index: -1, label: '', options: options.map(o => norm(o.label)).filter(Boolean).slice(0, 15)};
}"""
"""Which option of a native list is meant: by label, by value, then more loosely."""

FORMS = {
    "date": "a date written as 2026-01-31",
    "time": "a time written as 13:45",
    "datetime-local": "a date and time written as 2026-01-31T13:45",
    "month": "a month written as 2026-01",
    "week": "a week written as 2026-W05",
    "number": "a number",
}
"""Kinds of field that stay empty when what is typed has another form."""

VEIL = "el => el.style.setProperty('-webkit-text-security', 'disc', 'important')"
CHECKED = "el => el.getAttribute('aria-checked') === 'true' || el.checked === true"
LABEL = "el => el.labels && el.labels[0] || el.closest('label')"


async def fill(found: Found, text: str, timeout: float) -> None:
    """Replace what a field holds; a field with a form of its own must take it whole."""
    await found.element.fill(text, timeout=timeout)
    kind = found.facts["kind"].removeprefix("input ")
    if kind in FORMS and text and not await found.element.evaluate("el => el.value"):
        raise impossible(f"the field takes {FORMS[kind]} only.")


async def fill_secret(found: Found, name: str, secret: Filling | None, timeout: float) -> None:
    """Replace what a field holds with a secret, if its page may have it; the browser, not the page, says whose it is.

    The field shows dots before it holds anything, and from then on, whatever the page makes of its kind.
    """
    frame = await found.element.owner_frame()
    where = origin(frame.url).lower() if frame is not None else "no page"
    if secret is None or where not in secret.origins:
        raise SecretNotUsable(name=name, problem=f"it is not for {where}.")
    await found.element.evaluate(VEIL)
    await fill(found, secret.value, timeout)


async def click(found: Found, timeout: float) -> None:
    """Click an element; one that is hidden behind its label (as styled checkboxes are) is clicked there."""
    label = None if found.facts["visible"] else (await found.element.evaluate_handle(LABEL)).as_element()
    await (label or found.element).click(timeout=timeout)


async def set_checked(found: Found, wanted: bool, timeout: float) -> bool:
    """Bring a checkbox, radio button or switch to a state; whether that changed anything."""
    if await found.element.evaluate(CHECKED) is wanted:
        return False
    if not wanted and (found.facts["kind"] == "input radio" or found.facts["role"] == "radio"):
        raise impossible("a radio button is cleared only by choosing another one.")
    await click(found, timeout)
    if not await _is(found.element, wanted):
        raise impossible("the page did not let its state change.")
    return True


async def _is(element: ElementHandle, wanted: bool) -> bool:
    """Whether the state is as wanted, giving scripts a moment to follow the click."""
    return bool(
        await element.evaluate(
            f"""(el, wanted) => new Promise(done => {{
              const is = {CHECKED}, until = performance.now() + 500;
              const look = () => is(el) === wanted ? done(true) : performance.now() > until ? done(!el.isConnected)
                : setTimeout(look, 20);
              look();
            }})""",
            wanted,
        )
    )


async def drag(page: Page, source: Found, onto: Found, timeout: float) -> None:
    """Press on one thing, move onto another, let go."""
    await source.element.scroll_into_view_if_needed(timeout=timeout)
    await source.element.hover(timeout=timeout)
    await page.mouse.down()
    try:
        await onto.element.scroll_into_view_if_needed(timeout=timeout)
        box = await onto.element.bounding_box()
        if box is None:
            raise impossible("what it should be dragged onto is not visible.")
        x, y = _middle(box)
        await page.mouse.move(x, y, steps=DRAG_STEPS)
        await page.mouse.move(x, y)  # a second move over the same spot is what makes pages accept a drop
    finally:
        await page.mouse.up()


def _middle(box: FloatRect) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
