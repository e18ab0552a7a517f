"""Limits of queries under a load of 1,000 a second: no second has more answers, and all others are counted."""

from __future__ import annotations

import re
import select
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from .bootp import ETH_P_IP
from .hosts import Host, Lan
from .kinds import place
from .load import FINE
from .servers import Server
from .settings import lonely_primary, single

OF_CLASS, OF_SUBNET = 200, 300
RATE, SECONDS = 1000, 2
BOOTP = 14 + 20 + 8  # where the message begins in a frame
OFFER = b"\x35\x01\x02"  # the first option behind the cookie
JITTER = 0.05  # seconds that answers may be late by, seen from outside


def limited(limit: int) -> dict[str, Any]:
    """A user context with a rate limit."""
    return {"limits": {"rate-limit": f"{limit} packets per second"}}


def configuration() -> str:
    """A class, and the subnet of all clients, with a limit each."""
    subnet = {"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": "10.16.0.0/12"}], "user-context": limited(OF_SUBNET)}
    slow = {"name": "slow", "test": "option[77].exists", "user-context": limited(OF_CLASS)}
    libraries = [*lonely_primary(restrict_commands=False), {"library": "/usr/local/lib/kea/hooks/libdhcp_limits.so"}]
    return single(subnet4=[subnet], client_classes=[slow], hooks_libraries=libraries)


def offers(host: Host, *options: str) -> tuple[int, list[float]]:
    """Have perfdhcp send DISCOVERs; return how many it has sent, and when offers came."""
    words = ["perfdhcp", "-4", "-i", "-l", host.interface, "-r", str(RATE), "-p", str(SECONDS), "-R", "50000", *options]
    found: list[float] = []
    with host.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.bind((host.interface, ETH_P_IP))
        with subprocess.Popen(host.namespace.command(*words), stdout=subprocess.PIPE, text=True) as child:
            deadline = time.monotonic() + SECONDS + 20
            while child.poll() is None and time.monotonic() < deadline:
                if select.select([sock], [], [], 0.1)[0]:
                    data = sock.recv(2048)
                    if data[BOOTP : BOOTP + 1] == b"\2" and data[BOOTP + 240 : BOOTP + 243] == OFFER:
                        found.append(time.monotonic())
            child.kill()
            report = child.communicate()[0]
    assert child.returncode in FINE, report
    sent = re.search(r"^sent packets: (\d+)", report, re.MULTILINE)
    assert sent is not None, report
    return int(sent[1]), found


def most(moments: list[float], seconds: float) -> int:
    """Return the largest number of moments in any interval of this length."""
    first = largest = 0
    for place_of_last, last in enumerate(moments):
        while last - moments[first] >= seconds:
            first += 1
        largest = max(largest, place_of_last - first + 1)
    return largest


def counters(server: Server) -> dict[str, int]:
    """Return the counters of queries."""
    found = server.ask("statistic-get-all")["arguments"]
    names = ("pkt4-discover-received", "pkt4-offer-sent", "pkt4-receive-drop", "pkt4-limit-exceeded")
    return {name: found[name][0][0] if name in found else 0 for name in names}


@pytest.mark.live
def test_no_second_has_more_answers_than_the_limit(lan: Lan, tmp_path: Path) -> None:
    server = place("ours", lan.server("server", "10.0.0.1/8"), tmp_path, configuration())
    clients = lan.host("clients", "eth0", "10.0.0.3/8")
    server.start()
    server.wait_for("HA_LOCAL_DHCP_ENABLE|PASSIVE-BACKUP")
    for options, limit in ((("-o", "77,78"), OF_CLASS), ((), OF_SUBNET)):
        before = counters(server)
        sent, found = offers(clients, *options)
        grown = {name: value - before[name] for name, value in counters(server).items()}
        assert most(found, 1.0 - JITTER) <= limit <= most(found, 1.0 + JITTER), (limit, len(found))
        assert grown["pkt4-discover-received"] == sent
        assert grown["pkt4-offer-sent"] == len(found)
        assert grown["pkt4-limit-exceeded"] == grown["pkt4-receive-drop"] == sent - len(found)
        time.sleep(1.0)  # the next second begins without a past
    server.stop()
