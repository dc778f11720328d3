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


async def test_who_asks_for_a_file_that_is_not_there_is_told_which_are(api: Api) -> None:
    for file in ("one", "two"):
        named = {"Content-Disposition": f'attachment; filename="{file}.txt"'}
        (await api.http.put(f"/api/files/{file}", content=b"data", headers=named)).raise_for_status()

    session = await api.ended(
        await api.create('open example.com then upload "nix.pdf" to "Your file"', fileIds=["one", "two"])
    )

    there = 'The session has no file "nix.pdf". It has: "one.txt", "two.txt".'
    assert session["error"]["error"].endswith(f"failed: {there}")
