"""What a browser left in its folder is taken over only if it is a plain file of its own."""

import os
from pathlib import Path

import pytest

from zenobia.operators.arrivals import bring_here

OTHER = 65_529


async def test_a_file_is_taken_over_whole(tmp_path: Path) -> None:
    (tmp_path / "arrived").write_bytes(b"page" * 1_000_000)

    assert await bring_here(tmp_path / "arrived", tmp_path / "kept", 1 << 30)
    assert (tmp_path / "kept").read_bytes() == b"page" * 1_000_000
    assert not (tmp_path / "arrived").exists()


async def test_a_file_that_is_too_large_is_not(tmp_path: Path) -> None:
    (tmp_path / "arrived").write_bytes(b"12345")

    assert not await bring_here(tmp_path / "arrived", tmp_path / "kept", 4)
    assert not (tmp_path / "kept").exists()


async def test_a_link_to_what_the_server_can_read_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "arrived").symlink_to(tmp_path / "secret")

    with pytest.raises(OSError):
        await bring_here(tmp_path / "arrived", tmp_path / "kept", 100)
    assert not (tmp_path / "kept").exists()


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "arrived")

    with pytest.raises(FileNotFoundError):
        await bring_here(tmp_path / "arrived", tmp_path / "kept", 100)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_of_another_users_file_a_copy_is_kept_and_only_of_his_own(tmp_path: Path) -> None:
    arriving = tmp_path / "arriving"
    arriving.mkdir()
    os.chown(arriving, OTHER, OTHER)
    (arriving / "his").write_bytes(b"his")
    os.chown(arriving / "his", OTHER, OTHER)
    (arriving / "ours").write_bytes(b"a second name of a file of ours")

    assert await bring_here(arriving / "his", tmp_path / "kept", 100)
    kept = (tmp_path / "kept").stat()
    with pytest.raises(FileNotFoundError):
        await bring_here(arriving / "ours", tmp_path / "not-kept", 100)

    assert (kept.st_uid, kept.st_size) == (os.geteuid(), 3)
