"""The scripts that run inside pages: each a function in a file of its own, next to this one."""

from importlib.resources import files

HERE = "zenobia.operators"


def script(name: str) -> str:
    """The source of one."""
    return files(HERE).joinpath(f"{name}.js").read_text(encoding="utf-8")
