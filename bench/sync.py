"""Time that an empty server needs to fetch all leases of its partner, and the longest pause in service meanwhile."""

from __future__ import annotations

import re
import tempfile
from functools import partial
from pathlib import Path

from clients import Clients
from facts import TIME, Fact
from live.hosts import Lan
from scenes import Scene, paired

PATIENCE = 1800  # seconds; a Kea needs minutes for what is seconds here
WATCHED = 100  # exchanges a second


def measure(kind: str, leases: int) -> list[Fact]:
    """The one server is full and serves alone, then the other one starts with nothing."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Lan() as lan:
        scene = Scene(lan, Path(folder) / "sync", kind, "hot-standby", partial(paired, "hot-standby", patience=2000))
        scene.fill(leases)
        full, empty = scene.servers
        full.start(300)
        full.wait_for(r"HA_STATE_TRANSITION .* to PARTNER-DOWN", 60)
        empty.launch()
        clients, log = Clients(scene.generator), empty.folder / "server.log"
        seen = clients.watch(WATCHED, lambda passed: _is_done(log) or passed > PATIENCE, 1.0)
        clients.close()
        took = _duration(empty.wait_for("HA_SYNC_SUCCESSFUL", 1))
        scene.stop()
    return [
        Fact("sync", f"{leases:,} leases", kind, took, TIME),
        Fact("sync", "no client served meanwhile", kind, seen.gap, TIME),
    ]


def _is_done(log: Path) -> bool:
    """Return True if both serve again, as they do in the normal state."""
    return b"to HOT-STANDBY" in log.read_bytes()


def _duration(line: str) -> float:
    """Seconds, as the server's log tells them: ``in 1:02:03.4`` or ``in 12.5 ms``."""
    found = re.search(r"in (?:(\d+):(\d+):)?([\d.]+)( ms)?", line)
    assert found, line
    hours, minutes, seconds, milli = found.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds) * (0.001 if milli else 1)
