"""A BIND 9 in a namespace: a forward and a reverse zone that accept updates, with or without a key."""

from __future__ import annotations

import shutil
from pathlib import Path

from .netns import Namespace
from .process import Process

BINARY = "/usr/sbin/named"
PORT = 5353
SECRET = "LSWXnfkKZjdPJI5QxlpnfQ=="
ZONES = ("example.com", "2.0.192.in-addr.arpa")
_ZONE = """\
$TTL 60
@ IN SOA ns.example.com. root.example.com. 1 3600 600 86400 60
@ IN NS ns.example.com.
"""


class NameServer:
    """One BIND with its own folder. ``policy`` is what ``allow-update`` holds: ``any`` or ``key NAME``."""

    def __init__(self, namespace: Namespace, folder: Path, policy: str = "any", algorithm: str = "hmac-sha256") -> None:
        self._namespace = namespace
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for zone in ZONES:
            (folder / f"{zone}.db").write_text(_ZONE + ("ns IN A 127.0.0.1\n" if zone == "example.com" else ""))
        (folder / "named.conf").write_text(self._configuration(policy, algorithm))
        self._process: Process | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [BINARY, "-g", "-n", "1", "-c", str(self.folder / "named.conf")]
        self._process = Process(self._namespace.command(*command), self.folder / "named.log")
        self._process.wait_for(r" running$", 20)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def records(self) -> dict[str, list[str]]:
        """Every record of both zones but those that were there at the start: the name, then type and data, sorted."""
        found: dict[str, list[str]] = {}
        for zone in ZONES:
            words = ("dig", "+noall", "+answer", "@127.0.0.1", "-p", str(PORT), "AXFR", zone)
            for line in self._namespace.run(*words).splitlines():
                name, ttl, _, kind, data = line.split(None, 4)
                if kind not in ("SOA", "NS") and not name.startswith("ns."):
                    found.setdefault(name, []).append(f"{ttl} {kind} {data}")
        return {name: sorted(rows) for name, rows in sorted(found.items())}

    def _configuration(self, policy: str, algorithm: str) -> str:
        zones = "\n".join(
            f'zone "{zone}" {{ type primary; file "{self.folder}/{zone}.db"; allow-update {{ {policy}; }}; }};'
            for zone in ZONES
        )
        return f"""\
key "key1" {{ algorithm {algorithm}; secret "{SECRET}"; }};
options {{
    directory "{self.folder}"; pid-file "{self.folder}/named.pid"; session-keyfile "{self.folder}/session.key";
    lock-file none;
    listen-on port {PORT} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no;
    allow-transfer {{ any; }};
}};
controls {{ }};
{zones}
"""


def missing() -> str | None:
    """Return the reason why no BIND can be started here, None if it can."""
    if not shutil.which(BINARY) or not shutil.which("dig"):
        return "no BIND 9; run .ci/packages"
    return None
