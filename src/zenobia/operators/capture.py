"""Pictures of a page, straight from the browser: as fast as it gives them, and never waiting for the page's script.

A page that is blocked (by a dialog, or a script that never ends) is not drawn again on request; then the frame that
the browser shows is taken from its screencast, which needs nothing from the page.
"""

import asyncio
import base64
import struct
import time
from typing import TypedDict

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.base import Picture, Shot
from zenobia.operators.cdp import tell
from zenobia.operators.failures import timed_out
from zenobia.operators.page import LivePage, swapped
from zenobia.protocol.box import Box

FORMATS = ("png", "jpeg", "webp")
QUALITY = 80
MOST_PIXELS = 40_000_000
"""Pixels of a full-page picture; a longer page is cut there."""

SHARE = 0.5
"""How much of the deadline a drawn picture gets before the shown frame is taken instead."""


class Frame(TypedDict):
    """One frame of a screencast."""

    data: str
    sessionId: int


async def picture(tab: LivePage, shot: Shot, *, within: float, blocked: bool) -> Picture:
    """A picture of `tab`; of what it last showed when it is `blocked` or does not answer.

    Raises:
        ActionTimedOut: the browser gave none within the deadline.
    """
    kind = shot.format if shot.format in FORMATS else "png"
    until = time.monotonic() + within
    data = None if blocked else await _drawn(tab, shot, kind, within * SHARE)
    if data is None:
        kind = "jpeg" if kind == "jpeg" else "png"
        data = await _shown(tab, shot, kind, until - time.monotonic())
    if data is None:
        raise timed_out(within, "the browser gave no picture.")
    if shot.outline is not None and kind == "png" and not shot.full_page:
        data = await asyncio.to_thread(_outlined, data, shot.outline)
    if tab.going and not blocked:
        await tab.learn_title()  # it is told by itself only when the document is there
    width, height = size(data)
    return Picture(
        data=data,
        mime_type=f"image/{kind}",
        width=width,
        height=height,
        url=tab.url,
        title=tab.title,
        taken_at=time.time_ns() // 1_000_000,
    )


def _outlined(png: bytes, box: Box) -> bytes:
    from zenobia.operators.outlining import outlined  # takes long to load, and few pictures need it

    return outlined(png, box)


async def _drawn(tab: LivePage, shot: Shot, kind: str, within: float) -> bytes | None:
    wanted: dict[str, object] = {"format": kind, "optimizeForSpeed": True}
    if kind != "png":
        wanted["quality"] = shot.quality or QUALITY
    try:
        async with asyncio.timeout(within):
            cdp = await tab.attach()
            if shot.full_page:
                wanted |= await _whole(cdp)
            answer = await swapped(lambda: tell(cdp, "Page.captureScreenshot", wanted))
    except (PlaywrightError, TimeoutError):
        return None
    return base64.b64decode(answer["data"])


async def _whole(cdp: CDPSession) -> dict[str, object]:
    metrics = await tell(cdp, "Page.getLayoutMetrics")
    content = metrics["cssContentSize"]
    width = max(1.0, min(content["width"], 10_000))
    height = max(1.0, min(content["height"], MOST_PIXELS / width))
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    return {"captureBeyondViewport": True, "clip": clip}


async def _shown(tab: LivePage, shot: Shot, kind: str, within: float) -> bytes | None:
    """The frame that the browser shows, taken on a line of its own so that no other screencast is disturbed."""
    first: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()

    def arrived(frame: Frame) -> None:
        if not first.done():
            first.set_result(frame)

    try:
        async with asyncio.timeout(within), tab.looking:
            await tab.attach()
            if tab.lens is None:
                return None
            tab.lens.once("Page.screencastFrame", arrived)
            await tell(tab.lens, "Page.startScreencast", {"format": kind, "quality": shot.quality or QUALITY})
            data = base64.b64decode((await first)["data"])
            await tell(tab.lens, "Page.stopScreencast")
            return data
    except (PlaywrightError, TimeoutError):
        return None


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, as a PNG, JPEG or WebP file itself says them; zeros for anything else."""
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if data[8:12] == b"WEBP":
        return _webp_size(data)
    return 0, 0


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case _:
            return 0, 0
