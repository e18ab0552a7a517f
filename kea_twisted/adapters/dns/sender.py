"""The UDP port that name change requests leave from (Kea: ncr_udp.cc), and the queue before it."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable
from typing import Final

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol

from kea_twisted.adapters.dns.udp import UdpReactor
from kea_twisted.config.model import DhcpDdns
from kea_twisted.ddns.request import NameChange, render
from kea_twisted.interfaces import Timer

_PAUSE: Final = 0.01  # seconds, when the system has no room for another datagram
_NO_ROOM: Final = frozenset((errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS))


class QueueFull(Exception):
    """A request finds no room in the queue."""


class _Silent(DatagramProtocol):
    """The server sends no answers to requests; datagrams are ignored."""

    noisy = False


class Sender:
    """An open port with the requests that wait for it.

    ``sent`` is called with every request that has left; ``failed`` with the one that has not and stays in the queue,
    and the reason. Nothing more is sent then.
    """

    def __init__(
        self,
        reactor: UdpReactor,
        settings: DhcpDdns,
        sent: Callable[[NameChange], object],
        failed: Callable[[NameChange, OSError], object],
    ) -> None:
        """Open the port. Raises OSError."""
        self.settings = settings
        self.queue: deque[NameChange] = deque()
        self._reactor = reactor
        self._sent, self._failed = sent, failed
        self._timer: Timer | None = None
        address, port = settings.sender_address, settings.sender_port
        try:
            self._port = reactor.listenUDP(port, _Silent(), interface=address)
        except CannotListenError as error:
            cause = error.socketError
            text = f"cannot send name change requests from {address} port {port}: {cause.strerror or cause}"
            raise OSError(cause.errno, f"{text}; change sender-ip or sender-port of dhcp-ddns") from None

    def has_place_of(self, settings: DhcpDdns) -> bool:
        """Return True if the port is the one that these settings want."""
        own = self.settings
        places = [(each.sender_address, each.sender_port) for each in (own, settings)]
        return places[0] == places[1]

    def use(self, settings: DhcpDdns) -> None:
        """Take other settings for the requests to come; the port stays the one that was opened."""
        self.settings = settings

    def inherit(self, former: Sender) -> None:
        """Take over the requests that wait for the port of another sender."""
        self.queue = former.queue

    def send(self, request: NameChange) -> None:
        """Send a request, or keep it until there is room. Raises QueueFull."""
        if len(self.queue) >= self.settings.max_queue_size:
            raise QueueFull(f"send queue has reached maximum capacity: {self.settings.max_queue_size}")
        self.queue.append(request)
        if self._timer is None:
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the system takes it."""
        self._timer = None
        place = self.settings.server_ip, self.settings.server_port
        while self.queue:
            request = self.queue[0]
            try:
                self._port.write(render(request), place)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._timer = self._reactor.callLater(_PAUSE, self.flush)
                else:
                    self._failed(request, error)
                return
            self.queue.popleft()
            self._sent(request)

    def stop(self) -> None:
        """Send nothing more; the port stays open."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Close the port."""
        self.stop()
        self._port.stopListening()
