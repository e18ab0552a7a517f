"""Leasequery: a real Kea and ours give the same answers, over UDP and over TCP."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.dhcp import BOOTP, DHCP

from .bootp import REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .outcomes import is_meant, last_rows
from .reserved import config, mac, subnet
from .twins import Twin, Twins, differences

LEASEQUERY = 10
REQUESTER = "10.0.0.200"
RELAY_MAC = bytes.fromhex("02fefefe00c8")
HERE = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))
BASE_TIME = 152
TIMED = ("lease_time", "client-last-transaction-time", "rebinding_time", "renewal_time")
AGENT = (82, b"\x01\x03abc\x02\x06remote\x0c\x05relay")


def configuration() -> dict[str, Any]:
    """A subnet that stores the options of relays."""
    one = subnet(
        1, pools=[{"pool": "10.0.0.10 - 10.0.0.60"}], store_extended_info=True, valid_lifetime=4000,
        renew_timer=1000, rebind_timer=2000,
    )  # fmt: skip
    advanced = {"bulk-query-enabled": True, "lease-query-ip": SERVER_ADDRESS, "lease-query-tcp-port": 6767}
    parameters = {"requesters": [REQUESTER, "10.0.0.201"], "advanced": advanced}
    return config(one, hooks_libraries=[{"library": "libdhcp_lease_query.so", "parameters": parameters}])


def hwaddr(number: int) -> bytes:
    """The hardware address of a client."""
    return bytes.fromhex(mac(number).replace(":", ""))


def of(number: int, kind: int, *options: tuple[int, bytes], **more: Any) -> Packet:
    """A message of a client."""
    return Packet(kind, hwaddr(number), options, xid=number << 8 | kind, **more)


def about(*options: tuple[int, bytes], **more: Any) -> Packet:
    """A leasequery."""
    usual: dict[str, Any] = {"mac": b"", "htype": 0, "giaddr": REQUESTER, "source": REQUESTER, "xid": 0x10EA5E}
    return Packet(LEASEQUERY, options=options, **{**usual, **more})


def frame_of(packet: Packet) -> bytes:
    """The frame of a relay, whatever hardware address it asks about."""
    data = packet.frame()
    return data if packet.kind != LEASEQUERY else data[:6] + RELAY_MAC + data[12:]


def packets() -> list[Packet]:
    """Leases, and queries of all kinds about them."""
    relayed: dict[str, Any] = {"giaddr": REQUESTER, "source": REQUESTER, "hops": 1}
    return [
        of(1, REQUEST, HERE, (50, b"\x0a\0\0\x0a"), AGENT, **relayed),
        of(2, REQUEST, HERE, (50, b"\x0a\0\0\x0b"), (61, b"\1client")),
        of(3, REQUEST, HERE, (50, b"\x0a\0\0\x0c"), (61, b"\1client"), AGENT, **relayed),
        about(ciaddr="10.0.0.10"),
        about(ciaddr="10.0.0.11"),
        about(ciaddr="10.0.0.40"),  # of a pool
        about(ciaddr="10.0.0.99"),  # of no pool
        about(mac=hwaddr(1), htype=6),
        about(mac=bytes(6), htype=1),
        about((61, b"\1client")),
        about((61, b"\1unknown")),
        about((61, b"\1")),
        about(htype=1, ciaddr="10.0.0.10"),
        about(HERE, ciaddr="10.0.0.10"),
        of(5, REQUEST, HERE, (50, b"\x0a\0\0\x10"), (61, b"\1first"), AGENT, **relayed),
        of(5, REQUEST, HERE, (50, b"\x0a\0\0\x11"), (61, b"\1second")),
        about(mac=hwaddr(5), htype=1),
        about((55, b"\x33\x52\x5c"), ciaddr="10.0.0.10", flags=0x8000, hops=3, secs=9),
        about(ciaddr="10.0.0.10", giaddr="10.0.0.202"),
        about(ciaddr="10.0.0.10", op=2),
    ]


def bulk_queries() -> list[Packet]:
    """Queries over TCP, answered with leases or with a status; each has its own transaction."""
    usual: dict[str, Any] = {"mac": b"", "htype": 0}
    agent = {
        name: (82, bytes((code, len(name))) + name) for code, name in ((2, b"remote"), (12, b"relay"), (12, b"no"))
    }
    rows: list[tuple[tuple[tuple[int, bytes], ...], dict[str, Any]]] = [
        ((agent[b"relay"],), {}),
        ((agent[b"remote"],), {}),
        ((agent[b"no"],), {}),
        (((61, b"\1client"),), {}),
        ((), {"mac": hwaddr(5), "htype": 1}),
        ((agent[b"relay"], (154, bytes(4)), (155, b"\x7f\xff\xff\xff")), {}),
        ((agent[b"relay"], (155, b"\0\0\0\x63")), {}),
        ((agent[b"relay"], (154, b"\0\0\0\x64"), (155, b"\0\0\0\x63")), {}),
        ((agent[b"relay"], (154, b"\xff\xff\xff\xff")), {}),
        ((agent[b"relay"], (221, b"\0abc")), {}),
        ((agent[b"relay"], (61, b"\1client")), {}),
        ((), {}),
        ((agent[b"relay"],), {"ciaddr": "10.0.0.10"}),
        (((82, b"\x0c\0"),), {}),
        (((82, b"\x02\0"),), {}),
        (((82, b"\x01\x01a"),), {}),
    ]
    return [
        Packet(14, options=options, xid=7000 + place, **{**usual, **more}) for place, (options, more) in enumerate(rows)
    ]


def ask(channel: socket.socket, query: Packet) -> list[BOOTP]:
    """The answers to a query, as scapy reads them. It knows no framing of bulk leasequery: two bytes are the length."""
    payload = query.payload()
    channel.sendall(len(payload).to_bytes(2, "big") + payload)
    found = []
    with channel.makefile("rb") as stream:
        while not found or kind_of(found[-1]) != 15:
            length = int.from_bytes(stream.read(2), "big")
            found.append(BOOTP(stream.read(length)))
            assert found[-1].xid == query.xid
    return found


def kind_of(message: BOOTP) -> int:
    """The type of a message."""
    return int(options_of(message)["message-type"])


def options_of(message: BOOTP) -> dict[Any, Any]:
    """The options that scapy finds in a message."""
    found = [option for option in message[DHCP].options if isinstance(option, tuple)]
    return {option[0]: option[1:] if len(option) > 2 else option[1] for option in found}


def told(message: BOOTP) -> tuple[Any, ...]:
    """Return the contents of a message but for its time."""
    options = options_of(message)
    timed = {name: options.pop(name, 0) for name in TIMED}
    total = timed["lease_time"] + timed["client-last-transaction-time"]
    rest = timed["lease_time"] - timed["rebinding_time"], timed["lease_time"] - timed["renewal_time"]
    base = int.from_bytes(options.pop(BASE_TIME, b""), "big")
    is_now = not base or abs(base - time.time()) < 5
    return message.op, message.htype, message.hlen, message.ciaddr, message.chaddr, options, total, rest, is_now


def bulk_answers(twin: Twin) -> list[list[tuple[Any, ...]]]:
    """Return the answers of a server over TCP."""
    requester = twin.lan.host("requester", "eth0", f"{REQUESTER}/24")
    with requester.namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as channel:
        channel.settimeout(5)
        channel.connect((SERVER_ADDRESS, 6767))
        return [[told(message) for message in ask(channel, query)] for query in bulk_queries()]


def differs(line: str) -> bool:
    """Return False for times that may differ, as a second passes between two servers."""
    found = re.match(r"option (51|58|59|91): (\w{8}) != (\w{8})$", line)
    return found is None or abs(int(found[2], 16) - int(found[3], 16)) > 2


@pytest.mark.live
def test_requesters_are_answered_as_by_a_real_kea(tmp_path: Path) -> None:
    """Over UDP, then over TCP, where another program reads the answers."""
    need("kea30")
    found = []
    kinds = []
    with Twins(tmp_path, configuration()) as twins:
        for packet in packets():
            if (61, b"\1second") in packet.options:
                time.sleep(1.1)  # answers are about the client's latest lease
            kea, ours = (last_rows(each) for each in twins.make(frame_of(packet)))
            kinds += [answer.kind for answer in kea.answers]
            lines = [line for line in differences(kea, ours) if not is_meant(line) and differs(line)]
            found += [f"{packet}: {line}" for line in lines]
        assert not found, "\n".join(found)
        assert {5, 11, 12, 13} <= set(kinds)
        kea_says, ours_say = (bulk_answers(twin) for twin in (twins.kea, twins.ours))
        for query, one, other in zip(bulk_queries(), kea_says, ours_say, strict=True):
            assert one == other, str(query)
        assert [len(answers) for answers in kea_says[:5]] == [4, 4, 1, 2, 3]
        upgraded = [twin.command("extended-info4-upgrade") for twin in (twins.kea, twins.ours)]
        assert upgraded[0] == upgraded[1]
