"""OpenStack Swift with its S3 API, all of it in one process: a program of its own.

    python -m tests.swift.serving FOLDER

Keeps everything in FOLDER, which must allow extended attributes; prints its port once it serves. One user, one copy of
everything, no replication: what an object store promises a client needs none of that.
"""

# pyright: basic, reportMissingImports=false
import sys
from pathlib import Path

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402

from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.utils import set_swift_dir  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from tests.swift import KEY, REGION, SECRET  # noqa: E402

KEEPERS = ("account", "container", "object")
PIPELINE = "catch_errors cache listing_formats bulk s3api tempauth slo dlo versioned_writes symlink proxy-server"
DEFAULT = """[DEFAULT]
swift_dir = {folder}
log_address = {folder}/no-syslog
devices = {folder}/devices
mount_check = false
fallocate_reserve = 0
"""
FILTERS = {
    "catch_errors": "",
    "cache": "",
    "listing_formats": "",
    "bulk": "",
    "s3api": f"location = {REGION}\ndns_compliant_bucket_names = false\n",
    "tempauth": f"user_{KEY.replace(':', '_')} = {SECRET} .admin\n",
    "slo": "",
    "dlo": "",
    "versioned_writes": "",
    "symlink": "",
}


def main(folder: Path) -> None:
    """Serve until killed."""
    sockets = {name: eventlet.listen(("127.0.0.1", 0)) for name in (*KEEPERS, "proxy")}
    (folder / "devices" / "one").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    for name in KEEPERS:
        _ring(folder, name, sockets[name].getsockname()[1])
        app = f"[app:main]\nuse = egg:swift#{name}\n"
        (folder / f"{name}.conf").write_text(DEFAULT.format(folder=folder) + app)
    (folder / "proxy.conf").write_text(_proxy(folder))
    set_swift_dir(str(folder))
    for name, socket in sockets.items():
        app = loadapp(str(folder / f"{name}.conf"), global_conf={"log_name": name})
        said = {"capitalize_response_headers": False, "log_output": False}
        eventlet.spawn(wsgi.server, socket, app, None, protocol=SwiftHttpProtocol, **said)
    print(sockets["proxy"].getsockname()[1], flush=True)  # noqa: T201
    eventlet.event.Event().wait()


def _ring(folder: Path, name: str, port: int) -> None:
    """Say that everything of a kind is kept here, once."""
    builder = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "one", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def _proxy(folder: Path) -> str:
    parts = [DEFAULT.format(folder=folder), f"[pipeline:main]\npipeline = {PIPELINE}\n"]
    parts.append(
        "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nallow_account_management = true\n"
    )
    plugins = {"cache": "memcache"}
    parts += [f"[filter:{name}]\nuse = egg:swift#{plugins.get(name, name)}\n{more}" for name, more in FILTERS.items()]
    return "\n".join(parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
