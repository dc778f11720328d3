"""What browsers may reach, judged by where an address leads and not by how it is written."""

import asyncio
import socket
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from zenobia.operators.allowed import allowed_of
from zenobia.operators.wall import Refused, Unreachable, Wall

INSIDE = """127.0.0.1 127.8.9.1 ::1 0.0.0.0 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
10.1.2.3 172.16.0.1 172.31.255.254 192.168.1.1 169.254.169.254 fe80::1 fd00:ec2::254 fc00::1 100.64.0.1 100.100.100.200
168.63.129.16 224.0.0.251 224.0.1.1 ff02::fb 255.255.255.255 240.0.0.1 198.18.0.1 192.0.2.1 203.0.113.9 2001:db8::1
::127.0.0.1 ::7f00:1 2002:7f00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 fec0::1 3fff::1 5f00::1 192.88.99.1
64:ff9b:1::7f00:1"""
OUTSIDE = """8.8.8.8 1.1.1.1 172.32.0.1 192.169.0.1 100.128.0.1 11.0.0.1 2606:4700::1111 ::ffff:8.8.8.8
64:ff9b::808:808"""


def says(*addresses: str) -> Wall:
    """A wall to which every name leads to these addresses."""

    async def resolve(_: str) -> Iterable[str]:
        return addresses

    return Wall(resolve=resolve)


@pytest.mark.parametrize("address", INSIDE.split())
async def test_nothing_but_the_public_internet_is_let_through(address: str) -> None:
    with pytest.raises(Refused):
        await Wall().ways(address, 80)
    with pytest.raises(Refused):
        await says(address).ways("site.example", 80)


@pytest.mark.parametrize("address", OUTSIDE.split())
async def test_the_public_internet_is_let_through(address: str) -> None:
    assert await Wall().ways(address, 443)


@pytest.mark.parametrize("spelled", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001", "0"])
async def test_numbers_in_another_dress_are_what_the_system_takes_them_for(spelled: str) -> None:
    with pytest.raises((Refused, Unreachable)):
        await Wall().ways(spelled, 80)


async def test_of_a_name_with_several_addresses_only_those_outside_are_dialled() -> None:
    assert await says("10.0.0.1", "8.8.8.8", "::1").ways("site.example", 80) == ["8.8.8.8"]


async def test_this_machines_own_public_address_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zenobia.operators.wall._is_ours", lambda address: str(address) == "8.8.8.8")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    with pytest.raises(Refused, match="on the machine"):
        await Wall().ways("8.8.8.8", 80)


async def test_an_interfaces_address_is_known_as_ours() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        looking.connect(("127.0.0.1", 9))
        ours = looking.getsockname()[0]
    with pytest.raises(Refused, match="on the machine"):
        await Wall().ways(ours, 80)


@pytest.mark.parametrize("written", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_a_hole_is_as_large_as_it_was_made_and_never_leads_to_our_own_port(written: str) -> None:
    wall = Wall(["127.0.0.0/30"])
    wall.keep_off(8484)

    assert await wall.ways(written, 80) == ["127.0.0.1"]
    for host, port in ((written, 8484), ("127.0.0.2", 8484), ("127.0.0.4", 80), ("::1", 80), ("10.0.0.1", 80)):
        with pytest.raises(Refused):
            await wall.ways(host, port)


async def test_a_name_that_leads_nowhere_is_not_refused_but_unreachable() -> None:
    async def unknown(_: str) -> Iterable[str]:
        raise socket.gaierror

    with pytest.raises(Unreachable, match="no site with that name"):
        await Wall(resolve=unknown).ways("site.example", 80)


async def test_names_that_nobody_answers_for_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, quick = threading.Event(), socket.getaddrinfo

    def looked_up(host: str, *rest: Any, **more: Any) -> Any:
        if host.startswith("slow"):
            stuck.wait(20)
        return quick("127.0.0.1", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    wall = Wall(["127.0.0.0/8"])
    waiting = [asyncio.create_task(wall.ways(f"slow{number}.example", 80), name="look up") for number in range(20)]
    async with asyncio.timeout(5):
        assert await wall.ways("quick.example", 80) == ["127.0.0.1"]
    stuck.set()
    await asyncio.gather(*waiting)


async def test_a_name_is_looked_up_once_for_all_connections_of_a_page() -> None:
    asked: list[str] = []

    async def resolve(name: str) -> Iterable[str]:
        asked.append(name)
        return ["8.8.8.8"]

    wall = Wall(resolve=resolve)
    for _ in range(3):
        await wall.ways("site.example", 443)

    assert asked == ["site.example"]


@pytest.mark.parametrize(
    ("entry", "holds", "others"),
    [
        ("example.test", "example.test:80 example.test:443", "example.test:8080 a.example.test:80 xexample.test:80"),
        ("Example.Test.", "example.test:443", "example.test.evil:443 evil-example.test:443"),
        ("example.test:8080", "example.test:8080", "example.test:80"),
        ("https://example.test", "example.test:443", "example.test:80"),
        ("https://example.test:444/", "example.test:444", "example.test:443"),
        ("*.example.test", "a.example.test:80 a.b.example.test:443", "example.test:80 xexample.test:80"),
        ("bücher.test", "xn--bcher-kva.test:443", "bucher.test:443"),
        ("[::1]:80", "::1:80", "::1:443"),
    ],
)
def test_a_session_reaches_what_is_on_its_list(entry: str, holds: str, others: str) -> None:
    allowed = allowed_of({"allowedOrigins": [entry]})
    assert allowed is not None
    found = {place: allowed.holds(place.rpartition(":")[0], int(place.rpartition(":")[2])) for place in holds.split()}
    assert found == dict.fromkeys(holds.split(), True)
    found = {place: allowed.holds(place.rpartition(":")[0], int(place.rpartition(":")[2])) for place in others.split()}
    assert found == dict.fromkeys(others.split(), False)


@pytest.mark.parametrize(
    "entry", ["", "*", "*.*", "a b", "ftp://x.test", "x.test/path", "user@x.test", "x.test:99999", "https://", 7, None]
)
def test_a_list_that_cannot_be_read_is_refused(entry: object) -> None:
    with pytest.raises(ValueError, match="allowedOrigins"):
        allowed_of({"allowedOrigins": [entry]})


def test_no_list_is_no_bound_and_an_empty_one_is() -> None:
    empty = allowed_of({"allowedOrigins": []})

    assert allowed_of({}) is None
    assert empty is not None
    assert not empty.holds("example.test", 443)
