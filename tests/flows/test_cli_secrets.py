"""`zenobia secrets`: a value goes in by standard input, and comes out nowhere."""

import asyncio
import json
import sys
from pathlib import Path

from tests.flows.cli import PATIENCE, end, environment

SITE = "https://shop.example"


async def secrets(folder: Path, *words: str, value: str = "") -> tuple[int, str]:
    """How the command ended, and all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "zenobia", "secrets", *words, "--data-dir", str(folder)),
        cwd=folder,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate(value.encode())
    finally:
        await end(process)
    return process.returncode or 0, said.decode()


def nowhere(folder: Path, word: bytes) -> bool:
    return all(word not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_secret_is_kept_listed_and_removed_and_its_value_never_shown(tmp_path: Path) -> None:
    kept = await secrets(tmp_path, "set", "shop", "--origin", "https://Shop.example/", value="CANARY-word\n")
    listed = await secrets(tmp_path, "list", "--json")
    removed = await secrets(tmp_path, "remove", "shop")
    again = await secrets(tmp_path, "remove", "shop")

    assert kept[0] == 0, kept
    assert SITE in kept[1]
    assert '"text"' in listed[1]
    assert json.loads(listed[1].splitlines()[0])["name"] == "shop" if listed[1].startswith("{") else "shop" in listed[1]
    assert (removed[0], again[0]) == (0, 1)
    assert "CANARY" not in kept[1] + listed[1] + removed[1] + again[1]
    assert nowhere(tmp_path, b"CANARY")


async def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    assert (await secrets(tmp_path, "set", "shop", "--origin", "http://shop.example", value="word"))[0] == 2
    assert (await secrets(tmp_path, "set", "shop", "--origin", SITE, value="abc"))[0] == 1
    assert (await secrets(tmp_path, "set", "shop", "--origin", SITE, "--totp", value="not base 32!"))[0] == 1
