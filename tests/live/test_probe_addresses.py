"""The probe of a partner whose URL has an IPv6 address goes where the partner says that its DHCP service listens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from . import control
from .hosts import Lan
from .pairs import Pair, configuration, wait

ADDRESSES = ("fd00::1", "fd00::2")


class SixPair(Pair):
    """A pair that talks by IPv6."""

    def status(self, number: int) -> dict[str, Any]:
        """The answer of a server about the relationship."""
        answer = control.ask(self.hosts[number], ADDRESSES[number], 8000, "status-get")
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
    pair = SixPair(lan, tmp_path, ("ours", "ours"), "hot-standby")
    for number, server in enumerate(pair.servers):
        host = pair.hosts[number]
        host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        host.namespace.ip("addr", "add", f"{ADDRESSES[number]}/64", "dev", host.interface, "nodad")
        tree = json.loads(configuration(f"server{number + 1}", "hot-standby"))["Dhcp4"]
        (relationship,) = tree["hooks-libraries"][1]["parameters"]["high-availability"]
        for peer, address in zip(relationship["peers"], ADDRESSES, strict=True):
            peer["url"] = f"http://[{address}]:8000/"
        server.write(json.dumps({"Dhcp4": tree}))
    pair.start()
    wait(lambda: pair.probe_works(0) and pair.probe_works(1), "answers to probes", 8)
    assert [server.leases() for server in pair.servers] == [{}, {}]
    assert [server.stop() for server in pair.servers] == [0, 0]
