"""A real PostgreSQL for the tests: one cluster a run, in a temporary folder, reached by its socket; gone at the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")
STARTS_WITHIN = 30.0
MADE = sql.SQL("CREATE DATABASE {} STRATEGY file_copy ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
UNSAFE_BUT_QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=16MB")


def program(name: str) -> str:
    """Where a program of PostgreSQL is."""
    if found := shutil.which(name):
        return found
    for place in PLACES:
        for path in sorted(Path(place).glob(f"*/bin/{name}"), reverse=True):
            return str(path)
    raise AssertionError(f"{name} is not installed; `make setup` installs PostgreSQL for the tests")


class Postgres:
    """A cluster that can be stopped as a crash would, and started again; tests have it quick rather than safe."""

    def __init__(self, options: Sequence[str] = UNSAFE_BUT_QUICK) -> None:
        self._options = [f"-c{option}" for option in options]
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._as = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        if self._as:
            shutil.chown(self.folder, "nobody")
        made = [program("initdb"), "-D", str(self.folder / "data"), "-U", "zenobia", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run([*self._as, *made], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        where = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-clisten_addresses="]
        with (self.folder / "log").open("ab") as output:
            command = [*self._as, program("postgres"), *where, *self._options]
            self._process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/")
        until = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, as `pg_ctl stop -m immediate` would: the next start recovers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder)

    def database(self, encoding: str = "UTF8") -> str:
        """A new and empty database; its URL."""
        self._made += 1
        name = f"test_{self._made}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(MADE.format(sql.Identifier(name), encoding))
        return self._url(name)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _url(self, name: str) -> str:
        return f"postgresql://zenobia@/{name}?host={self.folder}"
