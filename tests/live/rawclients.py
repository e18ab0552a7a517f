"""DHCP clients with any hardware address behind one interface, on a packet socket."""

from __future__ import annotations

import random
import select
import socket
import time
from contextlib import suppress

from .bootp import DISCOVER, ETH_P_IP, RELEASE, REQUEST, SERVER, Reply, frame, message, parse, selecting
from .hosts import Host


class RawClients:
    """Clients with made-up hardware addresses behind one interface; the host needs no address."""

    def __init__(self, host: Host) -> None:
        self._socket = host.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.bind((host.interface, ETH_P_IP))
        self._socket.setblocking(False)
        self._random = random.Random(1)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send a whole frame."""
        # A full queue is a lost packet, as on any network.
        with suppress(BlockingIOError):
            self._socket.send(data)

    def receive(self, seconds: float) -> Reply | None:
        """The next reply to any client here."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                reply = parse(self._socket.recv(65536))
                if reply is not None:
                    return reply
        return None

    def exchange(self, data: bytes, xid: int, seconds: float = 2.0, tries: int = 3) -> Reply | None:
        """Send a frame, again when nothing comes back, and return the reply with this transaction id."""
        for _ in range(tries):
            self.send(data)
            deadline = time.monotonic() + seconds
            while (left := deadline - time.monotonic()) > 0:
                reply = self.receive(left)
                if reply is not None and reply.xid == xid:
                    return reply
        return None

    def xid(self) -> int:
        """A new transaction id."""
        return self._random.getrandbits(32)

    def discover(self, mac: bytes, secs: int = 0, flags: int = 0) -> Reply | None:
        """DISCOVER; returns the OFFER."""
        xid = self.xid()
        return self.exchange(frame(message(DISCOVER, mac, xid, secs=secs, flags=flags), mac), xid)

    def discover_once(self, mac: bytes, seconds: float = 0.2) -> Reply | None:
        """DISCOVER, not repeated; returns the OFFER."""
        xid = self.xid()
        return self.exchange(frame(message(DISCOVER, mac, xid), mac), xid, seconds, 1)

    def request_once(self, mac: bytes, offer: Reply, seconds: float = 0.4) -> Reply | None:
        """REQUEST of an offer, not repeated; returns the answer."""
        xid = self.xid()
        return self.exchange(frame(selecting(mac, xid, offer.address, offer.server), mac), xid, seconds, 1)

    def request(self, mac: bytes, address: str, server: str | None = None) -> Reply | None:
        """REQUEST of an offered address, or of a remembered one (INIT-REBOOT) where no server is named."""
        xid = self.xid()
        return self.exchange(frame(selecting(mac, xid, address, server), mac), xid)

    def obtain(self, mac: bytes) -> Reply | None:
        """The four messages; returns the ACK."""
        offer = self.discover(mac)
        return self.request(mac, offer.address, offer.server) if offer else None

    def renew(self, mac: bytes, held: Reply) -> Reply | None:
        """REQUEST by unicast from the held address; returns the answer."""
        xid = self.xid()
        payload = message(REQUEST, mac, xid, address=held.address)
        data = frame(payload, mac, source=held.address, target=held.server, to=held.server_mac)
        return self.exchange(data, xid)

    def release(self, mac: bytes, held: Reply) -> None:
        """RELEASE by unicast; nothing comes back."""
        payload = message(RELEASE, mac, self.xid(), address=held.address, options={SERVER: held.options[SERVER]})
        self.send(frame(payload, mac, source=held.address, target=held.server, to=held.server_mac))
