"""Bulk leasequery (RFC 6926): the answers to one query, some at a time.

As in Kea, queries are about a client identifier, a hardware address, a relay identifier or a remote identifier, and
active leases are reported; all configured addresses, states of leases and VPNs are not supported.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from struct import Struct
from typing import Final, NamedTuple

from kea_twisted.config.model import Subnet
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.libraries.lease_query import answers
from kea_twisted.libraries.lease_query.relayindex import RelayIndex
from kea_twisted.wire.constants import (
    AGENT_RELAY_ID,
    AGENT_REMOTE_ID,
    LEASEACTIVE,
    LEASEQUERYDONE,
    OPT_AGENT_OPTIONS,
    OPT_BASE_TIME,
    OPT_CLIENT_IDENTIFIER,
    OPT_QUERY_END_TIME,
    OPT_QUERY_START_TIME,
    OPT_SERVER_IDENTIFIER,
    OPT_STATUS_CODE,
    OPT_VSS,
)
from kea_twisted.wire.message import Message
from kea_twisted.wire.options import unpack_suboptions

FAILED: Final = 1  # RFC 6926 section 6.2.2
MALFORMED: Final = 3
NOT_ALLOWED: Final = 4
_U32: Final = Struct("!I").pack
_MAX_TIME: Final = 0x7FFFFFFF

NextAddresses = Callable[[int, int], list[int]]
"""Returns up to so many addresses (the second argument) above one (the first), ascending."""


class Status(Exception):
    """A query that is answered with nothing but a status."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Period(NamedTuple):
    """The time in which clients were heard last, both ends included; 0: no bound."""

    start: int
    end: int

    def covers(self, moment: int) -> bool:
        """Return True for a moment in it."""
        return not ((self.start and moment < self.start) or (self.end and moment > self.end))


class Leases(NamedTuple):
    """The leases, and what is needed to tell about them. ``identifier`` is the one of the server."""

    store: LeaseStore
    relays: RelayIndex
    subnets: dict[int, Subnet]
    identifier: bytes


class BulkQuery:
    """One query and how far it was answered."""

    def __init__(self, query: Message, leases: Leases) -> None:
        self.query = query
        self.is_done = False
        self._leases = leases
        self._after = -1
        self._is_first = True
        self._status: Status | None = None
        self._needs_index = False
        self._period = Period(0, 0)
        try:
            self._period = _period(query)
            self._next = self._search()
        except Status as status:
            self._status = status

    def is_ready(self) -> bool:
        """Return False while the leases that are asked for are not all known, but may become so."""
        relays = self._leases.relays
        return not self._needs_index or relays.is_complete or relays.is_broken

    def answer(self, limit: int, now: int) -> list[Message]:
        """Return answers about the next leases, no more than ``limit`` being looked at; the last one ends the query."""
        found: list[Message] = []
        if self._needs_index and self._leases.relays.is_broken:
            self._status = Status(FAILED, "the leases of relays could not be read; see the log of the server")
        if self._status is None:
            addresses = self._next(self._after, limit)
            for address in addresses:
                lease = self._leases.store.get(address)
                if lease is not None and self._period.covers(lease.cltt) and answers.is_active(lease, now):
                    found += self._about(lease, now)
            if len(addresses) == limit:
                self._after = addresses[-1]
                return found
        self.is_done = True
        found.append(self._signed(answers.reply(LEASEQUERYDONE, self.query.xid, self._status_option())))
        return found

    def _about(self, lease: Lease, now: int) -> list[Message]:
        subnet = self._leases.subnets.get(lease.subnet_id)
        if subnet is None:
            return []
        options = {**answers.lease_options(lease, subnet, now), OPT_BASE_TIME: _U32(now)}
        try:
            agent = answers.relay_options(lease)
        except ValueError:  # a lease whose context was spoilt by hand is reported without it
            agent = None
        if agent is not None:
            options[OPT_AGENT_OPTIONS] = agent
        return [self._signed(answers.about(answers.reply(LEASEACTIVE, self.query.xid, options), lease))]

    def _signed(self, message: Message) -> Message:
        """Return the message with the server identifier, if it is the first answer."""
        if not self._is_first:
            return message
        self._is_first = False
        options = {**message.options, OPT_SERVER_IDENTIFIER: self._leases.identifier}
        return message._replace(options=dict(sorted(options.items())))

    def _status_option(self) -> dict[int, bytes]:
        if self._status is None:
            return {}
        return {OPT_STATUS_CODE: bytes((self._status.code,)) + str(self._status).encode()}

    def _search(self) -> NextAddresses:
        """Return the search for what is asked. Raises Status."""
        query, leases = self.query, self._leases
        identifier = query.options.get(OPT_CLIENT_IDENTIFIER)
        agent = unpack_suboptions(query.options.get(OPT_AGENT_OPTIONS, b""))
        relay_id, remote_id = agent.get(AGENT_RELAY_ID), agent.get(AGENT_REMOTE_ID)
        if OPT_VSS in query.options:
            raise Status(NOT_ALLOWED, "VPNs are not supported")
        by_hwaddr = bool(query.htype or query.chaddr)
        asked = (identifier is not None) + by_hwaddr + (relay_id is not None) + (remote_id is not None)
        if not asked:
            raise Status(NOT_ALLOWED, "query for all configured addresses is not supported")
        if asked > 1:
            raise Status(MALFORMED, "multiple queries")
        if identifier is not None:
            return _search_in([lease.address for lease in leases.store.by_client_id(identifier)])
        if by_hwaddr:
            return _search_in([lease.address for lease in leases.store.by_hwaddr(query.chaddr)])
        self._needs_index = True
        if relay_id is not None:
            return lambda after, limit: leases.relays.by_relay_id.after(relay_id, after, limit)
        assert remote_id is not None
        return lambda after, limit: leases.relays.by_remote_id.after(remote_id, after, limit)


def _search_in(addresses: list[int]) -> NextAddresses:
    def search(after: int, limit: int) -> list[int]:
        start = bisect_right(addresses, after)
        return addresses[start : start + limit]

    return search


def _period(query: Message) -> Period:
    """Check the addresses and the options of a query; return its period. Raises Status."""
    for name in ("ciaddr", "yiaddr", "siaddr"):
        if getattr(query, name):
            raise Status(MALFORMED, f"{name} must be zero")
    _check_identifiers(query)
    start = _time(query, OPT_QUERY_START_TIME, "query-start-time")
    end = _time(query, OPT_QUERY_END_TIME, "query-end-time")
    if start and end and start > end:
        raise Status(MALFORMED, "query-start-time > query-end-time")
    return Period(start, end)


def _check_identifiers(query: Message) -> None:
    """Raise Status for an identifier that identifies nothing."""
    identifier = query.options.get(OPT_CLIENT_IDENTIFIER)
    if identifier is not None:
        try:
            answers.check_client_id(identifier)
        except ValueError:
            raise Status(MALFORMED, "bad client id option") from None
    agent = unpack_suboptions(query.options.get(OPT_AGENT_OPTIONS, b""))
    for code, name in ((AGENT_RELAY_ID, "relay"), (AGENT_REMOTE_ID, "remote")):
        if agent.get(code) == b"":
            raise Status(MALFORMED, f"empty {name} id option")


def _time(query: Message, code: int, name: str) -> int:
    data = query.options.get(code)
    if data is None:
        return 0
    moment = int.from_bytes(data[:4], "big")
    if moment > _MAX_TIME:
        raise Status(MALFORMED, f"illegal '{name}'")
    return moment
