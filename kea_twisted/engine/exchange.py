"""One query on its way through the server, with the results of the steps so far."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kea_twisted.config.hosts import FoundHosts, Host
from kea_twisted.config.model import Subnet, Triplet
from kea_twisted.engine.effects import Query
from kea_twisted.expr import Subject
from kea_twisted.lease.lease import Lease
from kea_twisted.wire import identity
from kea_twisted.wire.constants import (
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    OPT_REQUESTED_ADDRESS,
    OPT_SERVER_IDENTIFIER,
)
from kea_twisted.wire.relay import agent_options

Classes = dict[str, None]
"""Names of classes in the order in which the query got into them."""

_NO_HOSTS: Final[Mapping[int, Host]] = MappingProxyType({})


class Exchange:
    """A query, its client, and the results of the steps so far.

    ``now`` is ``time``, when it came, in whole seconds since the epoch: leases know no fractions. ``type`` is 0 without
    option 53.
    """

    __slots__ = (
        "query",
        "message",
        "type",
        "now",
        "time",
        "hwaddr",
        "client_id",
        "subnet",
        "requested",
        "host",
        "hosts",
        "identifiers",
        "stored",
        "candidate",
        "classes",
        "subject",
        "lifetime",
        "offer_lifetime",
        "stashed",
        "_label",
        "_agent",
    )

    def __init__(self, query: Query, now: float) -> None:
        message = query.message
        options = message.options
        self.query = query
        self.message = message
        kind = options.get(OPT_MESSAGE_TYPE)
        self.type = kind[0] if kind else 0
        self.now = int(now)
        self.time = now
        self.hwaddr = message.chaddr
        self.client_id = options.get(OPT_CLIENT_IDENTIFIER, b"")
        self.subnet: Subnet | None = None
        # The client's reservations by subnet id (0: the global one), and the one that counts in ``subnet``.
        self.hosts: Mapping[int, Host] = _NO_HOSTS
        self.host: Host | None = None
        self.identifiers: tuple[tuple[str, bytes], ...] = ()  # by which the client was looked for
        self.stored: FoundHosts | None = None  # reservations outside of the configuration, when they are looked up
        self.candidate = 0  # the address that waits for such a look-up; -1: all have been read anew
        # Set by the classifier: the classes so far in order, the subject of tests, the lifetime of the classes.
        self.classes: Classes | None = None
        self.subject: Subject | None = None
        self.lifetime: Triplet | None = None
        requested = options.get(OPT_REQUESTED_ADDRESS)
        # The address the client would like: option 50, else the one it says it has.
        self.requested = int.from_bytes(requested, "big") if requested else message.ciaddr
        # Seconds for which an offered address is kept for the client, 0: it is not.
        self.offer_lifetime = 0
        self.stashed = False  # option 82 is not the client's or its relay's, but remembered in its lease
        self._label: str | None = None
        self._agent: dict[int, bytes] | None = None

    @property
    def label(self) -> str:
        """The beginning of log lines about this query."""
        if self._label is None:
            self._label = identity.label(self.message)
        return self._label

    def owns(self, lease: Lease, by_client_id: bool = True) -> bool:
        """Return True if the lease is the client's; without ``by_client_id`` its hardware address decides."""
        client_id = self.client_id if by_client_id else b""
        return lease.belongs_to_sender(self.hwaddr, self.message.htype, client_id)

    @property
    def selects(self) -> bool:
        """True if a DHCPREQUEST accepts an offer (RFC 2131 section 4.3.2: SELECTING)."""
        return OPT_SERVER_IDENTIFIER in self.message.options

    def with_classes(self) -> Query:
        """Return the query for hook libraries: with the classes it is in so far."""
        if self.classes is not None and self.query.classes is not self.classes:
            self.query = self.query._replace(classes=self.classes)
        return self.query

    def replaced(self, query: Query) -> Exchange:
        """Return the exchange of a query that replaces this one. The classes stay, as they do in Kea."""
        made = Exchange(query, self.time)
        if self.classes is not None:
            made.classes = self.classes
            made.subject = Subject(query.message, query.interface.name, query.source, query.destination, self.classes)
        return made

    @property
    def agent(self) -> dict[int, bytes]:
        """The sub-options of option 82."""
        if self._agent is None:
            self._agent = agent_options(self.message)
        return self._agent
