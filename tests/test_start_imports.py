"""Imports of a start: HTTP, TLS and the parser of expressions only where they are configured, and then early.

twistd may lock itself into a folder after ``privilegedStartService``; what is imported later may not be found.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.certificates import Certificates

PROGRAM = """
import sys, json
from twisted.internet import reactor  # brings modules of its own, OpenSSL and asyncio among them
from twisted.application import app, service
before = set(sys.modules)
from kea_twisted.tap import Options, makeService
options = Options()
options.parseOptions(["-X", "--config", sys.argv[1]])
made = makeService(options)
made.setServiceParent(service.Application("test"))
made.privilegedStartService()
loaded = set(sys.modules)
made.startService()
print("\\n" + json.dumps([sorted(loaded - before), sorted(set(sys.modules) - loaded)]))
"""
HTTP = {"klein", "werkzeug", "kea_twisted.adapters.control.httpchannel", "kea_twisted.commands.registry"}
PARTNER = {"treq", "kea_twisted.adapters.partner.client", "kea_twisted.ha.relationship"}
TLS = {"kea_twisted.adapters.system.tls"}
EXPRESSIONS = {"lark", "kea_twisted.expr.compile"}
PLAIN: dict[str, Any] = {
    "interfaces-config": {"interfaces": []},
    "subnet4": [{"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": "10.1.0.0/16"}]}],
}


def started(folder: Path, **more: Any) -> tuple[set[str], set[str]]:
    """The modules that a server with this configuration imports before the privileges go, and after that."""
    file = folder / "kea.conf"
    file.write_text(json.dumps({"Dhcp4": {**PLAIN, **more}}))
    folders = ("KEA_PIDFILE_DIR", "KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], env={**os.environ, **dict.fromkeys(folders, str(folder))},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    early, late = json.loads(done.stdout.splitlines()[-1])
    return set(early), set(late)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def partners() -> list[dict[str, Any]]:
    """Hook libraries of one half of a pair."""
    peers = [
        {"name": "server1", "url": f"http://127.0.0.1:{free_port()}/", "role": "primary"},
        {"name": "server2", "url": "http://127.0.0.2:8000/", "role": "standby"},
    ]
    relationship = {"this-server-name": "server1", "mode": "hot-standby", "peers": peers}
    return [
        {"library": "libdhcp_lease_cmds.so"},
        {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
    ]


def test_a_plain_server_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    early, late = started(tmp_path)
    assert "kea_twisted.engine.server" in early
    assert not early & (HTTP | PARTNER | TLS | EXPRESSIONS)
    assert not any(name.partition(".")[0] in ("asyncio", "cryptography", "OpenSSL", "lark") for name in early | late)
    assert late == set()


def test_a_unix_control_socket_needs_no_http(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    early, late = started(tmp_path, **{"control-socket": {"socket-type": "unix", "socket-name": "control"}})
    assert "kea_twisted.commands.registry" in early
    assert not early & {"klein", "werkzeug", "treq", "lark"}
    assert late == set()


def test_what_http_needs_is_there_before_the_privileges_go(tmp_path: Path) -> None:
    entry = {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": free_port()}
    early, late = started(tmp_path, **{"control-sockets": [entry]})
    assert early >= HTTP
    assert not early & (PARTNER | EXPRESSIONS)
    assert late == set()


def test_what_tls_needs_is_there_before_the_privileges_go(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    files = {"trust-anchor": made.anchor, "cert-file": made.server, "key-file": made.server_key}
    entry = {"socket-type": "https", "socket-address": "127.0.0.1", "socket-port": free_port()}
    entry |= {name: str(path) for name, path in files.items()}
    early, late = started(tmp_path, **{"control-sockets": [entry]})
    assert early >= HTTP | TLS
    assert late == set()


def test_what_a_partner_needs_is_there_before_the_privileges_go(tmp_path: Path) -> None:
    early, late = started(tmp_path, **{"hooks-libraries": partners()})
    assert early >= HTTP | PARTNER
    assert late == set()


def test_the_parser_of_expressions_comes_with_the_first_of_them(tmp_path: Path) -> None:
    early, late = started(tmp_path, **{"client-classes": [{"name": "one", "test": "option[60].exists"}]})
    assert early >= EXPRESSIONS
    assert not early & (HTTP | PARTNER)
    assert late == set()
