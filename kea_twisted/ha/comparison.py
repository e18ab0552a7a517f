"""One comparison of the lease tables of two servers of our own kind, range by range, and the repair of what differs.

Digests of a range come from both. Where they are not equal, the partner's rows of that range are fetched and compared
twice, a second apart: what differs in the same way both times is no update under way. The newer lease counts, as in a
synchronization, and a lease that a command deleted stays deleted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeAlias

from kea_twisted.engine.leases import LeaseTable
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.ha import difference, digests, messages, rows
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.difference import Differences, Repair, SubnetCount
from kea_twisted.ha.failure import Link
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.outbox import Commit, Outbox
from kea_twisted.ha.precedence import both_hold
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.updates import Lookup, Updates
from kea_twisted.interfaces import Log
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.digest import RangeDigest, of_range
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.packed import unpack

MARGIN: Final = 120
"""Seconds: leases that end sooner are not compared. Clocks differ by up to a minute, and a range takes a moment."""

SECOND_LOOK: Final = 1.0
"""Seconds between the two looks at leases that differ: updates have arrived by then."""

PART: Final = 500
"""Leases compared or taken in at a time: a few milliseconds of work."""

Counts: TypeAlias = dict[int, SubnetCount]
Done: TypeAlias = Callable[[str, Counts, float], None]


class Comparison:
    """``done`` gets the reason of a failure, or "", the counts by subnet, and the time.

    ``pause``: seconds between two ranges.
    """

    def __init__(
        self,
        settings: HaSettings,
        link: Link,
        outbox: Outbox,
        updates: Updates,
        lookup: Lookup,
        wall: Callable[[], float],
        log: Log,
        conflicts: Conflicts,
        pause: float,
        done: Done,
    ) -> None:
        self._name = settings.this_server_name
        self._partner = settings.partner.name
        self._link = link
        self._outbox = outbox
        self._updates = updates
        self._lookup = lookup
        self._wall = wall
        self._log = log
        self._conflicts = conflicts
        self._pause = pause
        self._done: Done | None = done
        self._counts: Counts = {}
        self._after = -1  # up to here all is compared
        self._cutoff = 0
        self._own = RangeDigest({}, None)
        self._end: int | None = None  # the end of the range whose leases are looked at …
        self._at_row = -1  # … and how far they are
        self._found: Differences = {}
        self._first: Differences | None = None  # the outcome of the first look

    def begin(self, now: float) -> None:
        """Ask the partner what it understands."""
        self._ask(messages.list_commands(), self._on_listed)

    def abandon(self) -> None:
        """End it without an outcome."""
        self._done = None

    # digests

    def _on_listed(self, reply: Reply, now: float) -> None:
        if reply.kind is not Kind.OK or not isinstance(reply.arguments, list):
            self._end_with(reply.text or "the partner does not list its commands", now)
        elif digests.COMMAND not in reply.arguments:
            self._end_with(f"the partner does not support {digests.COMMAND}: use ha-sync", now)
        else:
            self._go_on(now)

    def _go_on(self, now: float) -> None:
        self._cutoff = int(self._wall()) + MARGIN
        self._work(self._digest_to(None), self._on_own)

    def _digest_to(self, end: int | None) -> Callable[[LeaseTable, Commit], Any]:
        after, cutoff, subnets = self._after, self._cutoff, self._outbox.subnets
        return lambda table, commit: of_range(table.store, after, end, cutoff, subnets)

    def _on_own(self, own: RangeDigest, now: float) -> None:
        self._own = own
        command = digests.ask_for(self._name, self._after, own.last, self._cutoff, self._outbox.subnets)
        self._ask(command, self._on_theirs)

    def _on_theirs(self, reply: Reply, now: float) -> None:
        try:
            theirs = digests.read(self._checked(reply), self._after)
        except ValueError as error:
            self._end_with(str(error), now)
            return
        if theirs == self._own:
            self._equal(now)
        else:  # the partner's range is smaller, or something changed meanwhile
            self._work(self._digest_to(theirs.last), lambda own, now: self._compare(own, theirs, now))

    def _compare(self, own: RangeDigest, theirs: RangeDigest, now: float) -> None:
        self._own = own
        if own == theirs:
            self._equal(now)
            return
        self._end, self._first = own.last, None
        self._look(now)

    def _equal(self, now: float) -> None:
        for subnet_id, digest in self._own.subnets.items():
            if subnet_id not in self._counts:
                self._counts[subnet_id] = SubnetCount()
            self._counts[subnet_id].leases += digest.leases
        if self._own.last is None:
            self._end_with("", now)
            return
        self._after = self._own.last
        self._wait(self._pause, self._go_on)

    # leases

    def _look(self, now: float) -> None:
        self._at_row, self._found = self._after, {}
        self._ask_rows(now)

    def _ask_rows(self, now: float) -> None:
        after = self._at_row if self._at_row >= 0 else None
        self._ask(messages.lease_page(after, PART, True), self._on_rows)

    def _on_rows(self, reply: Reply, now: float) -> None:
        try:
            arguments = self._checked(reply)
            if not rows.is_page(arguments):
                raise ValueError("the partner sent no rows")
            page = rows.read_page(arguments, self._at_row if self._at_row >= 0 else None)
        except ValueError as error:
            self._end_with(str(error), now)
            return
        after, end = self._at_row, _smaller(page.last, self._end)
        cutoff, subnets, name, log = self._cutoff, self._outbox.subnets, self._name, self._log

        def work(table: LeaseTable, commit: Commit) -> Differences:
            return difference.find(table.store, page.rows, after, end, cutoff, subnets, name, log)

        self._work(work, lambda found, now: self._on_found(found, end, now))

    def _on_found(self, found: Differences, end: int | None, now: float) -> None:
        self._found.update(found)
        if end is not None and (self._end is None or end < self._end):
            self._at_row = end
            self._ask_rows(now)
        elif not self._found:
            self._equal(now)
        elif self._first is None:
            self._first = self._found
            self._wait(SECOND_LOOK, self._look)
        else:
            self._repair(difference.lasting(self._first, self._found), now)

    def _repair(self, found: Differences, now: float) -> None:
        updates = self._updates
        repair = difference.decide(found, updates.deletions, self._wall(), self._link.skew)
        difference.count(self._counts, repair)
        self._note_given_twice(found)
        self._updates.owe([lease.address for lease in (*repair.send, *repair.delete)])
        self._updates.replay(self._lookup, self._updates.reasons)
        self._take(repair, found, now)

    def _take(self, repair: Repair, found: Differences, now: float) -> None:
        part, rest = repair.take[:PART], repair.take[PART:]
        if not part:
            self._equal(now)
            return
        leases = difference.unchanged(part, found, self._lookup)

        def taken(error: str, now: float) -> None:
            if error:
                self._end_with(error, now)
            else:
                self._take(repair._replace(take=rest), found, now)

        self._work(lambda table, commit: _store(leases, table, commit), taken)

    def _note_given_twice(self, found: Differences) -> None:
        for address, (ours, theirs) in found.items():
            if ours is not None and theirs is not None:
                own, other = unpack(address, ours), unpack(address, theirs)
                if both_hold(own, other, self._wall()):
                    self._conflicts.add(own, other)

    # requests

    def _checked(self, reply: Reply) -> Json:
        if reply.kind is not Kind.OK:
            raise ValueError(reply.text)
        return reply.arguments

    def _ask(self, command: messages.Command, then: Callable[[Reply, float], None]) -> None:
        def guarded(reply: Reply, now: float) -> None:
            if self._done is not None:
                then(reply, now)

        self._outbox.ask(self._partner, command, REQUEST_TIMEOUT, guarded)

    def _work(
        self, do: Callable[[LeaseTable, Commit], Any], then: Callable[[Any, float], None], delay: float = 0.0
    ) -> None:
        def guarded(outcome: object, now: float) -> None:
            if self._done is not None:
                then(outcome, now)

        self._outbox.work(do, guarded, delay)

    def _wait(self, delay: float, then: Callable[[float], None]) -> None:
        self._work(lambda table, commit: None, lambda outcome, now: then(now), delay)

    def _end_with(self, error: str, now: float) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(error, self._counts, now)


def _smaller(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _store(leases: list[Lease], table: LeaseTable, commit: Commit) -> str | Awaitable[str]:
    """Store leases; return the error, "" for none, or a Deferred of it where the storage takes its time."""
    changes = [Change(lease) for lease in leases]
    for change in changes:
        table.apply(change, given_out=False)
    try:
        pending = commit(changes)
    except LeasesUnsaved as problem:
        return str(problem)
    return "" if pending is None else pending.addCallbacks(lambda _: "", _not_stored)


class _Failure(Protocol):
    """The part of Twisted's Failure that is needed here."""

    value: BaseException


def _not_stored(failure: _Failure) -> str:
    """Return the error; a row of another server that shares the storage is as good as the own."""
    return "" if isinstance(failure.value, AddressesOvertaken) else str(failure.value)
