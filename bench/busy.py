"""Detection of a load generator that is the limit: it is fully busy, and the server is not."""

from __future__ import annotations

from pathlib import Path

BUSY, IDLE = 0.9, 0.8  # shares of a load's time


def times(pid: int) -> dict[str, int]:
    """Nanoseconds of each thread of a process so far; what waits for a processor counts as busy."""
    found = {}
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        running, waiting, _ = path.read_text().split()
        found[path.parent.name] = int(running) + int(waiting)
    return found


def busiest(before: dict[str, int], after: dict[str, int], seconds: float) -> float:
    """The share of these seconds in which the busiest thread had something to do."""
    return max((after[thread] - before.get(thread, 0) for thread in after), default=0) / 1e9 / seconds


def at_least(server: float, generator: float) -> bool:
    """From the share of one processor that the server used, and of the time in which the generator was busy."""
    return generator > BUSY and server < IDLE
