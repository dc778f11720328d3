"""Every verb, on real pages, as a person would name things."""

import asyncio
import time
from pathlib import Path

import pytest

from zenobia.operators.base import Downloaded
from zenobia.protocol.action_errors import ActionFailed, ActionTimedOut, BlockedUrl, NavigationFailed, TargetNotFound
from zenobia_demo.downloads import REPORT_NAME

from .conftest import Ask, Visit

SLOW_TO_GROW = """
<main></main>
<script>
  const more = () => {
    for (let lines = 30; lines; lines--) document.querySelector('main').append(document.createElement('p'));
    const note = document.createElement('p');
    note.textContent = 'Note ' + ++more.notes;
    document.querySelector('main').append(note, document.createElement('hr'));
  };
  more.notes = 0;
  more();
  document.addEventListener('scroll', () => {
    if (scrollY + innerHeight >= document.scrollingElement.scrollHeight - 2) setTimeout(more, 600);
  });
</script>
<style>p { height: 40px }</style>
"""


async def test_opening_an_address_tells_its_title(visit: Visit) -> None:
    outcome = await visit.go("/counter")

    assert outcome.title is not None
    assert "Counter" in outcome.title
    assert outcome.url == f"{visit.site}/counter"


async def test_an_address_of_this_machine_needs_no_scheme(visit: Visit) -> None:
    outcome = await visit.do("open", url=visit.site.removeprefix("http://") + "/counter")

    assert outcome.url == f"{visit.site}/counter"


async def test_a_page_with_an_error_status_is_opened_and_says_so(visit: Visit) -> None:
    assert "404" in (await visit.go("/no-such-page")).message


@pytest.mark.parametrize("url", ["http://localhost:2", "http://nosuch.invalid"])
async def test_an_address_that_does_not_answer_says_why(visit: Visit, url: str) -> None:
    with pytest.raises(NavigationFailed):
        await visit.do("open", url=url)

    assert (await visit.operator.observe()).url.rstrip("/") == url  # not the browser's own name for its error


async def test_a_redirect_without_end_says_so(visit: Visit) -> None:
    with pytest.raises(NavigationFailed, match="redirects"):
        await visit.go("/redirect-loop")


async def test_a_page_that_never_finishes_loading_is_usable(visit: Visit) -> None:
    visit.hurry()

    outcome = await visit.go("/endless")

    assert "still loading" in outcome.message
    assert (await visit.do("click", target="Back to the front page")).url == f"{visit.site}/"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "chrome://version", "javascript:alert(1)", "data:text/html,x", "view-source:http://a"]
)
async def test_only_the_web_can_be_opened(visit: Visit, url: str) -> None:
    for verb in ("open", "new tab"):
        with pytest.raises(BlockedUrl):
            await visit.do(verb, url=url)


async def test_one_click_counts_once(visit: Visit, ask: Ask) -> None:
    before = (await ask("/counter.json"))["count"]
    await visit.go("/counter")

    outcome = await visit.do("click", target="Count")

    assert (await ask("/counter.json"))["count"] == before + 1
    assert outcome.url == f"{visit.site}/counter"
    assert await visit.read("Count so far") == str(before + 1)


async def test_following_a_link_waits_for_the_page_behind_it(visit: Visit) -> None:
    await visit.go("/hang")

    outcome = await visit.do("click", target={"text": "Widgets", "role": "link"})

    assert outcome.url == f"{visit.site}/widgets"
    assert "Widgets" in (outcome.title or "")


async def test_a_search_is_typed_and_submitted(visit: Visit) -> None:
    await visit.go("/search")

    outcome = await visit.do("type", text="ferry", target={"text": "search", "role": "searchbox"}, submit=True)

    assert "q=ferry" in (outcome.url or "")


async def test_a_form_of_every_kind_of_field_arrives_word_for_word(visit: Visit, ask: Ask, tmp_path: Path) -> None:
    document = tmp_path / "Pass – été.txt"
    document.write_text("hello")
    await visit.go("/form")

    await visit.do("type", text="Ada Lovelace", target="Full name")
    await visit.do("type", text="ada@example.org", target="email")
    await visit.do("select", option="Germany", target="Country")
    await visit.do("type", text="2031-05-06", target="Departure date")
    await visit.do("check", target="Cabin")
    await visit.do("check", target="Bicycle")
    await visit.do("check", target="Dog")
    await visit.do("uncheck", target="Dog")
    await visit.do("type", text="500", target="Budget")
    await visit.do("type", text="Two lines\nof notes", target="Anything else we should know")
    await visit.do("upload", upload=document, file="f", target="Attach a document")
    await visit.do("click", target="Send request")

    sent = (await ask("/form/submissions.json"))[-1]
    assert sent["name"] == "Ada Lovelace"
    assert sent["email"] == "ada@example.org"
    assert sent["country"] == "Germany"
    assert sent["departure"] == "2031-05-06"
    assert sent["class"] == "Cabin"
    assert sent["extras"] == ["Bicycle"]
    assert sent["budget"] == "500"
    assert sent["notes"].split() == ["Two", "lines", "of", "notes"]
    assert sent["file"]["name"] == document.name


async def test_a_radio_button_can_be_selected_in_its_group(visit: Visit) -> None:
    await visit.go("/form")

    await visit.do("select", option="Lounge", target="Class of travel")

    assert await visit.read("Lounge", "radio") is True


async def test_an_option_that_is_not_there_lists_those_that_are(visit: Visit) -> None:
    await visit.go("/form")

    with pytest.raises(TargetNotFound, match="Germany"):
        await visit.do("select", option="Atlantis", target="Country")


async def test_a_date_in_no_known_form_is_refused(visit: Visit) -> None:
    await visit.go("/form")

    with pytest.raises(ActionFailed) as caught:
        await visit.do("type", text="next Friday", target="Departure date")

    assert "2026-01-31" in str(caught.value.facts["problem"])


RESTLESS = """<input role=combobox aria-label=Town list=none><ul role=listbox></ul><p id=chosen></p>
<script>
  const list = document.querySelector('ul');
  const refresh = () => {
    list.innerHTML = '<li role=option>Bergen</li>';
    list.firstChild.onclick = () => { chosen.textContent = 'Bergen'; };
  };
  document.querySelector('input').oninput = () => {
    let times = 0;
    const timer = setInterval(() => { refresh(); if (++times > 60) clearInterval(timer); }, 10);
  };
</script>"""
"""A list of suggestions that is made anew a hundred times a second for a while."""


async def test_a_suggestion_is_chosen_from_a_list_that_is_filled_anew_meanwhile(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.set_content(RESTLESS)

    await visit.do("select", option="Bergen", target="Town")

    assert await visit.operator.window.current.page.inner_text("#chosen") == "Bergen"


async def test_a_suggestion_is_chosen_from_a_combobox(visit: Visit) -> None:
    await visit.go("/widgets")

    await visit.do("select", option="Bergen", target="Town")

    assert "Bergen" in await visit.snapshot()
    assert "No town chosen" not in await visit.snapshot()


async def test_an_option_is_chosen_from_a_listbox_made_by_hand(visit: Visit) -> None:
    await visit.go("/widgets")

    await visit.do("select", option="Rust", target="Colour")

    assert "No colour chosen" not in await visit.snapshot()


async def test_keys_go_to_what_has_the_focus(visit: Visit) -> None:
    await visit.go("/widgets")
    await visit.do("click", target="Passengers")

    await visit.do("press", key="ArrowUp")
    await visit.do("press", key="ArrowUp")

    assert await visit.read("Passengers") == "2"


async def test_a_key_that_does_not_exist_is_refused(visit: Visit) -> None:
    with pytest.raises(ActionFailed):
        await visit.do("press", key="Banana")


async def test_hovering_opens_a_menu(visit: Visit) -> None:
    await visit.go("/widgets")

    await visit.do("hover", target={"text": "Harbour", "role": "button"})
    await visit.do("click", target="Mooring fees")

    assert "Nothing picked" not in await visit.snapshot()


async def test_things_are_dragged_where_they_belong(visit: Visit) -> None:
    await visit.go("/widgets")

    await visit.do("drag", target="Apples", onto={"text": "On board", "role": "list"})

    assert "1 on board" in await visit.snapshot()


async def test_scrolling_goes_on_until_the_thing_is_there(visit: Visit) -> None:
    await visit.go("/long")

    down = await visit.do("scroll", to="down")
    found = await visit.do("scroll", to={"text": "Note 25"})

    assert down.message == "Scrolled down."
    assert "Note 25" in found.message


async def test_scrolling_waits_at_the_end_of_a_page_that_is_slow_to_grow(visit: Visit) -> None:
    await visit.operator.window.current.page.set_content(SLOW_TO_GROW)

    assert "Note 3" in (await visit.do("scroll", to={"text": "Note 3"})).message


async def test_scrolling_up_at_the_top_says_so(visit: Visit) -> None:
    await visit.go("/long")

    assert "nothing further" in (await visit.do("scroll", to="up")).message


async def test_going_back_returns_to_the_page_before(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.go("/form")

    assert (await visit.do("go back")).url == f"{visit.site}/counter"


async def test_tabs_are_opened_switched_and_closed(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.do("new tab", url=f"{visit.site}/form")
    assert (await visit.do("switch tab", tab="counter")).url == f"{visit.site}/counter"
    assert (await visit.do("switch tab", tab="2")).url == f"{visit.site}/form"

    await visit.do("close tab")
    await visit.do("close tab")

    seen = await visit.operator.observe()
    assert [tab.url for tab in seen.tabs] == ["about:blank"]
    with pytest.raises(TargetNotFound):
        await visit.do("switch tab", tab="counter")


async def test_a_cancelled_action_does_not_happen_after_the_browser_is_closed(visit: Visit, ask: Ask) -> None:
    before = (await ask("/counter.json"))["count"]
    await visit.go("/counter")
    page = visit.operator.window.current.page
    await page.evaluate("document.querySelector('form button').disabled = true")
    acting = asyncio.ensure_future(visit.do("click", target="Count"))
    await visit.operator.window.current.moved.next(time.monotonic() + 0.3)

    acting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await acting
    await visit.operator.close()

    assert page.is_closed()
    assert (await ask("/counter.json"))["count"] == before


async def test_a_download_is_kept_under_its_own_name(visit: Visit) -> None:
    await visit.go("/downloads")

    outcome = await visit.do("download", target="report")

    assert outcome.value == {"fileName": REPORT_NAME}
    (kept,) = [notice for notice in visit.notices if isinstance(notice, Downloaded)]
    assert kept.name == REPORT_NAME
    assert kept.path.read_bytes().startswith(b"\xef\xbb\xbfdate,route")


async def test_a_download_that_nobody_asked_for_is_kept_too(visit: Visit) -> None:
    await visit.go("/downloads")

    await visit.do("click", target="Download notice")

    assert (await visit.downloaded()).name.startswith("Notice to residents")


async def test_a_download_that_never_begins_ends_the_wait(visit: Visit) -> None:
    await visit.go("/counter")
    visit.hurry()

    with pytest.raises(ActionTimedOut, match="no download began"):
        await visit.do("download", target="Count")


async def test_waiting_ends_when_the_thing_appears(visit: Visit) -> None:
    await visit.go("/counter")

    visit.hurry()

    assert "is there" in (await visit.do("wait for", target="Count so far")).message
    with pytest.raises(ActionTimedOut):
        await visit.do("wait for", target="a second coming")
