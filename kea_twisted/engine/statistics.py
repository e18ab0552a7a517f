"""Counters, as ``statistic-get`` shows them: every name with its latest values and when they were reached.

Names are Kea's. Counting is on the packet path and takes no time argument: the code that
handles an event sets the time (``now``) once, and everything counted until the next event carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from kea_twisted.wire.constants import ACK, NAK, OFFER, OPT_MESSAGE_TYPE

Sample = tuple[int, float]
Samples = list[Sample]

NAMES: Final = (
    "pkt4-received",
    "pkt4-discover-received",
    "pkt4-offer-received",
    "pkt4-request-received",
    "pkt4-ack-received",
    "pkt4-nak-received",
    "pkt4-release-received",
    "pkt4-decline-received",
    "pkt4-inform-received",
    "pkt4-lease-query-received",
    "pkt4-unknown-received",
    "pkt4-sent",
    "pkt4-offer-sent",
    "pkt4-ack-sent",
    "pkt4-nak-sent",
    "pkt4-lease-query-response-unassigned-sent",
    "pkt4-lease-query-response-unknown-sent",
    "pkt4-lease-query-response-active-sent",
    "pkt4-service-disabled",
    "pkt4-parse-failed",
    "pkt4-queue-full",
    "pkt4-duplicate",
    "pkt4-rfc-violation",
    "pkt4-admin-filtered",
    "pkt4-not-for-us",
    "pkt4-processing-failed",
    "pkt4-limit-exceeded",
    "pkt4-receive-drop",
    "v4-allocation-fail",
    "v4-allocation-fail-shared-network",
    "v4-allocation-fail-subnet",
    "v4-allocation-fail-no-pools",
    "v4-allocation-fail-classes",
    "v4-reservation-conflicts",
    "v4-lease-reuses",
    "assigned-addresses",
    "cumulative-assigned-addresses",
    "declined-addresses",
    "reclaimed-leases",
    "reclaimed-declined-addresses",
)
"""The names that exist from the start, at zero; the rest are the same groups per subnet and pool."""

_SENT: Final = ("pkt4-sent",)
_SENT_BY_BEGINNING: Final = {
    bytes((OPT_MESSAGE_TYPE, 1, kind)): (*_SENT, name)
    for kind, name in ((OFFER, "pkt4-offer-sent"), (ACK, "pkt4-ack-sent"), (NAK, "pkt4-nak-sent"))
}
"""By the first option of a reply."""
# The type of one of our own replies: option 53 stands first behind the fixed part and the cookie.
TYPE_OFFSET: Final = 242
# The number of samples that may pile up before those that are too old are removed, all in one go.
_ROOM: Final = 64
_MOST_GROUPS: Final = 65_536
_NONE: Final[Samples] = [(0, 0.0)]


class Statistics:
    """All counters of one server; they outlive a reconfiguration.

    ``now`` is the time (seconds since the epoch) that new samples carry. ``sample_count`` says how many
    samples a name keeps (at least one), ``sample_age`` for how many seconds (0: any age).
    """

    __slots__ = (
        "now", "changed", "replaced", "_samples", "_sample_count", "_sample_age", "_counts", "_ages", "_groups"
    )  # fmt: skip

    def __init__(self, now: float = 0.0, sample_count: int = 20, sample_age: int = 0) -> None:
        self.now = now
        # For those who keep values: names that were counted (together), and those that are new, set or removed.
        self.changed: set[tuple[str, ...]] | None = None
        self.replaced: set[str] | None = None
        self._samples: dict[str, Samples] = {}
        # The samples of names that are counted together: to look them up one by one would cost more than to count.
        self._groups: dict[tuple[str, ...], list[Samples]] = {}
        self._sample_count = max(1, sample_count)
        self._sample_age = sample_age
        self._counts: dict[str, int] = {}  # names with another number of samples
        self._ages: dict[str, int] = {}  # names that keep samples by age instead
        for name in NAMES:
            self.put(name, 0)

    def count(self, name: str, step: int = 1) -> None:
        """Add to a counter; one that does not exist starts at zero."""
        if self.changed is not None:
            self.changed.add((name,))
        samples = self._samples.get(name)
        if samples is None:
            self.put(name, step)
            return
        samples.append((samples[-1][0] + step, self.now))
        if len(samples) > _ROOM:
            self._trim(name, samples)

    def count_all(self, names: tuple[str, ...], step: int = 1) -> None:
        """Count one event under several names."""
        group, now = self._groups.get(names), self.now
        if self.changed is not None:
            self.changed.add(names)
        if group is None:
            self._count_each(names, step)
            return
        for samples in group:
            samples.append((samples[-1][0] + step, now))
            if len(samples) > _ROOM:
                self._make_room(names)

    def count_sent(self, payload: bytes) -> None:
        """Count one of our replies that is about to leave."""
        # no type: a hook library took it away
        self.count_all(_SENT_BY_BEGINNING.get(payload[TYPE_OFFSET - 2 : TYPE_OFFSET + 1], _SENT))

    def put(self, name: str, value: int) -> None:
        """Set a value; earlier samples are forgotten."""
        self._samples[name] = [(value, self.now)]
        self._groups.clear()
        if self.replaced is not None:
            self.replaced.add(name)

    def watch(self, enabled: bool) -> None:
        """Collect names in ``changed`` and ``replaced`` from now on, or do so no more."""
        if enabled != (self.changed is not None):
            self.changed, self.replaced = (set(), set()) if enabled else (None, None)

    def value(self, name: str) -> int:
        """Return the present value; 0 for a name that does not exist."""
        samples = self._samples.get(name)
        return samples[-1][0] if samples else 0

    def values(self, names: Sequence[str]) -> list[int]:
        """Return the present values of many names; 0 for those that do not exist."""
        known = self._samples
        return [samples[-1][0] if (samples := known.get(name)) else 0 for name in names]

    def samples(self, names: Sequence[str]) -> list[Samples]:
        """Return the samples of many names, oldest first; a zero for those that do not exist. Do not change them.

        They grow with each count, so the last one is always the present value, until a name is in ``replaced``.
        """
        known = self._samples
        return [known.get(name, _NONE) for name in names]

    def __contains__(self, name: str) -> bool:
        return name in self._samples

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[str]:
        """Return an iterator of every name that exists now, in no order; names may change meanwhile."""
        return iter(tuple(self._samples))

    def names(self) -> list[str]:
        """Return every name that exists, sorted."""
        return sorted(self._samples)

    def get(self, name: str) -> list[list[object]] | None:
        """Return the samples, newest first: ``[[3, "2024-01-24 13:06:43.066123"], …]``; None if unknown."""
        samples = self._samples.get(name)
        return None if samples is None else [[value, time_text(when)] for value, when in self._kept(name, samples)]

    def get_all(self) -> dict[str, list[list[object]]]:
        """``get`` of every name, sorted by name."""
        return {name: self.get(name) or [] for name in self.names()}

    def reset(self, name: str) -> bool:
        """Set a counter to zero without history. Return False for a name that does not exist."""
        return self._if_known(name, lambda: self.put(name, 0))

    def reset_all(self) -> None:
        """``reset`` of every name."""
        for name in self._samples:
            self.put(name, 0)

    def remove(self, name: str) -> bool:
        """Remove a name until it is counted again. Return False for a name that does not exist."""
        return self._if_known(name, lambda: self._removed(name))

    def remove_all(self) -> None:
        """Forget every name."""
        for name in list(self._samples):
            self._removed(name)

    def remove_prefix(self, prefix: str) -> None:
        """Forget every name that starts with this."""
        for name in [name for name in self._samples if name.startswith(prefix)]:
            self._removed(name)

    def set_defaults(self, sample_count: int, sample_age: int) -> None:
        """``statistic-default-sample-count`` and ``-age``: the age counts where the number is 0."""
        self._sample_count = max(1, sample_count)
        self._sample_age = 0 if sample_count else sample_age

    def keep_by_count(self, count: int, name: str | None = None) -> bool:
        """Keep so many samples of a name, or of all names and of those to come; False for an unknown name."""
        if name is None:
            self._sample_count, self._sample_age = max(1, count), 0
            self._counts.clear()
            self._ages.clear()
            return True
        if name not in self._samples:
            return False
        self._ages.pop(name, None)
        self._counts[name] = max(1, count)
        return True

    def keep_by_age(self, seconds: int, name: str | None = None) -> bool:
        """Keep the samples of so many seconds; otherwise as ``keep_by_count``."""
        if name is None:
            self._sample_age = seconds
            self._counts.clear()
            self._ages.clear()
            return True
        if name not in self._samples:
            return False
        self._counts.pop(name, None)
        self._ages[name] = seconds
        return True

    def _count_each(self, names: tuple[str, ...], step: int) -> None:
        """Count names that were not counted together since one of them began; from now on they are a group."""
        for name in names:
            samples = self._samples.get(name)
            if samples is None:
                self.put(name, step)
            else:
                samples.append((samples[-1][0] + step, self.now))
                if len(samples) > _ROOM:
                    self._trim(name, samples)
        if len(self._groups) >= _MOST_GROUPS:
            self._groups.clear()
        known = self._samples
        self._groups[names] = [known[name] for name in names]

    def _make_room(self, names: tuple[str, ...]) -> None:
        """Remove the samples of these names that are too old."""
        for name in names:
            if len(self._samples[name]) > _ROOM:
                self._trim(name, self._samples[name])

    def _trim(self, name: str, samples: Samples) -> None:
        """Forget what is too old or too much; the latest sample always stays."""
        age = self._ages.get(name, 0 if name in self._counts else self._sample_age)
        if age:
            oldest, now = self.now - age, self.now
            # a sample of the future is from before the clock was set back
            keep = next((place for place, (_, when) in enumerate(samples) if oldest <= when <= now), len(samples) - 1)
            del samples[:keep]
        else:
            del samples[: -self._counts.get(name, self._sample_count)]

    def _kept(self, name: str, samples: Samples) -> list[Sample]:
        self._trim(name, samples)
        return samples[::-1]

    def _removed(self, name: str) -> None:
        del self._samples[name]
        self._groups.clear()
        if self.replaced is not None:
            self.replaced.add(name)

    def _if_known(self, name: str, act: Callable[[], object]) -> bool:
        if name not in self._samples:
            return False
        act()
        return True


def time_text(when: float) -> str:
    """Return a time as Kea writes it in samples: local, with microseconds."""
    return datetime.fromtimestamp(when).strftime("%Y-%m-%d %H:%M:%S.%f")
