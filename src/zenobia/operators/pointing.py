"""Acting on an element that was found: each gesture waits until the element lets itself be acted on."""

from playwright.async_api import ElementHandle, FloatRect, Page

from zenobia.operators.failures import impossible
from zenobia.operators.targets import Found

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

SEEN = "el => el.checkVisibility({visibilityProperty: true}) && el.getBoundingClientRect().width > 0"
CHECKED = "el => el.getAttribute('aria-checked') === 'true' || el.checked === true"
LABEL = "el => el.labels && el.labels[0] || el.closest('label')"


async def set_checked(found: Found, wanted: bool, timeout: float) -> bool:
    """Bring a checkbox, radio button or switch to a state; whether that changed anything."""
    element = found.element
    if await element.evaluate(CHECKED) is wanted:
        return False
    if not wanted and (found.facts["kind"] == "input radio" or found.facts["role"] == "radio"):
        raise impossible("a radio button is cleared only by choosing another one.")
    if await element.evaluate(SEEN):
        await element.click(timeout=timeout)
    elif label := (await element.evaluate_handle(LABEL)).as_element():
        await label.click(timeout=timeout)
    else:
        await element.set_checked(wanted, timeout=timeout)
    if not await _is(element, wanted):
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
