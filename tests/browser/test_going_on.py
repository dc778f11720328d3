"""A session goes on in a fresh browser from what was kept of the last one."""

from pathlib import Path

import pytest

from tests.flows.conftest import Api
from zenobia.app import serving
from zenobia.settings import Settings

CART = """open {site}/shop/storm-lantern
click "Add to cart"
new tab {site}/counter
ask a person "Shall I go on?"
switch to tab "1"
open {site}/shop/cart
extract "Your cart" as cart"""


def settings(data: Path) -> Settings:
    return Settings(host="127.0.0.1", port=0, data_dir=data, warm_browsers=1, allow_networks=["127.0.0.0/8"])


@pytest.mark.timeout(60)
async def test_a_restarted_server_goes_on_with_tabs_cookies_and_request(site: str, tmp_path: Path) -> None:
    async with serving(settings(tmp_path)) as server:
        api = Api(server.url)
        session = await api.create(CART.format(site=site))
        request = await api.asked(session)
        await api.close()

    async with serving(settings(tmp_path)) as server:
        api = Api(server.url)
        assert [one["id"] for one in (await api.ok("GET", "/api/human-layer/requests"))["requests"]] == [request["id"]]
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        await api.close()

    assert (ended["status"], ended["error"]) == ("completed", None)
    assert "Storm lantern" in str(ended["result"]["extracted"]["cart"])


@pytest.mark.timeout(60)
async def test_a_message_after_the_end_finds_the_tabs_and_cookies_that_there_were(site: str, tmp_path: Path) -> None:
    async with serving(settings(tmp_path)) as server:
        api = Api(server.url)
        session = await api.create(
            f'open {site}/shop/storm-lantern\nclick "Add to cart"\nnew tab {site}/shop/cart\nswitch to tab "1"'
        )
        before = (await api.ended(session))["lastSeq"]
        words = 'switch to tab "2"\nextract "Your cart" as cart'
        await api.ok("POST", f"/api/sessions/{session}/messages", {"message": words})
        await api.until(session, lambda event: event["seq"] > before and event["eventType"] == "usage")
        ended = await api.session(session)
        await api.close()

    assert "Storm lantern" in str(ended["result"]["extracted"]["cart"])
