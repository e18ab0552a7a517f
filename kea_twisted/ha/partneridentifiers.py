"""The server identifiers of the partner: REQUESTs that name one are answered by the server that serves its clients.

A client that holds an OFFER of a server that has died since names that server (RFC 2131 section 4.3.2). Any ACK ends
its wait; without one it repeats the REQUEST for seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.wire.address import address_number

MOST: Final = 256
"""The number of identifiers that are kept for a partner."""

LOOPBACK: Final = 127
"""The first byte of addresses that no other host reaches."""

_MULTICAST: Final = 224  # the first byte of multicast, reserved and broadcast addresses: from here on


def addresses_of(peer: Peer) -> tuple[int, ...]:
    """Return the address of a peer's DHCP service: ``dhcp-address``, else the address in its URL."""
    if peer.dhcp_address is not None:
        return (peer.dhcp_address,)
    host = peer.url.host
    return () if peer.url.is_named or ":" in host else (address_number(host),)


class PartnerIdentifiers:
    """The addresses by which clients may name the partner; none if this server does not answer for it.

    The configuration has one. The partner's heartbeats and its answers to probes have more: it has one for each
    interface. Those heard last are kept.
    """

    __slots__ = ("enabled", "known")

    def __init__(self, settings: HaSettings) -> None:
        wanted = settings.one_server_identifier
        self.enabled: bool = settings.has_partner and (settings.watch.enabled if wanted is None else wanted)
        self.known: dict[int, None] = dict.fromkeys(addresses_of(settings.partner)) if self.enabled else {}

    def learn(self, addresses: Iterable[int]) -> None:
        """Add addresses that the partner uses; those that no server can have are ignored."""
        if not self.enabled:
            return
        fresh = [address for address in addresses if address not in self.known and _is_usable(address)]
        if fresh:
            self.known = dict.fromkeys((*fresh, *self.known)[:MOST])

    def holds(self, option: bytes | None) -> bool:
        """Return True if the payload of option 54 names the partner."""
        return option is not None and int.from_bytes(option, "big") in self.known


def _is_usable(address: int) -> bool:
    first = address >> 24
    return 0 < first < _MULTICAST and first != LOOPBACK
