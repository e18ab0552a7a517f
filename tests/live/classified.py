"""Configurations with client classes, and clients that fall into them, for the comparison with a real Kea."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from typing import Any

from .bootp import CLIENT_ID, DISCOVER, INFORM, REQUEST, REQUESTED, SERVER, mac_of
from .messages import SERVER_ADDRESS, Packet
from .scenebase import SOCKET, subnet

WISHES = bytes((1, 3, 6, 15, 42, 43, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76, 85, 86, 225))
NAMES = (b"", b"host-1", b"printer", b"phone", b"drop")
VENDORS = (b"", b"PXEClient:Arch:00007", b"PXEClient:Arch:00000", b"docsis3.0\0", b"MSFT 5.0")
HAS_NAME = "option[12].exists"
IS_PXE = "substring(option[60].hex,0,9) == 'PXEClient'"


def option(code: int, data: str, **more: Any) -> dict[str, Any]:
    """An entry of option-data that is always sent; ``_`` in names means ``-``."""
    keywords = {name.replace("_", "-"): value for name, value in more.items()}
    return {"code": code, "data": data, "always-send": True, **keywords}


def config(*classes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The Dhcp4 map: one thread, no lease cache, all log lines."""
    base: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["em1"]},
        "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 1},
        "control-sockets": [{"socket-type": "unix", "socket-name": SOCKET}],
        "cache-threshold": 0.0,
        "loggers": [
            {
                "name": "kea-dhcp4",
                "severity": "DEBUG",
                "debuglevel": 99,
                "output-options": [{"output": "stdout"}],
            }
        ],
        "client-classes": list(classes),
    }
    return {**base, **{name.replace("_", "-"): value for name, value in more.items()}}


def pool(first: str, last: str, **more: Any) -> dict[str, Any]:
    """A pool, with keywords."""
    return {"pool": f"{first} - {last}", **{name.replace("_", "-"): value for name, value in more.items()}}


OPTIONS = config(
    {"name": "t", "template-test": "option[12].text", "next-server": "192.0.2.1",
     "option-data": [option(66, "t")]},
    {
        "name": "early", "test": HAS_NAME, "valid-lifetime": 1000, "max-valid-lifetime": 1500,
        "min-valid-lifetime": 900, "next-server": "192.0.2.2", "server-hostname": "early",
        "option-data": [option(66, "early"), option(67, "early-67")],
    },
    {
        "name": "pxe", "test": IS_PXE, "valid-lifetime": 2000, "boot-file-name": "second",
        "option-data": [option(67, "pxe-67"), option(42, "192.0.2.3")],
    },
    {"name": "efi", "test": "member('pxe') and split(option[60].text, ':', 3) == '00007'",
     "option-data": [option(69, "192.0.2.4")]},
    {"name": "unknown", "test": "member('UNKNOWN')", "option-data": [option(70, "192.0.2.5")]},
    {"name": "known", "test": "member('KNOWN')", "boot-file-name": "known"},
    {"name": "given", "option-data": [option(71, "192.0.2.6")]},
    {"name": "of-given", "test": "member('given')", "option-data": [option(72, "192.0.2.7")]},
    {"name": "SPAWN_t_phone", "option-data": [option(73, "192.0.2.8")]},
    {"name": "VENDOR_CLASS_MSFT 5.0", "option-data": [option(74, "192.0.2.9")]},
    {"name": "ALL", "option-data": [option(75, "192.0.2.10")]},
    {"name": "v43", "test": IS_PXE, "option-def": [{"name": "v", "code": 43, "type": "uint32"}],
     "option-data": [{"name": "v", "data": "77"}]},
    {"name": "o225", "test": HAS_NAME, "option-def": [{"name": "o", "code": 225, "type": "uint16"}],
     "option-data": [{"name": "o", "data": "7"}]},
    {"name": "bad", "test": "addrtotext(option[12].hex) == 'x'"},
    {"name": "DROP", "test": "option[12].text == 'drop'"},
    option_data=[
        option(67, "global-67"), option(85, "192.0.2.20", client_classes=["pxe"]),
        option(85, "192.0.2.21", client_classes=["nobody", "early"]),
        option(86, "all", client_classes=["ALL"]),
        option(76, "192.0.2.22", client_classes=["nobody"]), {"code": 3, "data": "10.0.0.1"},
    ],
    subnet4=[
        subnet(
            1,
            next_server="192.0.2.99",
            option_data=[option(42, "192.0.2.30", client_classes=["early"])],
            reservations=[
                {"hw-address": mac_of(1).hex(":"), "client-classes": ["given"], "boot-file-name": "host"},
                {"hw-address": mac_of(2).hex(":"), "option-data": [option(66, "host")]},
                {"hw-address": mac_of(3).hex(":"), "client-classes": ["DROP"]},
            ],
        )
    ],
)  # fmt: skip

GUARDS = config(
    {"name": "pxe", "test": IS_PXE},
    {"name": "named", "test": HAS_NAME},
    {"name": "staff"},
    subnet4=[
        subnet(
            1,
            pools=[
                pool("10.0.0.10", "10.0.0.29", client_classes=["pxe"]),
                pool(
                    "10.0.0.50",
                    "10.0.0.69",
                    client_classes=["staff", "named"],
                    option_data=[option(66, "named")],
                ),
            ],
            reservations=[{"hw-address": mac_of(1).hex(":"), "client-classes": ["staff"]}],
        )
    ],
)

NETWORK = config(
    {"name": "pxe", "test": IS_PXE},
    {"name": "named", "test": HAS_NAME},
    {"name": "a", "test": HAS_NAME, "only-in-additional-list": True,
     "option-data": [option(71, "192.0.2.1"), option(72, "192.0.2.1")]},
    {"name": "b", "only-in-additional-list": True, "next-server": "192.0.2.2", "valid-lifetime": 3000,
     "option-data": [option(71, "192.0.2.2")]},
    {"name": "c", "test": "member('UNKNOWN')", "only-in-additional-list": True,
     "option-data": [option(71, "192.0.2.3")]},
    {"name": "no", "test": "option[200].exists", "only-in-additional-list": True},
    shared_networks=[
        {
            "name": "net",
            "evaluate-additional-classes": ["a", "named", "nowhere"],
            "subnet4": [
                subnet(1, pools=[pool("10.0.0.10", "10.0.0.30", client_classes=["pxe"])]),
                subnet(
                    2,
                    client_classes=["named", "KNOWN"],
                    evaluate_additional_classes=["b", "no"],
                    pools=[
                        pool("10.0.1.10", "10.0.1.12", client_classes=["nobody"]),
                        pool(
                            "10.0.1.100", "10.0.1.120", evaluate_additional_classes=["c"],
                            option_data=[option(86, "pool", client_classes=["c"])],
                        ),
                    ],
                ),
            ],
        }
    ],
)  # fmt: skip

GATE = config(
    {"name": "named", "test": HAS_NAME},
    subnet4=[subnet(1, client_classes=["named"])],
    authoritative=True,
)

SCENES = {"options": OPTIONS, "guards": GUARDS, "network": NETWORK, "gate": GATE}


class Crowd:
    """Clients by chance, always the same for the same seed; they remember what they were offered."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._held: dict[bytes, str] = {}
        self._xid = 0

    def packets(self, count: int) -> Iterator[Packet]:
        """Messages of ten clients."""
        for _ in range(count):
            yield self._packet()

    def remember(self, mac: bytes, address: str) -> None:
        """This client was offered or given an address."""
        if address != "0.0.0.0":
            self._held[mac] = address

    def _packet(self) -> Packet:
        chance = self._random
        self._xid += 1
        mac = mac_of(chance.randrange(1, 11))
        options: list[tuple[int, bytes]] = [(CLIENT_ID, b"\x01" + mac), (55, WISHES)]
        for code, values in ((12, NAMES), (60, VENDORS)):
            value = chance.choice(values)
            if value:
                options.append((code, value))
        if chance.random() < 0.2:
            options.append((51, chance.choice((100, 1200, 9000)).to_bytes(4, "big")))
        held = self._held.get(mac)
        kind = chance.choice((DISCOVER, DISCOVER, REQUEST, REQUEST, INFORM))
        if kind == REQUEST and held:
            options += [(REQUESTED, socket.inet_aton(held)), (SERVER, socket.inet_aton(SERVER_ADDRESS))]
            return Packet(kind, mac, tuple(options), xid=self._xid)
        if kind == INFORM:
            address = f"10.0.0.{200 + mac[-1]}"
            return Packet(kind, mac, tuple(options), ciaddr=address, source=address, unicast=True, xid=self._xid)
        return Packet(DISCOVER, mac, tuple(options), xid=self._xid)
