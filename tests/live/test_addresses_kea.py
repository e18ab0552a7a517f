"""The source addresses of a server with several, beside a real Kea."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .hosts import Lan
from .messages import Packet
from .needs import need
from .twowires import Heard, TwoWires

pytestmark = pytest.mark.live

EVERYBODY, RELAY, FAR = "255.255.255.255", "10.0.0.9", "192.168.10.1"
DISCOVER, REQUEST, INFORM = 1, 3, 8
OFFER, ACK, NAK = 2, 5, 6
SETUP = (
    ("addr", "add", "10.0.0.2/32", "dev", "em1"),  # as of CARP or keepalived
    ("addr", "add", "10.99.0.1/32", "dev", "lo"),
    ("addr", "add", "10.99.0.2/32", "dev", "lo"),
    ("route", "add", "192.168.10.0/24", "via", "10.0.1.9"),
)
SUBNETS = [
    {"id": number, "subnet": f"{prefix}.0/24", "pools": [{"pool": f"{prefix}.10-{prefix}.90"}]}
    for number, prefix in enumerate(("10.0.0", "10.0.1", "192.168.10"), 1)
]


def config(*interfaces: str, **more: str) -> dict[str, Any]:
    return {
        "interfaces-config": {"interfaces": list(interfaces), **more},
        "lease-database": {"type": "memfile"},
        "subnet4": SUBNETS,
    }


def packet(kind: int, number: int, /, named: str = "", asked: str = "", **fields: Any) -> Packet:
    mac = b"\x02\xc1\x1e\0\0" + bytes((number,))
    options = [(61, b"\1" + mac)]
    options += [(code, socket.inet_aton(value)) for code, value in ((50, asked), (54, named)) if value]
    return Packet(kind, mac, tuple(options), xid=number, **fields)


def relayed(number: int, relay: str = RELAY) -> Packet:
    return packet(DISCOVER, number, giaddr=relay, source=relay)


def unicast(kind: int, number: int) -> Packet:
    address = f"10.0.0.{number}"
    return packet(kind, number, ciaddr=address, source=address)


def where(heard: list[Heard]) -> list[tuple[int, str, str, str, str]]:
    return [(each.kind, each.wire, each.source, each.server, each.target) for each in heard]


@pytest.fixture(params=["kea30", "ours"])
def kind(request: pytest.FixtureRequest, lan: Lan) -> Iterator[str]:
    need(request.param)
    yield request.param


def test_with_frames_the_address_that_was_asked_answers(kind: str, tmp_path: Path) -> None:
    with TwoWires(kind, tmp_path / "server", config("em1"), *SETUP) as two:
        for number, address in enumerate(("10.0.0.1", "10.0.0.2"), 10):
            assert where(two.ask(relayed(number), address)) == [(OFFER, "em1", address, address, RELAY)]
            far = two.ask(relayed(number + 10, FAR), address)
            assert where(far) == [(OFFER, "em1", address, address, FAR)]
            own = f"10.0.0.{number + 20}"
            assert two.ask(packet(REQUEST, number + 20, named=address, asked=own))[0].kind == ACK
            for what in (REQUEST, INFORM):
                heard = where(two.ask(unicast(what, number + 20), address))
                assert heard == [(ACK, "em1", address, address, own)]
        assert two.ask(packet(REQUEST, 40, named="0.0.0.0", asked="10.0.0.40"))[0].kind == ACK
        for named in ("127.0.0.1", "10.0.1.1", EVERYBODY):  # em2 is not served
            assert two.ask(packet(REQUEST, 41, named=named, asked="10.0.0.41")) == []
        # RFC 2131 section 4.1, where a Kea sends to the address that it refuses
        target = {"kea30": "10.0.0.30", "ours": EVERYBODY}[kind]
        refused = packet(REQUEST, 42, ciaddr="10.0.0.30", source="10.0.0.30")
        assert where(two.ask(refused, "10.0.0.1")) == [(NAK, "em1", "10.0.0.1", "10.0.0.1", target)]
        # of several addresses of an interface each one answers a broadcast of a Kea's, with its own offer
        assert len(two.ask(packet(DISCOVER, 43))) == {"kea30": 2, "ours": 1}[kind]
        # and a relay that knows only the broadcast address of the network is not heard by it
        heard = where(two.ask(relayed(44), "10.0.0.255"))
        assert heard == {"kea30": [], "ours": [(OFFER, "em1", "10.0.0.1", "10.0.0.1", RELAY)]}[kind]


def test_a_udp_socket_for_one_address_hears_nothing_else(kind: str, tmp_path: Path) -> None:
    settings = config("em1/10.0.0.2", **{"dhcp-socket-type": "udp"})
    with TwoWires(kind, tmp_path / "server", settings, *SETUP) as two:
        assert two.ask(relayed(10), "10.0.0.1") == []
        assert two.ask(packet(DISCOVER, 11)) == []
        heard = where(two.ask(relayed(12), "10.0.0.2"))
        assert heard == [(OFFER, "em1", "10.0.0.2", "10.0.0.2", RELAY)]


def test_udp_sockets_answer_by_the_interface_that_was_asked(kind: str, tmp_path: Path) -> None:
    settings = config("em1", "em2", "lo/10.99.0.1", "lo/10.99.0.2", **{"dhcp-socket-type": "udp"})
    with TwoWires(kind, tmp_path / "server", settings, *SETUP) as two:
        for number, address in enumerate(("10.0.0.2", "10.0.1.1", "10.99.0.1", "10.99.0.2"), 10):
            assert where(two.ask(relayed(number), address)) == [(OFFER, "em1", address, address, RELAY)]
        heard = where(two.ask(relayed(20, FAR), "10.0.0.1"))
        assert heard == [(OFFER, "em1", "10.0.0.1", "10.0.0.1", FAR)]
        # broadcasts, ours alone: a client without an address hears the broadcast, its ciaddr is not looked at
        heard = where(two.ask(packet(DISCOVER, 21, flags=0x8000)))
        assert heard == {"kea30": [], "ours": [(OFFER, "em1", "10.0.0.1", "10.0.0.1", EVERYBODY)]}[kind]
        offers = two.ask(packet(DISCOVER, 22, ciaddr="172.16.0.4"))
        assert [each.address[:7] for each in offers] == {"kea30": [], "ours": ["10.0.0."]}[kind]


def test_use_routing_lets_the_routing_table_choose_the_interface(kind: str, tmp_path: Path) -> None:
    settings = config("em1", **{"dhcp-socket-type": "udp", "outbound-interface": "use-routing"})
    with TwoWires(kind, tmp_path / "server", settings, *SETUP) as two:
        # a Kea answers from an address of the other interface then
        source = {"kea30": "10.0.1.1", "ours": "10.0.0.1"}[kind]
        heard = where(two.ask(relayed(10, FAR), "10.0.0.1"))
        assert heard == [(OFFER, "em2", source, "10.0.0.1", FAR)]
