"""The TypeScript client's own tests, run by Node against a real server; and its types, held to the server's schemas."""

import asyncio
import os
from pathlib import Path

from tests.contract.javascript import NODE
from zenobia.testing import scripted_server

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "typescript"
PATIENCE = 50


async def test_the_typescript_client_keeps_its_promises(tmp_path: Path) -> None:
    tests = sorted(str(path) for path in (CLIENT / "tests").glob("*.test.ts"))
    async with scripted_server(tmp_path / "data", max_sessions=100) as kit:
        environment = os.environ | {"ZENOBIA_URL": kit.url}
        process = await asyncio.create_subprocess_exec(
            NODE, "--test", *tests, cwd=CLIENT, env=environment, stdout=-1, stderr=-1
        )
        async with asyncio.timeout(PATIENCE):
            out, errors = await process.communicate()

    assert process.returncode == 0, (out + errors).decode()
