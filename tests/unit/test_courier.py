"""What is sent to an address that a client named goes where the wall lets it, by the address that was judged."""

from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.pushing import HOST, NAME, PushService, push_service
from zenobia.operators.courier import Courier, Undeliverable
from zenobia.operators.wall import Wall


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[PushService]:
    """A push service."""
    async with push_service(tmp_path, strict=False) as running:
        yield running


def courier(*networks: str) -> Courier:
    """One to whom every name is this machine."""

    async def here(_name: str) -> list[str]:
        return [HOST]

    return Courier(Wall(networks, resolve=here))


def at(service: PushService, host: str) -> str:
    return f"https://{host}:{urlsplit(service.url).port}/ada"


async def test_a_name_is_dialled_by_the_address_that_was_judged_and_still_must_prove_itself(
    service: PushService,
) -> None:
    assert await courier("127.0.0.0/8").deliver(at(service, NAME), {}, b"hello") == 201
    assert [(one.data, one.headers["host"]) for one in service.posted] == [
        (b"hello", urlsplit(at(service, NAME)).netloc)
    ]

    with pytest.raises(Undeliverable, match="nobody answers"):
        await courier("127.0.0.0/8").deliver(at(service, "other.example"), {}, b"hello")
    assert len(service.posted) == 1


async def test_a_name_that_leads_inside_by_now_is_not_dialled(service: PushService) -> None:
    with pytest.raises(Undeliverable, match="it is on the machine"):
        await courier().deliver(at(service, NAME), {}, b"hello")

    assert service.posted == []
