"""How long a picture of a page takes until its bytes are in the client's hands.

The reference asks the browser itself, by the same protocol command with the same format on the same page of the
demonstration site. Ours adds the session's lookup, one frame on the wire and, if asked for, base64.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from browsers import VIEWPORT, capture, raw_browser
from measuring import Block, Comparison, Finding
from playwright.sync_api import CDPSession
from processes import Client, demo_site, scratch, socket_client, zenobia

TARGET = 1.3
PICTURES = 25
"""Pictures in a block."""

QUALITY = 80


@dataclass(frozen=True, slots=True)
class Case:
    """A format, and how its bytes travel."""

    format: str
    encoding: str

    @property
    def asked(self) -> dict[str, object]:
        """What our client asks for."""
        quality = {"quality": QUALITY} if self.format == "jpeg" else {}
        return {"format": self.format, "encoding": self.encoding, **quality}

    @property
    def told(self) -> dict[str, object]:
        """What the browser is told."""
        quality = {"quality": QUALITY} if self.format == "jpeg" else {}
        return {"format": self.format, "optimizeForSpeed": True, **quality}


CASES = (Case("png", "binary"), Case("png", "base64"), Case("jpeg", "binary"))


def screenshot(blocks: int) -> Iterator[Finding]:
    """Pictures of the demonstration site's front page."""
    with ExitStack() as stack:
        site = stack.enter_context(demo_site())
        data_dir = stack.enter_context(scratch()) / "zenobia"
        flags = ("--warm-browsers", "1", "--max-commands-per-second", "1000000", "--allow-networks", "127.0.0.0/8")
        url, _ = stack.enter_context(zenobia(data_dir, *flags))
        client = stack.enter_context(socket_client())
        client.do("connect", group="zenobia", url=url, clients=1)
        client.do("stand", group="zenobia", prompt=f"open {site}")
        page = stack.enter_context(raw_browser()).new_context(viewport=VIEWPORT).new_page()
        page.goto(site)
        session = page.context.new_cdp_session(page)
        for case in CASES:
            yield _compared(case, client, session, blocks)


def _compared(case: Case, client: Client, session: CDPSession, blocks: int) -> Comparison:
    ours: list[Block] = []
    theirs: list[Block] = []
    size = 0
    for _ in range(blocks + 1):
        taken = [capture(session, case.told) for _ in range(PICTURES)]
        theirs.append([took for took, _ in taken])
        answer = client.do("pictures", group="zenobia", payload=case.asked, count=PICTURES)
        ours.append(answer["times"])
        size = answer["bytes"]
    what = f"takeScreenshot, {case.format}, {case.encoding}, {size / 1024:.0f} KiB"
    return Comparison(what, ours[1:], "captureScreenshot", theirs[1:], TARGET)
