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

PATIENCE: Final = 5.0
"""Seconds after which a partner that still works as one of two does not take over, as one that is paused."""

_SERVING: Final = NORMAL | {State.PARTNER_DOWN}


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
        self._since: float | None = None  # an interface is deaf since then
        self._left_at = 0.0  # the clients were left to the partner
        self._in_vain = False  # the partner did not take them over
        self.reason: str = ""

    def partner_asked(self, asked_at: float, shares: bool, now: float) -> bool:
        """Decide after a heartbeat that was sent at ``asked_at``; return True if the next one is to follow soon.

        ``shares``: this server is in normal operation and serves clients, which the partner takes over if it may. A
        standby serves none that it could leave.
        """
        deaf = self._deaf()
        if not deaf:
            self._since, self.reason, self._in_vain = None, "", False
            return False
        if self._since is None:
            self._since = now
        settled = asked_at >= self._since + SETTLING
        partner, link = self._link.partner_state, self._link
        if not link.partner_ours or partner not in _SERVING:
            self.reason = ""
        elif self.reason and partner in NORMAL and now - self._left_at > PATIENCE:
            self.reason, self._in_vain = "", True
        elif self.reason or (settled and shares and partner in NORMAL and not self._in_vain):
            self._left_at = self._left_at if self.reason else now
            self.reason = self._better_heard(deaf, self._heard(), link.partner_addresses)
        return not settled

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
