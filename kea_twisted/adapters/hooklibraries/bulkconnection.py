"""The TCP side of bulk leasequery: connections of requesters, and what each of them may cost.

A message is a DHCPv4 message behind two bytes with its length (RFC 6926 section 6.1). Answers are made in slices, one
slice in a reactor turn whatever the number of connections, and only as fast as the requester reads them: the kernel's
buffer and one slice is all that waits for it. Queries beyond those that are answered at a time are not read.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import Int16StringReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted.adapters.log.sparing import SparingLog
from kea_twisted.adapters.system.turns import Turns
from kea_twisted.engine.trace import packet_text
from kea_twisted.errors import MalformedPacket
from kea_twisted.interfaces import Clock, Log, Timer
from kea_twisted.libraries.lease_query import messages as M
from kea_twisted.libraries.lease_query.answers import query_label
from kea_twisted.libraries.lease_query.bulk import BulkQuery
from kea_twisted.libraries.lease_query.parameters import BulkSettings
from kea_twisted.libraries.lease_query.queries import kind_of
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import BULKLEASEQUERY, TYPE_NAMES
from kea_twisted.wire.message import Message, encode

LARGEST_SLICE: Final = 200
"""The most leases that are reported in one reactor turn, which takes about five milliseconds."""

_failures = Logger()


class BulkService(Protocol):
    """The library, as its connections see it."""

    @property
    def log(self) -> Log:
        """The log."""

    @property
    def timers(self) -> Clock:
        """Timers."""

    @property
    def bulk(self) -> BulkSettings:
        """The parameters."""

    @property
    def requesters(self) -> frozenset[int]:
        """The addresses that may connect."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def read(self, payload: bytes) -> Message:
        """Return the message. Raises MalformedPacket."""

    def begin(self, query: Message) -> BulkQuery:
        """Begin to answer a query."""


class Connections(Factory):
    """The connections of all requesters."""

    noisy = False

    def __init__(self, service: BulkService) -> None:
        self.service = service
        self.turns = Turns(service.timers)
        self.open: set[Connection] = set()
        self.sparing = SparingLog(service.log, service.timers, M.WITHHELD)

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        """Return the connection of a requester that may have one more."""
        peer = str(getattr(addr, "host", ""))
        reason = self._refusal(peer)
        if reason:
            self.sparing.emit(peer, M.REJECTED, peer, reason)
            return None
        connection = Connection(self, peer)
        self.open.add(connection)
        return connection

    def close(self) -> None:
        """Close all of them."""
        for connection in tuple(self.open):
            connection.abort()

    def _refusal(self, peer: str) -> str:
        """Return why a host may not connect; the last free slot is for a requester that has none yet, as in Kea."""
        service = self.service
        try:
            if address_number(peer) not in service.requesters:
                return "not a valid requester"
        except ValueError:
            return "not a valid requester"
        most, used = service.bulk.connections, len(self.open)
        if used >= most:
            return "too many connections"
        if used < most - 1 or most <= 1 or len(service.requesters) <= 1:
            return ""
        if sum(each.peer == peer for each in self.open) < used:
            return ""
        return "last free slot reserved for another requester"


@implementer(IPushProducer)
class Answers:
    """The answers of one connection, made while the requester reads them."""

    def __init__(self, connection: Connection, turns: Turns) -> None:
        self.queries: deque[BulkQuery] = deque()
        self._connection = connection
        self._turns = turns
        self._is_paused = self._is_stopped = False
        self._turn: Deferred[None] | None = None

    def add(self, query: BulkQuery) -> None:
        """Answer one more query, in turns with the others."""
        self.queries.append(query)
        self._schedule()

    def pauseProducing(self) -> None:
        """Wait: the requester does not read as fast as answers are made."""
        self._is_paused = True

    def resumeProducing(self) -> None:
        """Go on."""
        self._is_paused = False
        self._schedule()

    def stopProducing(self) -> None:
        """End: the connection is closed."""
        self._is_stopped = True
        self.queries.clear()

    def _schedule(self) -> None:
        if self._turn is None and self.queries and not self._is_paused and not self._is_stopped:
            self._turn = self._turns.wait().addCallback(self._go_on).addErrback(self._connection.broken)

    def _go_on(self, _: None) -> None:
        self._turn = None
        if self._is_paused or self._is_stopped or not self.queries:
            return
        query = self.queries.popleft()
        if query.is_ready():
            self._connection.answer(query)
        if not query.is_done:
            self.queries.append(query)
        else:
            self._connection.start_next()
        self._schedule()


class Connection(Int16StringReceiver):
    """The connection of one requester."""

    transport: Any
    _is_ended = False

    def __init__(self, connections: Connections, peer: str) -> None:
        self.peer = peer
        self._connections = connections
        self._service = connections.service
        self._waiting: deque[Message] = deque()
        self._answers: Answers | None = None
        self._idle: Timer | None = None
        self._is_reading = True

    def connectionMade(self) -> None:
        """Wait for queries."""
        self._answers = Answers(self, self._connections.turns)
        self.transport.registerProducer(self._answers, True)
        self._idle = self._service.timers.callLater(self._service.bulk.idle_seconds, self.abort)

    def dataReceived(self, data: bytes) -> None:
        """Take bytes of queries."""
        self._moved()
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def stringReceived(self, string: bytes) -> None:
        """Take a query: answer it, or let it wait until others were answered."""
        if self._is_ended:
            return
        query = self._read(string)
        if query is None:
            self._end()
            return
        if M.BULK_RECEIVED in self._service.log.enabled:
            self._service.log.emit(M.BULK_RECEIVED, self.peer, packet_text(query, 0, 0, query.giaddr, 0))
        if self._is_known(query.xid):
            self._connections.sparing.emit(self.peer, M.DUPLICATE, self.peer, query.xid)
        elif self._waiting or self._number() >= self._service.bulk.queries:
            if M.QUEUED in self._service.log.enabled:
                self._service.log.emit(M.QUEUED, self.peer, query_label(query), self._service.bulk.queries)
            self._waiting.append(query)
            self._read_while_room()
        else:
            self._start(query)

    def answer(self, query: BulkQuery) -> None:
        """Send what there is to tell about the next leases."""
        self._moved()
        found = query.answer(min(self._service.bulk.page, LARGEST_SLICE), int(self._service.now()))
        parts: list[bytes] = []
        for message in found:
            payload = encode(message).rstrip(b"\0")  # the length of BOOTP is for UDP
            parts += (len(payload).to_bytes(2, "big"), payload)
            if M.BULK_SENT in self._service.log.enabled:
                self._service.log.emit(M.BULK_SENT, self.peer, packet_text(message, 0, 0, 0, 0))
        self.transport.write(b"".join(parts))

    def start_next(self) -> None:
        """Begin with queries that wait, as many as may be answered at a time."""
        while self._waiting and self._number() < self._service.bulk.queries:
            query = self._waiting.popleft()
            if M.DEQUEUED in self._service.log.enabled:
                self._service.log.emit(M.DEQUEUED, self.peer, query_label(query))
            self._start(query)
        self._read_while_room()

    def abort(self) -> None:
        """Close at once, whatever was not sent."""
        self.transport.abortConnection()

    def broken(self, failure: Failure) -> None:
        """Close: an answer cannot be made. The requester sees that it has not got all."""
        _failures.failure("a bulk leasequery of {peer} was not answered", failure, peer=self.peer)
        self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the queries."""
        self._connections.open.discard(self)
        self._waiting.clear()
        if self._answers is not None:
            self._answers.stopProducing()
        if self._idle is not None and self._idle.active():
            self._idle.cancel()

    def _start(self, query: Message) -> None:
        if self._answers is not None:
            self._answers.add(self._service.begin(query))

    def _read(self, payload: bytes) -> Message | None:
        """Return the query; None, logged, if it is none."""
        sparing = self._connections.sparing
        if not payload:
            sparing.emit(self.peer, M.EMPTY, self.peer)
            return None
        try:
            query = self._service.read(payload)
        except MalformedPacket as error:
            sparing.emit(self.peer, M.UNPACK_ERROR, self.peer, error)
            return None
        if kind_of(query) != BULKLEASEQUERY:
            sparing.emit(self.peer, M.WRONG_TYPE, self.peer, TYPE_NAMES.get(kind_of(query), "UNKNOWN"))
            return None
        return query

    def _end(self) -> None:
        """Close: what a requester sends cannot be read. What was sent before leaves."""
        self._is_ended = True
        if self._answers is not None:
            self._answers.stopProducing()
        self._waiting.clear()
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _read_while_room(self) -> None:
        """Read no more while as many queries wait as are answered at a time."""
        has_room = len(self._waiting) < self._service.bulk.queries
        if has_room is not self._is_reading:
            self._is_reading = has_room
            if has_room:
                self.resumeProducing()  # type: ignore[no-untyped-call]
            else:
                self.pauseProducing()  # type: ignore[no-untyped-call]

    def _number(self) -> int:
        return len(self._answers.queries) if self._answers is not None else 0

    def _is_known(self, xid: int) -> bool:
        queries = self._answers.queries if self._answers is not None else ()
        return any(each.query.xid == xid for each in queries) or any(each.xid == xid for each in self._waiting)

    def _moved(self) -> None:
        """Count the idle time anew."""
        if self._idle is not None and self._idle.active():
            self._idle.reset(self._service.bulk.idle_seconds)
