"""What a model's session takes is shown as it takes it, money where that is known; and what its result rests on."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from zenobia.agents.browser.agent import THINKING
from zenobia.operators.base import Outcome
from zenobia.testing import ScriptedBrowsers, formats, scripted_server
from zenobia.testing.models import Call, Calls, scripted_model

from .conftest import House, Viewer

PRICED = "gpt-4o"
"""A model with a known price: 2.50 dollars for a million tokens that it reads, 10 for a million that it writes."""

BEGINS = Calls(Call("extract", target="Total", name="total"), input_tokens=12_000, output_tokens=600)
ASKS = Calls(Call("ask", what="With delivery?"), input_tokens=345, output_tokens=78)
CLAIMS = [{"kind": "read", "value": "53.00"}, {"kind": "shows", "value": "Moon"}]
ENDS = Calls(Call("done", text="It costs 53.", claims=CLAIMS), input_tokens=1_000, output_tokens=50)


def rows(page: Page) -> Locator:
    """What it took, but for how long it took, which nobody can foretell, and who did it."""
    return page.locator(".usage > div").filter(has_text=re.compile("^(Steps|Tokens|Cost)"))


@pytest.mark.parametrize(
    ("name", "costs"), [(PRICED, ("$0.0376", "$0.0406")), ("homemade", ("not known", "not known"))]
)
async def test_steps_tokens_and_money_are_counted_while_it_goes_on(
    viewer: Viewer, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, costs: tuple[str, str]
) -> None:
    import_module(THINKING)
    monkeypatch.setattr(formats, "NAME", name)
    browsers = ScriptedBrowsers()
    browsers.answers["extract"] = Outcome("Read the total.", value="53.00")
    async with (
        scripted_model([BEGINS, ASKS, ENDS]) as model,
        scripted_server(tmp_path / "data", browsers, model=f"openai:{name}", model_base_url=f"{model.url}/v1") as kit,
    ):
        page = await viewer.open()
        await page.goto(f"{kit.url}/#/")
        await page.get_by_label("Prompt").fill("What does the lantern cost?")
        await page.get_by_role("button", name="Start").click()
        await expect(rows(page)).to_have_text(["Steps1", "Tokens12,345 in, 678 out", f"Cost{costs[0]}"])

        asked = page.get_by_role("article", name="With delivery?")
        await asked.get_by_label("Answer").fill("Yes")
        await asked.get_by_role("button", name="Send answer").click()
        await expect(rows(page)).to_have_text(["Steps1", "Tokens13,345 in, 728 out", f"Cost{costs[1]}"])
        await expect(page.get_by_role("region", name="Result")).to_contain_text("It costs 53.")
        evidence = page.get_by_role("list", name="Evidence").get_by_role("listitem")
        await expect(evidence).to_contain_text(["It was read: 53.00", "The page shows: Moon"])
        await expect(evidence.last).to_contain_text("The server could not verify this.")
        assert await evidence.evaluate_all("(all) => all.map((one) => one.dataset.verified)") == ["true", "false"]
        await page.goto("about:blank")
