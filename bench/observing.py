"""What a page costs a model to read, and how much of it is there: our observation against Playwright's own snapshot.

python bench/observing.py

For each page of the demonstration site, and one of hand-made controls: how many of the elements that a person could use
are named with a reference, in how many characters, and in how many milliseconds (the median of a few). The elements are
counted by a third script that knows neither: what is native, has a role, a tabindex or a click handler, and is visible.
"""

import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Frame
from processes import demo_site

from zenobia.operators.observe import scene
from zenobia.operators.operator import ChromiumOperator
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.operators.wall import Wall
from zenobia.protocol.actions import Open

PAGES = ("/", "/news", "/shop", "/shop/checkout", "/form", "/widgets", "/frames", "/downloads", "/login", "/long")
CONTROLS = """<div onclick="1">Plain box</div><div style="cursor:pointer">Card</div><div tabindex=0>Focus me</div>
<div contenteditable>Edit</div><span role=button>Spoken</span>
<label><input type=checkbox style="opacity:0"> Styled</label>
<button><svg width=20 height=20></svg></button><details><summary>More</summary></details>"""
ROUNDS = 5

USABLE = """mark => {
  const roles = ['button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'option', 'textbox', 'combobox',
    'slider', 'spinbutton'].map(role => `[role=${role}]`);
  const query = ['a[href]', 'button', 'input:not([type=hidden])', 'select', 'textarea', 'summary', '[onclick]',
    '[contenteditable]', '[tabindex]:not([tabindex="-1"])', '[style*="cursor:pointer"]', ...roles].join(', ');
  const all = root => [...root.querySelectorAll('*')].flatMap(el => el.shadowRoot ? [el, ...all(el.shadowRoot)] : [el]);
  const seen = el => { const box = el.getBoundingClientRect(); return el.checkVisibility({visibilityProperty: true})
    && box.width > 1 && box.height > 1 && box.right + scrollX > 0; };
  const own = window[Symbol.for('zenobia.scene')];
  const usable = all(document).filter(el => seen(el) && el.matches(query));
  return [usable.length, usable.filter(el => own && own.refs.has(el)).length, usable.filter(el => el[mark]).length];
}"""


async def main() -> None:
    """Measure, and print a table."""
    folder, wall = Path(tempfile.mkdtemp()), Wall(["127.0.0.0/8"])
    pool = ChromiumBrowsers(scratch=folder, warm=1, action_timeout=10, screenshot_timeout=5, wall=wall)
    await pool.start()
    operator = await pool.open("bench", _ignore)
    print("| page | usable | ours | Playwright | characters: ours | Playwright | ms: ours | Playwright |")
    print("|---|---|---|---|---|---|---|---|")
    rows: list[list[float]] = []
    with demo_site() as site:
        for path in (*PAGES, None):
            await operator.act(Open(url=f"{site}{path or '/counter'}"))
            if path is None:
                await operator.window.current.page.set_content(CONTROLS)
            row = await measured(operator)
            rows.append(row)
            print(f"| {path or 'controls'} | " + " | ".join(f"{value:.0f}" for value in row) + " |")
    sums = [sum(column) for column in zip(*rows, strict=True)]
    print("| all | " + " | ".join(f"{value:.0f}" for value in sums) + " |")
    await operator.close()
    await pool.close()


async def measured(operator: ChromiumOperator) -> list[float]:
    """One page: elements, found by us and by Playwright, characters of both, milliseconds of both."""
    tab = operator.window.current
    ours, our_time = await timed(lambda: scene(tab))
    theirs, their_time = await timed(lambda: tab.page.aria_snapshot(mode="ai"))
    for reference in re.findall(r"\[ref=(\w+)\]", theirs):
        await tab.page.locator(f"aria-ref={reference}").evaluate("el => { el.__theirs = true; }")
    counts = [await counted(frame) for frame in tab.page.frames]
    usable, found, named = (sum(column) for column in zip(*counts, strict=True))
    return [usable, found, named, len(ours.text), len(theirs), our_time, their_time]


async def counted(frame: Frame) -> list[int]:
    """What can be used in one document, and how much of it either side names."""
    return await frame.evaluate(USABLE, "__theirs")


async def timed(look: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
    """What a look gives, and the median of its milliseconds."""
    took: list[float] = []
    seen: Any = None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        seen = await look()
        took.append((time.perf_counter() - began) * 1_000)
    return seen, statistics.median(took)


async def _ignore(_: object) -> None:
    """Nobody listens."""


asyncio.run(main())
