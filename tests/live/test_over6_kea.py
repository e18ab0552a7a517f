"""DHCPv4 over DHCPv6: a real Kea and ours get the same queries as from a DHCPv6 server, and answer alike.

The responses are compared byte for byte, the rows of the lease file and the statistics as those of other queries.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kea_twisted.wire.constants import DISCOVER, INFORM, RELEASE, REQUEST

from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .reserved import config, subnet
from .twins import Outcome, Twin, Twins, differences

PORT = 786
HERE, ELSEWHERE = socket.inet_pton(socket.AF_INET6, "2001:db8:1::17"), socket.inet_pton(socket.AF_INET6, "fe80::9")
SUBNETS = (
    subnet(1),
    subnet(2, **{"4o6-subnet": "2001:db8:1::/64"}),
    subnet(3, **{"4o6-interface-id": "circuit-7"}),
    subnet(4, **{"4o6-interface": "em1"}, client_classes=["ours"]),
)
CLASSES = [{"name": "ours", "test": "option[60].hex == 'ours'"}]


def option(code: int, payload: bytes) -> bytes:
    """A DHCPv6 option."""
    return code.to_bytes(2, "big") + len(payload).to_bytes(2, "big") + payload


def origin(interface: bytes = b"em1", address: bytes = HERE, port: int = 546) -> bytes:
    """The vendor option of the DHCPv6 server."""
    inner = option(60000, interface) + option(60001, address) + option(60002, port.to_bytes(2, "big"))
    return option(17, (2495).to_bytes(4, "big") + inner)


def query(*packets: Packet, vendor: bytes | None = None) -> bytes:
    """A DHCPV4-QUERY with these messages."""
    messages = b"".join(option(87, packet.payload()) for packet in packets)
    return b"\x14\x80\x00\x00" + messages + (origin() if vendor is None else vendor)


def relayed(message: bytes, *options: bytes, hops: int = 0) -> bytes:
    """A message in a RELAY-FORW."""
    return bytes((12, hops)) + HERE + ELSEWHERE + b"".join(options) + option(9, message)


def asks(number: int, kind: int = DISCOVER, *options: tuple[int, bytes], **more: object) -> Packet:
    """A message of a client."""
    return Packet(kind, b"\2\xbb\0\0\0" + bytes((number,)), ((55, b"\1\3\6"), *options), xid=number, **more)  # type: ignore[arg-type]


def selecting(number: int, address: str) -> Packet:
    """The acceptance of an offer."""
    chosen = (50, socket.inet_aton(address)), (54, socket.inet_aton(SERVER_ADDRESS))
    return asks(number, REQUEST, *chosen)


ELSE = origin(address=ELSEWHERE)
CONVERSATION = (
    query(asks(1)),
    query(selecting(1, "10.0.1.10")),
    query(asks(1, REQUEST, ciaddr="10.0.1.10")),
    query(asks(1, REQUEST, (50, socket.inet_aton("10.0.9.9")))),
    query(asks(1, INFORM)),
    query(asks(1, INFORM, ciaddr="10.0.1.10")),
    query(asks(1, RELEASE, (54, socket.inet_aton(SERVER_ADDRESS)), ciaddr="10.0.1.10")),
    relayed(query(asks(2), vendor=ELSE), option(18, b"circuit-7")),
    relayed(relayed(query(selecting(2, "10.0.2.10"), vendor=ELSE), option(18, b"circuit-7"), option(135, b"\3\xe8")),
            option(18, b"uplink"), hops=1),
    relayed(relayed(query(asks(3), vendor=ELSE), option(18, b"port-1")), option(18, b"circuit-7"), hops=1),
    query(asks(4), vendor=ELSE),  # its class does not admit it to the subnet of the interface
    query(asks(5, DISCOVER, (60, b"ours")), vendor=ELSE),
    query(asks(5, REQUEST, (60, b"ours"), (50, socket.inet_aton("10.0.3.10")), (54, socket.inet_aton(SERVER_ADDRESS))),
          vendor=ELSE),
    query(asks(6), asks(6)),
    query(),
    query(asks(6), vendor=b""),
    query(asks(6), vendor=origin(b"em9")),
    query(asks(6), vendor=option(17, (2495).to_bytes(4, "big"))),
    b"\x14\x00\x00\x00" + origin() + option(87, b"short"),
    b"\x14\x00",
)  # fmt: skip
ANSWERED = {*range(13)} - {6, 9, 10}
MALFORMED = 18
"""The DHCPv4 message in it is none: a Kea counts it nowhere."""
SELECTIONS = (
    {"interface": "em1", "classes": ["ours"]},
    {"remote": "2001:db8:1::5"},
    {"interface-id": "'circuit-7'"},
    {"interface-id": "636972637569742d37"},
    {"interface-id": "63:69:72:63:75:69:74:2d:37"},
    {"interface-id": "what"},
    {"interface-id": "''"},
    {"interface-id": 7},
    {"remote": "10.0.0.1"},
    {"address": "2001:db8::1"},
    {"nonsense": 1},
    {},
)


class Dhcpv6Server:
    """The socket of a DHCPv6 server beside one of the two."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        namespace = twin.server.host.namespace
        self._socket = namespace.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._socket.bind(("::1", PORT))
        self._socket.connect(("::1", PORT + 1))
        self._socket.settimeout(0.2)

    def passes_on(self, message: bytes) -> None:
        """Send a message."""
        self._socket.send(message)

    def outcome(self) -> tuple[bytes, Outcome]:
        """The response, b"" for none, and what else came of the message."""
        try:
            response = self._socket.recv(65536)
        except TimeoutError:
            response = b""
        return response, self._twin.outcome_of([])

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    need("kea30")
    made = Twins(tmp_path, config(*SUBNETS, **{"dhcp4o6-port": PORT, "client-classes": CLASSES}))
    for twin in (made.kea, made.ours):
        twin.server.host.run("sysctl", "-qw", "net.ipv6.conf.lo.disable_ipv6=0")
    with made:
        yield made


@pytest.mark.live
def test_queries_of_a_dhcpv6_server_are_answered_as_by_a_real_kea(twins: Twins) -> None:
    servers = [Dhcpv6Server(twin) for twin in (twins.kea, twins.ours)]
    found = []
    for number, message in enumerate(CONVERSATION):
        fraction = time.time() % 1
        if fraction > 0.9:
            time.sleep(1.02 - fraction)
        for server in servers:
            server.passes_on(message)
        (keas, kea), (response, ours) = (server.outcome() for server in servers)
        if keas != response:
            found.append(f"{number}: {keas.hex()} != {response.hex()}")
        if number != MALFORMED:
            found += [f"{number}: {line}" for line in differences(kea, ours)]
        assert bool(response) == (number in ANSWERED), number
    assert ours.statistics == {}
    for arguments in SELECTIONS:
        kea_says, we_say = (twin.command("subnet4o6-select-test", **arguments) for twin in (twins.kea, twins.ours))
        if kea_says != we_say:
            found.append(f"{arguments}: {kea_says} != {we_say}")
    for server in servers:
        server.close()
    assert not found, "\n".join(found)
