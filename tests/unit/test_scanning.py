"""A key that is committed is found, weak packages are told, and no answer is not taken for good news."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "AKIA" + "QWERTYUIOP" + "ASDFGH"  # in parts, or it would itself be found

FINDING = {"name": "idna", "version": "3.4", "vulns": [{"id": "CVE-1", "fix_versions": ["3.7"]}]}
SKIPPED = {"name": "idna", "skip_reason": "Dependency not found on PyPI and could not be audited: idna (3.4)"}
SOUND: dict[str, object] = {"name": "idna", "version": "3.4", "vulns": []}
WEAK = {"ws": {"severity": "high", "range": "<8.17.1"}}


def ran(tool: str, *words: str, path: Path | None = None) -> tuple[int, str]:
    """How a tool ended, and what it said."""
    environment = os.environ | ({} if path is None else {"PATH": f"{path}:{os.environ['PATH']}"})
    command = [sys.executable, str(ROOT / "tools" / tool), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_key_in_a_file_is_told_by_its_place_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("path = '/srv/app'\n")
    (tmp_path / "bad.py").write_text(f"\nwhere = '{KEY}'\n")
    assert ran("scan.py", str(tmp_path / "good.py"))[0] == 0

    code, said = ran("scan.py", str(tmp_path / "good.py"), str(tmp_path / "bad.py"))

    assert (code, "bad.py:2: AWS Access Key" in said, "good.py" in said) == (1, True, False)
    assert KEY not in said


@pytest.mark.parametrize(
    ("python", "npm", "code", "words"),
    [
        ([FINDING], {}, 1, ["idna 3.4: CVE-1, mended in 3.7", "console's: no weakness"]),
        ([SKIPPED], None, 2, ["Python's packages: could not ask", "console's: could not ask"]),
        ([SOUND], {}, 2, ["Python's packages: could not ask", "console's: no weakness"]),
        ([SKIPPED], WEAK, 1, ["Python's packages: could not ask", "ws: high, <8.17.1"]),
    ],
    ids=["weak", "nobody answers", "one who knows nothing", "weak in the console"],
)
def test_only_who_was_asked_and_answered_has_found_nothing(
    tmp_path: Path, python: list[object], npm: object, code: int, words: list[str]
) -> None:
    answers: dict[str, object] = {
        "uv": {"dependencies": python},
        "npm": {"error": {}} if npm is None else {"vulnerabilities": npm},
    }
    for name, answer in answers.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
        program.chmod(0o755)

    ended, said = ran("audit.py", path=tmp_path)
    spared, again = ran("audit.py", "--where-possible", path=tmp_path)

    assert (ended, spared) == (code, 0 if code == 2 else code)
    assert again == said, "it is said all the same"
    for some in words:
        assert some in said
