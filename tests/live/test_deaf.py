"""A server that cannot do its part hands over: no interface, no carrier, a full disk; and the probe that shows it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .bootp import ACK, mac_of
from .hosts import Lan
from .needs import need
from .pairs import Pair, wait
from .servers import Server

RETURNS: dict[str, Any] = {"user_context": {"takeover": {"return-delay": 1000}}}
DEFAULTS = RETURNS | {"heartbeat_delay": 10000, "max_response_delay": 60000, "max_unacked_clients": 10}


def watched(pair: Pair, number: int) -> dict[str, Any]:
    """Return the member ``partner-watch`` of our status."""
    (entry,) = pair.servers[number].ask("status-get")["arguments"]["high-availability"]
    found: dict[str, Any] = entry["partner-watch"]
    return found


def served_within(pair: Pair, seconds: float) -> None:
    """A new client is answered within so many seconds from now; it asks again ten times a second."""
    deadline = time.monotonic() + seconds
    number = 100
    while time.monotonic() < deadline:
        number += 1
        offer = pair.clients.discover_once(mac_of(number))
        if offer is not None:
            reply = pair.clients.request(mac_of(number), offer.address, offer.server)
            if reply is not None and reply.kind == ACK:
                return
    raise AssertionError(f"no client was served within {seconds} s")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of the first server, on a disk of its own."""
    folder = tmp_path / "server1-ours"
    folder.mkdir(mode=0o750)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k,mode=750", "tmpfs", folder], check=False)
    if made.returncode:
        pytest.skip("tmpfs cannot be mounted")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte on a disk."""
    path = folder / "filling"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(descriptor, bytes(512))
    except OSError:
        return path
    finally:
        os.close(descriptor)


def use_up(pair: Pair) -> None:
    """Give leases to clients until what is left of the last block of a full disk is used up."""
    for number in range(10, 110):
        offer = pair.clients.discover_once(mac_of(number))
        reply = pair.clients.request_once(mac_of(number), offer) if offer is not None else None
        if reply is None:
            return
        pair.held[number] = reply
    raise AssertionError("the disk is not full")


@pytest.mark.live
@pytest.mark.parametrize("kinds", [("kea30", "ours"), ("kea22", "ours"), ("ours", "ours")], ids="-".join)
def test_a_partner_answers_the_probe(lan: Lan, tmp_path: Path, kinds: tuple[str, str]) -> None:
    """It gives no client a lease there."""
    need(*kinds)
    pair = Pair(lan, tmp_path, kinds, "hot-standby")
    pair.start()
    wait(lambda: bool(watched(pair, 1)["probe-works"]), "answer to a probe", 8)
    assert pair.tables() == ({}, {})
    pair.end()


@pytest.mark.live
def test_a_primary_without_carrier_hands_over_and_returns(lan: Lan, tmp_path: Path) -> None:
    pair = Pair(lan, tmp_path, ("ours", "ours"), "hot-standby", **DEFAULTS)
    pair.start()
    pair.obtain(1)
    wait(lambda: bool(watched(pair, 1)["probe-works"]), "answer to a probe", 8)
    pair.hosts[0].cut()
    served_within(pair, 6.0)  # 3 s on a machine of its own
    assert watched(pair, 0)["unable-to-serve"] == "the interface em1 is not running"
    pair.hosts[0].restore()
    pair.wait_states("hot-standby")
    pair.renew(1)
    pair.end()


class TwoNetworks(Pair):
    """Servers with a second interface each, in a network and a subnet of its own."""

    def put(self, number: int, kind: str) -> Server:
        """Put a server that listens on both interfaces at one of the two places."""
        server = super().put(number, kind)
        host = self.hosts[number]
        host.run("ip", "link", "add", "em2", "type", "veth", "peer", "name", "beside")
        host.run("ip", "link", "set", "beside", "up")
        host.run("ip", "addr", "add", f"10.0.2.{number + 1}/24", "dev", "em2")
        host.run("ip", "link", "set", "em2", "up")
        tree = json.loads(server.config.read_text())
        tree["Dhcp4"]["interfaces-config"]["interfaces"].append("em2")
        tree["Dhcp4"]["subnet4"].append(
            {"id": 2, "subnet": "10.0.2.0/24", "pools": [{"pool": "10.0.2.10 - 10.0.2.99"}]}
        )
        server.config.write_text(json.dumps(tree))
        return server


@pytest.mark.live
def test_a_primary_with_one_deaf_interface_of_two_hands_over_unless_its_partner_has_one_too(
    lan: Lan, tmp_path: Path
) -> None:
    pair = TwoNetworks(lan, tmp_path, ("ours", "ours"), "hot-standby", **DEFAULTS)
    pair.start()
    pair.hosts[0].run("ip", "link", "set", "em2", "down")
    pair.wait_state(1, "partner-down", 8.0)
    served_within(pair, 3.0)
    assert watched(pair, 0)["unable-to-serve"] == "the interface with 10.0.2.1 receives nothing"
    pair.hosts[1].run("ip", "link", "set", "em2", "down")
    pair.wait_states("hot-standby")
    served_within(pair, 3.0)
    pair.end()


@pytest.mark.live
@pytest.mark.parametrize("partner", ["ours", "kea30"])
def test_a_primary_with_a_full_disk_hands_over_and_returns(
    lan: Lan, tmp_path: Path, small_disk: Path, partner: str
) -> None:
    """Nothing that was acknowledged is lost."""
    need(partner)
    relationship = DEFAULTS if partner == "ours" else RETURNS
    pair = Pair(lan, tmp_path, ("ours", partner), "hot-standby", **relationship)
    pair.start()
    pair.obtain(1, 2)
    filling = fill(small_disk)
    use_up(pair)
    served_within(pair, 6.0)
    assert "lease file cannot be written" in watched(pair, 0)["unable-to-serve"]
    filling.unlink()
    pair.wait_states("hot-standby")
    pair.renew(1, 2)
    pair.obtain(3)
    pair.assert_equal()
    pair.end()


@pytest.mark.live
def test_a_kea_that_takes_commands_takes_over_at_once(lan: Lan, tmp_path: Path, small_disk: Path) -> None:
    """It does not wait for its next heartbeat."""
    need("kea30")
    pair = Pair(lan, tmp_path, ("ours", "kea30"), "hot-standby", restrict_commands=False)
    pair.start()
    pair.obtain(1)
    fill(small_disk)
    use_up(pair)
    pair.servers[1].wait_for("COMMAND_RECEIVED Received command 'ha-maintenance-start'", 3.0)
    pair.servers[1].wait_for("HA_MAINTENANCE_STARTED server2", 1.0)
    pair.renew(1)
    pair.end()
