"""The recent past of a relationship: the steps of both servers, each with its reason, for people who look later."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.states import State
from kea_twisted.ha.transitions import Guard, Row
from kea_twisted.lease.lease import Lease

MOST: Final = 200
"""Steps that are kept."""


class Step(NamedTuple):
    """One step of a server from one state to the next; ``at`` is seconds since the epoch."""

    at: float
    server: str
    before: str
    after: str
    reason: str


class Span(NamedTuple):
    """The time from ``since``, in seconds since the epoch, in which this server served the same scopes."""

    since: float
    scopes: frozenset[str]


class History:
    """The steps of this server, the states in which its partner was heard to be, and the scopes served since when."""

    def __init__(self, server: str, partner: str, now: float) -> None:
        self.steps: deque[Step] = deque(maxlen=MOST)
        self.count = 0  # of all steps so far
        self.since = now
        self.partner_since = now
        self._server = server
        self._partner = partner
        self._spans: deque[Span] = deque(maxlen=MOST)

    def own_step(self, before: str, after: str, reason: str, now: float) -> None:
        """Take note of a step of this server."""
        self.since = now
        self._add(Step(now, self._server, before, after, reason))

    def partner_step(self, before: str, after: str, reason: str, now: float) -> None:
        """Take note that the partner is in another state than before."""
        self.partner_since = now
        self._add(Step(now, self._partner, before, after, reason))

    def serves(self, scopes: Sequence[str], now: float) -> None:
        """Take note of the scopes that this server serves from now on."""
        self._spans.append(Span(now, frozenset(scopes)))

    def served_at(self, when: float) -> frozenset[str] | None:
        """Return the scopes that this server served at that time; None for a time before it started."""
        for span in reversed(self._spans):
            if span.since <= when:
                return span.scopes
        return None

    def gave(self, lease: Lease, scopes: Scopes) -> bool | None:
        """Return True if this server served the client when the lease was given; None if that is not known."""
        served = self.served_at(lease.cltt + 1)  # leases have whole seconds
        if served is None or not served:
            return None if served is None else False
        return scopes.scope_of(lease.client_id or lease.hwaddr) in served

    def _add(self, step: Step) -> None:
        self.count += 1
        self.steps.append(step)


def reason_of(row: Row, partner: State | None, evidence: str) -> str:
    """Return the reason why a row of the state table was taken, in words; ``evidence`` is that about the partner."""
    parts = [] if partner is None or len(row.partner) > len(State) // 2 else [_of_partner(partner)]
    parts += [evidence if guard is Guard.FAILURE_CONFIRMED and evidence else guard.value for guard in row.guards]
    return "; ".join(parts)


def _of_partner(state: State) -> str:
    return "the partner does not answer" if state is State.UNAVAILABLE else f"the partner's state is {state.value}"
