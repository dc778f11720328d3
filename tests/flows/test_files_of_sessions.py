"""Which of a session's files a step means."""

from tests.flows.conftest import Api


async def test_a_file_whose_name_another_has_is_not_guessed(api: Api) -> None:
    for name in ("one", "two"):
        named = {"Content-Disposition": 'attachment; filename="list.txt"'}
        (await api.http.put(f"/api/files/{name}", content=b"data", headers=named)).raise_for_status()

    ended = await api.ended(
        await api.create('open example.com then upload "list.txt" to "Your file"', fileIds=["one", "two"])
    )
    by_id = await api.ended(
        await api.create('open example.com then upload "two" to "Your file"', fileIds=["one", "two"])
    )

    assert (ended["status"], ended["error"]["code"]) == ("failed", "step_failed")
    assert "The session has 2 files named list.txt; say which by its id: one, two." in ended["error"]["error"]
    assert by_id["status"] == "completed"
