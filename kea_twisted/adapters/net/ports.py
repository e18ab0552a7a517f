"""The common base of the three kinds of DHCP ports: a port as the reactor sees it.

Other than Twisted's udp.Port, these ports close at once and not one turn later, because a reconfiguration
opens the next port on the same address right away; and they tell their protocol when a turn's reading is
done.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.engine.effects import Query, Reply

BATCH: Final = 64  # datagrams read in one reactor turn
BUFFER_SIZE: Final = 4 << 20  # what the kernel may hold for us, in bytes
BROADCAST: Final = 0xFFFFFFFF
BROADCAST_MAC: Final = b"\xff" * 6

_FORBIDDEN: Final = frozenset({errno.EPERM, errno.EACCES})
# the interface is down: it may come up again, the socket stays good
_PASSING: Final = frozenset({errno.ENETDOWN, errno.ENOBUFS, errno.EINTR, errno.ECONNREFUSED, errno.EHOSTUNREACH})


class Reactor(Protocol):
    """The part of the reactor that is needed here."""

    def addReader(self, reader: IReadDescriptor, /) -> None:
        """Watch a descriptor."""

    def removeReader(self, reader: IReadDescriptor, /) -> None:
        """Watch it no longer."""

    def callLater(self, delay: float, function: Callable[[], object], /) -> object:
        """Call it in a later turn."""


@implementer(IReadDescriptor)
class Port(ABC):
    """One open port on one interface. ``alive`` turns False when its socket broke and it closed itself.

    ``timed``: the moments of queries are noted.
    """

    def __init__(self, nic: Nic, port: int, protocol: DhcpProtocol, reactor: Reactor) -> None:
        self.nic = nic
        self.port = port
        self.protocol = protocol
        self.alive = False
        self.timed = False
        self._reactor = reactor
        self._resting = False
        self._overloaded = False  # there is more than a turn's reading
        self._name = f"{type(self).__name__} on {nic.name}"  # asked for in every turn

    def startListening(self) -> None:
        """Open and read from now on. Raises OSError with Kea's text if that is impossible."""
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        self.alive = True
        self.protocol.makeConnection(self)  # type: ignore[arg-type]
        for reader in self._readers():
            self._reactor.addReader(reader)

    def stopListening(self) -> None:
        """Close, at once; calling it twice is fine."""
        if self.alive:
            self.alive = False
            for reader in self._readers():
                self._reactor.removeReader(reader)
            self._close()
            self.protocol.doStop()  # type: ignore[no-untyped-call]

    def doRead(self) -> None:
        """Deliver what has arrived, up to a batch."""
        try:
            self._read()
        except BlockingIOError:
            pass
        except OSError as error:
            self._socket_failed(error)
        seconds = self.protocol.batch_done()
        if seconds and self.alive and not self._resting and not self._overloaded:
            self._rest(seconds)

    def _rest(self, seconds: float) -> None:
        """Let some more come."""
        self._resting = True
        for reader in self._readers():
            self._reactor.removeReader(reader)
        self._reactor.callLater(seconds, self._look_again)

    def _look_again(self) -> None:
        self._resting = False
        if self.alive:
            for reader in self._readers():
                self._reactor.addReader(reader)

    def take_counted(self) -> list[tuple[float, Query]]:
        """Return recent queries that were only counted, each with its age in seconds."""
        found: list[tuple[float, Query]] = []
        for age, frame in self.protocol.counted.take():
            self._deliver(frame)
            found += [(age, query) for query in self.protocol.take_decoded()]
        return found

    def time_queries(self, on: bool) -> None:
        """Note the moments of queries from now on, or no longer."""
        self.timed = on
        self.protocol.timeline = None
        if self.alive:
            self._time(on)

    def bound(self, packets: int) -> None:  # noqa: B027  # the kernel keeps what waits for a UDP socket or a bpf device
        """Let at most so many packets wait for the server, the newest; 0: as many as the port keeps by itself."""

    def connectionLost(self, reason: Failure) -> None:
        """The reactor gives up on the descriptor."""
        self.stopListening()

    def logPrefix(self) -> str:
        """Return the port's name for twisted.logger."""
        return self._name

    def _readers(self) -> Sequence[Any]:
        """Return the descriptors that the reactor watches."""
        return (self,)

    @abstractmethod
    def fileno(self) -> int:
        """Return the descriptor to watch."""

    @abstractmethod
    def send(self, reply: Reply) -> None:
        """Send a reply. Raises OSError if the system refuses it."""

    def _time(self, on: bool) -> None:  # noqa: B027  # FreeBSD's device needs no switch
        """Have the kernel deliver the times of datagrams, or no longer."""

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    @abstractmethod
    def _read(self) -> None: ...

    @abstractmethod
    def _deliver(self, frame: bytes) -> None: ...

    def _socket_failed(self, error: OSError) -> None:
        self.protocol.trouble(f"{self.nic.name}: {error.strerror or error}")
        if error.errno not in _PASSING:
            self.stopListening()  # the next check of the interfaces opens it again


def system_text(error: OSError) -> str:
    """Return the system's text, with a hint if a privilege is missing."""
    text = error.strerror or str(error)
    hint = " (raw sockets and ports below 1024 need root or a capability)"
    return text + hint if error.errno in _FORBIDDEN else text
