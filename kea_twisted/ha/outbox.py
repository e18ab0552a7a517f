"""The effects that the relationship asks for, as values, and the answers that are waited for.

The parts of a relationship put their wishes here; the relationship's methods hand them out as effects; the
driver comes back with the number of the effect and its outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple, TypeAlias

from kea_twisted.engine.leases import LeaseTable
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.messages import Command, Reply
from kea_twisted.ha.missingleases import MissingLeases
from kea_twisted.ha.rows import of_subnets
from kea_twisted.lease.lease import Change


class Send(NamedTuple):
    """Ask a peer; then ``Relationship.answered`` or ``failed`` with the token."""

    token: int
    peer: str
    command: Command
    timeout: float  # seconds


class Apply(NamedTuple):
    """Take leases (JSON maps) into the table where they are newer; then ``applied`` with the token."""

    token: int
    items: list[Any]
    lacking: MissingLeases  # compares the partner's leases with this server's, part by part
    last: bool  # no further part follows


class ApplyRows(NamedTuple):
    """The same with rows of the lease file, each with its line feed."""

    token: int
    rows: str
    lacking: MissingLeases
    last: bool


class Probe(NamedTuple):
    """Find out whether a peer's DHCP service answers; then ``Relationship.probed`` with the token."""

    token: int
    peer: str


Commit: TypeAlias = Callable[[Sequence[Change]], Any]
"""Writes changes that are in the table already to the lease storage, as ``commands.context.Context.commit``."""


class Work(NamedTuple):
    """Call ``do`` with the lease table and ``Commit`` in a reactor turn of its own; then ``Relationship.worked``.

    ``do`` returns the outcome or a Deferred of it.
    """

    token: int
    do: Callable[[LeaseTable, Commit], Any]
    delay: float  # seconds until then


class AnswerRecent(NamedTuple):
    """Answer the clients of scopes that are served from now on, whose queries came at ``since`` or later."""

    since: float


class RenewLeases(NamedTuple):
    """Renew the leases given up to this second when their clients ask; do not confirm them from the lease cache.

    The partner is out of touch. It may end such a lease, also late if it stands still, and the lease that its client
    got again here must be the younger one.
    """

    at: int


class TurnEnd(NamedTuple):
    """Call ``Relationship.turn_ended`` when everything that came in together has been looked at."""


class Ticket:
    """An outcome that a caller outside waits for."""

    __slots__ = ()


class Finish(NamedTuple):
    """The end of what a ticket stands for."""

    ticket: Ticket
    value: Any


Effect: TypeAlias = Send | Apply | ApplyRows | Work | Probe | TurnEnd | Finish | AnswerRecent | RenewLeases
Then: TypeAlias = Callable[[Reply, float], None]
ThenApplied: TypeAlias = Callable[[int, str, float], None]
ThenWorked: TypeAlias = Callable[[Any, float], None]
ThenProbed: TypeAlias = Callable[[ProbeOutcome, float], None]


class Outbox:
    """Effects not handed out yet, and the continuations of those under way.

    ``subnets`` are those whose leases are taken in; none: all.
    """

    def __init__(self) -> None:
        self.subnets: Collection[int] = frozenset()
        self._effects: list[Effect] = []
        self._token = 0
        self._waiting: dict[int, Then] = {}
        self._applying: dict[int, ThenApplied] = {}
        self._working: dict[int, ThenWorked] = {}
        self._probing: dict[int, ThenProbed] = {}
        self._at_end_of_turn: list[Callable[[], None]] = []

    def ask(self, peer: str, command: Command, timeout: float, then: Then) -> None:
        """Send a command; ``then`` is called with the reply and the time."""
        self._token += 1
        self._waiting[self._token] = then
        self._effects.append(Send(self._token, peer, command, timeout))

    def apply(self, items: list[object], lacking: MissingLeases, last: bool, then: ThenApplied) -> None:
        """Take in leases; ``then`` is called with how many were newer, why it failed, and the time.

        ``last``: there are no more. ``lacking`` finds out which of ours were not among them.
        """
        self._token += 1
        self._applying[self._token] = then
        if self.subnets:
            items = [item for item in items if not self._is_elsewhere(item)]
        self._effects.append(Apply(self._token, items, lacking, last))

    def apply_rows(self, rows: str, lacking: MissingLeases, last: bool, then: ThenApplied) -> None:
        """The same with rows of the lease file."""
        self._token += 1
        self._applying[self._token] = then
        rows = of_subnets(rows, self.subnets) if self.subnets else rows
        self._effects.append(ApplyRows(self._token, rows, lacking, last))

    def restrict(self, subnets: Collection[int]) -> None:
        """Take in the leases of these subnets only; none: all."""
        self.subnets = frozenset(subnets)

    def work(self, do: Callable[[LeaseTable, Commit], Any], then: ThenWorked, delay: float) -> None:
        """Have something done with the lease table; ``then`` is called with its outcome and the time."""
        self._token += 1
        self._working[self._token] = then
        self._effects.append(Work(self._token, do, delay))

    def probe(self, peer: str, then: ThenProbed) -> None:
        """Probe a peer's DHCP service; ``then`` is called with the outcome and the time."""
        self._token += 1
        self._probing[self._token] = then
        self._effects.append(Probe(self._token, peer))

    def answer_recent(self, since: float) -> None:
        """Answer queries that came at ``since`` or later and were left to the partner."""
        self._effects.append(AnswerRecent(since))

    def renew_leases(self, at: int) -> None:
        """Renew the leases that were given until then, when their clients ask: do not confirm them as they are."""
        self._effects.append(RenewLeases(at))

    def finish(self, ticket: Ticket, value: object) -> None:
        """Let a waiting caller outside go on."""
        self._effects.append(Finish(ticket, value))

    def at_end_of_turn(self, then: Callable[[], None]) -> None:
        """Call ``then`` when the reactor's turn is over."""
        if not self._at_end_of_turn:
            self._effects.append(TurnEnd())
        self._at_end_of_turn.append(then)

    def turn_ended(self) -> None:
        """The outcome of a TurnEnd."""
        callbacks, self._at_end_of_turn = self._at_end_of_turn, []
        for then in callbacks:
            then()

    def take(self) -> list[Effect]:
        """Everything since the last call."""
        effects, self._effects = self._effects, []
        return effects

    def answered(self, token: int, reply: Reply, now: float) -> None:
        """The outcome of a Send; a second one for the same token is ignored."""
        then = self._waiting.pop(token, None)
        if then is not None:
            then(reply, now)

    def applied(self, token: int, count: int, error: str, now: float) -> None:
        """The outcome of an Apply or ApplyRows, ``error`` empty when it went well."""
        then = self._applying.pop(token, None)
        if then is not None:
            then(count, error, now)

    def worked(self, token: int, outcome: object, now: float) -> None:
        """The outcome of a Work."""
        then = self._working.pop(token, None)
        if then is not None:
            then(outcome, now)

    def probed(self, token: int, outcome: ProbeOutcome, now: float) -> None:
        """The outcome of a Probe."""
        then = self._probing.pop(token, None)
        if then is not None:
            then(outcome, now)

    def _is_elsewhere(self, item: object) -> bool:
        """Return True if a lease is of another subnet; what is no lease is for the reader to complain about."""
        subnet_id = item.get("subnet-id") if isinstance(item, dict) else None
        return isinstance(subnet_id, int) and subnet_id not in self.subnets
