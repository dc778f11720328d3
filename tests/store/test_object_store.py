"""An object store that fails, hangs, or is not what it was said to be: a code within a deadline, and no secret told."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Generator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from tests.swift import KEY, SECRET, Swift
from zenobia.protocol.errors import StorageUnavailable
from zenobia.store.blobs import REMOTE_PART, Blobs
from zenobia.store.places import BlobsUnusable, reason

NOWHERE = "http://127.0.0.1:9"
LARGE = 3 * REMOTE_PART


@pytest.fixture
def blobs(bucket: str) -> Blobs:
    return Blobs.at(f"s3://{bucket}")


@contextmanager
def frozen(swift: Swift) -> Generator[None]:
    """A store that takes connections and answers nothing; and less patience with it."""
    swift.send(signal.SIGSTOP)
    try:
        with pytest.MonkeyPatch.context() as hurry:
            for name in ("places.ANSWERS_WITHIN", "blobs.ANSWERS_WITHIN", "blobs.MOVES_WITHIN", "blobs.PROVEN_WITHIN"):
                hurry.setattr(f"zenobia.store.{name}", 0.5)
            yield
    finally:
        swift.send(signal.SIGCONT)


async def large() -> AsyncIterator[bytes]:
    yield bytes(LARGE)


async def read(blobs: Blobs, key: str) -> int:
    async with aclosing(blobs.stream(key)) as parts:
        return await rest(parts)


async def rest(parts: AsyncIterator[bytes]) -> int:
    return sum([len(part) async for part in parts])


async def test_every_call_of_a_store_that_hangs_ends_within_its_deadline(swift: Swift, blobs: Blobs) -> None:
    await blobs.put("fil_1", b"data")
    await blobs.put("fil_4", b"data")
    with frozen(swift):
        for attempt in (
            blobs.get("fil_1"),
            read(blobs, "fil_1"),
            blobs.put("fil_2", b"data"),
            blobs.write("fil_3", large(), limit=LARGE),
            blobs.delete("fil_4"),  # which the store may well do once it is back
        ):
            began = time.monotonic()
            with pytest.raises(StorageUnavailable):
                await attempt
            assert time.monotonic() - began < 3
    assert await blobs.get("fil_1") == b"data"


async def test_a_download_under_way_ends_when_the_store_hangs(swift: Swift, blobs: Blobs) -> None:
    await blobs.write("fil_1", large(), limit=LARGE)
    async with aclosing(blobs.stream("fil_1")) as parts:
        await anext(parts)
        with frozen(swift), pytest.raises(StorageUnavailable):
            await rest(parts)


async def test_a_store_that_is_down_is_said_at_once(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    blobs = Blobs.at(f"s3://{bucket}")
    for attempt in (blobs.get("a"), blobs.put("a", b""), blobs.delete("a"), blobs.write("a", large(), limit=LARGE)):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            await attempt
        assert time.monotonic() - began < 5


async def test_a_bucket_that_is_not_there_is_no_place_to_keep_files(bucket: str) -> None:
    blobs = Blobs.at(f"s3://no-{bucket}")
    with pytest.raises(StorageUnavailable):
        await blobs.put("fil_1", b"data")
    with pytest.raises(StorageUnavailable):
        await blobs.write("fil_1", large(), limit=LARGE)
    with pytest.raises(BlobsUnusable):
        await blobs.prove()


async def test_a_place_that_works_proves_it_and_keeps_nothing_of_that(
    swift: Swift, bucket: str, tmp_path: Path
) -> None:
    await Blobs.at(f"s3://{bucket}").prove()
    await Blobs.at(str(tmp_path / "blobs")).prove()
    assert swift.keys(bucket) == []
    assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file() and path.name != "lock"]


async def test_a_place_that_hangs_is_found_out(swift: Swift, blobs: Blobs) -> None:
    with frozen(swift), pytest.raises(BlobsUnusable, match=r"no answer within 0\.5 seconds"):
        await blobs.prove()


async def test_wrong_credentials_are_told_without_showing_them(
    bucket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"not {SECRET}")
    blobs = Blobs.at(f"s3://{bucket}")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(BlobsUnusable, match="403") as refused:
        await blobs.prove()
    with pytest.raises(StorageUnavailable) as failed:
        await blobs.put("fil_1", b"data")
    logging.getLogger("tests").error("what a log would hold", exc_info=failed.value)

    told = caplog.text + str(refused.value) + str(failed.value)
    assert "403" in caplog.text
    assert [secret for secret in (KEY, SECRET, "Signature=", "StringToSign") if secret in told] == []


def test_the_text_of_a_failed_request_loses_its_secrets() -> None:
    error = OSError("Error performing PUT https://me:pass@store/b?sig=abc in 2ms - 403: <Key>AKIA</Key>\nDebug: abc")
    assert reason(error) == "Error performing PUT https://store/b in 2ms - 403"


def test_a_kind_of_store_that_there_is_not_is_refused() -> None:
    with pytest.raises(BlobsUnusable, match="nowhere://"):
        Blobs.at("nowhere://zenobia")


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(BlobsUnusable, match="taken"):
        Blobs.at(str(tmp_path / "taken"))


async def test_servers_that_share_a_bucket_see_each_others_files_at_once(bucket: str) -> None:
    one, other = Blobs.at(f"s3://{bucket}/files"), Blobs.at(f"s3://{bucket}/files")
    await asyncio.gather(*(one.put(f"fil_{number}", bytes([number])) for number in range(20)))
    assert [await other.get(f"fil_{number}") for number in range(20)] == [bytes([number]) for number in range(20)]
