"""Findings of a check: the fault, the remedy, and how urgent it is."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """The urgency. The numbers are exit statuses of monitoring plugins."""

    NOTE = 0
    WARNING = 1
    CRITICAL = 2


class Finding(NamedTuple):
    """One fault. ``server`` is the name of the one that has it, "" for the pair as a whole."""

    severity: Severity
    fault: str
    remedy: str
    server: str = ""
    check: str = ""


def critical(fault: str, remedy: str, server: str = "") -> Finding:
    """Return a finding that costs clients their service, or will when a server fails."""
    return Finding(Severity.CRITICAL, fault, remedy, server)


def warning(fault: str, remedy: str, server: str = "") -> Finding:
    """Return a finding that should be mended soon."""
    return Finding(Severity.WARNING, fault, remedy, server)


def note(fault: str, remedy: str, server: str = "") -> Finding:
    """Return a finding that may be on purpose."""
    return Finding(Severity.NOTE, fault, remedy, server)
