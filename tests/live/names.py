"""Names in the DNS: subnets with every setting of DNS updates, and what their clients send."""

from __future__ import annotations

import select
import socket
from pathlib import Path
from typing import Any, NamedTuple

from .bootp import DECLINE, DISCOVER, RELEASE, REQUEST, mac_of
from .messages import SERVER_ADDRESS, Packet
from .twins import Outcome, Twin, Twins, differences

JsonMap = dict[str, Any]
HOST_NAME, FQDN, REQUESTED, SERVER, CLIENT_ID, SUBNET = 12, 81, 50, 54, 61, 118
NAMES_PORT = 53001

RULES: tuple[JsonMap, ...] = (
    {},
    {"ddns-send-updates": False},
    {"ddns-override-no-update": True},
    {"ddns-override-client-update": True},
    {"ddns-replace-client-name": "always", "ddns-generated-prefix": "gen"},
    {"ddns-replace-client-name": "when-present"},
    {"ddns-replace-client-name": "when-not-present", "ddns-qualifying-suffix": "made.org"},
    {"ddns-update-on-renew": True, "ddns-conflict-resolution-mode": "no-check-with-dhcid"},
    {"ddns-ttl": 77, "ddns-conflict-resolution-mode": "check-exists-with-dhcid"},
    {"ddns-ttl-percent": 0.5, "ddns-ttl-max": 1500},
    {"ddns-ttl-min": 2000, "ddns-use-conflict-resolution": False},
    {"hostname-char-set": "[^A-Za-z0-9.-]", "hostname-char-replacement": "x", "ddns-qualifying-suffix": ""},
    {"valid-lifetime": 4294967295, "ddns-conflict-resolution-mode": "no-check-without-dhcid"},
    {"match-client-id": False, "cache-max-age": 100},
)
"""The settings of a subnet each, the first one 10.1.0.0/24."""

POOLED: JsonMap = {
    "ddns-send-updates": False,
    "pools": [
        {"pool": "10.1.100.10 - 10.1.100.19", "ddns-send-updates": True, "ddns-qualifying-suffix": "pool.org",
         "ddns-ttl": 90},
        {"pool": "10.1.100.20 - 10.1.100.29", "ddns-replace-client-name": "always",
         "ddns-conflict-resolution-mode": "no-check-with-dhcid"},
        {"pool": "10.1.100.30 - 10.1.100.39"},
    ],
}  # fmt: skip


TUNED: JsonMap = {
    "hooks-libraries": [
        {
            "library": "libdhcp_ddns_tuning.so",
            "parameters": {"hostname-expr": "'x' + hexstring(substring(pkt4.mac, 5, 1), '')"},
        }
    ],
    "client-classes": [
        {"name": "SKIP_DDNS", "test": "option[12].hex == 'skipped' or substring(option[81].hex, 3, all) == 'skipped.'"}
    ],
}
"""Names by an expression, and a class of clients whose names are not updated."""


def configuration(valid_lifetime: int = 3000, **more: Any) -> JsonMap:
    """A configuration that updates names, with a subnet for each of the settings."""
    subnets = [_subnet(number, rules) for number, rules in enumerate(RULES)]
    subnets.append({"id": 101, "subnet": "10.1.100.0/24", **POOLED})
    subnets[0]["reservations"] = [
        {"hw-address": mac_of(90).hex(":"), "hostname": "Reserved"},
        {"hw-address": mac_of(91).hex(":"), "hostname": "whole.name.net"},
    ]
    return {
        "interfaces-config": {"interfaces": ["em1"]},
        "control-socket": {"socket-type": "unix", "socket-name": "control.sock"},
        "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 0},
        "dhcp-ddns": {"enable-updates": True},
        "ddns-qualifying-suffix": "example.org.",
        "valid-lifetime": valid_lifetime,
        "expired-leases-processing": {"reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 0},
        "hooks-libraries": [{"library": "libdhcp_lease_cmds.so"}],
        "subnet4": [{"id": 1000, "subnet": "10.0.0.0/24"}, *subnets],
        **more,
    }


def _subnet(number: int, rules: JsonMap) -> JsonMap:
    return {
        "id": number + 1, "subnet": f"10.1.{number}.0/24",
        "pools": [{"pool": f"10.1.{number}.10 - 10.1.{number}.250"}], **rules,
    }  # fmt: skip


class Step(NamedTuple):
    """A message of a client: ``subnet`` and ``last`` are the numbers of its address in 10.1.0.0/16 or ``network``."""

    subnet: int
    client: int
    kind: int = REQUEST
    options: tuple[tuple[int, bytes], ...] = ()
    last: int = 0
    renews: bool = False
    network: str = ""

    def packet(self) -> Packet:
        """The message."""
        last = self.last or 10 + self.client
        address = f"{self.network or f'10.1.{self.subnet}'}.{last}"
        own, server = socket.inet_aton(address), socket.inet_aton(SERVER_ADDRESS)
        more: tuple[tuple[int, bytes], ...] = ((SUBNET, own),)
        if self.kind in (REQUEST, DECLINE, RELEASE) and not self.renews:
            more += ((SERVER, server),)
        if self.kind != RELEASE and not self.renews:
            more += ((REQUESTED, own),)
        keeps = self.renews or self.kind == RELEASE
        return Packet(self.kind, mac_of(self.client), (*more, *self.options), ciaddr=address if keeps else "0.0.0.0")


def fqdn(flags: int, name: bytes) -> tuple[tuple[int, bytes], ...]:
    """Option 81 with these flags and this name, as it is to be on the wire."""
    return ((FQDN, bytes((flags, 0, 0)) + name),)


def host(name: bytes) -> tuple[tuple[int, bytes], ...]:
    """Option 12."""
    return ((HOST_NAME, name),)


FULL = b"\5First\7example\3com\0"
PARTIAL = b"\6second"
SENT = (
    (),
    host(b"Plain"),
    host(b"whole.name.org"),
    host(b"whole.name.org."),
    host(b"od_d!name"),
    host(b"already.example.org"),
    *(fqdn(flags, name) for flags in (4, 5, 12) for name in (FULL, PARTIAL, b"")),
    fqdn(0, b"ascii"), fqdn(1, b"ascii.example.net."), fqdn(8, b"ascii"), fqdn(1, b""),
    fqdn(5, b"\3a.b\3c d\0"),
    (*host(b"one"), *fqdn(5, b"\3two")),
    ((CLIENT_ID, b"\1abc"), *host(b"bycid")),
    ((CLIENT_ID, b"\xff\0\0\0\1\0\3\0\1abcdef"), *fqdn(1, b"byduid")),
    ((CLIENT_ID, b"\xff\0\0\0\1"), *host(b"shortduid")),
)  # fmt: skip
"""The messages of clients about their names."""


def story() -> list[Step]:
    """All that clients send, and what happens to their leases afterwards."""
    steps = [Step(0, client, options=sent) for client, sent in enumerate(SENT)]
    steps += [Step(subnet, at, options=SENT[at]) for subnet in range(1, 5) for at in (0, 1, 6, 9, 12)]
    steps += [Step(subnet, at, options=SENT[at]) for subnet in range(5, len(RULES)) for at in (0, 8)]
    steps += [Step(100, at, options=SENT[at], last=last + at % 9) for last in (10, 20, 30) for at in (0, 8)]
    for subnet in (0, 7):
        steps += [
            Step(subnet, 30, options=host(b"renews")),
            Step(subnet, 30, options=host(b"renews"), renews=True),
            Step(subnet, 30, options=host(b"RENEWS"), renews=True),
            Step(subnet, 30, options=fqdn(1, b"renews"), renews=True),
            Step(subnet, 30, options=fqdn(8, b"renews"), renews=True),
            Step(subnet, 30, options=host(b"other"), renews=True),
            Step(subnet, 30, renews=True),
            Step(subnet, 31, options=host(b"leaves")),
            Step(subnet, 31, RELEASE),
            Step(subnet, 32, options=host(b"declines")),
            Step(subnet, 32, DECLINE),
            Step(subnet, 33, DISCOVER, options=host(b"asks")),
        ]
    steps += [Step(0, client, options=sent) for client in (90, 91) for sent in ((), host(b"own"), fqdn(5, b"\3own"))]
    return steps


class NameTwins:
    """Both servers, and a socket at each where its name change requests come in."""

    def __init__(self, folder: Path, config: JsonMap) -> None:
        self._twins = Twins(folder, config)
        self.number = 0  # of our requests
        self._sockets: dict[str, socket.socket] = {}

    def __enter__(self) -> NameTwins:
        for name, twin in (("kea", self._twins.kea), ("ours", self._twins.ours)):
            namespace = twin.server.host.namespace
            namespace.ip("link", "set", "lo", "up")
            self._sockets[name] = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._sockets[name].bind(("127.0.0.1", NAMES_PORT))
        self._twins.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._twins.__exit__(*error)
        for each in self._sockets.values():
            each.close()

    @property
    def both(self) -> tuple[Twin, Twin]:
        """Kea and ours."""
        return self._twins.kea, self._twins.ours

    def take(self, step: Step) -> list[str]:
        """The differences between the two after a step, its requests among them."""
        kea, ours = self._twins.make(step.packet().frame())
        return [*differences(kea, ours), *self.compare(), *_refused(kea, step)]

    def compare(self) -> list[str]:
        """The differences between the requests that have come."""
        kea, ours = self.requests("kea"), self.requests("ours")
        self.number += len(ours)
        return [] if kea == ours else [f"requests: {_lines(kea)} != {_lines(ours)}"]

    def requests(self, name: str) -> list[bytes]:
        """The requests of a server that have come."""
        found = []
        while select.select([self._sockets[name]], [], [], 0.01)[0]:
            found.append(self._sockets[name].recv(4096))
        return found

    def command(self, command: str, **arguments: Any) -> list[str]:
        """The differences between the answers to a command, and between its effects."""
        kea, ours = (twin.command(command, **arguments) for twin in self.both)
        return [*([] if kea == ours else [f"{kea} != {ours}"]), *self.compare()]


def _refused(kea: Outcome, step: Step) -> list[str]:
    """Complain about a REQUEST that a Kea does not grant: it would show nothing."""
    granted = step.kind != REQUEST or [answer.kind for answer in kea.answers] == [5]
    return [] if granted else ["no ACK"]


def _lines(requests: list[bytes]) -> str:
    return " ".join(str(request) for request in requests) or "none"
