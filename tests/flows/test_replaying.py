"""What a model did is done again without one, and a person is asked where the page is another by then."""

from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Api
from tests.flows.server import never
from zenobia.operators.base import Outcome
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.actions import Action, Click
from zenobia.testing import ScriptedBrowsers, scripted_server
from zenobia.testing.models import Call, Calls, ScriptedModel

pytestmark = pytest.mark.usefixtures("thinking")
PAGE = """[e1] textbox "Name"
[e2] button "Next"
[e3] button "Delete"
[e4] button "Delete"
[e5] textbox "Password"
[e6] button"""
REQUESTS = "/api/human-layer/requests"


class Shop(ScriptedBrowsers):
    """Browsers that all show the same page."""

    async def open(self, *given: Any, **more: Any) -> Any:
        operator = await super().open(*given, **more)
        operator.snapshot = PAGE
        return operator


@pytest.fixture
def browsers() -> ScriptedBrowsers:
    return Shop()


def gone(action: Action) -> Outcome:
    """The page calls the button by another name by now."""
    if isinstance(action, Click) and action.target.text == "Forward":
        raise TargetNotFound(wanted='"Forward"', present='"Next"')
    return Outcome("Clicked it.")


async def exported(api: Api, session: str) -> str:
    return (await api.ok("GET", f"/api/sessions/{session}/playbook"))["playbook"]


async def test_what_a_model_did_is_a_playbook_and_that_does_the_same(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["extract"] = Outcome("Read it.", value="5 euros")
    model.script = [
        Calls(Call("open", url="example.com/shop")),
        Calls(Call("type", target="e1", text='Ada "the first"'), Call("click", target="e2")),
        Calls(Call("click", target="e4")),
        Calls(Call("extract", target="Price", name="price")),
        Calls(Call("done", text="5 euros", claims=[{"kind": "shows", "value": "Next"}])),
    ]
    first = await api.create("What does it cost?")
    await api.ended(first)

    words = await exported(api, first)
    again = await api.ended(await api.create(words, sessionType="playbook"))

    assert words.splitlines()[1:] == [
        "open example.com/shop",
        'type "Ada ""the first""" into "Name"',
        'click "Next" button',
        'click "Delete" button #2',
        'extract "Price" as "price"',
        'wait for "Next"',
    ]
    assert again["status"] == "completed"
    assert again["result"]["extracted"] == {"price": "5 euros"}
    assert again["usage"]["inputTokens"] == 0
    verbs = [action.verb for action in browsers.of(again["id"]).acted]
    assert verbs == ["open", "type", "click", "click", "extract", "wait for"]


async def test_what_failed_is_left_out_and_what_only_a_person_knows_is_left_to_one(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["hover"] = TargetNotFound(wanted="Menu", present="")
    model.script = [
        Calls(Call("hover", target="Menu")),
        Calls(Call("type", target="e5", text="hunter2")),
        Calls(Call("click", target="e6")),
        Calls(Call("done", text="Done.")),
    ]
    session = await api.create("Log in.", config={"policy": {"kinds": {"credential": "allow", "unknown": "allow"}}})
    await api.ended(session)

    words = await exported(api, session)

    assert "hunter2" not in words
    asked = words.splitlines()[1:]
    assert len(asked) == 2
    assert all(line.startswith("ask a person") for line in asked)


async def test_what_a_person_had_to_approve_is_asked_about_again(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("press", key="Home")), Calls(Call("click", target="e2")), Calls(Call("done", text="."))]
    session = await api.create("Go.", config={"policy": {"kinds": {"click": "ask"}}})
    request = await api.asked(session)
    await api.ok("POST", f"{REQUESTS}/{request['id']}/approve")
    await api.ended(session)

    assert (await exported(api, session)).splitlines()[1:] == ['press "Home"', 'click "Next" button (ask first)']


async def test_a_session_that_did_nothing_cannot_be_exported(api: Api) -> None:
    session = await api.create("frobnicate", sessionType="playbook")
    await api.ended(session)

    status, refused = await api.answer("GET", f"/api/sessions/{session}/playbook")

    assert (status, refused["code"]) == (409, "nothing_to_export")


@pytest.mark.parametrize(
    ("answer", "acted"), [("approve", ["click", "press"]), ("respond", ["click", "scroll", "press"])]
)
async def test_where_the_page_differs_a_person_is_asked(
    api: Api, browsers: ScriptedBrowsers, answer: str, acted: list[str]
) -> None:
    browsers.answers["click"] = TargetNotFound(wanted='"Next"', present='"Further"')
    words = 'click "Next"\npress Enter'
    session = await api.create(words, sessionType="playbook", config={"onDifference": "ask"})

    request = await api.asked(session)
    body = {"response": "scroll down"} if answer == "respond" else {}
    await api.ok("POST", f"{REQUESTS}/{request['id']}/{answer}", body)
    ended = await api.ended(session)

    assert (request["kind"], "Further" in request["title"]) == ("help", True)
    assert ended["status"] == "completed"
    assert [action.verb for action in browsers.of(session).acted] == acted


async def test_all_the_steps_of_an_answer_are_done_also_if_the_server_stops_among_them(tmp_path: Path) -> None:
    def missing(_: Action) -> Outcome:
        raise TargetNotFound(wanted='"Next"', present='"Further"')

    config = {"onDifference": "ask"}
    async with scripted_server(tmp_path, ScriptedBrowsers({"click": missing, "hover": never})) as kit:
        api = Api(kit.url)
        session = await api.create('click "Next"\npress Enter', sessionType="playbook", config=config)
        request = await api.asked(session)
        await api.ok("POST", f"{REQUESTS}/{request['id']}/respond", {"response": 'scroll down then hover "Name"'})
        await api.until(session, lambda event: "Name" in event["message"] and event["data"].get("phase") == "started")
        await api.close()

    async with scripted_server(tmp_path, ScriptedBrowsers({"click": missing})) as kit:
        api = Api(kit.url)
        ended = await api.ended(session)
        asked = [event for event in await api.events(session) if event["eventType"] == "human_layer_request"]
        acted = [action.verb for action in kit.browsers.of(session).acted]
        await api.close()

    assert (ended["status"], len(asked)) == ("completed", 1)
    assert acted == ["hover", "press"]


async def test_a_model_that_gave_up_is_not_asked_again_after_a_stop_and_nor_is_the_person(
    tmp_path: Path, model: ScriptedModel, chosen: dict[str, Any]
) -> None:
    model.script = [Calls(Call("done", text="There is no such button.", success=False))]
    config = {"onDifference": "model"}
    async with scripted_server(tmp_path, Shop({"click": gone}), **chosen) as kit:
        api = Api(kit.url)
        session = await api.create('click "Forward"\npress Enter', sessionType="playbook", config=config)
        request = await api.asked(session)
        await api.close()
    before = len(model.asked)

    async with scripted_server(tmp_path, Shop({"click": gone}), **chosen) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"{REQUESTS}/{request['id']}/approve")
        ended = await api.ended(session)
        asked = [event for event in await api.events(session) if event["eventType"] == "human_layer_request"]
        acted = [action.verb for action in kit.browsers.of(session).acted]
        await api.close()

    assert (ended["status"], len(asked), len(model.asked)) == ("completed", 1, before)
    assert acted == ["press"]


async def test_a_person_who_does_not_help_ends_it(api: Api, browsers: ScriptedBrowsers) -> None:
    def gone(_: Action) -> Outcome:
        raise TargetNotFound(wanted='"Next"', present="")

    browsers.answers["click"] = gone
    session = await api.create('click "Next"', sessionType="playbook", config={"onDifference": "ask"})
    request = await api.asked(session)

    await api.ok("POST", f"{REQUESTS}/{request['id']}/deny")
    ended = await api.ended(session)

    assert (ended["status"], ended["reason"]) == ("failed", "denied")


async def test_where_the_page_differs_a_model_does_the_one_step_within_its_policy(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["click"] = gone
    model.script = [Calls(Call("click", target="e2")), Calls(Call("done", text="Went on."))]
    words = 'hover "Name"\nclick "Forward"\npress Enter'
    session = await api.create(words, sessionType="playbook", config={"onDifference": "model"})

    ended = await api.ended(session)

    assert ended["status"] == "completed"
    acted = [(action.verb, str(getattr(action, "target", ""))) for action in browsers.of(session).acted]
    assert [verb for verb, _ in acted] == ["hover", "click", "click", "press"]
    assert "Forward" in acted[1][1]
    assert "Next" in acted[2][1]
    assert 'click "Forward"' in model.asked[0].text
    assert ended["usage"]["inputTokens"] > 0
    done = [event["data"] for event in await api.events(session) if event["data"].get("phase") == "done"]
    assert ["kind" in one and one["kind"] is not None for one in done] == [False, True, False]


async def test_what_a_model_reads_in_place_of_a_step_is_found_by_it(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    def priced(action: Any) -> Outcome:
        if action.target.text == "Price":
            raise TargetNotFound(wanted='"Price"', present='"Cost"')
        return Outcome("Read it.", value="5 euros")

    browsers.answers["extract"] = priced
    model.script = [Calls(Call("extract", target="Cost", name="price")), Calls(Call("done", text="Read."))]
    session = await api.create('extract "Price" as price', sessionType="playbook", config={"onDifference": "model"})

    assert (await api.ended(session))["result"]["extracted"] == {"price": "5 euros"}


async def test_a_person_is_asked_where_the_model_gives_up_too(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["click"] = gone
    model.script = [Calls(Call("done", text="There is no such button.", success=False))]
    session = await api.create('click "Forward"\npress Enter', sessionType="playbook", config={"onDifference": "model"})

    request = await api.asked(session)
    await api.ok("POST", f"{REQUESTS}/{request['id']}/approve")

    assert "There is no such button." in request["title"]
    assert (await api.ended(session))["status"] == "completed"
    assert [action.verb for action in browsers.of(session).acted] == ["click", "press"]
