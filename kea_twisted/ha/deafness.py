"""Deafness of some of several interfaces: the partner takes over where that leaves no client worse off.

Each server tells the other one the addresses of the interfaces that receive queries. One with a deaf interface leaves
all clients to its partner if that one hears a subnet of the deaf interface, and all that this server still hears.
So of two that are deaf on different interfaces, or on the same one as after the failure of a switch, none yields.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

from kea_twisted.ha.states import State
from kea_twisted.ha.subnetlists import range_of
from kea_twisted.ha.transitions import NORMAL
from kea_twisted.wire.address import address_text

SETTLING: Final = 0.3
"""Seconds for which an interface has to be deaf before the partner is asked: it may lose the same network just now."""

AGAIN: Final = 10.0
"""Seconds for which a partner that was as deaf meanwhile has to hear more to be asked again; doubled each time."""

LONGEST: Final = 300.0
"""The most of these."""


class PartnerView(Protocol):
    """The partner as its heartbeats describe it. ``partner_addresses`` are those of the interfaces that it hears."""

    @property
    def partner_state(self) -> State | None:
        """None: nothing was heard yet."""

    @property
    def partner_ours(self) -> bool:
        """True if it is not a Kea."""

    @property
    def partner_addresses(self) -> Sequence[int]:
        """The addresses of its DHCP service."""


class OwnSubnets(Protocol):
    """The subnets of this server."""

    @property
    def own(self) -> Mapping[int, str]:
        """Their prefixes, by id."""


class Deafness:
    """``reason`` tells why this server leaves its clients to its partner although some of its interfaces work.

    ``heard`` and ``deaf`` give the addresses of the interfaces that receive queries, and of those that do not.
    """

    def __init__(
        self,
        link: PartnerView,
        subnets: OwnSubnets,
        heard: Callable[[], Sequence[int]],
        deaf: Callable[[], Sequence[int]],
    ) -> None:
        self._link = link
        self._subnets = subnets
        self._heard = heard
        self._deaf = deaf
        self.reason: str = ""
        self._hears_all()

    def _hears_all(self) -> None:
        self.since: float | None = None  # an interface is deaf since then
        self.reason = ""
        self._in_vain = False  # the partner did not take the clients over
        self._better_since = float("-inf")  # the partner hears more since then
        self._pause = 0.0  # so long it has to

    def partner_asked(self, asked_at: float, shares: bool, held: bool, now: float) -> bool:
        """Decide after a heartbeat that was sent at ``asked_at``; return True if the next one is to follow soon.

        ``shares``: this server is in normal operation and serves clients, which the partner takes over if it may. A
        standby serves none that it could leave. ``held``: it has left them to the partner, for whatever reason, which
        serves them as far as that is known.
        """
        deaf = self._deaf()
        if not deaf:
            self._hears_all()
            return False
        if self.since is None:
            self.since = now
        settled = asked_at >= self.since + SETTLING
        partner, link = self._link.partner_state, self._link
        if held and partner is State.UNAVAILABLE:
            return not settled  # its last words count
        better = self._better_heard(deaf, self._heard(), link.partner_addresses) if link.partner_ours else ""
        if not better:
            self._better_since = now
        if self.reason and not held:
            self.take_back()
        elif held:
            if self.reason and not better:
                self._pause = min(2 * self._pause or AGAIN, LONGEST)
            self.reason = better
        elif settled and shares and partner in NORMAL and not self._in_vain:
            self.reason = better if now - self._better_since >= self._pause else ""
        return not settled

    def take_back(self) -> None:
        """The partner does not serve the clients that were left to it."""
        if self.reason:
            self.reason, self._in_vain = "", self._link.partner_state in NORMAL

    def _better_heard(self, deaf: Collection[int], heard: Collection[int], theirs: Collection[int]) -> str:
        """Return which addresses the partner hears beyond this server's, "" if it is none or lacks one of these."""
        found: list[int] = []
        for prefix in self._subnets.own.values():
            first, last = range_of(prefix)
            ours = [address for address in heard if first <= address <= last]
            lost = [address for address in deaf if first <= address <= last]
            if not ours and not lost:
                continue
            if any(first <= address <= last for address in theirs):
                found += [] if ours else lost
            elif ours:
                return ""
        addresses = ", ".join(address_text(address) for address in sorted(set(found)))
        return f"the interface with {addresses} receives nothing" if found else ""
