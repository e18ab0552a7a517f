"""Hostile packets and hostile HTTP against a server, and the checks that it stands and has counted them."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from . import control
from .bootp import ACK, mac_of
from .dialect import JsonMap
from .hostile import BODIES, STREAMS, datagrams
from .hosts import Host, Lan
from .kinds import place
from .rawclients import RawClients
from .servers import Server
from .settings import lonely_primary, single

TYPES = ("discover", "offer", "request", "ack", "nak", "release", "decline", "inform", "unknown")


def siege(lan: Lan, folder: Path, kind: str, count: int) -> None:
    """The whole of it."""
    host = lan.server("server1", "10.0.0.1/24")
    text = single(hooks_libraries=lonely_primary(restrict_commands=False))
    server = place(kind, host, folder / "server1", text)
    server.start()
    attacker = lan.client("attacker")
    attacker.add_address("10.0.0.5/24")
    clients = RawClients(attacker)
    _send_all(clients, count)
    _hostile_http(attacker)
    reply = clients.obtain(mac_of(1))
    assert reply is not None and reply.kind == ACK, "the next good client got nothing"
    assert server.running.exit_code is None
    _counted(server)
    clients.close()
    assert server.stop() == 0


def _send_all(clients: RawClients, count: int) -> None:
    for number, data in enumerate(datagrams(count)):
        clients.send(data)
        # Not a test of the socket's buffer: give the server time to take what was sent.
        if number % 20 == 19:
            time.sleep(0.01)
    time.sleep(1.0)


def _hostile_http(attacker: Host) -> None:
    for body in BODIES:
        # Hanging up in the middle of a body that is too large is a fair answer.
        with suppress(ConnectionError):
            status, answer = control.post(attacker, "10.0.0.1", 8000, body)
            assert status < 500, (body[:60], status, answer[:200])
    for stream in STREAMS:
        answer = control.raw(attacker, "10.0.0.1", 8000, stream, seconds=1.0)
        # A real Kea answers some of these with status 200 and an error inside.
        assert b'"result": 0' not in answer, (stream[:60], answer[:200])


def _counted(server: Server) -> None:
    """Every datagram that was received was either of some type or could not be read."""
    counts = _statistics(server)
    known = sum(counts[f"pkt4-{name}-received"] for name in TYPES)
    assert counts["pkt4-received"] == known + counts["pkt4-parse-failed"], counts
    assert counts["pkt4-receive-drop"] >= counts["pkt4-parse-failed"] > 0, counts
    assert counts["pkt4-receive-drop"] < counts["pkt4-received"], counts


def _statistics(server: Server) -> dict[str, int]:
    answer: JsonMap = server.ask("statistic-get-all")
    assert answer["result"] == 0, answer
    samples: JsonMap = answer["arguments"]
    return {name: several[0][0] for name, several in samples.items() if name.startswith("pkt4-")}
