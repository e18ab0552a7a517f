"""Ending a server with `kill -9` under load, and what must be true afterwards."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

from .bootp import ACK
from .crowd import Crowd
from .hosts import Lan
from .kinds import place
from .rawclients import RawClients
from .servers import Server
from .settings import single

RATE = 2000
# The clean-up of the lease file runs during the load, so that kills hit it too.
DATABASE = {"type": "memfile", "lfc-interval": 2}
POOL = {"subnet": "10.0.0.0/8", "pool": "10.1.0.0 - 10.31.255.255"}


def kill_rounds(lan: Lan, folder: Path, kind: str, rounds: int) -> int:
    """Load, kill, compare, start again; returns how many leases were promised in all."""
    host = lan.server("server1", "10.0.0.1/8")
    text = single(**POOL, lease_database=DATABASE)
    server = place(kind, host, folder / "server1", text)
    clients = RawClients(lan.client("client1"))
    promised: dict[bytes, str] = {}
    for number in range(rounds):
        server.start(60)
        _still_held(clients, promised)
        fresh = _load_and_kill(server, clients, number)
        assert len(fresh) > 200, f"too little load to mean anything: {len(fresh)} leases"
        promised.update(fresh)
        _all_on_disk(server, promised)
    server.start(60)
    _still_held(clients, promised)
    server.stop()
    clients.close()
    return len(promised)


def _load_and_kill(server: Server, clients: RawClients, number: int) -> dict[bytes, str]:
    crowd = Crowd(clients, (number + 1) * 1_000_000)
    seconds = random.Random(number).uniform(1.5, 3.5)
    killer = threading.Timer(seconds, server.kill)
    killer.start()
    crowd.press(seconds + 0.2, RATE)
    crowd.drain()
    killer.join()
    # A clean-up started by the dead server may still be renaming files.
    time.sleep(1.0)
    return crowd.held


def _all_on_disk(server: Server, promised: dict[bytes, str]) -> None:
    on_disk = server.leases()
    lost = [
        (mac.hex(":"), address)
        for mac, address in promised.items()
        if on_disk.get(address, {}).get("hwaddr") != mac.hex(":")
    ]
    assert not lost, f"{len(lost)} of {len(promised)} promised leases are not on disk: {lost[:5]}"


def _still_held(clients: RawClients, promised: dict[bytes, str]) -> None:
    """A sample of the clients asks for the remembered address and gets it."""
    for mac in random.Random(7).sample(sorted(promised), min(20, len(promised))):
        reply = clients.request(mac, promised[mac])
        assert reply is not None and (reply.kind, reply.address) == (ACK, promised[mac]), (
            mac.hex(":"),
            reply,
        )
