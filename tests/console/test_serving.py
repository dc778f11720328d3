"""How the console is served: small, kept by browsers, and under a policy that lets nothing else run."""

import gzip
import re

import httpx
import pytest

from zenobia.server import console
from zenobia.server.console import BUILT

pytest_plugins = ["tests.contract.conftest"]

COMPRESSED = 250_000
"""Bytes that all scripts together may take on the wire."""


def test_the_page_may_run_only_what_comes_with_it(http: httpx.Client) -> None:
    headers = http.get("/").headers
    policy = headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert not re.search(r"unsafe|\*|https?:", policy)
    for wanted in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "trusted-types zenobia"):
        assert wanted in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_nothing_in_the_page_is_inline_or_from_elsewhere(http: httpx.Client) -> None:
    page = http.get("/").text

    assert not re.search(r"<style|\son\w+=|style=", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    from_here = ("./assets/", "./icon-180.png", "./console.webmanifest")
    assert all(one.startswith(from_here) for one in re.findall(r'(?:src|href)="([^"]+)"', page))


def test_what_has_its_hash_in_its_name_is_kept_and_the_page_is_asked_for_anew(http: httpx.Client) -> None:
    page = http.get("/")
    [script] = re.findall(r'src="\./(assets/[^"]+\.js)"', page.text)
    asset = http.get(f"/{script}")

    assert page.headers["cache-control"] == "no-cache"
    assert http.get("/", headers={"If-None-Match": page.headers["etag"]}).status_code == 304
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")
    assert asset.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("name", ["nothing.js", "..%2f.made-of", "../index.html", "%2e%2e/%2e%2e/console.py"])
def test_nothing_else_is_served(http: httpx.Client, name: str) -> None:
    assert http.get(f"/assets/{name}").status_code in {200, 404}
    assert "made" not in http.get(f"/assets/{name}").text[:100]
    assert "import" not in http.get(f"/assets/{name}").text[:100]


def test_all_scripts_together_are_small() -> None:
    scripts = list((BUILT / "assets").glob("*.js"))

    assert scripts
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts) < COMPRESSED


def test_a_server_without_it_says_how_to_build_it(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_names", lambda: frozenset[str]())
    response = http.get("/")

    assert response.status_code == 503
    assert "make console" in response.text
