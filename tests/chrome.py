"""A browser as a person has one to look at pages, held as the server holds its own: in its sandbox, not as root."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from zenobia.operators.chromium import find_browser
from zenobia.operators.confinement import Yard
from zenobia.settings import Settings


@contextmanager
def readable() -> Generator[Path]:
    """A folder whose files that browser can read, though it may run as another user, as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="chrome-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@asynccontextmanager
async def chrome() -> AsyncGenerator[Browser]:
    """A browser as long as the context lasts; without a sandbox only where the settings say that there is none."""
    held = Settings().confinement
    with tempfile.TemporaryDirectory(prefix="chrome-") as folder:
        yard = Yard(Path(folder), held.user)
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=yard.runs(find_browser(None), Path(folder)),
                    downloads_path=yard.arriving,
                    chromium_sandbox=held.sandbox,
                )
                try:
                    yield browser
                finally:
                    await browser.close()
        finally:
            yard.remove()
