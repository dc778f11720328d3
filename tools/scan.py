"""Look for passwords and keys in every file that is committed; fail at one that is not known to be none.

    python tools/scan.py            what `make scan` and `make test` do
    python tools/scan.py FILE …     look into these files
    python tools/scan.py --know     take what is found now for known; read what `git diff` shows before you commit it

What is known stands in .secrets.baseline, as hashes by file: that a line moves is no finding, a new value is one.
"""

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

from detect_secrets.core import baseline
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parents[1]
KNOWN = ROOT / ".secrets.baseline"
MADE = (KNOWN.name, "requirements.txt", "package-lock.json", "*.png")
"""What tools write, full of hashes."""

Found = set[tuple[str, str, str]]
"""File, kind and hash of what looks like a secret."""


def committed() -> list[str]:
    """The files that git knows, but for those that tools write."""
    words = ["git", "ls-files", "-z", "--", ".", *(f":!{name}" for name in MADE)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return [name for name in done.stdout.split("\0") if name]


def known() -> Found:
    """What was looked at before and is no secret."""
    results = json.loads(KNOWN.read_text())["results"]
    return {(file, one["type"], one["hashed_secret"]) for file, ones in results.items() for one in ones}


def main(words: list[str]) -> int:
    """How the process ends: 1 for a finding."""
    secrets = SecretsCollection(root=str(ROOT))
    with default_settings():
        files = [word for word in words if not word.startswith("--")]
        secrets.scan_files(*(files or committed()))
        if words == ["--know"]:
            told = baseline.format_for_output(secrets)
            for one in chain.from_iterable(told["results"].values()):
                del one["filename"]  # where it lies on this machine, which is nobody's business
            KNOWN.write_text(json.dumps(told, indent=2) + "\n")
            return 0
    before = known()
    found = [(file, one) for file, one in secrets if (file, one.type, one.secret_hash) not in before]
    for file, one in found:
        sys.stderr.write(f"{file}:{one.line_number}: {one.type}\n")
    if found:
        sys.stderr.write("Take them out, also of the history; if they are none: python tools/scan.py --know\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
