"""Ask whether a weakness is known of any package that is pinned, Python's and the console's; fail at one that is.

    python tools/audit.py [--where-possible]

Who knows are services outside: PyPI's advisories by pip-audit, npm's by npm. That nothing was found is only ever said
by who was asked: where they do not answer (a mirror of a registry usually has none), it says so and fails, with 2
instead of 1. With `--where-possible` that alone is no failure: for a machine that cannot reach them.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PIP_AUDIT = "pip-audit==2.10.1"
WEAK = "idna==3.4"
"""A weakness of it is known (CVE-2024-3651): pip-audit takes a service that has no answers for good news."""

READING = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
ANSWERS_WITHIN = 300
NOBODY = "could not ask: no answer from"


def said(*words: str) -> Any:
    """What a program printed as JSON, however it ended; None if that is none, or it is not here or does not end."""
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=ANSWERS_WITHIN, check=False)  # noqa: S603 - our own words
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def weak_in_python(requirements: Path) -> list[str] | None:
    """What is known of these packages; None if nobody could be asked of one of them."""
    found = said("uv", "tool", "run", PIP_AUDIT, *READING, "--requirement", str(requirements))
    if found is None or any("skip_reason" in one for one in found["dependencies"]):
        return None
    return [_weakness(one, weakness) for one in found["dependencies"] for weakness in one["vulns"]]


def _weakness(package: dict[str, str], weakness: dict[str, Any]) -> str:
    mended = ", ".join(weakness["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}"


def python() -> list[str] | None:
    """What is known of the packages in requirements.txt; None if nobody could be asked."""
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "requirements.txt"
        probe.write_text(f"{WEAK}\n")
        return weak_in_python(ROOT / "requirements.txt") if weak_in_python(probe) else None


def console() -> list[str] | None:
    """What is known of the packages in package-lock.json; None if nobody could be asked."""
    found = said("npm", "audit", "--package-lock-only", "--json")
    if found is None or "vulnerabilities" not in found:
        return None
    return [f"{name}: {one['severity']}, {one['range']}" for name, one in found["vulnerabilities"].items()]


def main() -> int:
    """How the process ends: 1 for a finding, 2 where somebody could not be asked."""
    asked = {"Python's packages": ("PyPI's advisories", python()), "the console's": ("npm", console())}
    for whose, (service, found) in asked.items():
        told = [f"{NOBODY} {service}"] if found is None else found or ["no weakness is known"]
        for line in told:
            sys.stdout.write(f"{whose}: {line}\n")
    if any(found for _, found in asked.values()):
        return 1
    silent = any(found is None for _, found in asked.values())
    return 2 if silent and "--where-possible" not in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
