"""The configurations of a modelled pair."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings
from kea_twisted.ha.settings import BACKUP, HaSettings
from kea_twisted.wire.address import address_text
from tests.scenarios.pairworld import balanced, tutorial

NAMES = ("server1", "server2")
SINGLES = 6
RESERVED = (1, 2, SINGLES + 1)
"""Clients with reserved addresses, where there are any."""

LIFETIME = 40
FIRST = 0x0A000064  # 10.0.0.100
FIRST_RELAYED = 0x0A000864  # 10.0.8.100
RELAY = 0x0A000801
FIRST_RESERVED = 0x0A000301  # 10.0.3.1, in no pool


class Variant(NamedTuple):
    """The parts of a configuration that differ from world to world and from time to time.

    ``pools`` are sizes; several are for the clients of one server each. ``relayed`` are those of a second subnet,
    behind a relay; none: this server does not have it. ``reserved`` are the numbers of clients with a reserved address
    each.
    """

    pools: tuple[int, ...]
    relayed: tuple[int, ...] = ()
    reserved: tuple[int, ...] = ()
    offer_lifetime: int = 0
    subnet_id: int = 1


def mac_of(number: int) -> bytes:
    """The hardware address of a client, 1 and up."""
    return bytes((2, 0, 0, 0)) + number.to_bytes(2, "big")


def number_of(mac: bytes) -> int:
    """The number of the client with this hardware address."""
    return int.from_bytes(mac[-2:], "big")


@cache
def settings(variant: Variant) -> Settings:
    """The configuration of a server."""
    reserved = [
        {"hw-address": mac_of(number).hex(":"), "ip-address": address_text(FIRST_RESERVED + place)}
        for place, number in enumerate(variant.reserved)
    ]
    subnets: list[dict[str, Any]] = [
        {
            "id": variant.subnet_id,
            "subnet": "10.0.0.0/22",
            "pools": _pools(FIRST, variant.pools),
            "reservations": reserved,
        }
    ]
    if variant.relayed:
        subnets.append({"id": 2, "subnet": "10.0.8.0/22", "pools": _pools(FIRST_RELAYED, variant.relayed)})
    hooks = [{"library": "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so"}]
    return load_tree({"Dhcp4": {
        "interfaces-config": {"interfaces": ["em1"]}, "valid-lifetime": LIFETIME, "subnet4": subnets,
        "hooks-libraries": hooks, "authoritative": True, "decline-probation-period": 30,
        "expired-leases-processing": {"hold-reclaimed-time": 15}, "offer-lifetime": variant.offer_lifetime,
    }})  # fmt: skip


def _pools(first: int, sizes: tuple[int, ...]) -> list[dict[str, str]]:
    listed = []
    for name, size in zip(NAMES, sizes, strict=False):
        pool = {"pool": f"{address_text(first)} - {address_text(first + size - 1)}"}
        listed.append(pool if len(sizes) == 1 else pool | {"client-class": f"HA_{name}"})
        first += size
    return listed


def ha_settings(name: str, mode: str, **changes: Any) -> HaSettings:
    """The side of one server."""
    if mode == "load-balancing":
        return balanced(name, **changes)
    if mode == "hot-standby":
        return tutorial(name, **changes)
    first, second = tutorial(name).peers
    peers = (first, replace(second, role=BACKUP))
    return tutorial(name, peers=peers, mode="passive-backup", wait_backup_ack=mode == "wait-backup-ack", **changes)
