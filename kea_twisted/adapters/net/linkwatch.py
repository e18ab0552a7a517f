"""Notifications of the kernel about interfaces, addresses and carriers: rtnetlink(7), route(4)."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.interfaces import Timer

_LINK_GROUP: Final = 1  # RTMGRP_LINK
_ADDRESS_GROUP: Final = 0x10  # RTMGRP_IPV4_IFADDR
_LARGEST: Final = 65536

SETTLING: Final = 0.05
"""Seconds from the first notice to the call: several notices belong to one change."""

REST: Final = 0.5
"""Seconds from one call to the next at least: on a host of containers interfaces come and go all the time."""


def open_notices() -> socket.socket:
    """Return a socket that becomes readable with each change. Raises OSError."""
    if sys.platform == "linux":
        notices = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        try:
            notices.bind((0, _LINK_GROUP | _ADDRESS_GROUP))
        except OSError:
            notices.close()
            raise
    else:
        notices = socket.socket(socket.AF_ROUTE, socket.SOCK_RAW, 0)
    notices.setblocking(False)
    return notices


@implementer(IReadDescriptor)
class LinkWatch:
    """Calls ``changed`` shortly after interfaces changed. Where the system refuses the socket, it never does."""

    def __init__(
        self,
        reactor: Reactor,
        changed: Callable[[], object],
        make_socket: Callable[[], socket.socket] = open_notices,
    ) -> None:
        self._reactor = reactor
        self._changed = changed
        self._make_socket = make_socket
        self._socket: socket.socket | None = None
        self._timer: Timer | None = None
        self._called = float("-inf")

    def start(self) -> None:
        """Watch from now on."""
        if self._socket is None:
            try:
                self._socket = self._make_socket()
            except OSError:
                return  # the periodic check notices changes later
            self._reactor.addReader(self)

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket is not None:
            self._reactor.removeReader(self)
            self._socket.close()
            self._socket = None

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return -1 if self._socket is None else self._socket.fileno()

    def logPrefix(self) -> str:
        """Return its name for twisted.logger."""
        return "LinkWatch"

    def doRead(self) -> None:
        """Read the notices away; what they say is looked up anew."""
        assert self._socket is not None
        try:
            while True:
                self._socket.recv(_LARGEST)
        except OSError:  # no more for now, or so many that some were lost: all the same
            pass
        if self._timer is None:
            wait = min(REST, max(SETTLING, self._called + REST - self._reactor.seconds()))
            self._timer = self._reactor.callLater(wait, self._settled)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor gives up on the descriptor."""
        self.stop()

    def _settled(self) -> None:
        self._timer = None
        self._called = self._reactor.seconds()
        self._changed()
