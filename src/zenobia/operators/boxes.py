"""Where an element is in the window, for whoever is shown what is acted on."""

from playwright.async_api import ElementHandle, FloatRect, Page
from playwright.async_api import Error as PlaywrightError

from zenobia.protocol.box import Box

VIEWPORT = (1280, 800)
"""CSS pixels of a window that does not say."""

BRING = """el => {
  const top = el.getBoundingClientRect().top;
  el.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
  if (el.getBoundingClientRect().top !== top) {
    el.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});
  }
}"""
"""Brings an element into view; one that has to be moved comes to the middle, away from what sticks to the edges."""


def window_size(page: Page) -> tuple[int, int]:
    """Width and height of the page's window in CSS pixels."""
    size = page.viewport_size
    return VIEWPORT if size is None else (size["width"], size["height"])


async def box_of(page: Page, element: ElementHandle, *, bring: bool = False) -> Box | None:
    """Where the element is, brought into view first if that is wanted; None if no part of it is in view."""
    try:
        if bring:
            await element.evaluate(BRING)
        place = await element.bounding_box()
    except PlaywrightError:  # it is gone by now, or the page is
        return None
    wide, high = window_size(page)
    if place is None or not _meets(place, wide, high):
        return None
    x, y, width, height = (round(place[side], 1) for side in ("x", "y", "width", "height"))
    return Box(x=x, y=y, width=width, height=height, window_width=wide, window_height=high)


def _meets(place: FloatRect, wide: int, high: int) -> bool:
    within = place["x"] < wide and place["y"] < high
    return within and place["x"] + place["width"] > 0 and place["y"] + place["height"] > 0
