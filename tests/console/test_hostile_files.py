"""Security test 22 in a real browser: files of strangers on the console's own origin, in every way a page has."""

from typing import Any

import pytest
from playwright.async_api import Page, Route

from .conftest import House, Viewer

RUNS = "top.ran = 1; globalThis.ran = 1; fetch('/api/ran')"
FILES = {
    "x.svg": ("image/svg+xml", f"<svg xmlns='http://www.w3.org/2000/svg'><script>{RUNS}</script></svg>"),
    "x.html": ("text/html", f"<script>{RUNS}</script><p>shown</p>"),
    "x.xml": ("application/xml", f"<x xmlns:h='http://www.w3.org/1999/xhtml'><h:script>{RUNS}</h:script></x>"),
    "x.js": ("text/javascript", RUNS),
    "x.mjs": ("application/javascript; charset=utf-8", RUNS),
    "both.gif": ("image/gif", f"GIF89a/*\x00*/=1;{RUNS}"),
    "x.css": ("text/css", "* { outline: 7px solid red }"),
}
TRY = """async (url) => {
  const within = (work) => Promise.race([work, new Promise((done) => setTimeout(done, 300))]).catch(() => {});
  const element = (name, facts) => new Promise((done) => {
    const one = Object.assign(document.createElement(name), facts);
    one.onload = one.onerror = done;
    document.body.append(one);
  });
  const tries = [
    element('img', { src: url }),
    element('link', { rel: 'stylesheet', href: url }),
    navigator.serviceWorker?.register(url),
    import(url),
  ];
  for (const [name, of] of [['script', 'src'], ['iframe', 'src'], ['embed', 'src'], ['object', 'data']])
    tries.push(Promise.resolve().then(() => element(name, { [of]: url })));
  tries.push(Promise.resolve().then(() => new Worker(url)));
  await Promise.all(tries.map(within));
  return [window.ran ?? null, getComputedStyle(document.body).outlineColor === 'rgb(255, 0, 0)'];
}"""
"""What markup could do that somebody got into the page, which nobody should."""


async def without_trusted_types(route: Route) -> None:
    """The page as it is, but for its guard against markup that somebody got into it."""
    answer = await route.fetch()
    policy = answer.headers["content-security-policy"]
    kept = "; ".join(part for part in policy.split("; ") if "trusted-types" not in part)
    assert kept != policy
    await route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": kept})


async def ran(page: Page, url: str) -> Any:
    """What came of everything that a page can do with a file."""
    return await page.evaluate(TRY, url)


@pytest.mark.parametrize("trusting", [False, True])
async def test_no_file_runs_on_our_origin(viewer: Viewer, house: House, trusting: bool) -> None:
    """By its address alone, and from inside of the console, also were its guard against markup gone."""
    page = await viewer.open()
    context = page.context
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url) if request.url.endswith("/ran") else None)
    if trusting:
        await page.route(f"{house.url}/", without_trusted_types)
        await page.reload()
    for name, (kind, data) in FILES.items():
        await house.http.put(f"/api/files/{name}", content=data.encode("latin-1"), headers={"Content-Type": kind})
        address = f"{house.url}/api/files/{name}"
        shown = await context.new_page()
        async with shown.expect_download() as downloading:
            await shown.evaluate("(url) => { location.href = url }", address)
        assert (await downloading.value).suggested_filename == name, "it is saved, and not shown"
        assert shown.url == "about:blank"
        await shown.close()
        found = await ran(page, address)
        viewer.errors.clear()  # that the page was kept from it is what it complains of
        assert found == [None, False], name
    assert await page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    assert asked == []
