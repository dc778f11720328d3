"""Reading pages as data: a table as rows, a list as items, a heading as its section, a search page as hits."""

from zenobia.operators.page import LivePage
from zenobia.operators.scripts import script
from zenobia.operators.targets import Found
from zenobia.protocol.wire import Json

LONGEST = 200_000
"""Characters of one text that was read."""

READ = script("read")
RESULTS = script("results")


async def read(found: Found) -> Json:
    """What an element says."""
    value: Json = await found.element.evaluate(READ)
    return value[:LONGEST] if isinstance(value, str) else value


async def read_results(tab: LivePage) -> list[dict[str, str]]:
    """The hits of a search page, in the page's order; none when it has none."""
    hits: list[dict[str, str]] = await tab.page.evaluate(RESULTS)
    return hits
