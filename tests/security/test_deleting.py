"""What is deleted is gone: once the server has stopped, no byte of a deleted session is in the data directory."""

from pathlib import Path

from tests.flows.conftest import Api
from zenobia.operators.base import Outcome
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.testing import scripted_server

WORDS = (b"CANARY-prompt", b"CANARY-page", b"CANARY-found", b"CANARY-command")


def holding(folder: Path) -> set[bytes]:
    """Which of the words stand anywhere below the folder, in a file's name or its bytes."""
    kept = b"".join(path.name.encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {word for word in WORDS if word in kept}


async def test_no_byte_of_a_deleted_session_stays_on_disk(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers({"extract": Outcome("Read it.", value="CANARY-found", title="CANARY-page")})
    steps = 'open https://a.example/CANARY-page\nextract "Prices" as prices\nsay "CANARY-prompt"\nscreenshot'
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        session = await api.create(steps, sessionType="playbook", commandId="CANARY-command")
        await api.ended(session)
        before = holding(tmp_path)
        await api.ok("DELETE", f"/api/sessions/{session}")
        await api.close()

    assert before == set(WORDS), "otherwise this test proves nothing"
    assert holding(tmp_path) == {b"CANARY-command"}, "that a command was answered stays known, for a day"
