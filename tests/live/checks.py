"""Checks that hold for any server; the tests run them with ours, and with a real Kea to check the checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .clientscript import Learnt
from .dhcpclients import CLIENTS
from .hosts import Lan
from .kinds import place
from .settings import single

# dhclient takes no nudge: it has to come to its renewal time soon. A renewal must write a row, not reuse the
# lease: the smallest threshold that every version accepts says so.
SOON: dict[str, Any] = {"renew_timer": 4, "rebind_timer": 3000, "cache_threshold": 0.0001}


def obtain_renew_release(lan: Lan, folder: Path, kind: str, client_name: str) -> None:
    """A stock client gets a lease, keeps it, and gives it back."""
    server = place(kind, lan.server("server1", "10.0.0.1/24"), folder / "server1", single(**SOON))
    server.start()
    client = CLIENTS[client_name](lan.client("client1"), folder / "client1")
    expected = Learnt("10.0.0.10", "10.0.0.1", "10.0.0.1", 7200)
    assert client.obtain() == expected
    assert server.leases()["10.0.0.10"]["hwaddr"] == client.host.mac
    since = server.running.mark()
    assert client.renew() == expected
    server.wait_for(r"DHCP4_LEASE_ALLOC .*lease 10\.0\.0\.10 has been allocated for 7200 seconds", since=since)
    client.release()
    server.wait_for(r"DHCP4_RELEASE .*address 10\.0\.0\.10 was released properly", since=since)
    assert "10.0.0.10" not in server.leases()
    assert server.stop() == 0
