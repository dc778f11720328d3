"""A person's hands: what they do in a page is done there, and told in words."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from zenobia.operators.base import Driven, Shown
from zenobia.protocol.action_errors import Impossible
from zenobia.protocol.inputs import Input

from .conftest import Ask, Visit

INPUTS: TypeAdapter[Input] = TypeAdapter(Input)
PATIENCE = 20.0


class Person:
    """Somebody who drives a visit's browser."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.did: list[str] = []

    @property
    def page(self) -> Any:
        return self.visit.operator.window.current.page

    async def do(self, type: str, *files: Path, **facts: Any) -> Driven:
        driven = await self.visit.operator.drive(INPUTS.validate_python({"type": type, **facts}), files)
        if driven.did is not None:
            self.did.append(driven.did)
        return driven

    async def point(self, selector: str) -> dict[str, float]:
        await self.page.wait_for_load_state()  # before that it may still move
        box = await self.page.locator(selector).bounding_box()
        assert box is not None
        return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

    async def click(self, selector: str) -> None:
        at = await self.point(selector)
        await self.do("mouse", action="move", **at)
        await self.do("mouse", action="down", **at)
        await self.do("mouse", action="up", **at)

    async def key(self, key: str, code: str = "", *modifiers: str) -> None:
        for action in ("down", "up"):
            await self.do("key", action=action, key=key, code=code, modifiers=list(modifiers))

    async def write(self, text: str) -> None:
        for letter in text:
            await self.key(letter)

    async def end(self) -> list[str]:
        self.did += await self.visit.operator.let_go()
        return self.did

    async def shown(self, fact: Callable[[Shown], bool]) -> Shown:
        """What is around the picture, once a fact is true of it."""
        async with asyncio.timeout(PATIENCE):
            while not fact(self.visit.operator.look()):
                with self.visit.operator.window.changed.coming() as change:
                    await change
        return self.visit.operator.look()


@pytest_asyncio.fixture(loop_scope="session")
async def person(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Person]:
    """Somebody at the wheel, and a page that may take its time to say what they did."""
    monkeypatch.setattr("zenobia.operators.naming.SAYS_WITHIN", PATIENCE)
    yield Person(visit)


async def test_a_click_is_done_where_it_is_made_and_told_by_name(person: Person, ask: Ask) -> None:
    await person.visit.go("/counter")
    before = (await ask("/counter.json"))["count"]

    await person.click("button:has-text('Count')")
    await person.page.wait_for_load_state()

    assert (await ask("/counter.json"))["count"] == before + 1
    assert await person.end() == ['clicked button "Count"']


async def test_a_login_by_hand_tells_no_password(person: Person) -> None:
    await person.visit.go("/login")

    await person.click("input[name=username]")
    await person.write("adaa")
    await person.key("Backspace", "Backspace")
    await person.key("Tab", "Tab")
    await person.write("lovelace")
    async with person.page.expect_navigation():
        await person.key("Enter", "Enter")

    assert person.page.url.endswith("/account")
    did = await person.end()
    assert did == [
        'clicked field "Username"',
        'typed "ada" into field "Username"',
        'typed something secret into field "Password"; pressed Enter',
        f"went to {person.visit.site}/account",
    ]


async def test_keys_with_modifiers_are_the_browsers_shortcuts(person: Person) -> None:
    await person.visit.go("/login")
    await person.click("input[name=username]")
    await person.write("wrong")

    await person.key("a", "KeyA", "Control")
    copied = await person.do("copy")
    await person.do("paste", text="ada")

    assert copied.copied == "wrong"
    assert await person.page.input_value("input[name=username]") == "ada"


async def test_what_is_composed_and_what_a_phone_types_ends_in_the_field(person: Person) -> None:
    await person.visit.go("/login")
    await person.click("input[name=username]")

    await person.do("compose", text="に", selectionStart=1, selectionEnd=1)
    await person.do("compose", text="にほん", selectionStart=3, selectionEnd=3)
    await person.do("text", text="日本")
    await person.do("text", text=" 🎉")

    assert await person.page.input_value("input[name=username]") == "日本 🎉"


async def test_the_wheel_scrolls(person: Person) -> None:
    await person.visit.go("/long")

    await person.do("wheel", x=600, y=400, deltaY=600)

    await person.page.wait_for_function("scrollY > 300")


async def test_a_drag_moves_what_is_dragged(person: Person) -> None:
    await person.visit.go("/counter")
    await person.page.set_content(
        "<div id=box style='position:absolute;left:0;top:0;width:50px;height:50px;background:red'></div><script>"
        "let on = 0; onmousedown = () => on = 1; onmouseup = () => on = 0;"
        "onmousemove = e => { if (on && e.buttons === 1) { box.style.left = e.x + 'px'; box.style.top = e.y + 'px'; } }"
        "</script>"
    )

    await person.do("mouse", action="down", x=10, y=10)
    for at in (50, 100, 200):
        await person.do("mouse", action="move", x=at, y=at)
    await person.do("mouse", action="up", x=200, y=200)
    await person.do("mouse", action="move", x=500, y=500)

    assert [one.partition(" to ")[0] for one in person.did] == ["clicked the div", "dragged"]
    assert await person.page.evaluate("[box.style.left, box.style.top]") == ["200px", "200px"]


QUAY = """<style>body > * { position: absolute; margin: 0; top: 0; width: 200px; height: 200px }</style>
<p draggable=true style="left: 0" ondragstart="event.dataTransfer.setData('text/plain', 'rope'); told.push('begun')"
   ondragend="told.push('ended')">Rope</p>
<button style="left: 400px" ondragover="event.preventDefault()"
        ondrop="event.preventDefault(); told.push(event.dataTransfer.getData('text/plain'))">Boat</button>
<script>let told = []</script>"""
"""Something that can be dragged, and something that it can be dropped on."""


@pytest.mark.parametrize("on_the_way", [(), (20, 60, 300, 450)], ids=["at once", "slowly"])
async def test_what_can_be_dropped_is_dropped_where_the_button_is_let_go_of(
    person: Person, on_the_way: tuple[int, ...]
) -> None:
    await person.visit.go("/counter")
    await person.page.set_content(QUAY)

    for _ in range(2):
        await person.do("mouse", action="move", x=5, y=5)
        await person.do("mouse", action="down", x=10, y=10)
        for x in (*on_the_way, 500):
            await person.do("mouse", action="move", x=x, y=50)
        await person.do("mouse", action="up", x=500, y=50)
        await person.page.wait_for_function("told.at(-1) === 'ended'")
        assert await person.page.evaluate("told.splice(0)") == ["begun", "rope", "ended"]

    assert await person.end() == ['clicked "Rope"', 'dragged to button "Boat"'] * 2


async def test_fingers_are_felt(person: Person) -> None:
    await person.visit.go("/counter")
    await person.page.evaluate("window.felt = []; for (const kind of ['touchstart', 'touchmove', 'touchend'])"
                               " addEventListener(kind, event => felt.push([kind, event.touches.length]))")  # fmt: skip

    await person.do("touch", action="start", points=[{"x": 300, "y": 700}])
    await person.do("touch", action="start", points=[{"x": 300, "y": 700}, {"x": 400, "y": 700, "id": 1}])
    await person.do("touch", action="move", points=[{"x": 320, "y": 720}, {"x": 420, "y": 700, "id": 1}])
    await person.do("touch", action="end")

    await person.page.wait_for_function("felt.some(([kind]) => kind === 'touchend')")
    assert ["touchstart", 1] in await person.page.evaluate("felt")
    assert ["touchstart", 2] in await person.page.evaluate("felt")


async def test_a_file_chooser_is_answered(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear harbour")
    await person.visit.go("/form")
    await person.page.locator("input[type=file]").first.scroll_into_view_if_needed()

    await person.click("input[type=file]")
    shown = await person.shown(lambda shown: shown.chooser is not None)
    await person.do("files", file)

    assert shown.chooser is False
    chosen = "document.querySelector('input[type=file]').files[0]"
    assert await person.page.evaluate(f"{chosen}.name") == "letter.txt"
    assert await person.page.evaluate(f"{chosen}.text()") == "Dear harbour"
    assert person.visit.operator.look().chooser is None
    assert 'chose "letter.txt"' in await person.end()


async def test_a_dialog_is_seen_and_answered_and_holds_up_no_hand(person: Person) -> None:
    await person.visit.go("/dialogs")

    async with asyncio.timeout(PATIENCE):
        await person.click("#prompt")
    shown = await person.shown(lambda shown: shown.dialog is not None)
    await person.do("dialog", accept=True, text="Ada")

    assert shown.dialog is not None
    assert shown.dialog.kind == "prompt"
    await person.page.wait_for_function("document.querySelector('#prompt-status').innerText.includes('Ada')")


async def test_tabs_are_opened_gone_to_and_closed(person: Person) -> None:
    await person.do("navigate", url=f"{person.visit.site}/popup")
    await person.click("a:has-text('Open in a new tab')")
    await person.shown(lambda shown: len(shown.tabs) == 2 and shown.tabs[1].current)
    await person.do("tab", action="open", url=f"{person.visit.site}/counter")
    await person.do("tab", action="switch", tab=1)
    await person.do("tab", action="close", tab=2)

    tabs = person.visit.operator.look().tabs
    assert [tab.url.removeprefix(person.visit.site) for tab in tabs] == ["/popup", "/counter"]
    assert [tab.current for tab in tabs] == [True, False]


async def test_a_page_is_gone_to_left_and_come_back_to(person: Person) -> None:
    site = person.visit.site
    await person.do("navigate", url=f"{site}/counter")
    await person.do("navigate", url=f"{site}/news")
    await person.do("history", action="back")
    back = person.page.url
    await person.do("history", action="forward")
    await person.do("history", action="reload")

    assert (back, person.page.url) == (f"{site}/counter", f"{site}/news")


async def test_what_is_clicked_in_a_frame_is_told_by_its_name(person: Person) -> None:
    await person.visit.go("/frames")
    frame = person.page.frames[1]
    box = await frame.locator("button, a, input").first.bounding_box()
    name = await frame.locator("button, a, input").first.evaluate("el => el.innerText || el.labels[0].innerText")
    assert box is not None

    await person.do("mouse", action="down", x=box["x"] + 5, y=box["y"] + 5)
    await person.do("mouse", action="up", x=box["x"] + 5, y=box["y"] + 5)

    assert name.strip() in (await person.end())[0]


async def test_a_page_that_hangs_holds_up_no_hand_and_is_given_no_more_than_it_can_take(person: Person) -> None:
    await person.visit.go("/counter")
    hang = asyncio.ensure_future(person.page.evaluate("const until = Date.now() + 4000; while (Date.now() < until);"))

    async with asyncio.timeout(PATIENCE):
        refused = None
        while refused is None:
            try:
                await person.do("wheel", x=5, y=5, deltaY=1)
            except Impossible as error:
                refused = error
    await hang


async def test_what_hands_still_hold_is_let_go_of(person: Person) -> None:
    await person.visit.go("/counter")
    await person.page.evaluate(
        "window.ups = []; addEventListener('keyup', e => ups.push(e.key));"
        "addEventListener('mouseup', () => ups.push('mouse'))"
    )
    await person.do("key", action="down", key="Shift", code="ShiftLeft")
    await person.do("mouse", action="down", x=5, y=5)

    await person.end()

    await person.page.wait_for_function("ups.length === 2")
    assert sorted(await person.page.evaluate("ups")) == ["Shift", "mouse"]
