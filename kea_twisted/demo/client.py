"""A small DHCPv4 client for the loopback pair. It speaks as a relay agent does, for one client at a time.

On loopback there is no broadcast domain, so a client cannot shout; a relay agent (RFC 1542) that knows both servers
by address and port can ask both, and gets the answers sent to ``giaddr``.
"""

from __future__ import annotations

import random
import socket
import time
from typing import NamedTuple

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire import constants as c
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.message import Message, decode, encode

LOOPBACK = address_number("127.0.0.1")


class Obtained(NamedTuple):
    """The lease of a client, as text, with the lifetime in seconds."""

    address: str
    router: str
    server: str
    lifetime: int


class LoopbackClient:
    """Asks every one of ``server_ports`` on 127.0.0.1 and hears answers on ``port``."""

    def __init__(self, port: int, server_ports: list[int]) -> None:
        self._server_ports = server_ports
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def obtain(self, mac: bytes, attempts: int = 10) -> Obtained:
        """Send the messages of RFC 2131 section 3.1, again every second. Raises TimeoutError if no server answers."""
        for _ in range(attempts):
            offer = self._ask(mac, c.DISCOVER, {})
            if offer is None:
                continue
            server_id = offer.options[c.OPT_SERVER_IDENTIFIER]
            options = {c.OPT_REQUESTED_ADDRESS: offer.yiaddr.to_bytes(4), c.OPT_SERVER_IDENTIFIER: server_id}
            ack = self._ask(mac, c.REQUEST, options)
            if ack is not None and ack.options[c.OPT_MESSAGE_TYPE][0] == c.ACK:
                return _obtained(ack)
        raise TimeoutError(f"no server answered client {mac.hex(':')}")

    def renew(self, mac: bytes, address: str, attempts: int = 10) -> Obtained:
        """Return a REQUEST with ``ciaddr``, as at T2 when every server is asked (RFC 2131 section 4.4.5)."""
        for _ in range(attempts):
            ack = self._ask(mac, c.REQUEST, {}, ciaddr=address_number(address))
            if ack is not None and ack.options[c.OPT_MESSAGE_TYPE][0] == c.ACK:
                return _obtained(ack)
        raise TimeoutError(f"no server renewed {address} for client {mac.hex(':')}")

    def _ask(self, mac: bytes, kind: int, options: dict[int, bytes], ciaddr: int = 0) -> Message | None:
        xid = random.getrandbits(32)
        asked_for = bytes((c.OPT_SUBNET_MASK, c.OPT_ROUTERS))
        options = {
            c.OPT_MESSAGE_TYPE: bytes((kind,)),
            c.OPT_CLIENT_IDENTIFIER: b"\x01" + mac,
            c.OPT_PARAMETER_REQUEST_LIST: asked_for,
        } | options
        payload = encode(Message(1, 1, 1, xid, 0, 0, ciaddr, 0, 0, LOOPBACK, mac, b"", b"", options))
        for port in self._server_ports:
            self._socket.sendto(payload, ("127.0.0.1", port))
        return self._hear(xid, time.monotonic() + 1)

    def _hear(self, xid: int, until: float) -> Message | None:
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                answer = decode(self._socket.recv(2048))
            except (TimeoutError, ConnectionRefusedError, MalformedPacket):
                continue  # a server that is down refuses its port; the other one may still answer
            if answer.xid == xid:
                return answer
        return None


def _obtained(ack: Message) -> Obtained:
    router = ack.options.get(c.OPT_ROUTERS, bytes(4))
    return Obtained(
        address_text(ack.yiaddr),
        address_text(int.from_bytes(router[:4])),
        address_text(int.from_bytes(ack.options[c.OPT_SERVER_IDENTIFIER])),
        int.from_bytes(ack.options[c.OPT_LEASE_TIME]),
    )
