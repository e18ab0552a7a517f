"""Skipping a test whose servers are not on this machine."""

from __future__ import annotations

from .conftest import unavailable
from .keas import missing


def need(*kinds: str) -> None:
    """Skip (or fail, in continuous integration) unless all real Keas among the kinds can run."""
    for kind in kinds:
        reason = missing(kind) if kind != "ours" else None
        if reason:
            unavailable(reason)
