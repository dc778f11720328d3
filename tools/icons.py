"""Makes the console's icons for home screens out of its one drawing: squares to their edges, which systems round."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from zenobia.operators.chromium import find_browser

CONSOLE = Path(__file__).parent.parent / "console"
SIDES = (180, 192, 512)
"""Pixels: what iPhones take, and what a web app is asked to have."""


def main() -> None:
    """Draw each."""
    drawing = (CONSOLE / "src" / "look" / "icon.svg").read_text(encoding="utf-8").replace(' rx="8"', "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(None), args=["--no-sandbox"])
        for side in SIDES:
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: 100vw }}</style>{drawing}")
            page.screenshot(path=CONSOLE / "public" / f"icon-{side}.png")
        browser.close()


if __name__ == "__main__":
    main()
