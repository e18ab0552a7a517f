"""The UDP sockets beside a raw port (Kea: pkt_filter.cc, openFallbackSocket).

While they are bound to the server port the kernel does not answer datagrams it cannot deliver with "port
unreachable", and they carry what goes to an address by the kernel's own routing and ARP. Nothing is read from
them.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import Final

from kea_twisted.adapters.net.packetfilter import REJECT_ALL, Program
from kea_twisted.wire.address import address_text

SO_ATTACH_FILTER: Final = 26  # Linux, <asm-generic/socket.h>


class FallbackSockets:
    """One socket per address. Raises OSError with Kea's text if an address cannot be bound."""

    def __init__(self, addresses: tuple[int, ...], port: int) -> None:
        self._by_address: dict[int, socket.socket] = {}
        self._first = addresses[0]
        try:
            for address in addresses:
                self._by_address[address] = _bound(address_text(address), port)
        except OSError:
            self.close()
            raise

    def send(self, payload: bytes, source: int, destination: int, port: int) -> None:
        """Send from one of our addresses (any other: the first) to an address. Raises the system's OSError."""
        sender = self._by_address.get(source) or self._by_address[self._first]
        sender.sendto(payload, (address_text(destination), port))

    def close(self) -> None:
        """Close all."""
        for each in self._by_address.values():
            each.close()
        self._by_address.clear()


def _bound(address: str, port: int) -> socket.socket:
    fallback = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fallback.setblocking(False)
    with suppress(OSError):  # what arrives here is read from the raw socket: keep as little as possible
        if sys.platform == "linux":
            fallback.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, Program(REJECT_ALL).linux())
        else:
            fallback.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    try:
        fallback.bind((address, port))
    except OSError as error:
        fallback.close()
        raise OSError(
            error.errno,
            f"failed to bind fallback socket to address {address}, port {port}, reason: {error.strerror}"
            " - is another DHCP server running?",
        ) from error
    return fallback
