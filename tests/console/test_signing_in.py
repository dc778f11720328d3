"""Signing in at a company's provider in a real browser: this tab goes there and comes back with a key of its own."""

import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect
from pydantic import SecretStr

from tests.openid import CLIENT, SECRET, OpenId, openid
from zenobia.app import serving
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.protocol.signing import Grant
from zenobia.settings import Settings

from .conftest import House, Viewer
from .test_kind import axe


@dataclass
class Company:
    """A server at which people sign in, and the provider where."""

    viewer: Viewer
    provider: OpenId
    url: str


@pytest_asyncio.fixture(loop_scope="session")
async def company(house: House, tmp_path: Path) -> AsyncGenerator[Company]:
    """It: what is set must name the port before it is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(openid())
        chosen = Settings(
            host="127.0.0.1", port=port, data_dir=tmp_path / "data", public_url=f"http://127.0.0.1:{port}",
            oidc_issuer=provider.url, oidc_client_id=CLIENT,
            oidc_client_secret=SecretStr(SECRET), oidc_grants={"ops": Grant()},
        )  # fmt: skip
        server = await stack.enter_async_context(serving(chosen, browsers=ScriptedBrowsers()))
        viewer = Viewer(House(server.url, house.site, house.browser, house.http))
        yield Company(viewer, provider, server.url)
        for context in viewer.contexts:
            await context.close()
        assert viewer.errors == []


async def at_provider(page: Page) -> None:
    """Go there."""
    await page.get_by_role("button", name="Sign in at 127.0.0.1").click()
    await expect(page.get_by_role("heading", name="Saltmarsh")).to_be_visible()


async def test_one_signs_in_stays_in_and_signs_out(company: Company) -> None:
    page = await company.viewer.open("sessions")
    await expect(page.get_by_role("button", name="Sign in at 127.0.0.1")).to_be_visible()
    assert await axe(page) == []
    await at_provider(page)
    await page.get_by_role("link", name="I am Ada").click()
    await expect(page.get_by_text("No sessions yet")).to_be_visible()
    assert page.url == f"{company.url}/#/sessions"
    assert await page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    await page.reload()
    await expect(page.get_by_text("No sessions yet")).to_be_visible()

    key = await page.evaluate("sessionStorage.getItem('zenobia.key')")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    shown = {"Authorization": f"Bearer {key}"}
    refused = await company.viewer.house.http.get(f"{company.url}/api/sessions", headers=shown)
    assert refused.json()["code"] == "key_revoked"
    await expect(page.get_by_role("link", name="Sign out")).to_have_count(0)


async def test_one_signs_out_of_the_provider_too_if_one_wants(company: Company) -> None:
    company.provider.exit = f"{company.provider.url}/leave"
    page = await company.viewer.open("sessions")
    await at_provider(page)
    await page.get_by_role("link", name="I am Ada").click()
    await page.get_by_role("button", name="Sign out").click()
    further = page.get_by_role("link", name="Sign out at 127.0.0.1, too")
    await expect(further).to_be_visible()
    assert company.provider.left == [], "not by itself: it would end what people do elsewhere"
    assert await axe(page) == []
    await further.click()
    await expect(page.get_by_role("button", name="Sign in at 127.0.0.1")).to_be_visible()
    await expect(further).to_have_count(0)

    [asked] = company.provider.left
    assert (asked["client_id"], asked["post_logout_redirect_uri"]) == (CLIENT, f"{company.url}/")
    assert asked["id_token_hint"].count(".") == 2
    assert page.url == f"{company.url}/"
    assert await page.evaluate("[document.cookie, sessionStorage.length, localStorage.length]") == ["", 0, 0]


async def test_an_address_that_somebody_else_made_signs_nobody_in(company: Company) -> None:
    http = company.viewer.house.http
    begun = (await http.post(f"{company.url}/api/sign-in/begin")).json()
    address = (await http.get(f"{begun['url']}&go=1")).headers["location"]
    mine = await company.viewer.open()
    await mine.goto(address)

    await expect(mine.get_by_role("alert")).to_have_text("This tab did not begin to sign in. Nothing was done.")
    assert mine.url == f"{company.url}/"
    assert await mine.evaluate("sessionStorage.length") == 0


async def test_what_does_not_work_is_said(company: Company) -> None:
    company.provider.person = {"sub": "u-3", "groups": ["visitors"]}
    page = await company.viewer.open()
    await at_provider(page)
    await page.get_by_role("link", name="I am Ada").click()
    await expect(page.get_by_role("alert")).to_contain_text("none of your groups may use this server")
    await at_provider(page)
    begun = company.provider.asked[-1]
    await page.goto(f"{company.url}/?error=access_denied&state={begun['state']}")
    await expect(page.get_by_role("alert")).to_have_text("The provider said no: access_denied.")
