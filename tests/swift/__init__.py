"""A real object store for the tests: OpenStack Swift with its S3 API, in a temporary folder; gone at the end."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx
import obstore
from obstore.store import ObjectStore, S3Store

if TYPE_CHECKING:
    from obstore import ObjectMeta

KEY, SECRET, REGION = "tests:zenobia", "the-secret-of-the-tests", "us-east-1"


pages = cast("Callable[[ObjectStore], Iterable[list[ObjectMeta]]]", obstore.list)  # pyright: ignore[reportUnknownMemberType]


class Swift:
    """The store as a process that can be frozen, stopped as a crash would, and started again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="swift-"))
        self.endpoint = ""
        self._process: subprocess.Popen[str] | None = None
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.swift.serving", str(self.folder)]
        here = Path(__file__).parents[2]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=here)
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, (self.folder / "log").read_text()
        self.endpoint = f"http://127.0.0.1:{port}"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def remove(self) -> None:
        """Stop it for good."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """How obstore is told of it."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
        }

    def bucket(self) -> str:
        """A new and empty bucket; its name."""
        name = f"bucket-{next(self._numbers)}"
        url = obstore.sign(self.opened(name), "PUT", "", timedelta(minutes=1))
        httpx.put(url).raise_for_status()
        return name

    def opened(self, bucket: str) -> S3Store:
        """A bucket, for a test to look into."""
        return S3Store(
            bucket,
            access_key_id=KEY,
            secret_access_key=SECRET,
            region=REGION,
            endpoint=self.endpoint,
            client_options={"allow_http": True},
        )

    def keys(self, bucket: str) -> list[str]:
        """What is in a bucket."""
        return sorted(one["path"] for page in pages(self.opened(bucket)) for one in page)

    def parts(self, bucket: str) -> list[Path]:
        """What is kept of uploads to a bucket: of those completed, and of those that nobody gave up."""
        mark = f"/{bucket}+segments/".encode()
        kept = (self.folder / "devices").rglob("*.data")
        return [path for path in kept if mark in os.getxattr(path, "user.swift.metadata")]
