"""A command that is suggested works as it is typed, in the folder where it was suggested."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BESIDE = Path(sys.executable).parent
SAY = "from zenobia.cli.typed import zenobia; print(zenobia())"


def suggested(folder: Path, path: str) -> str:
    """What is suggested in a folder to somebody whose shell looks for programs in `path`."""
    said = subprocess.run([sys.executable, "-c", SAY], cwd=folder, env={"PATH": path}, capture_output=True, check=True)
    return said.stdout.decode().strip()


@pytest.mark.parametrize("folder", [ROOT, BESIDE, Path("/")], ids=["the project", "the programs", "elsewhere"])
@pytest.mark.parametrize("path", [os.defpath, f"{BESIDE}:{os.defpath}"], ids=["not on the path", "on the path"])
def test_what_is_suggested_can_be_typed(folder: Path, path: str) -> None:
    typed = suggested(folder, path)

    done = subprocess.run(f"{typed} --help", shell=True, cwd=folder, env={"PATH": path}, capture_output=True)  # noqa: S602 - as a person would

    assert done.returncode == 0, done.stderr
    assert (typed == "zenobia") is (path != os.defpath)
