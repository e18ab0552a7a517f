"""A FreeRADIUS in a namespace, with its users, and the requests that it got."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from .netns import Namespace
from .process import Process

BINARY = "/usr/sbin/freeradius"
SECRET = "between the two"
SERVICES = {
    "access": {"servers": [{"name": "127.0.0.1", "port": 18120, "secret": SECRET}]},
    "accounting": {"servers": [{"name": "127.0.0.1", "port": 18130, "secret": SECRET}]},
}
_SIGNED = "update reply {\n Message-Authenticator := 0x00\n }"


class FreeRadius:
    """A FreeRADIUS with its own folder. ``users`` are the reply items of each User-Name; others are rejected.

    ``signs``: its answers have a Message-Authenticator, which this version sends only when it is told to.
    """

    def __init__(self, namespace: Namespace, folder: Path, users: Mapping[str, str], signs: bool = True) -> None:
        self._namespace = namespace
        self._folder = folder
        self._process: Process | None = None
        folder.mkdir(parents=True)
        entries = [f"{name} Auth-Type := Accept\n    {items or 'Fall-Through = No'}\n" for name, items in users.items()]
        (folder / "users").write_text("\n".join(entries) + "\nDEFAULT Auth-Type := Reject\n")
        (folder / "radiusd.conf").write_text(_configuration(folder, signs))

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [BINARY, "-f", "-l", "stdout", "-d", str(self._folder), "-n", "radiusd"]
        self._process = Process(self._namespace.command(*command), self._folder / "radius.log")
        self._process.wait_for(r"Ready to process requests", 20)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def requests(self, number: int = 0, seconds: float = 3.0) -> list[dict[str, str]]:
        """The requests so far, once there are so many: their attributes as FreeRADIUS writes them."""
        end = time.monotonic() + seconds
        while len(found := self._read()) < number and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def _read(self) -> list[dict[str, str]]:
        file = self._folder / "requests"
        blocks = file.read_text().split("\n\n") if file.exists() else []
        found = []
        for block in blocks:
            pairs = [line.strip().split(" = ", 1) for line in block.splitlines()[1:]]
            if pairs:
                found.append({pair[0]: pair[1].strip('"') for pair in pairs if len(pair) == 2})
        return found


def _configuration(folder: Path, signs: bool) -> str:
    top = f"""\
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = {folder}
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/radius.pid
name = radius
max_request_time = 5
cleanup_delay = 0
max_requests = 16384
log {{ destination = stdout }}
security {{ reject_delay = 0
  status_server = yes }}
thread pool {{ start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 4
  max_requests_per_server = 0 }}
client any {{
  ipaddr = 127.0.0.0/8
  secret = "{SECRET}"
}}
"""
    return top + _server(folder, _SIGNED if signs else "ok")


def _server(folder: Path, signature: str) -> str:
    return f"""\
modules {{
  always ok {{
    rcode = ok
  }}
  files {{
    filename = {folder}/users
  }}
  detail {{
    filename = {folder}/requests
    permissions = 0600
    header = "%t"
  }}
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = 18120
  }}
  listen {{
    type = acct
    ipaddr = 127.0.0.1
    port = 18130
  }}
  authorize {{
    detail
    files
  }}
  post-auth {{
    {signature}
    Post-Auth-Type REJECT {{
      {signature}
    }}
  }}
  accounting {{
    detail
    ok
  }}
}}
"""


def missing() -> str | None:
    """Return the reason why no FreeRADIUS can be started here, None if it can."""
    return None if shutil.which(BINARY) else "no FreeRADIUS; run .ci/packages"
