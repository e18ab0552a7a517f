"""Probes reach a partner whose URL has an IPv6 address, and one behind a router."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from . import control
from .hosts import Lan
from .pairs import Pair, configuration, wait

IPV6 = ("fd00::1", "fd00::2")
ROUTED = ("10.0.1.1", "10.0.2.1")


class PairAt(Pair):
    """A pair with these addresses in its URLs."""

    def __init__(self, lan: Lan, folder: Path, addresses: tuple[str, str]) -> None:
        super().__init__(lan, folder, ("ours", "ours"), "hot-standby")
        self.addresses = addresses
        for number, server in enumerate(self.servers):
            tree = json.loads(configuration(f"server{number + 1}", "hot-standby"))["Dhcp4"]
            (relationship,) = tree["hooks-libraries"][1]["parameters"]["high-availability"]
            for peer, address in zip(relationship["peers"], addresses, strict=True):
                host = f"[{address}]" if ":" in address else address
                peer["url"] = f"http://{host}:8000/"
            server.write(json.dumps({"Dhcp4": tree}))

    def status(self, number: int) -> dict[str, Any]:
        """The answer of a server about the relationship."""
        answer = control.ask(self.hosts[number], self.addresses[number], 8000, "status-get")
        (entry,) = answer["arguments"]["high-availability"]
        return dict(entry)

    def state(self, number: int) -> str:
        """The state of a server in the relationship, "" while it does not answer."""
        try:
            return str(self.status(number)["ha-servers"]["local"]["state"])
        except (OSError, AssertionError):
            return ""

    def probe_works(self, number: int) -> bool:
        """Return whether the partner has answered a probe."""
        return bool(self.status(number)["partner-watch"]["probe-works"])


@pytest.mark.live
def test_partners_with_ipv6_urls_probe_each_other_s_dhcp_service(lan: Lan, tmp_path: Path) -> None:
    pair = PairAt(lan, tmp_path, IPV6)
    for host, address in zip(pair.hosts, IPV6, strict=True):
        host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        host.namespace.ip("addr", "add", f"{address}/64", "dev", host.interface, "nodad")
    pair.start()
    wait(lambda: pair.probe_works(0) and pair.probe_works(1), "answers to probes", 8)
    assert [server.leases() for server in pair.servers] == [{}, {}]
    assert [server.stop() for server in pair.servers] == [0, 0]


def _put_router_between(lan: Lan, pair: Pair) -> None:
    """Give each server a network of its own, with a router that forwards no broadcast."""
    router = lan.host("router", "one", "10.0.1.254/24")
    router.namespace.ip("link", "add", "two", "type", "veth", "peer", "name", "p-two", "netns", lan.switch.name)
    router.namespace.ip("addr", "add", "10.0.2.254/24", "dev", "two")
    router.namespace.ip("link", "set", "two", "up")
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    lan.switch.ip("link", "add", "br1", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
    lan.switch.ip("link", "set", "br1", "up")
    for port in ("p-two", f"p-{pair.hosts[1].name}"):
        lan.switch.ip("link", "set", port, "master", "br1", "up")
    for host, address in zip(pair.hosts, ROUTED, strict=True):
        host.namespace.ip("addr", "flush", "dev", host.interface)
        host.add_address(f"{address}/24")
        host.namespace.ip("route", "add", "default", "via", f"{address[:-1]}254")


@pytest.mark.live
def test_a_partner_behind_a_router_is_not_replaced_while_it_answers_probes(lan: Lan, tmp_path: Path) -> None:
    """Clients reach both by relays; without HTTP between the two the probe alone tells whether the primary serves."""
    pair = PairAt(lan, tmp_path, ROUTED)
    _put_router_between(lan, pair)
    pair.start()
    wait(lambda: pair.probe_works(0) and pair.probe_works(1), "answers to probes", 8)
    for host, other in zip(pair.hosts, reversed(ROUTED), strict=True):
        host.run("ip", "rule", "add", "pref", "10", "to", other, "ipproto", "tcp", "unreachable")
    wait(lambda: "HA_PARTNER_LINK_BROKEN" in pair.servers[1].running.output(), "broken link", 5)
    assert pair.state(1) == "hot-standby"
    pair.servers[0].kill()
    pair.wait_state(1, "partner-down", 5)
    assert pair.servers[1].stop() == 0
