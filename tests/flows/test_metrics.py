"""What Prometheus reads: true numbers, under labels that no client, page or id can add to."""

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.flows.conftest import Api
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.protocol.errors import BrowserUnavailable
from zenobia.testing import scripted_server

STEPS = 'open https://shop.example/?token=CANARY-query\nask for approval\nclick "Pay"'


async def samples(api: Api) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every number, by its name and labels."""
    text = (await api.http.get("/metrics")).text
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def by(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def test_a_waiting_session_shows_in_the_numbers(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=3) as kit:
        api = Api(kit.url)
        session = await api.create(STEPS, sessionType="playbook")
        await api.until(session, lambda event: event["eventType"] == "human_layer_request")
        found = await samples(api)
        await api.close()

    assert found["zenobia_sessions", by(status="waiting")] == 1
    assert found["zenobia_sessions", by(status="queued")] == 0
    assert found["zenobia_slots", by()] == 3
    assert found["zenobia_browsers", by()] == 1
    assert found["zenobia_requests_pending", by()] == 1
    assert found["zenobia_requests_oldest_seconds", by()] >= 0
    assert found["zenobia_commands_total", by(command="createSession", outcome="success")] == 1
    assert found["zenobia_command_seconds_count", by(command="createSession")] == 1
    assert found["zenobia_events_written_total", by()] >= 4
    assert found["zenobia_store_seconds_count", by(kind="write")] > 0
    assert found["zenobia_behind_events", by()] == 0
    assert found["zenobia_up", by()] == 1


async def test_refusals_count_under_their_code_and_strange_commands_share_one_series(api: Api) -> None:
    await api.answer("GET", "/api/sessions/ses_CANARY")
    await api.answer("POST", "/api/sessions", {"sessionType": "CANARY"})
    found = await samples(api)

    assert found["zenobia_commands_total", by(command="getSession", outcome="unknown_session")] == 1
    assert found["zenobia_commands_total", by(command="createSession", outcome="unknown_session_type")] == 1


async def test_no_id_text_or_address_becomes_a_label(api: Api) -> None:
    session = await api.create(STEPS, sessionType="playbook", commandId="CANARY-command")
    await api.until(session, lambda event: event["eventType"] == "human_layer_request")
    text = (await api.http.get("/metrics")).text

    assert session not in text
    assert "CANARY" not in text
    assert "shop.example" not in text


async def test_health_says_that_nothing_here_walls_remote_browsers_in(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, browser_cdp="ws://10.0.0.9:9222") as kit:
        api = Api(kit.url)
        _, said = await api.answer("GET", "/api/health")
        await api.close()

    assert (said["wall"], said["sandbox"]) == ("none", "remote")


async def test_health_says_that_there_is_no_browser(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers()
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        well = await api.answer("GET", "/api/health")
        browsers.error = BrowserUnavailable(problem="it is not there.")
        unwell: tuple[int, dict[str, Any]] = await api.answer("GET", "/api/health")
        found = await samples(api)
        await api.close()

    assert (well[0], well[1]["wall"]) == (200, "on")
    assert unwell[0] == 503
    assert any("it is not there" in problem for problem in unwell[1]["problems"])
    assert found["zenobia_up", by()] == 0
