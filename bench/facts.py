"""Measurements, as one kind of record for all of them."""

from __future__ import annotations

from dataclasses import dataclass

EXCHANGES, CPU, DELAY, TIME, BYTES, COUNT = "exchanges/s", "us CPU", "ms", "s", "bytes", ""
OURS = ("ours", "compiled")
MORE_IS_BETTER = frozenset((EXCHANGES,))


@dataclass(frozen=True)
class Fact:
    """One figure of one server. ``at_least``: the load generator was the limit, the server could do more."""

    part: str
    what: str
    server: str
    value: float
    unit: str
    at_least: bool = False
