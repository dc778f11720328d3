"""The README is tried as a stranger would: the tour is started as it says, every block and example is run against it.

The addresses in it are those of a server on the usual ports; here they are replaced by those that were free.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.chrome import chrome, readable
from tests.contract import javascript
from zenobia.cli.tour import DEMO_PORT
from zenobia.client import Client
from zenobia.plugins import GROUP
from zenobia.protocol.commands import COMMANDS
from zenobia.protocol.events import RequestEvent
from zenobia.settings import Settings
from zenobia.testing import scripted_server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SERVER, SITE = "http://127.0.0.1:8484", "http://127.0.0.1:8900"
UP = "Ctrl-C ends it all."
PNG = b"\x89PNG"

ELSEWHERE = {
    "make run": "test_make_run_takes_the_tour, and the tour itself is what everything here runs against",
    "make test": "test_make_test_runs_every_check",
    "npm install socket.io-client": "the contract tests install the very same",
    "node tour.mjs": "test_the_javascript_prints_what_the_readme_says",
}
"""Blocks that are not run as they stand, and what is done instead."""


@dataclass(frozen=True)
class Block:
    """A piece of the README in a fence."""

    language: str
    text: str


@dataclass(frozen=True)
class Town:
    """A tour that is under way, and a folder to try things in."""

    server: str
    site: str
    folder: Path
    said: str

    def here(self, text: str) -> str:
        """What the README says, with this tour's addresses."""
        return text.replace(SERVER, self.server).replace(SITE, self.site)

    def there(self, text: str) -> str:
        """What a program said here, as the README has it."""
        usual = text.replace(self.server, SERVER).replace(self.site, SITE)
        return re.sub(r"\b(ses|req)_[0-9a-z]{10,}", r"\1_…", usual)

    def run(self, *command: str | Path) -> str:
        """Run something in the folder, as in a second terminal; what it printed."""
        path = os.pathsep.join([str(javascript.NODE.parent), os.environ["PATH"]])
        environment = os.environ | {"PATH": path, "ZENOBIA_SERVER": self.server, "DEMO": self.site}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def blocks(text: str = README) -> list[Block]:
    """Every fenced block, in order."""
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def only(language: str) -> str:
    """The one block in that language."""
    [text] = [block.text for block in blocks() if block.language == language]
    return text


PROMISES = re.findall(r"^\| (.+?) \| \[(.+?)\]\((.+?\.py)\) \|$", README, re.MULTILINE)
PAGES = sorted(page for place in (".", "docs/**", "demo", "examples") for page in ROOT.glob(f"{place}/*.md"))

NOT_HERE = [
    "git clone ADDRESS zenobia",
    "cd zenobia",
    "make run",
    ".venv/bin/zenobia serve",
    ".venv/bin/zenobia serve --max-sessions 8",
    "ZENOBIA_MAX_SESSIONS=8 .venv/bin/zenobia serve",
    "echo 'max_sessions = 8' > zenobia.toml",
    ".venv/bin/zenobia settings",
    ".venv/bin/zenobia settings --toml > example.toml",
    ".venv/bin/zenobia sessions",
    ".venv/bin/zenobia show last",
    ".venv/bin/zenobia events last",
]
"""Lines of the quickstart that clone, start servers or only look: the command line's own tests have them."""

EXPECTED = {
    "quickstart": ["Storm lantern", "Approved: ", "Saved last.png", "a browser started"],
    "files": ['"fileName":"report.txt"', '"available":false', '"available":true', ".csv", '{"success":true}'],
    "human-layer": ['"kind":"approval"', '"status":"approved"', '"code":"already_decided"'],
}
"""Words that the commands of a guide must have printed."""

LISTENER = """
const prompt = 'open example.com', requestId = 'req_1';
const io = () => socket;
const say = console.log;
const asked = { eventType: 'human_layer_request', seq: 1, data: { request: { id: 'req_1', title: 'May it?' } } };
const socket = {
  on: (name, heard) => heard(name === 'connect' ? undefined : asked),
  emit: (name, ...rest) => say(JSON.stringify([name, typeof rest[0] === 'function' ? {} : rest[0]])),
};
console.log = () => {};
"""
"""Stands in for the client: says what would be sent."""

SHELL = [block.text for block in blocks() if block.language == "sh" and block.text.strip() not in ELSEWHERE]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """What `make run` starts, on free ports, and stops like Ctrl-C does."""
    javascript.install()
    folder = tmp_path_factory.mktemp("readme")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "node_modules").symlink_to(javascript.MODULES)
    command = [sys.executable, "-m", "zenobia", "tour", "--port", "0", "--demo-port", "0"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if UP in line:
                break
        facts = dict(re.findall(r"^ *(console|site) +(http\S+)$", said, re.MULTILINE))
        yield Town(facts["console"], facts["site"], folder, said)
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(15) == 0


def test_every_block_is_run_by_something() -> None:
    assert {block.language for block in blocks()} == {"sh", "js", "text"}
    assert [text for text in ELSEWHERE if f"```sh\n{text}\n```" not in README] == []
    assert len(SHELL) == 2


def test_make_run_takes_the_tour() -> None:
    assert _planned("run")[-1].endswith("-m zenobia tour")
    assert (f":{Settings.model_fields['port'].default}", f":{DEMO_PORT}") == (SERVER[-5:], SITE[-5:])


def test_make_test_runs_every_check() -> None:
    planned = " ".join(_planned("test"))

    assert [one for one in ("ruff check", "basedpyright", "lint-imports", "pytest") if one not in planned] == []


def test_the_tour_runs_a_first_session_and_stays_up(town: Town) -> None:
    assert "Completed" in town.said
    assert "The night ferry returns to Saltmarsh" in town.said


def test_the_javascript_prints_what_the_readme_says(town: Town) -> None:
    (town.folder / "tour.mjs").write_text(town.here(only("js")))

    printed = town.run("node", "tour.mjs")

    assert town.there(printed) == only("text")
    assert (town.folder / "asked.png").read_bytes().startswith(PNG)


def test_the_javascript_is_the_example() -> None:
    assert only("js") == (ROOT / "examples" / "tour.mjs").read_text()


def test_the_curl_commands_follow_a_session_to_its_picture(town: Town) -> None:
    printed = town.run("bash", "-euo", "pipefail", "-c", town.here(SHELL[0]))

    assert '"eventType":"result"' in printed
    assert '"status":"completed"' in printed
    assert (town.folder / "last.png").read_bytes().startswith(PNG)


def test_the_terminal_commands_run_and_show_a_session(town: Town) -> None:
    printed = town.run("bash", "-euo", "pipefail", "-c", town.here(SHELL[1]))

    assert 'Clicked "Storm lantern" link.' in printed
    assert printed.count("completed") == 2


def test_the_python_example_asks_and_ends(town: Town) -> None:
    printed = town.run(sys.executable, ROOT / "examples" / "follow.py")

    assert 'Approved: Click "Send request"' in printed
    assert printed.splitlines()[-1] == "completed {'request': 'This is what arrived.'}"
    assert (town.folder / "travel-request.png").read_bytes().startswith(PNG)


def test_the_shell_example_sends_a_file_into_a_page(town: Town) -> None:
    printed = town.run(ROOT / "examples" / "session.sh")

    assert "approving req_" in printed
    assert '"name":"letter.txt","size":52' in printed.splitlines()[-1]
    assert (town.folder / "travel.png").read_bytes().startswith(PNG)


LIBRARY = Path("node_modules/socket.io-client/dist/socket.io.min.js")
"""What the example page needs beside it."""


async def test_the_example_page_starts_shows_asks_and_goes_on(town: Town) -> None:
    async with chrome() as browser:
        with readable() as folder:
            page_file = shutil.copy(ROOT / "examples" / "page.html", folder)
            library = folder / LIBRARY
            library.parent.mkdir(parents=True)
            shutil.copy(javascript.MODULES / LIBRARY.relative_to("node_modules"), library)
            page = await browser.new_page()
            await page.goto(f"file://{page_file}?server={town.server}&demo={town.site}")
        await page.get_by_role("button", name="Start").click()
        await expect(page.locator("#facts")).to_have_text(
            f'"Add to cart" button on {town.site}/shop/storm-lantern', timeout=10_000
        )
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("#status")).to_have_text("completed", timeout=10_000)
        await expect(page.get_by_role("img")).to_be_visible()
        await expect(page.locator("#asked")).to_be_hidden()


async def test_the_example_agent_is_found_asks_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = tomllib.loads((ROOT / "examples" / "agent" / "pyproject.toml").read_text())["project"]
    [(name, where)] = described["entry-points"][GROUP].items()
    installed = tmp_path / "zenobia_heading-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: zenobia-heading\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {where}\n")
    shutil.copy(ROOT / "examples" / "agent" / "zenobia_heading.py", tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    async with scripted_server(tmp_path / "data") as kit, Client(kit.url) as client:
        session = await client.create("saltmarsh.example", agent=name)
        async for event in client.follow(session.id):
            if isinstance(event, RequestEvent):
                await client.respond(event.data.request.id, "Yes.")
        ended = await client.get(session.id)

    assert (ended.status, ended.error) == ("completed", None)
    assert ended.result is not None
    assert ended.result.text.startswith("The page is called ")


@pytest.mark.parametrize(("promise", "name", "path"), PROMISES)
def test_a_promise_names_a_test_that_is_there(promise: str, name: str, path: str) -> None:
    function = "test_" + name.replace(" ", "_")

    assert re.search(rf"^(async )?def {function}\(", (ROOT / path).read_text(), re.MULTILINE), promise


@pytest.mark.parametrize("guide", ["quickstart", "files", "human-layer"])
def test_the_commands_of_a_guide_work_one_after_the_other(guide: str, town: Town) -> None:
    text = (ROOT / "docs" / "guides" / f"{guide}.md").read_text()
    script = "\n".join(block.text for block in blocks(text) if block.language == "sh")
    run = "\n".join(line for line in script.splitlines() if line not in NOT_HERE)

    printed = town.run("bash", "-euo", "pipefail", "-c", town.here(run))

    assert guide != "quickstart" or set(NOT_HERE) <= set(script.splitlines())
    assert [line for line in EXPECTED[guide] if line not in printed] == []


@pytest.mark.parametrize("page", ["guides/files", "guides/human-layer", "concepts/sessions-and-events"])
def test_what_a_page_sends_in_javascript_is_what_the_server_reads(page: str, town: Town) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    script = "\n".join(f"{{\n{block.text}}}" for block in blocks(text) if block.language == "js")

    sent = town.run("node", "--input-type=module", "-e", LISTENER + script).splitlines()

    assert sent
    for line in sent:
        name, payload = json.loads(line)
        bare = COMMANDS[name].bare
        COMMANDS[name].payload.model_validate({bare: payload} if isinstance(payload, str) else payload)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_in_the_docs_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in _anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_the_docs_name_is_there(page: Path) -> None:
    named = re.findall(r"`((?:tests|src|tools|docs|examples|demo)/[\w./-]*\w)`", page.read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_status_diagram_is_the_one_that_is_written_from_the_code() -> None:
    [told] = _diagrams("docs/concepts/sessions-and-events.md")

    assert [told] == _diagrams("docs/reference/status.md")


def _diagrams(page: str) -> list[str]:
    return [block.text for block in blocks((ROOT / page).read_text()) if block.language == "mermaid"]


def _anchors(page: Path) -> set[str]:
    """What a link may lead to on a page: its headings as GitHub spells them, and what it names itself."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="(.+?)">', text))


def _planned(target: str) -> list[str]:
    """What make would do, without doing it."""
    command = ["make", "--dry-run", "--no-print-directory", target]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=outside)
    return done.stdout.splitlines()
