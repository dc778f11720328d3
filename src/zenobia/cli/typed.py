"""Commands as they can be typed here: where the shell does not find `zenobia` by its name, by its path."""

import shlex
import shutil
import sys
from functools import cache
from pathlib import Path


@cache
def zenobia() -> str:
    """What to type for `zenobia` in this folder, as a shell reads it."""
    beside = Path(sys.executable).with_name("zenobia")
    found = shutil.which("zenobia")
    if not beside.exists():
        return "zenobia" if found else shlex.join([sys.executable, "-m", "zenobia"])
    if found and Path(found).samefile(beside):
        return "zenobia"
    here = Path.cwd()
    path = str(beside.relative_to(here)) if beside.is_relative_to(here) else str(beside)
    return shlex.quote(path if "/" in path else f"./{path}")
