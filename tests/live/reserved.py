"""Configurations with host reservations: some made by hand for one rule each, more by chance."""

from __future__ import annotations

import random
from typing import Any

from .walks import Habits

JsonMap = dict[str, Any]
RELAY = "10.0.1.1"
CIRCUITS = (b"port-1", b"port-2")
_BASE: JsonMap = {
    "interfaces-config": {"interfaces": ["em1"]},
    "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 1, "packet-queue-size": 64},
    "control-sockets": [{"socket-type": "unix", "socket-name": "control.sock"}],
    "cache-threshold": 0.0,
    "expired-leases-processing": {
        "reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 0, "hold-reclaimed-time": 0,
    },
}  # fmt: skip
_WISHES = (b"", b"\x01\x03\x06\x0f\x1c\x0c", bytes(range(1, 255)))
_NAMES = (
    ((12, b"laptop"),),
    ((81, b"\x00\xff\xfflaptop"),),
    ((81, b"\x05\xff\xff\x06laptop\x07example\x00"),),
    (),
)


def mac(number: int) -> str:
    """The hardware address of a client of the walks."""
    return (b"\x02\xaa" + number.to_bytes(4, "big")).hex(":")


def subnet(number: int, *reservations: JsonMap, **more: Any) -> JsonMap:
    """10.0.N-1.0/24 with ten addresses in its pool."""
    net = f"10.0.{number - 1}"
    made = {
        "id": number,
        "subnet": f"{net}.0/24",
        "pools": [{"pool": f"{net}.10 - {net}.19"}],
        "reservations": list(reservations),
    }
    return {**made, **{name.replace("_", "-"): value for name, value in more.items()}}


def host(number: int | str, address: str = "", **more: Any) -> JsonMap:
    """A reservation: of the walk's client with this number, or of ``kind=identifier``."""
    made: JsonMap = {"hw-address": mac(number)} if isinstance(number, int) else dict([number.split("=", 1)])
    if address:
        made["ip-address"] = address
    return {**made, **{name.replace("_", "-"): value for name, value in more.items()}}


def config(*subnets: JsonMap, **more: Any) -> JsonMap:
    """The whole; ``_`` in names means ``-``."""
    others = {name.replace("_", "-"): value for name, value in more.items()}
    return {**_BASE, "subnet4": list(subnets), **others}


def network(*subnets: JsonMap, **more: Any) -> list[JsonMap]:
    """One shared network."""
    return [{"name": "floor", "subnet4": list(subnets), **more}]


def habits(**more: Any) -> Habits:
    """Clients without bad manners: what is wrong with a message itself is tried elsewhere."""
    plain: JsonMap = {
        "addresses": ("10.0.0.10", "10.0.0.12", "10.0.0.50", "10.0.0.19"),
        "wishes": _WISHES,
        "extras": (*_NAMES, (), ()),
        "weights": (30, 25, 10, 14, 4, 3, 4, 6, 0),
    }
    return Habits(**{**plain, **more})


_OPTIONS: JsonMap = {
    "option-data": [
        {"name": "routers", "data": "10.0.0.77"},
        {"name": "domain-name-servers", "data": "10.0.0.78, 10.0.0.79"},
        {"name": "log-servers", "data": "10.0.0.80", "always-send": True},
        {"name": "ntp-servers", "never-send": True},
    ],
}
_FIELDS = {"next-server": "10.0.0.66", "server-hostname": "tftp.example", "boot-file-name": "pxe.bin"}
_OUTER = {
    "option-data": [
        {"name": "routers", "data": "10.0.0.1"},
        {"name": "domain-name", "data": "example.org"},
        {"name": "ntp-servers", "data": "10.0.0.2"},
    ],
    "next-server": "10.0.0.5",
    "boot-file-name": "default.bin",
}
_BY_CIRCUIT = habits(
    relays=("0.0.0.0", RELAY, RELAY),
    addresses=("10.0.1.10", "10.0.1.50", "10.0.0.50"),
    extras=((), ((82, b"\x01\x06port-1"),), ((82, b"\x01\x06port-2\x02\x03abc"),)),
)
_TWO = habits(addresses=("10.0.0.12", "10.0.1.12", "10.0.1.50", "10.0.0.50"), relays=("0.0.0.0", RELAY))

HAND_MADE: dict[str, JsonMap] = {
    "in the pool": (config(subnet(1, host(1, "10.0.0.12"), host(3, "10.0.0.10"), host(9, "10.0.0.11")))),
    "out of the pool": (config(subnet(1, host(1, "10.0.0.50"), host(4, "10.0.0.51")))),
    "all but two reserved": (
        config(
            subnet(
                1,
                *(host(20 + n, f"10.0.0.{n}") for n in range(12, 20)),
                host(1, "10.0.0.12"),
            )
        )
        | {"ip-reservations-unique": False}
    ),
    "names": (
        config(
            subnet(
                1,
                host(1, hostname="Fixed"),
                host(3, "10.0.0.50", hostname="Other.Example.ORG"),
                host(5, hostname="last."),
            )
        )
    ),
    "options and fields": (
        config(
            subnet(1, host(1, **_OPTIONS, **_FIELDS), host(3, "10.0.0.50", **_OPTIONS), host(4, **_FIELDS)),
            **_OUTER,
        )
    ),
    "every identifier": (
        config(
            subnet(
                1,
                host(0, "10.0.0.60"),
                host("client-id=00736861726564", "10.0.0.61"),
                host("duid=00:01:02:aa:00:00:00:04", "10.0.0.62"),
                host("client-id=0102aa00000005", "10.0.0.63"),
                host(1, "10.0.0.64"),
            )
        )
    ),
    "client-id first": (
        config(
            subnet(1, host("client-id=00:73:68:61:72:65:64", "10.0.0.61"), host(1, "10.0.0.64")),
            host_reservation_identifiers=["client-id", "hw-address"],
        )
    ),
    "circuit-id": (
        config(
            subnet(1),
            subnet(2, host("circuit-id='port-1'", "10.0.1.50"), host("circuit-id=70:6f:72:74:2d:32", "10.0.1.12")),
        )
    ),
    "global": (
        config(
            subnet(1),
            reservations=[
                host(1, hostname="one", **_OPTIONS),
                host(3, "10.0.0.50"),
                host(4, "10.9.9.9", hostname="far"),
            ],
            reservations_global=True,
        )
    ),
    "global only": (
        config(
            subnet(1, host(1, "10.0.0.12")),
            reservations=[host(1, "10.0.0.50"), host(3, hostname="three")],
            reservations_global=True,
            reservations_in_subnet=False,
        )
    ),
    "global beside the subnet's": (
        config(
            subnet(1, host(1, "10.0.0.12", hostname="near"), host(3, "10.0.0.13")),
            reservations=[host(1, hostname="far"), host(4, "10.0.0.50")],
            reservations_global=True,
        )
    ),
    "not in the subnet": (config(subnet(1, host(1, "10.0.0.12")), reservations_in_subnet=False)),
    "out-of-pool flag": (
        config(
            subnet(1, host(1, "10.0.0.50"), host(3, "10.0.0.12"), host(9, "10.0.0.10")),
            reservations_out_of_pool=True,
        )
    ),
    "early": (
        config(
            subnet(1, host(3, "10.0.0.13")),
            reservations=[host(1, "10.0.0.12", hostname="one")],
            reservations_global=True,
            early_global_reservations_lookup=True,
        )
    ),
    "one address for two": (
        config(
            subnet(1, host(1, "10.0.0.50"), host(3, "10.0.0.50"), host(4, "10.0.0.12"), host(5, "10.0.0.12")),
            ip_reservations_unique=False,
        )
    ),
    "shared network": (
        config(
            shared_networks=network(
                subnet(1, host(1, "10.0.0.12")),
                subnet(2, host(3, "10.0.1.50"), host(4, "10.0.1.12", hostname="four", **_OPTIONS)),
            )
        )
    ),
    "shared network, global": (
        config(
            shared_networks=network(subnet(1), subnet(2)),
            reservations=[host(1, "10.0.1.50"), host(3, "10.0.0.50")],
            reservations_global=True,
        )
    ),
    "client-id ignored": (config(subnet(1, host(1, "10.0.0.12"), host(2, "10.0.0.50")), match_client_id=False)),
    "authoritative": (config(subnet(1, host(1, "10.0.0.12"), host(3, "10.0.0.50")), authoritative=True)),
}

HABITS = {"circuit-id": _BY_CIRCUIT, "shared network": _TWO, "shared network, global": _TWO}
"""Of the clients that come to some of them; to the others come plain ones."""


def by_chance(seed: int) -> tuple[JsonMap, Habits]:
    """Some subnets, some flags, some hosts: the same for the same seed."""
    dice = random.Random(seed)
    shared = dice.random() < 0.4
    subnets = [subnet(number, *_hosts(dice, f"10.0.{number - 1}")) for number in (1, 2)[: dice.choice((1, 2, 2))]]
    flags: JsonMap = {}
    if dice.random() < 0.4:
        flags["reservations-global"] = True
        flags["reservations"] = _global_hosts(dice, subnets)
    if dice.random() < 0.2:
        flags["reservations-out-of-pool"] = True
    if dice.random() < 0.2:
        flags["match-client-id"] = False
    if dice.random() < 0.2:
        flags["authoritative"] = True
    made = config(**(_OUTER if dice.random() < 0.3 else {}))
    made |= {"shared-networks": network(*subnets), "subnet4": []} if shared else {"subnet4": subnets}
    relays = ("0.0.0.0", RELAY) if len(subnets) == 2 else ("0.0.0.0",)
    return made | flags, habits(relays=relays, addresses=("10.0.0.12", "10.0.1.12", "10.0.0.50", "10.0.1.51"))


def _global_hosts(dice: random.Random, subnets: list[JsonMap]) -> list[JsonMap]:
    """An address only for clients that have one everywhere: a Kea is silent to those who have not."""
    bare = [each for one in subnets for each in one["reservations"] if "ip-address" not in each]
    made = _hosts(dice, "10.0.0")
    for each in made:
        if any(_digits(each) == _digits(other) for other in bare):
            each.pop("ip-address", None)
    return made


def _digits(reservation: JsonMap) -> str:
    """Return the common part of its identifiers of any kind."""
    return str(reservation.get("hw-address") or reservation["client-id"]).replace(":", "")[-8:]


def _hosts(dice: random.Random, net: str) -> list[JsonMap]:
    """Reservations for some of the clients and some strangers, no address twice."""
    spots = [*range(10, 20), *range(50, 54)]
    dice.shuffle(spots)
    made = []
    for number in dice.sample(range(12), dice.randrange(1, 9)):
        address = f"{net}.{spots.pop()}" if dice.random() < 0.8 else ""
        more: JsonMap = {}
        if dice.random() < 0.25:
            more["hostname"] = f"host{number}"
        if dice.random() < 0.2:
            more |= _OPTIONS
        if dice.random() < 0.2:
            more |= _FIELDS
        key: int | str = number
        if number > 4 and dice.random() < 0.3:
            key = f"client-id=01{mac(number).replace(':', '')}"
        made.append(host(key, address, **more))
    return made
