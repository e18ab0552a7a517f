"""Leasequery (RFC 4388): the answer to a query about an address, a hardware address or a client identifier."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Final, NamedTuple

from kea_twisted.config.model import Settings, Subnet
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.libraries.lease_query import answers
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import (
    LEASEACTIVE,
    LEASEUNASSIGNED,
    LEASEUNKNOWN,
    OPT_AGENT_OPTIONS,
    OPT_ASSOCIATED_IP,
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    OPT_SERVER_IDENTIFIER,
)
from kea_twisted.wire.identity import hwaddr_text
from kea_twisted.wire.message import Message

VIOLATION: Final = "pkt4-rfc-violation"
FILTERED: Final = "pkt4-admin-filtered"
FOREIGN: Final = "pkt4-not-for-us"
FAILED: Final = "pkt4-processing-failed"


class QueryRefused(ValueError):
    """The requester's fault: a query that gets no answer; the text says why, ``statistic`` counts it."""

    def __init__(self, text: str, statistic: str) -> None:
        super().__init__(text)
        self.statistic = statistic


class Ranges:
    """The addresses of pools, to be found fast in any number of them."""

    def __init__(self, pools: Iterable[tuple[int, int]]) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in sorted(pools):
            if self._lasts and first <= self._lasts[-1]:
                self._lasts[-1] = max(last, self._lasts[-1])
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def __contains__(self, address: int) -> bool:
        place = bisect_right(self._firsts, address) - 1
        return place >= 0 and address <= self._lasts[place]


class Known(NamedTuple):
    """The part of a configuration that answers depend on. ``identifiers`` are the configured server identifiers."""

    subnets: dict[int, Subnet]
    pools: Ranges
    identifiers: frozenset[bytes]
    global_identifier: bytes | None

    @classmethod
    def of(cls, settings: Settings) -> Known:
        """Return the part of this configuration."""
        of_all = settings.options.by_code.get(OPT_SERVER_IDENTIFIER)
        found = {subnet.options.by_code.get(OPT_SERVER_IDENTIFIER) for subnet in settings.subnets} | {of_all}
        return cls(
            {subnet.id: subnet for subnet in settings.subnets},
            Ranges((pool.first, pool.last) for subnet in settings.subnets for pool in subnet.pools),
            frozenset(identifier for identifier in found if identifier is not None),
            of_all,
        )


class Responder:
    """Answers leasequeries of ``requesters`` from ``store``."""

    def __init__(self, requesters: frozenset[int], store: LeaseStore, known: Known) -> None:
        self.requesters = requesters
        self._store = store
        self._known = known

    def respond(self, query: Message, local: int, listened: Collection[int], now: int) -> Message:
        """Return the answer. ``local`` is this server's address for the query. Raises QueryRefused, or ValueError.

        ``listened`` are the addresses that this server listens on.
        """
        self._check(query, listened)
        kind, leases = self._find(query, now)
        options = {}
        if OPT_SERVER_IDENTIFIER in query.options:
            options[OPT_SERVER_IDENTIFIER] = query.options[OPT_SERVER_IDENTIFIER]
        if not leases:
            options.setdefault(OPT_SERVER_IDENTIFIER, self._identifier(None, None, local))
            if OPT_CLIENT_IDENTIFIER in query.options:
                options[OPT_CLIENT_IDENTIFIER] = query.options[OPT_CLIENT_IDENTIFIER]
            found = answers.reply(kind, query.xid, options)
            return found._replace(
                ciaddr=query.ciaddr, htype=query.htype, chaddr=query.chaddr, giaddr=query.giaddr
            )  # fmt: skip
        newest = leases[0]
        options = {**self._about(newest, local, now), **options}
        others = [lease.address for lease in leases[1:]]
        if others:
            options[OPT_ASSOCIATED_IP] = b"".join([address.to_bytes(4, "big") for address in others])
        return answers.about(answers.reply(kind, query.xid, options), newest)._replace(giaddr=query.giaddr)

    def _check(self, query: Message, listened: Collection[int]) -> None:
        if not query.giaddr:
            raise QueryRefused("giaddr cannot be 0.0.0.0", VIOLATION)
        requester = address_text(query.giaddr)
        if query.giaddr not in self.requesters:
            raise QueryRefused(f"rejecting query from unauthorized requester: {requester}", FILTERED)
        identifier = query.options.get(OPT_SERVER_IDENTIFIER)
        if identifier is None:
            return
        number = int.from_bytes(identifier, "big")
        if not number or (number not in listened and identifier not in self._known.identifiers):
            text = f"type=054, len={len(identifier):03}: {address_text(number)} (ipv4-address)"
            text = f"rejecting query from: {requester}, unknown server-id: {text}"
            raise QueryRefused(text, FOREIGN if number else VIOLATION)

    def _find(self, query: Message, now: int) -> tuple[int, list[Lease]]:
        """Return the type of the answer and the active leases, the latest first."""
        identifier = query.options.get(OPT_CLIENT_IDENTIFIER)
        if identifier is not None:
            answers.check_client_id(identifier)
        asked = (bool(query.ciaddr), bool(query.htype or query.chaddr), identifier is not None)
        if asked == (True, False, False):
            return self._by_address(query.ciaddr, now)
        if asked == (False, True, False):
            return self._active(self._store.by_hwaddr(query.chaddr), now)
        if identifier is not None and asked == (False, False, True):
            return self._active(self._store.by_client_id(identifier), now)
        raise QueryRefused(
            f"malformed lease query: ciaddr: [{address_text(query.ciaddr)}] HWAddr: [{hwaddr_text(query)}] "
            f"Client id: [{(identifier or b'').hex(':')}]",
            VIOLATION,
        )

    def _by_address(self, address: int, now: int) -> tuple[int, list[Lease]]:
        lease = self._store.get(address)
        if lease is not None and answers.is_active(lease, now):
            return LEASEACTIVE, [lease]
        return (LEASEUNASSIGNED if lease is not None or address in self._known.pools else LEASEUNKNOWN), []

    def _active(self, leases: Iterable[Lease], now: int) -> tuple[int, list[Lease]]:
        found = sorted([lease for lease in leases if answers.is_active(lease, now)], key=_CLTT, reverse=True)
        return (LEASEACTIVE if found else LEASEUNKNOWN), found

    def _about(self, lease: Lease, local: int, now: int) -> dict[int, bytes]:
        subnet = self._known.subnets.get(lease.subnet_id)
        if subnet is None:
            raise ValueError(f"subnet_id: {lease.subnet_id} does not exist!")
        options = answers.lease_options(lease, subnet, now)
        try:
            agent = answers.relay_options(lease)
        except ValueError as error:
            raise ValueError(f"Error creating relay-agent-info option: {error}") from error
        if agent is not None:
            options[OPT_AGENT_OPTIONS] = agent
        options[OPT_SERVER_IDENTIFIER] = self._identifier(subnet, lease, local)
        return options

    def _identifier(self, subnet: Subnet | None, lease: Lease | None, local: int) -> bytes:
        """Return the configured server identifier, of the pool, the subnet or all; else the address asked."""
        found = self._known.global_identifier
        if subnet is not None and lease is not None:
            pool = next((pool for pool in subnet.pools if lease.address in pool), None)
            options = pool.options if pool is not None else subnet.options
            found = options.by_code.get(OPT_SERVER_IDENTIFIER)
        return local.to_bytes(4, "big") if found is None else found


_CLTT: Final = attrgetter("cltt")


def kind_of(message: Message) -> int:
    """Return the type of a message, 0 for one without."""
    return message.options.get(OPT_MESSAGE_TYPE, b"\0")[0]
