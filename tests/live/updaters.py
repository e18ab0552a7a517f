"""Two servers that update the DNS side by side: ours, and the kea-dhcp-ddns of the chroot, each with its own BIND."""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import Any

from .dialect import JsonMap
from .keas import CHROOT, INSIDE, folders
from .nameserver import PORT, SECRET, NameServer
from .netns import Namespace
from .process import Process

BINARY = "/usr/sbin/kea-dhcp-ddns"
FINAL = r"DHCP_DDNS_(ADD|REMOVE)_(SUCCEEDED|FAILED)|DHCP_DDNS_(REQUEST_DROPPED|NO_FWD_MATCH_ERROR|NO_REV_MATCH_ERROR)"
_numbers = itertools.count()
INVALID = r"DHCP_DDNS_INVALID_NCR"


def configuration(key: JsonMap | None = None, extra_servers: tuple[int, ...] = (), **more: Any) -> JsonMap:
    """A configuration for the zones of the name server; ``extra_servers`` are ports that are asked before it."""
    servers = [{"ip-address": "127.0.0.1", "port": port} for port in (*extra_servers, PORT)]
    named = {"key-name": "key1"} if key else {}
    tree: JsonMap = {
        "ip-address": "127.0.0.1",
        "port": 53001,
        "control-sockets": [{"socket-type": "unix", "socket-name": "d2.sock"}],
        "tsig-keys": [{"name": "key1", "algorithm": "HMAC-SHA256", "secret": SECRET, **key}] if key else [],
        "forward-ddns": {"ddns-domains": [{"name": "example.com.", "dns-servers": servers, **named}]},
        "reverse-ddns": {"ddns-domains": [{"name": "2.0.192.in-addr.arpa.", "dns-servers": servers, **named}]},
        "loggers": [
            {
                "name": "kea-dhcp-ddns",
                "severity": "DEBUG",
                "debuglevel": 99,
                "output-options": [{"output": "stdout", "pattern": "%m\n"}],
            }
        ],
        **more,
    }
    return {"DhcpDdns": tree}


class Updater:
    """A server of name change requests in a namespace, by default one of its own; a BIND may run beside it."""

    def __init__(self, kind: str, folder: Path, tree: JsonMap, namespace: Namespace | None = None) -> None:
        self.kind = kind
        self.namespace = namespace or Namespace(f"d2-{kind}{next(_numbers)}")
        self.folder = folder / kind
        self.folder.mkdir(parents=True, mode=0o750)
        self.config = self.folder / "d2.conf"
        self.write(tree)
        self.process: Process | None = None
        self.names: NameServer | None = None

    def write(self, tree: JsonMap) -> None:
        """Replace the configuration file."""
        text = json.dumps(tree)
        if self.kind == "kea":
            text = text.replace('"d2.sock"', f'"{INSIDE}/d2.sock"')
        self.config.write_text(text)

    def serve_names(self, policy: str, algorithm: str = "hmac-sha256") -> NameServer:
        """Start a BIND beside it."""
        self.names = NameServer(self.namespace, self.folder / "named", policy, algorithm)
        self.names.start()
        return self.names

    def start(self, until: str = "DHCP_DDNS_QUEUE_MGR_STARTED") -> Process:
        """Start it and wait until it takes requests."""
        place = INSIDE if self.kind == "kea" else str(self.folder)
        environment = {**folders(place), "PYTHONUNBUFFERED": "1"}
        self.process = Process(
            self.namespace.command(*self._words()), self.folder / "d2.log", environment, cwd=self.folder
        )
        self.process.wait_for(until, 20)
        return self.process

    def _words(self) -> list[str]:
        if self.kind == "kea":
            script = f'mount --bind "$1" "$0{INSIDE}" && exec chroot "$0" "$2" -X -c {INSIDE}/d2.conf'
            return ["sh", "-c", script, str(CHROOT), str(self.folder), BINARY]
        twistd = Path(sys.executable).parent / "twistd"
        return [str(twistd), "-n", "--pidfile=", "keaddns", "-X", "--config", str(self.config)]

    @property
    def running(self) -> Process:
        """The process that was started last."""
        assert self.process is not None, "never started"
        return self.process

    def send(self, *datagrams: bytes) -> None:
        """Send datagrams without waiting for anything."""
        with self.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for datagram in datagrams:
                sock.sendto(datagram, ("127.0.0.1", 53001))

    def carry_out(self, datagram: bytes, seconds: float = 10.0) -> None:
        """Send one request and wait until its end is in the log."""
        mark, deadline = self.running.mark(), time.monotonic() + seconds
        self.send(datagram)
        while not self.running.matching(f"{FINAL}|{INVALID}", mark):
            assert time.monotonic() < deadline, self.running.output(mark)
            time.sleep(0.005)

    def wait_until(self, count: int, seconds: float) -> None:
        """Wait until so many requests have come to their end since the start."""
        deadline = time.monotonic() + seconds
        while len(self.running.matching(FINAL)) < count:
            assert time.monotonic() < deadline, f"{len(self.running.matching(FINAL))} of {count} in {seconds} s"
            time.sleep(0.05)

    def ask(self, command: str, arguments: object = None) -> JsonMap:
        """Send a command over the unix socket and return the answer."""
        request: JsonMap = {"command": command}
        if arguments is not None:
            request["arguments"] = arguments
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(str(self.folder / "d2.sock"))
            sock.sendall(json.dumps(request).encode())
            answer = b""
            while block := sock.recv(65536):
                answer += block
        found: JsonMap = json.loads(answer)
        return found

    def statistics(self) -> dict[str, int]:
        """Every counter."""
        found = self.ask("statistic-get-all")["arguments"]
        return {name: samples[0][0] for name, samples in found.items()}

    def identifiers(self, since: int = 0) -> list[str]:
        """The messages about requests and updates, in their order: what was logged by which identifier."""
        wanted = r"^(DHCP_DDNS_(?!QUEUE_MGR_ST|QUEUE_MGR_RECONF|AT_MAX|NO_ELIG)\w+)"
        return re.findall(wanted, self.running.output(since), re.MULTILINE)

    def close(self) -> None:
        """End everything."""
        if self.process is not None and self.process.exit_code is None:
            self.process.stop()
        if self.names is not None:
            self.names.kill()
        self.namespace.remove()


def missing(kind: str) -> str | None:
    """Return the reason why this kind of server cannot be started here, None if it can."""
    if kind == "kea" and not os.path.exists(f"{CHROOT}{BINARY}"):
        return f"no kea-dhcp-ddns in {CHROOT}; run .ci/oracle"
    return None
