"""Where an element is in the window, for whoever is shown what is acted on."""

from playwright.async_api import ElementHandle, FloatRect, Page
from playwright.async_api import Error as PlaywrightError

from zenobia.protocol.box import Box

VIEWPORT = (1280, 800)
"""CSS pixels of a window that does not say."""

BRING = """el => {
  const top = el.getBoundingClientRect().top, moved = () => el.getBoundingClientRect().top !== top;
  el.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
  if (moved()) el.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});
  return moved() || window !== window.top;
}"""
"""Brings an element into view; one that has to be moved comes to the middle, away from what sticks to the edges.

Says whether it moved; in a frame that cannot be known, as what is around it may have.
"""


def window_size(page: Page) -> tuple[int, int]:
    """Width and height of the page's window in CSS pixels."""
    size = page.viewport_size
    return VIEWPORT if size is None else (size["width"], size["height"])


async def box_of(page: Page, element: ElementHandle) -> Box | None:
    """Where the element is; None if no part of it is in view."""
    try:
        place = await element.bounding_box()
    except PlaywrightError:
        return None
    wide, high = window_size(page)
    if place is None or not _meets(place, wide, high):
        return None
    x, y, width, height = (round(place[side], 1) for side in ("x", "y", "width", "height"))
    return Box(x=x, y=y, width=width, height=height, window_width=wide, window_height=high)


def _meets(place: FloatRect, wide: int, high: int) -> bool:
    within = place["x"] < wide and place["y"] < high
    return within and place["x"] + place["width"] > 0 and place["y"] + place["height"] > 0
