"""Scrolling by most of a screen, and on until something is in view, also on pages that grow while one scrolls."""

import asyncio
import time

from zenobia.operators.page import LivePage
from zenobia.operators.targets import Found, find
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.actions import Target

MOST_SCREENS = 60
GROWS_WITHIN = 2.0  # seconds that a page has at its end to bring more: what it fetches is in no frame until it is there
LOOKS_EVERY = 0.1  # seconds

BY = """direction => {
  const able = el =>
    el.scrollHeight > el.clientHeight + 4 && /auto|scroll|overlay/.test(getComputedStyle(el).overflowY);
  let at = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  while (at && !able(at)) at = at.parentElement || (at.getRootNode().host || null);
  const root = document.scrollingElement || document.documentElement;
  const box = at && at !== root && at !== document.body ? at : root;
  const before = box.scrollTop, step = (box === root ? innerHeight : box.clientHeight) * 0.8;
  box.scrollBy({top: direction === 'up' ? -step : step, behavior: 'instant'});
  if (box !== root && box.scrollTop === before) {
    const outer = root.scrollTop;
    root.scrollBy({top: direction === 'up' ? -innerHeight * 0.8 : innerHeight * 0.8, behavior: 'instant'});
    return root.scrollTop !== outer;
  }
  return box.scrollTop !== before;
}"""


async def scroll_by(tab: LivePage, direction: str) -> bool:
    """Scroll what is in the middle of the window; whether anything moved."""
    return bool(await tab.page.evaluate(BY, direction))


async def scroll_until(tab: LivePage, target: Target, until: float) -> Found:
    """Scroll until `target` is in view.

    Raises:
        TargetNotFound: it did not come into being on the way down.
    """
    for _ in range(MOST_SCREENS):
        try:
            found = await find(tab, target, "any", 0)
        except TargetNotFound:
            if not await _went_on(tab, until):
                raise
            await tab.settle(until)
            continue
        await found.element.scroll_into_view_if_needed(timeout=max(100.0, (until - time.monotonic()) * 1000))
        await tab.settle(until)
        return found
    return await find(tab, target, "any", 0)


async def _went_on(tab: LivePage, until: float) -> bool:
    """Whether there was more of the page below, now or as soon as it has grown."""
    until = min(until, time.monotonic() + GROWS_WITHIN)
    while time.monotonic() < until:
        if await scroll_by(tab, "down"):
            return True
        await asyncio.sleep(LOOKS_EVERY)
    return False
