"""Whoever is shown an action is told where its target is: in view, in the window's own pixels, frames and all."""

from zenobia.operators.base import Sight
from zenobia.protocol.actions import ACTIONS
from zenobia.protocol.box import Box
from zenobia.protocol.wire import Json

from .conftest import Visit

TALL = """<style>html { scroll-behavior: smooth } header { position: sticky; top: 0; height: 90px }</style>
<header>Above all</header><div style="height: 3000px"></div><button style="width: 200px; height: 40px">Far</button>
<div style="height: 3000px"></div>"""
FRAMED = f"""<div style="height: 300px"></div>
<iframe style="position: absolute; left: 100px; width: 400px; height: 200px; border: 0" srcdoc='{TALL}'></iframe>"""
WIDE = """<div style="height: 700px"></div><canvas width="100" height="4000" style="display: block"></canvas>"""


async def shown(visit: Visit, page: str) -> None:
    await visit.operator.window.current.page.set_content(page)


async def sight(visit: Visit, verb: str, **facts: Json) -> Sight:
    return await visit.operator.sight(ACTIONS.validate_python({"verb": verb, **facts}), in_view=True)


def middle(box: Box | None) -> tuple[float, float]:
    assert box is not None
    return box.x + box.width / 2, box.y + box.height / 2


async def named(visit: Visit, box: Box | None) -> str:
    """What the page says is in the middle of a box."""
    x, y = middle(box)
    return await visit.operator.window.current.page.evaluate(f"document.elementFromPoint({x}, {y}).innerText")


async def test_what_is_acted_on_is_brought_into_view_and_told_with_the_windows_size(visit: Visit) -> None:
    await shown(visit, TALL)

    box = (await sight(visit, "click", target={"text": "Far"})).box

    assert box is not None
    assert (box.width, box.height, box.window_width, box.window_height) == (200, 40, 1280, 800)
    assert 300 < middle(box)[1] < 500, "it came to the middle, away from what sticks to the edges"
    assert await named(visit, box) == "Far"


async def test_what_is_in_view_stays_where_it_is(visit: Visit) -> None:
    await shown(visit, TALL)
    await sight(visit, "click", target={"text": "Far"})
    await visit.operator.window.current.page.evaluate("scrollBy({top: 120, behavior: 'instant'})")
    before = await visit.operator.window.current.page.evaluate("scrollY")

    box = (await sight(visit, "click", target={"text": "Far"})).box

    assert await named(visit, box) == "Far"
    assert await visit.operator.window.current.page.evaluate("scrollY") == before


async def test_a_box_in_a_frame_is_counted_from_the_windows_corner(visit: Visit) -> None:
    await shown(visit, FRAMED)

    x, y = middle((await sight(visit, "click", target={"text": "Far"})).box)

    assert 100 < x < 500
    assert 300 < y < 500


async def test_nothing_moves_under_a_point_that_is_to_be_clicked(visit: Visit) -> None:
    await shown(visit, WIDE)

    box = (await sight(visit, "click at", x=50, y=750)).box

    assert box is not None
    assert box.height == 4000
    assert await visit.operator.window.current.page.evaluate("scrollY") == 0


async def test_an_action_that_only_looks_tells_where_afterwards(visit: Visit) -> None:
    await shown(visit, TALL)

    unseen = await visit.do("extract", target="Far", name="it")
    seen = await visit.do("scroll", to={"text": "Far"})

    assert unseen.box is None, "it is out of view"
    assert await named(visit, seen.box) == "Far"


async def test_a_page_that_writes_json_in_its_own_way_is_judged_like_any_other(visit: Visit) -> None:
    form = "<form action=/send method=post><input name=note value=hi><button>Send</button></form>"
    await shown(visit, form)
    plain = await sight(visit, "click", target={"text": "Send"})
    await shown(visit, f"{form}<script>Array.prototype.toJSON = () => 'bent'</script>")

    bent = await sight(visit, "click", target={"text": "Send"})

    assert plain.facts["submits"] is True
    assert (bent.facts, bent.state) == (plain.facts, plain.state)


async def test_a_letter_that_is_cut_in_half_is_no_reason_to_fail(visit: Visit) -> None:
    await shown(visit, f"<form><input aria-label=Note value='{'a' * 199}🌊'><button>Send</button></form>")

    seen = await sight(visit, "click", target={"text": "Send"})

    assert seen.facts["filled"] == [["Note", "a" * 199 + "�"]]
