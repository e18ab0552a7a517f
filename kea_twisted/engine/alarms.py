"""The decisions about alarms: what has changed since the last look is worth one. No network, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from kea_twisted.config.alarms import CONFLICT, HA_STATE, POOL, SOCKETS
from kea_twisted.jsonvalue import Json

RELIEF: Final = 5.0
"""Percent by which a pool must fall below the threshold before it can be an alarm again."""

CRITICAL: Final = "critical"
WARNING: Final = "warning"
OK: Final = "ok"

_GOOD: Final = frozenset({"hot-standby", "load-balancing", "passive-backup", "backup"})
_GRAVE: Final = frozenset({"partner-down", "terminated", "unavailable", "communication-recovery"})

MOST: Final = 20
"""Conflicts and subnets that one alarm lists."""


class Alarm(NamedTuple):
    """Something to tell. ``details`` are values that JSON has."""

    kind: str
    severity: str
    text: str
    details: Mapping[str, Json]


class Step(NamedTuple):
    """A step of a server of a relationship from one HA state to the next."""

    server: str
    before: str
    after: str
    reason: str


class Use(NamedTuple):
    """The use of the addresses of a subnet."""

    id: int
    prefix: str
    assigned: int
    total: int


class AlarmWatch:
    """The state at the last look. An unchanged state is no alarm; before the first look all is well."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._fault = ""
        self._declined: int | None = None
        self._refused: Mapping[str, str] = {}
        self._full: set[int] = set()

    def steps(self, steps: Iterable[Step]) -> list[Alarm]:
        """Return an alarm for each step that was made since the last look."""
        return [
            Alarm(
                HA_STATE,
                CRITICAL if step.after in _GRAVE else OK if step.after in _GOOD else WARNING,
                f"{step.server} goes from {step.before or 'unknown'} to {step.after}: {step.reason}",
                step._asdict(),
            )
            for step in steps
        ]

    def fault(self, fault: str) -> list[Alarm]:
        """Return an alarm if this server has become unable to hear clients or to keep leases, or able again."""
        if fault == self._fault:
            return []
        self._fault = fault
        if fault:
            return [Alarm(SOCKETS, CRITICAL, f"this server cannot serve clients: {fault}", {"fault": fault})]
        return [Alarm(SOCKETS, OK, "this server can serve clients again", {"fault": ""})]

    def conflicts(self, declined: int, refused: Mapping[str, str]) -> list[Alarm]:
        """Return alarms about addresses that clients declined, and leases that the partner has for another client.

        ``declined`` is the number of addresses that are declined now, ``refused`` the reasons by address.
        """
        found = []
        before, self._declined = self._declined, declined
        if before is not None and declined > before:
            text = f"{declined - before} addresses were found in use by other machines; {declined} are declined now"
            found.append(Alarm(CONFLICT, WARNING, text, {"declined": declined, "new": declined - before}))
        fresh = {address: reason for address, reason in refused.items() if address not in self._refused}
        self._refused = dict(refused)
        if fresh:
            address, reason = next(iter(fresh.items()))
            text = f"the partner refuses {len(fresh)} leases, the first {address}: {reason}"
            found.append(Alarm(CONFLICT, WARNING, text, {"leases": dict(list(fresh.items())[:MOST])}))
        return found

    def given_twice(self, texts: Sequence[str]) -> list[Alarm]:
        """Return an alarm about addresses that both servers gave to a client, from a text about each."""
        if not texts:
            return []
        more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
        details = {"given-twice": list(texts[:MOST]), "count": len(texts)}
        return [Alarm(CONFLICT, CRITICAL, f"{texts[0]}{more}", details)]

    def pools(self, uses: Sequence[Use]) -> list[Alarm]:
        """Return an alarm about subnets that have become too full, and one about those that have room again."""
        full = {use.id for use in uses if use.total and 100 * use.assigned >= self.threshold * use.total}
        relieved = {
            use.id
            for use in uses
            if use.id in self._full and 100 * use.assigned < (self.threshold - RELIEF) * use.total
        }
        fresh, self._full = full - self._full, (self._full | full) - relieved
        return [*_pool_alarm(uses, fresh, WARNING, "nearly full"), *_pool_alarm(uses, relieved, OK, "less full again")]


def given_twice(address: str, own: str, partner: str) -> str:
    """Return the text about an address that both servers gave to a client."""
    clients = f"two clients, {own} by this server and {partner} by its partner"
    return f"{address} was given to {clients}, while they could not reach each other; the newer lease stays"


def _pool_alarm(uses: Iterable[Use], ids: set[int], severity: str, words: str) -> list[Alarm]:
    found = [use for use in uses if use.id in ids]
    if not found:
        return []
    grave = severity == WARNING and any(use.assigned >= use.total for use in found)
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    first = found[0]
    text = f"subnet {first.id} {first.prefix}{more}: {words}, {first.assigned} of {first.total} addresses are in use"
    details = {"subnets": [use._asdict() for use in found[:MOST]], "count": len(found)}
    return [Alarm(POOL, CRITICAL if grave else severity, text, details)]
