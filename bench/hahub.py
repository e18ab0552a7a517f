"""A hub that is the standby of two others, each with a network of its own.

Server 0 is the spoke to which things happen, 1 the hub, 2 the other spoke.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from hastage import TIMERS, Stage, secure

from tests.certificates import Certificates

NAMES: Final = ("spoke0", "hub", "spoke1")
SPOKES: Final = (0, 2)
NETWORK: Final = {0: 1, 2: 2}
"""By spoke: the second number in its addresses."""


class Hub(Stage):
    """Three servers that are not started yet, and the clients of both networks."""

    def build(self) -> None:
        """Make the networks, the files and the clients."""
        if self.options.secure:
            Certificates(self.folder)
        for number, address in enumerate(("10.1.0.1/16", "10.1.0.9/16", "10.2.0.1/16")):
            self._place(number, NAMES[number], address)
        hub, switch = self.hosts[1].namespace, self.lan.switch
        hub.ip("link", "add", "em2", "type", "veth", "peer", "name", "p-hub2", "netns", switch.name)
        hub.ip("link", "set", "em2", "up")
        hub.ip("addr", "add", "10.2.0.9/16", "brd", "+", "dev", "em2")
        self._invite("clients", "others")
        self.second_switch("p-hub2", "p-spoke1", "p-others")
        self.needs = replace(self.needs, running=(0, 1, 2))

    def text(self, number: int, interface: str = "em1") -> str:
        """The configuration file of a server."""
        spokes = SPOKES if number == 1 else (number,)
        relationships = [self._relationship(spoke, number) for spoke in spokes]
        dhcp4: dict[str, Any] = {
            "interfaces-config": {"interfaces": ["em1", "em2"] if number == 1 else [interface]},
            "hooks-libraries": [
                {"library": "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so", "parameters": {}},
                {
                    "library": "/usr/local/lib/kea/hooks/libdhcp_ha.so",
                    "parameters": {"high-availability": relationships},
                },
            ],
            "valid-lifetime": 7200,
            "cache-threshold": 0.0001,
            "subnet4": [_subnet(spoke) for spoke in spokes],
        }
        return json.dumps({"Dhcp4": dhcp4})

    def _relationship(self, spoke: int, number: int) -> dict[str, Any]:
        network = NETWORK[spoke]
        names = (NAMES[spoke], f"hub-{NAMES[spoke]}")
        settings = {
            "this-server-name": names[number == 1],
            "mode": "hot-standby",
            "peers": [
                {"name": names[0], "url": f"http://10.{network}.0.1:8000/", "role": "primary"},
                {"name": names[1], "url": f"http://10.{network}.0.9:{8000 + spoke}/", "role": "standby"},
            ],
            **{key.replace("_", "-"): value for key, value in TIMERS[self.options.timers].items()},
        }
        if self.options.secure:
            secure(settings, self.folder / NAMES[number])
        return settings


def _subnet(spoke: int) -> dict[str, Any]:
    network = NETWORK[spoke]
    return {
        "id": network,
        "subnet": f"10.{network}.0.0/16",
        "pools": [{"pool": f"10.{network}.1.0 - 10.{network}.9.255"}],
        "user-context": {"ha-server-name": NAMES[spoke]},
    }
