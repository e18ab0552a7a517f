"""Names of a pair's clients in the DNS: the server that serves adds and removes them, and the other sends nothing."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from . import nameserver, updaters
from .bootp import DISCOVER, REQUEST, REQUESTED, SERVER, Reply, frame, mac_of, message
from .conftest import unavailable
from .hosts import Lan
from .names import HOST_NAME
from .pairs import ADDRESSES, NAMES, Pair, configuration, wait

DNS = "10.0.0.53"
NAMING = {
    "dhcp-ddns": {"enable-updates": True, "server-ip": DNS},
    "ddns-qualifying-suffix": "example.com.",
    "ddns-send-updates": True,
    "expired-leases-processing": {"reclaim-timer-wait-time": 1},  # a name is removed when its lease is reclaimed
}


class NamedPair(Pair):
    """A pair in hot-standby that has the names of its clients updated, and clients that send a name."""

    def obtain_as(self, number: int, name: str) -> Reply:
        """Have a client go through the four messages with this name in option 12."""
        mac = mac_of(number)
        offer = self._ask(DISCOVER, mac, {HOST_NAME: name.encode()})
        wanted = {HOST_NAME: name.encode(), REQUESTED: _octets(offer.address), SERVER: _octets(offer.server)}
        return self._ask(REQUEST, mac, wanted)

    def _ask(self, kind: int, mac: bytes, options: dict[int, bytes]) -> Reply:
        xid = self.clients.xid()
        reply = self.clients.exchange(frame(message(kind, mac, xid, options=options), mac), xid)
        assert reply is not None, "no answer"
        return reply


def _octets(address: str) -> bytes:
    return bytes(int(each) for each in address.split("."))


def _named(name: str) -> str:
    tree: dict[str, Any] = json.loads(configuration(name, "hot-standby"))
    tree["Dhcp4"].update(NAMING)
    return json.dumps(tree)


@pytest.mark.live
def test_the_server_that_serves_adds_and_removes_names(lan: Lan, tmp_path: Path) -> None:
    reason = nameserver.missing()
    if reason:
        unavailable(reason)
    dns = lan.host("dns", "eth0", f"{DNS}/24")
    dns.namespace.ip("link", "set", "lo", "up")
    tree = updaters.configuration(**{"ip-address": DNS, "reverse-ddns": {}})
    updater = updaters.Updater("ours", tmp_path / "d2", tree, dns.namespace)
    with ExitStack() as stack:
        stack.callback(updater.close)
        names = updater.serve_names("any")
        updater.start()
        pair = NamedPair(lan, tmp_path, ("ours", "ours"), "hot-standby")
        stack.callback(pair.end)
        for server, name in zip(pair.servers, NAMES, strict=True):
            server.write(_named(name))
        pair.start()

        def shown(*expected: str) -> None:
            wanted = [f"{each}.example.com." for each in expected]
            wait(lambda: list(names.records()) == wanted, f"records {wanted}", 10)

        first, second = pair.obtain_as(1, "one"), pair.obtain_as(2, "two")
        assert (first.server, second.server) == (ADDRESSES[0],) * 2
        shown("one", "two")
        pair.clients.release(mac_of(1), first)
        shown("two")
        assert updater.statistics()["ncr-received"] == 3  # the standby has sent none
        pair.servers[0].kill()
        pair.wait_state(1, "partner-down")
        assert pair.obtain_as(3, "three").server == ADDRESSES[1]
        shown("three", "two")
        lease = pair.obtain_as(2, "two")  # the name was added by the primary
        pair.clients.release(mac_of(2), lease)
        shown("three")
