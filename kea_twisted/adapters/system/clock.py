"""The one clock of the server: everything below the adapters gets its time as an argument, from here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

now: Final[Callable[[], float]] = time.time
"""Seconds since the epoch, with fraction."""
