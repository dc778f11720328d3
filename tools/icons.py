"""Makes the console's icons for home screens out of its one drawing: squares to their edges, which systems round."""

import asyncio
from pathlib import Path

from tests.chrome import chrome

CONSOLE = Path(__file__).parent.parent / "console"
SIDES = (180, 192, 512)
"""Pixels: what iPhones take, and what a web app is asked to have."""

WHOLE = "<style>body { margin: 0 } svg { display: block; width: 100vw }</style>"


async def main() -> None:
    """Draw each."""
    drawing = (CONSOLE / "src" / "look" / "icon.svg").read_text(encoding="utf-8").replace(' rx="8"', "")
    async with chrome() as browser:
        for side in SIDES:
            page = await browser.new_page(viewport={"width": side, "height": side})
            await page.set_content(WHOLE + drawing)
            await page.screenshot(path=CONSOLE / "public" / f"icon-{side}.png")


if __name__ == "__main__":
    asyncio.run(main())
