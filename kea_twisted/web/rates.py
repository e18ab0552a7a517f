"""Exchanges per second and their latency, sampled while the page is looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.statistics import Statistics
from kea_twisted.jsonvalue import Json
from kea_twisted.web.node import Measurements

MOST: Final = 300
"""Samples that are kept, one a second."""

REPLIES: Final = ("pkt4-ack-sent", "pkt4-offer-sent", "pkt4-nak-sent")
QUERIES: Final = "pkt4-received"


class Rates:
    """Counts of messages in each of the last seconds, and the latency of replies."""

    def __init__(self, statistics: Statistics, measurements: Measurements) -> None:
        self._statistics = statistics
        self._measurements = measurements
        self._samples: deque[dict[str, Json]] = deque(maxlen=MOST)
        self._at = 0.0
        self._counts: list[int] = []
        self._buckets: list[int] = []
        self._total = 0.0

    def begin(self, now: float) -> None:
        """Begin to sample: what was before is too old to be compared with."""
        self._samples.clear()
        self._counts = []
        self._take(now)

    def sample(self, now: float) -> None:
        """Take a sample."""
        before, counts, buckets, total = self._at, self._counts, self._buckets, self._total
        self._take(now)
        seconds = now - before
        if not counts or seconds <= 0:
            return
        received, *sent = (max(0, new - old) for new, old in zip(self._counts, counts, strict=True))
        answered = [max(0, new - old) for new, old in zip(self._buckets, buckets, strict=True)]
        self._samples.append(
            {
                "at": round(now, 1),
                "queries": round(received / seconds, 1),
                "acks": round(sent[0] / seconds, 1),
                "offers": round(sent[1] / seconds, 1),
                "naks": round(sent[2] / seconds, 1),
                "mean": _rounded((self._total - total) / answered[-1]) if answered[-1] else None,
                "most": _rounded(quantile(self._measurements.reply_times.bounds, answered, 0.95)),
            }
        )

    def shown(self) -> list[dict[str, Json]]:
        """Return the samples, oldest first."""
        return list(self._samples)

    def latest(self) -> dict[str, object] | None:
        """Return the last sample."""
        return self._samples[-1] if self._samples else None

    def _take(self, now: float) -> None:
        times: Histogram = self._measurements.reply_times
        self._at = now
        self._counts = self._statistics.values([QUERIES, *REPLIES])
        self._buckets, self._total = times.cumulative(), times.total


def quantile(bounds: Sequence[float], cumulative: Sequence[int], part: float) -> float | None:
    """Return the time within which this part of the replies was sent, between the bounds as if evenly spread.

    None: there were no replies. What is beyond the last bound counts as that.
    """
    count = cumulative[-1]
    if not count:
        return None
    rank, below, low = count * part, 0, 0.0
    for bound, upto in zip(bounds, cumulative, strict=False):
        if upto >= rank:
            return low + (bound - low) * (rank - below) / max(1, upto - below)
        below, low = upto, bound
    return bounds[-1]


def _rounded(seconds: float | None) -> float | None:
    """Milliseconds."""
    return None if seconds is None else round(seconds * 1000, 3)
