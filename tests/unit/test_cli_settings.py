"""The listings leave nothing out: settings, commands, examples, the guide; and a wrong setting is named."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from zenobia.cli import app
from zenobia.cli.catalogue import as_rows, example_file
from zenobia.cli.failing import Exit
from zenobia.cli.flags import read_settings
from zenobia.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "command-line.md"

NO_CREDENTIALS = "must begin with http:// or https:// and hold no credentials"
SECRETS_KEY = "must be 32 bytes as Base64, as `openssl rand -base64 32` makes them"


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:  # pyright: ignore[reportUnusedFunction]
    """No settings but the defaults."""
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ZENOBIA_{name.upper()}", raising=False)


def test_every_setting_is_listed_with_all_its_names() -> None:
    rows = {row["name"]: row for row in as_rows()}

    assert list(rows) == list(Settings.model_fields)
    assert rows["max_sessions"] | {"meaning": ""} == {
        "name": "max_sessions",
        "flag": "--max-sessions",
        "variable": "ZENOBIA_MAX_SESSIONS",
        "default": 4,
        "value": 4,
        "set": False,
        "meaning": "",
    }
    assert all(row["meaning"] for row in rows.values())


def test_the_listing_shows_what_is_set_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENOBIA_MAX_SESSIONS", "7")

    row = next(row for row in as_rows() if row["name"] == "max_sessions")

    assert (row["value"], row["default"], row["set"]) == (7, 4, True)


def test_a_variable_that_is_empty_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose files and scripts pass on what is not set."""
    Path("zenobia.toml").write_text("max_sessions = 7")
    for name in ("ZENOBIA_CONFIG", "ZENOBIA_MAX_SESSIONS", "ZENOBIA_PORT", "ZENOBIA_MODEL"):
        monkeypatch.setenv(name, "")

    settings = read_settings()

    assert (settings.max_sessions, settings.port, settings.model) == (7, 8484, None)


@pytest.mark.parametrize(
    ("words", "file", "code", "said"),
    [
        (["--port", "abc"], "", 2, "--port must be a whole number, not 'abc'"),
        (["--max-sessions", "0"], "", 2, "--max-sessions should be greater than or equal to 1, not '0'"),
        (["--config", "nowhere.toml"], "", 2, "There is no file of settings at nowhere.toml."),
        ([], "port = 'x'", 1, "port in zenobia.toml must be a whole number, not 'x'"),
        (
            ["--blobs", "s3://key:s3cret@bucket"],
            "",
            2,
            "--blobs must be a bucket and a prefix: credentials come from the environment",
        ),
        (
            ["--browser-cdp", "ftp://host?token=s3cret"],
            "",
            2,
            "--browser-cdp must be addresses that begin with http://, https://, ws:// or wss://",
        ),
        (["--database", "mysql://me:s3cret@host/name"], "", 2, "--database must begin with postgresql://"),
        (
            [],
            "[mcp_servers.notes]\ncommand = 'a'\nurl = 'https://a.example'",
            1,
            "mcp_servers in zenobia.toml must have either a command or a url, not "
            "\"{'command': 'a', 'url': 'https://a.example'}\"",
        ),
        (["--mcp-servers", "{"], "", 2, "--mcp-servers EOF while parsing an object at line 1 column 1, not '{'"),
        ([], "max_session = 3", 1, 'zenobia.toml: there is no setting "max_session"; did you mean "max_sessions"?'),
        ([], "secrets_key = 'TOPSECRET'", 1, f"secrets_key in zenobia.toml {SECRETS_KEY}"),
        (
            ["--search-url", "http://h/?q=query"],
            "",
            2,
            "--search-url must hold {query} where the words go, not 'http://h/?q=query'",
        ),
        (["--search-url", "http://u:TOPSECRET@h/{query}"], "", 2, f"--search-url {NO_CREDENTIALS}"),
        (["--model-base-url", "http://u:TOPSECRET@h/v1"], "", 2, f"--model-base-url {NO_CREDENTIALS}"),
        (["--demo-site", "127.0.0.1:9000"], "", 2, f"--demo-site {NO_CREDENTIALS}"),
        (
            ["--allowed-origins", "https://a.example,b.example"],
            "",
            2,
            "--allowed-origins must be origins, such as https://app.example, or *, not 'b.example'",
        ),
        (["--push-contact", "nobody"], "", 2, "--push-contact must be an e-mail address, not 'nobody'"),
        ([], "data_dir = 3", 1, "data_dir in zenobia.toml must be a path, not '3'"),
        ([], "port = ", 1, "zenobia.toml is not TOML: Invalid value (at end of document)."),
    ],
)
def test_a_setting_that_does_not_fit_is_named_in_one_line(
    words: list[str], file: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENOBIA_CONFIG", "zenobia.toml")
    Path("zenobia.toml").write_text(file)

    done = CliRunner().invoke(app, ["serve", *words])

    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr == f"zenobia: {said}\n"


def test_origins_are_kept_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENOBIA_ALLOWED_ORIGINS", "https://App.example/, http://127.0.0.1:3000")

    assert read_settings().allowed_origins == ["https://app.example", "http://127.0.0.1:3000"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x", "--yes", "--no"], "zenobia: --yes and --no cannot both be meant.\n"),
        (["x", "--server", "ftp://a.example"], 'zenobia: "ftp://a.example" is no address of a server'),
        (["x", "--file", "no-such-file"], "Usage: zenobia run"),
        (["x", "--agnet", "manual"], "Usage: zenobia run"),
    ],
)
def test_a_run_that_makes_no_sense_is_exit_code_2(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["run", *words], prog_name="zenobia")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_every_command_has_an_example() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output
    commands = re.findall(r"^│ (\w+)  ", listed, re.MULTILINE)

    shown = {name: CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).output for name in commands}

    assert len(commands) > 20
    assert [name for name, words in shown.items() if f"Example: zenobia {name}" not in words] == []


def test_the_guide_names_every_command_and_every_exit_code() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output
    guide = GUIDE.read_text()

    assert [name for name in re.findall(r"^│ (\w+)  ", listed, re.MULTILINE) if f"{name}`" not in guide] == ["run"]
    assert 'zenobia run "…"' in guide
    assert [code for code in Exit if f"| {code.value} |" not in guide] == []


def test_every_setting_is_a_flag_of_serve() -> None:
    shown = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output

    assert [name for name in Settings.model_fields if f"--{name.replace('_', '-')} " not in shown] == []
    assert "--config" in shown


def test_the_example_file_uncommented_is_the_defaults() -> None:
    lines = [line.removeprefix("# ") for line in example_file().splitlines() if " = " in line]
    given = tomllib.loads("\n".join(lines))

    defaults = Settings().model_dump(mode="json")
    assert {name: value for name, value in given.items() if value != ""} == {
        name: value for name, value in defaults.items() if value is not None
    }


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://me:hush@host/db", "must begin with postgresql://"),
        (
            "postgresql://me:x@hush@host:hush/db",
            "must be postgresql://user:password@host:port/name, with %-codes for @ : / in the password",
        ),
    ],
)
def test_a_database_that_does_not_fit_is_refused_without_its_password(
    address: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENOBIA_DATABASE", address)

    done = CliRunner().invoke(app, ["serve"])
    with pytest.raises(ValidationError) as refused:
        Settings()

    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"zenobia: ZENOBIA_DATABASE {said}\n")
    assert "hush" not in str(refused.value)
