"""The order of lease updates: those of one address go to one peer one after the other.

Over several connections a newer one could overtake.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Final, TypeAlias

from kea_twisted.ha.delivery import Delivery
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.settings import HaSettings, Peer
from kea_twisted.ha.unconfirmed import UnconfirmedUpdate

BUSY_RETRIES: Final = 3
"""The repetitions of an update while a thread of a Kea partner holds the address (``ResourceBusy``)."""

WATCHED_TIMEOUT: Final = 2.5
"""Seconds that a watched partner has for an update; then it is sent again, as soon as heartbeats are answered."""

Answered: TypeAlias = Callable[[Peer, UnconfirmedUpdate, Reply, bool, float], None]
"""Gets an update with its reply, True if no other update of its address follows, and the time."""


class Lanes:
    """The updates that are under way to each peer, by address, and behind each the later ones of its address."""

    def __init__(self, settings: HaSettings, outbox: Outbox, answered: Answered) -> None:
        self._answered = answered
        partner = settings.partner if settings.has_partner else None
        watched = partner if settings.watch.enabled else None
        self._lanes: dict[str, dict[int, deque[UnconfirmedUpdate]]] = {peer.name: {} for peer in settings.peers}
        self._ways: dict[str, Delivery[UnconfirmedUpdate]] = {
            peer.name: Delivery(
                peer.name,
                outbox,
                partial(self._take_answer, peer),
                WATCHED_TIMEOUT if peer is watched else REQUEST_TIMEOUT,
            )
            for peer in settings.peers
        }

    def send(self, peer: Peer, update: UnconfirmedUpdate) -> None:
        """Send an update when those of its address that were sent before are answered."""
        lanes = self._lanes[peer.name]
        lane = lanes.get(update.address)
        if lane is None:
            lanes[update.address] = deque((update,))
            self._ways[peer.name].send(update)
        else:
            lane.append(update)

    def addresses(self, peer: Peer) -> Collection[int]:
        """Return the addresses of which updates to this peer are under way."""
        return self._lanes[peer.name].keys()

    def under_way(self, peer: Peer, address: int) -> Collection[UnconfirmedUpdate]:
        """Return the updates of an address to this peer, the last one sent at the end."""
        return self._lanes[peer.name].get(address, ())

    def last(self, peer: Peer, address: int) -> UnconfirmedUpdate | None:
        """Return the latest update of an address that is under way to this peer."""
        lane = self._lanes[peer.name].get(address)
        return lane[-1] if lane else None

    def get_to_know(self, peer: Peer) -> None:
        """Find out now which commands the peer supports."""
        self._ways[peer.name].get_to_know()

    def takes_groups(self, peer: Peer) -> bool:
        """Return True if the peer is known to take many updates in a request."""
        return self._ways[peer.name].takes_groups

    def is_kea(self, peer: Peer) -> bool:
        """Return True if the peer is known not to be of our own kind."""
        return self._ways[peer.name].is_kea

    def _take_answer(self, peer: Peer, update: UnconfirmedUpdate, reply: Reply, now: float) -> None:
        if update.tries <= BUSY_RETRIES and is_busy(reply):
            update.tries += 1
            self._ways[peer.name].send(update)
            return
        lanes = self._lanes[peer.name]
        lane = lanes[update.address]
        lane.popleft()
        if lane:
            self._ways[peer.name].send(lane[0])
        else:
            del lanes[update.address]
        self._answered(peer, update, reply, not lane, now)


def is_busy(reply: Reply) -> bool:
    """Return True if a thread of a Kea held the address of an update."""
    return reply.kind is Kind.CONFLICT and reply.text.startswith("ResourceBusy")


def is_waited_for(updates: Iterable[UnconfirmedUpdate]) -> bool:
    """Return True if a client still waits for each of these updates of an address, so that nothing is promised."""
    updates = list(updates)
    return bool(updates) and all(any(ticket.left > 0 for ticket in update.tickets) for update in updates)
