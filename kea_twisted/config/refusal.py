"""The log lines about a configuration that is refused."""

from __future__ import annotations

from collections.abc import Sequence

from kea_twisted import events as E
from kea_twisted.errors import Problem
from kea_twisted.interfaces import Log


def log_refusal(log: Log, problems: Sequence[Problem]) -> None:
    """Log the first fault as Kea does, and before it each one in the message of the hook library that found it."""
    for problem in problems:
        event = problem.event
        if event is not None and event in log.enabled:
            log.emit(event, *((problem.with_place_last,) if "{}" in event.text else ()))
    if problems and E.DHCP4_PARSER_FAIL in log.enabled:
        log.emit(E.DHCP4_PARSER_FAIL, "Dhcp4", problems[0].with_place_last)
