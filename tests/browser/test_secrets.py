"""Secrets in a real browser: typed into the right site's fields only, and never to be seen there."""

import io

import pytest
from PIL import Image

from tests.browser.conftest import Visit
from zenobia.operators.base import Filling, Outcome, Shot
from zenobia.protocol.actions import Target, Type, TypeSecret
from zenobia.protocol.secrets import SecretNotUsable

FIELD = Target(text="Username")


async def fill(visit: Visit, value: str, origin: str | None = None) -> Outcome:
    filling = Filling(value, frozenset({origin or visit.site}))
    return await visit.operator.act(TypeSecret(secret="shop", target=FIELD), secret=filling)


async def pixels(visit: Visit) -> bytes:
    """What the field looks like, without the caret."""
    await visit.do("press", key="Tab")
    sight = await visit.operator.sight(TypeSecret(secret="shop", target=FIELD), in_view=True)
    assert sight.box is not None
    left, top, width, height = (round(one) for one in (sight.box.x, sight.box.y, sight.box.width, sight.box.height))
    picture = await visit.operator.screenshot(Shot())
    with Image.open(io.BytesIO(picture.data)) as image:
        return image.convert("RGB").crop((left, top, left + width, top + height)).tobytes()


async def value(visit: Visit) -> str:
    field = visit.operator.window.current.page.locator("[name=username]")
    return await field.input_value()


async def test_a_secret_is_typed_and_shows_as_dots(visit: Visit) -> None:
    await visit.go("/login")
    await visit.operator.act(Type(text="CANARY-aaaa", target=FIELD))
    open_a = await pixels(visit)
    await visit.operator.act(Type(text="CANARY-bbbb", target=FIELD))
    open_b = await pixels(visit)
    outcome = await fill(visit, "CANARY-aaaa")
    veiled_a = await pixels(visit)
    await fill(visit, "CANARY-bbbb")
    veiled_b = await pixels(visit)

    assert await value(visit) == "CANARY-bbbb"
    assert "CANARY" not in outcome.message
    assert open_a != open_b, "otherwise this test proves nothing"
    assert veiled_a == veiled_b, "a picture must not tell one value from another"


async def test_nothing_that_is_read_of_the_page_holds_it(visit: Visit) -> None:
    await visit.go("/login")
    await fill(visit, "CANARY-aaaa")

    assert "CANARY" not in await visit.snapshot()
    assert "(hidden)" in await visit.snapshot()
    assert "CANARY" not in str(await visit.read("Username"))
    sight = await visit.operator.sight(TypeSecret(secret="shop", target=FIELD))
    assert "CANARY" not in str(sight)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_gets_nothing(visit: Visit, origin: str) -> None:
    await visit.go("/login")

    with pytest.raises(SecretNotUsable):
        await fill(visit, "CANARY-aaaa", origin)
    assert await value(visit) == ""


async def test_a_page_that_lies_about_where_it_is_gets_nothing(visit: Visit) -> None:
    """The page's own script can change what scripts are told, not what the browser says."""
    await visit.go("/login")
    lie = """() => {
      const far = {location: {origin: 'https://shop.example', href: 'https://shop.example/'}, URL: 'https://shop.example/'};
      Object.defineProperty(Node.prototype, 'ownerDocument', {get: () => ({...far, defaultView: far})});
      Object.defineProperty(Document.prototype, 'URL', {get: () => 'https://shop.example/'});
      Object.defineProperty(window, 'origin', {value: 'https://shop.example'});
    }"""
    await visit.operator.window.current.page.evaluate(lie)

    with pytest.raises(SecretNotUsable):
        await fill(visit, "CANARY-aaaa", "https://shop.example")


async def test_without_a_value_nothing_is_typed(visit: Visit) -> None:
    await visit.go("/login")

    with pytest.raises(SecretNotUsable):
        await visit.operator.act(TypeSecret(secret="shop", target=FIELD))
