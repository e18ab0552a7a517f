"""The input and output of the engine, as values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from kea_twisted.engine.timeline import Timeline
from kea_twisted.hooks.chain import Waiting
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.records import new
from kea_twisted.wire.dhcp4o6 import Envelope
from kea_twisted.wire.message import Message


class Interface(NamedTuple):
    """A network interface the server listens on, as the engine sees it.

    ``envelope``: it is the DHCPv6 server's, which passed on the one query that this is of (RFC 7341).
    """

    name: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which is not needed here
    mac: bytes
    addresses: tuple[int, ...]  # the first one is the source of replies unless the query names another
    mtu: int = 1500  # the longest IP packet that its frames can carry
    envelope: Envelope | None = None


class Query(NamedTuple):
    """A received message and where it came from. ``local`` is this server's address on the interface.

    ``arrived`` is the message as it came, where a hook library put another in its place. ``classes`` are the names of
    those it is in so far, where hook libraries are asked about it. ``timeline`` has its moments, if they are measured.
    """

    message: Message
    interface: Interface
    local: int
    source: int
    destination: int
    source_port: int
    source_mac: bytes  # of the frame; b"" where the socket does not show it
    arrived: Message | None = None
    classes: Collection[str] = ()
    timeline: Timeline | None = None


class Reply(NamedTuple):
    """A datagram to send. ``mac`` set: to that link-layer address; else the network layer finds the way."""

    payload: bytes
    interface: Interface
    source: int
    destination: int
    port: int
    mac: bytes  # b"" = let the network layer find it (broadcast address: link-layer broadcast)


class DnsName(NamedTuple):
    """The name of a client, "" for none, and which of its records this server updates: the name's, the address's."""

    hostname: str
    forward: bool
    reverse: bool


class Decision(NamedTuple):
    """The decision about one query: the leases that changed (in the table already) and the reply.

    ``lease`` is the lease the reply confirms (None for an OFFER, a NAK or an INFORM); ``reused`` says that it
    was confirmed as it was, without a change (Kea's lease cache). ``draft`` makes the reply where that is still to
    be done: ``completed`` does it, when all queries of a turn are decided about. Work of one kind in a row costs less.
    ``names`` are the leases whose names are added to the DNS, or removed, when the changes are on disk.
    """

    query: Query
    reply: Reply | None
    changes: tuple[Change, ...] = ()
    lease: Lease | None = None
    reused: bool = False
    draft: Callable[[], Reply | None] | None = None
    names: tuple[Change, ...] = ()


class Parked(NamedTuple):
    """A query that waits in a step for a hook library: ``Server.resume`` continues with it.

    ``waiting.awaitable`` is the awaitable of its result. ``exchange``, ``then`` and ``next_step`` are the server's own:
    ``then`` makes of the result an Outcome, or the exchange that continues with the step of that number.
    """

    query: Query
    waiting: Waiting
    exchange: Any
    then: Callable[[object], object]
    next_step: int = 0


Outcome = Decision | Parked | None
"""The end of a query's steps: None is silence, counted and logged where it occurred."""


def completed(decision: Decision) -> Decision:
    """Return the decision with its reply."""
    query, _, changes, lease, reused, draft, names = decision
    return decision if draft is None else new(Decision, (query, draft(), changes, lease, reused, None, names))
