"""A pair whose HTTP ports are attacked by a host without credentials, and how its clients and heartbeats fare.

``python -m tests.live.pressure`` does it at length: 100,000 leases, and figures at the end.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kea_twisted.lease.csvrow import HEADER

from .bootp import ACK, mac_of
from .hosts import Host, Lan
from .pairs import ADDRESSES, NAMES, Pair
from .servers import Server

IDLE = 320
PIPELINED = 60


class Figures(NamedTuple):
    """The outcome of one attack."""

    acks: int
    longest: float  # seconds without an ACK
    memory: int  # MB more than before
    interrupted: int  # times that a server lost its partner


class LargePair(Pair):
    """A pair that starts with so many leases on both sides."""

    def __init__(self, lan: Lan, folder: Path, leases: int, kind: str = "ours") -> None:
        self._leases = leases
        super().__init__(lan, folder, (kind, kind), "hot-standby")

    def put(self, number: int, kind: str) -> Server:
        """Put a server there, with its lease file."""
        server = super().put(number, kind)
        text = server.config.read_text().replace('"subnet": "10.0.0.0/24"', '"subnet": "10.0.0.0/8"')
        server.config.write_text(text)
        with (server.folder / "kea-leases4.csv").open("w") as file:
            file.write(f"{HEADER}\n")
            file.writelines(map(_row, range(self._leases)))
        return server


def _row(number: int) -> str:
    address = f"10.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
    mac = (0x020000000000 + number).to_bytes(6, "big").hex(":")
    return f"{address},{mac},,7200,{int(time.time()) + 7000},1,0,0,,0,,0\n"


def requests(*commands: str) -> bytes:
    """Requests in a row, as a client without patience sends them."""
    head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    return b"".join(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode() for body in commands)


PAGES = requests(
    *[json.dumps({"command": "lease4-get-page", "arguments": {"from": "start", "limit": 1_000_000}})] * PIPELINED
)
STATUS = requests(*[json.dumps({"command": "status-get"})] * 2000)
LONG = requests(json.dumps({"command": "config-set", "arguments": [{}] * 1_000_000}))


def connect(host: Host, count: int, data: bytes = b"") -> list[socket.socket]:
    """Connections to the first server that send this as far as it is taken, and read nothing."""
    made: list[socket.socket] = []
    for _ in range(count):
        one = host.namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
        one.settimeout(2)
        with suppress(OSError):
            one.connect((ADDRESSES[0], 8000))
            one.setblocking(False)
            one.send(data)
        made.append(one)
    return made


def attack(pair: Pair, attacker: Host, seconds: float) -> Figures:
    """Everything at once, for so long; a client asks for its lease all the time."""
    process = pair.servers[0].running
    before = memory(process.pid)
    marks = [server.running.mark() for server in pair.servers]
    pair.obtain(1)
    held = connect(attacker, IDLE) + connect(attacker, 4, b"POST / HTTP/1.1\r\nHost:")
    held += connect(attacker, 1, PAGES) + connect(attacker, 1, STATUS) + connect(attacker, 8, LONG)
    acks, longest, most = 0, 0.0, before
    last = began = time.monotonic()
    again = began + 3
    while (now := time.monotonic()) < began + seconds:
        reply = pair.clients.request(mac_of(1), pair.held[1].address)
        if reply is not None and reply.kind == ACK:
            acks += 1
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        if now > again:
            again += 3
            most = max(most, memory(process.pid))
            held += connect(attacker, 20) + connect(attacker, 3, PAGES) + connect(attacker, 3, STATUS)
    longest = max(longest, time.monotonic() - last)
    lost = sum(
        len(server.running.matching("HA_COMMUNICATION_INTERRUPTED", mark))
        for server, mark in zip(pair.servers, marks, strict=True)
    )
    for one in held:
        one.close()
    return Figures(acks, longest, (most - before) >> 20, lost)


def memory(pid: int) -> int:
    """Return the memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise ValueError(f"process {pid} has gone")


def main() -> None:
    """Print the figures of one long attack."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "ours"
    with Lan() as lan, tempfile.TemporaryDirectory() as folder:
        pair = LargePair(lan, Path(folder), 100_000, kind)
        pair.start()
        attacker = lan.server("attacker", "10.0.0.5/24")
        print(attack(pair, attacker, 40.0))
        print({name: pair.state(number) for number, name in enumerate(NAMES)})
        pair.end()


if __name__ == "__main__":
    main()
