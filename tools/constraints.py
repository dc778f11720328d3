"""Write the pins of a requirements file into pyproject.toml, between its two markers."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
BLOCK = re.compile(r"(# pins: begin\n).*?(# pins: end\n)", re.S)
PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+(?: *;[^\\]+)?)", re.M)


def pins(requirements: str) -> list[str]:
    """Every `name==version` of a requirements file, with its marker, without its hashes."""
    return [match.strip().replace('"', "'") for match in PIN.findall(requirements)]


def main() -> None:
    """Replace the block."""
    found = [] if sys.argv[1] == "--clear" else pins(Path(sys.argv[1]).read_text())
    lines = "".join(f'    "{pin}",\n' for pin in found)
    block = f"constraint-dependencies = [\n{lines}]\n" if found else ""
    PROJECT.write_text(BLOCK.sub(lambda match: match[1] + block + match[2], PROJECT.read_text()))


if __name__ == "__main__":
    main()
