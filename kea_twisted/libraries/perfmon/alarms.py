"""Alarms: triggered by a mean above the high-water mark, cleared by one below the low-water mark."""

from __future__ import annotations

from typing import NamedTuple


class AlarmSettings(NamedTuple):
    """The marks of an alarm, in milliseconds."""

    low_ms: int
    high_ms: int
    is_enabled: bool = True


class Alarm:
    """The state of one alarm. ``since``: when it was triggered or cleared last."""

    def __init__(self, settings: AlarmSettings, now: float) -> None:
        self.settings = settings
        self.since = now
        self.is_triggered = False
        self._reported: float | None = None

    def check(self, mean: int, now: float, report_interval_s: int) -> bool:
        """Compare a mean in microseconds with the marks; return True if the state is to be reported."""
        low, high, enabled = self.settings
        if not enabled:
            return False
        if mean < low * 1000:
            return self._clear(now)
        if mean > high * 1000 and not self.is_triggered:
            self.is_triggered, self.since, self._reported = True, now, None
        if not self.is_triggered or (self._reported is not None and now - self._reported <= report_interval_s):
            return False
        self._reported = now
        return True

    def _clear(self, now: float) -> bool:
        if not self.is_triggered:
            return False
        self.is_triggered, self.since = False, now
        return True
