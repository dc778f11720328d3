"""The habits of this code, held: small files, small functions, no furniture, nothing loose."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "demo").rglob("*.py")])
FILE_LINES = 400
FUNCTION_LINES = 50
MEDIAN_LINES = 10
FURNITURE = {"utils", "common", "manager", "service", "handler", "helpers", "misc"}
CATCH_ALL = {
    "server/desk.py",  # a client must get an answer
    "sessions/runner.py",  # a session must get an end
    "plugins.py",  # a plugin must get a name
    "store/sqlite.py",  # whoever asked must get what their work raised
    "operators/notices.py",  # what happens next must be told though a listener failed
}

POSSESSIVE_GROUP = re.compile(r"(?<!\()\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_function_does_one_thing(path: Path) -> None:
    if path.parent.name == "versions":
        return  # a migration is a record, not prose
    assert {one.name: length(one) for one in functions(path) if length(one) > FUNCTION_LINES} == {}


def test_most_functions_are_short() -> None:
    assert median(length(one) for path in SOURCES for one in functions(path)) < MEDIAN_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_says_what_it_promises(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""

    assert docstring
    assert not docstring.startswith("This module")


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_furniture_in_names(path: Path) -> None:
    words = {word for part in path.relative_to(ROOT).with_suffix("").parts for word in part.split("_")}

    assert not words & FURNITURE


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_task_has_a_name(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    tasks = [node for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr == "create_task"]

    assert [node.lineno for node in tasks if "name" not in {keyword.arg for keyword in node.keywords}] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_only_few_places_catch_everything(path: Path) -> None:
    handlers = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler)]
    broad = [
        node.lineno
        for node in handlers
        if (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)  # tidying up on the way is fine
    ]

    assert broad == [] or any(name(path).endswith(allowed) for allowed in CATCH_ALL)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_pattern_repeats_a_group_possessively(path: Path) -> None:
    """Python 3.11.0 to 3.11.4, which Debian 12 has, matches such a pattern wrongly (python/cpython#106052)."""
    texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))

    assert not any(isinstance(text, str) and POSSESSIVE_GROUP.search(text) for text in texts)


def test_nothing_committed_names_this_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hosts = r"(registry\.np" + r"mjs|files\.python" + r"hosted|pypi\.o" + r"rg|deb\.deb" + r"ian)"
    found = {
        path: match.group()
        for path in tracked.split("\0")
        if path and (ROOT / path).is_file()
        if (match := re.search(hosts, (ROOT / path).read_text(errors="ignore")))
    }

    assert found == {}
