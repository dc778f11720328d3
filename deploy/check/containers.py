"""Images and containers without Docker and without a registry of images: Podman, and bases made by mmdebstrap."""

import json
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SUITE = "trixie"
BASE = f"debian:{SUITE}-slim"
NEEDED = ("podman", "runc", "mmdebstrap")
HEALTH_EVERY = 1.0
BUNDLE = Path(os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt"))

CLEAN = 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };'
"""What the official base image does too: it keeps no packages."""


class Failed(Exception):
    """A step that did not work."""


def run(*command: object, env: dict[str, str] | None = None, within: float = 1_200, cwd: Path = ROOT) -> str:
    """Run a command; its standard output.

    Raises:
        Failed: it did not work; with the end of what it said.
    """
    told = [str(part) for part in command]
    done = subprocess.run(told, env=env, capture_output=True, text=True, timeout=within, cwd=cwd)
    if done.returncode != 0:
        raise Failed(f"{' '.join(told)}\n{(done.stdout + done.stderr)[-4_000:]}")
    return done.stdout


class Podman:
    """An engine whose images, containers and volumes lie in `folder` and go with it."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self._folder = folder
        self.env = {
            **os.environ,
            "CONTAINERS_STORAGE_CONF": str(self._written("storage.conf", self._storage())),
            "CONTAINERS_CONF": str(self._written("containers.conf", self._settings())),
            "PATH": f"{tools}:{os.environ['PATH']}",
        }

    def __call__(self, *command: object, within: float = 1_200) -> str:
        """Run a podman command; its standard output."""
        return run("podman", *command, env=self.env, within=within)

    def import_base(self) -> None:
        """Make the base image from Debian's packages, by the way in which this machine gets its own."""
        archive, sources = self._folder / "base.tar", Path("/etc/apt/sources.list.d/debian.sources")
        hook = f"--customize-hook=echo '{CLEAN}' > \"$1/etc/apt/apt.conf.d/clean\""
        given: list[object] = []
        if sources.exists():
            here = sources.read_text()
            codename = run("sh", "-c", '. /etc/os-release; printf %s "$VERSION_CODENAME"')
            given = [self._written(f"{SUITE}.sources", here.replace(codename, SUITE))]
        run("mmdebstrap", "--variant=minbase", hook, SUITE, archive, *given)
        self("import", archive, BASE)
        archive.unlink()

    def build(self, dockerfile: Path, context: Path, tag: str) -> None:
        """Build an image on the imported base; packages come by this machine's network, under its certificates."""
        shared = self._folder / "build"
        shared.mkdir(exist_ok=True)
        shutil.copy(BUNDLE, shared / "bundle.crt")
        index = f"index-url = {found}\n" if (found := os.environ.get("PIP_INDEX_URL")) else ""
        pip = shared / "pip.conf"
        pip.write_text(f"[global]\ncert = /run/build/bundle.crt\n{index}")
        mounts = ["-v", f"{shared}:/run/build:ro", "-v", f"{pip}:/etc/pip.conf:ro"]
        network = ["--pull=never", "--network=host", "--format=docker"]
        self("build", *network, *mounts, "--file", dockerfile, "--tag", tag, context)

    def inspect(self, name: str, what: str) -> str:
        """One fact about a container or an image, as a Go template has it."""
        return self("inspect", name, "--format", what).strip()

    def size(self, image: str) -> float:
        """What an image takes, in megabytes."""
        return json.loads(self("image", "inspect", image))[0]["Size"] / 1e6

    @contextmanager
    def beating(self) -> Generator[None]:
        """Check health regularly, as a machine without systemd does not do by itself."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(HEALTH_EVERY):
                for name in self("ps", "--quiet").split():
                    subprocess.run(["podman", "healthcheck", "run", name], env=self.env, capture_output=True)

        thread = threading.Thread(target=beat, name="health checks")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def remove(self) -> None:
        """Leave nothing behind."""
        for command in (
            ("rm", "-af", "-t", "0"),
            ("volume", "prune", "-f"),
            ("network", "prune", "-f"),
            ("rmi", "-af"),
        ):
            self(*command)
        subprocess.run(["umount", "--lazy", self._folder / "images" / "overlay"], capture_output=True)
        shutil.rmtree(self._folder)

    def _written(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text)
        return path

    def _storage(self) -> str:
        images, state = self._folder / "images", self._folder / "state"
        return f'[storage]\ndriver = "overlay"\ngraphroot = "{images}"\nrunroot = "{state}"\n'

    def _settings(self) -> str:
        """Limits that this machine can give, as it may not be allowed to raise its own."""
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65_536)
        processes = min(resource.getrlimit(resource.RLIMIT_NPROC)[1], 4_096)
        limits = f'default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]'
        volumes = f'volume_path = "{self._folder / "volumes"}"\nstatic_dir = "{self._folder / "static"}"'
        engine = f'runtime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n{volumes}'
        network = f'network_backend = "netavark"\nnetwork_config_dir = "{self._folder / "networks"}"'
        return f"[containers]\n{limits}\n[engine]\n{engine}\n[network]\n{network}\n"
