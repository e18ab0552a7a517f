"""The longest time without an answer while a large server tidies up.

Of all leases a tenth runs out during the measurement and is reclaimed and forgotten in Kea's rhythm, only without a
bound on how many at once; meanwhile the lease file is cleaned up, and new clients come. Seen from outside twice: by
clients on the network, and by commands on the control socket; our server also from inside (``turns``).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from clients import Clients
from facts import COUNT, DELAY, OURS, TIME, Fact
from probe import ask
from scenes import Ends, Map, filled
from size import running

RATE = 200  # exchanges a second
CLEANING_AFTER = 20  # seconds from the start
LASTS = 60.0  # seconds in which leases run out
AFTERWARDS = 30.0  # seconds: until the last of them have been forgotten
PATIENCE = 300
LONGEST = 30.0  # seconds that a client waits
HURRY = 10  # of those who measure: they have to be on time themselves
CONTROL = "control"


def measure(kind: str, leases: int, lasts: float = LASTS) -> list[Fact]:
    """One server."""
    first = time.time() + 10 + leases / 50_000  # about when it has started
    with running(kind, _configuration(kind), leases, Ends(10, first, lasts)) as (scene, _):
        control = str(scene.servers[0].folder / CONTROL)
        turns = _turns(kind, control)
        cleaning = _Cleaning(scene.servers[0].folder)
        until = first + lasts + AFTERWARDS
        clients = Clients(scene.generator)
        with _in_a_hurry(), _Probe(control) as probe:
            seen = clients.watch(
                RATE, lambda passed: passed > PATIENCE or (cleaning.is_over() and time.time() > until), LONGEST
            )
        clients.close()
        turns = _turns(kind, control)
    part = "tidying"
    return [
        Fact(part, f"clean-up of {leases:,} leases", kind, cleaning.seconds, TIME),
        Fact(part, "longest exchange meanwhile", kind, seen.delay(1.0), DELAY),
        Fact(part, "p99 of the exchanges", kind, seen.delay(0.99), DELAY),
        Fact(part, "longest command meanwhile", kind, probe.longest, DELAY),
        Fact(part, "exchanges lost", kind, seen.lost, COUNT),
        *(Fact(part, f"longest turn of the reactor, {name}", kind, value, DELAY) for name, value in turns.items()),
    ]


def _turns(kind: str, control: str) -> dict[str, float]:
    """Return the figures that our server reports since the last call."""
    found: dict[str, float] = ask(control, "turns-get")["arguments"] if kind in OURS else {}
    return found


def _configuration(kind: str) -> Map:
    dhcp4 = filled()
    if kind in OURS:
        dhcp4["hooks-libraries"] = [{"library": str(Path(__file__).with_name("turns.py"))}]
    dhcp4["lease-database"]["lfc-interval"] = CLEANING_AFTER
    dhcp4["expired-leases-processing"] = {"max-reclaim-leases": 0, "max-reclaim-time": 0, "hold-reclaimed-time": 10}
    dhcp4["control-socket"] = {"socket-type": "unix", "socket-name": CONTROL}
    return dhcp4


class _Cleaning:
    """Watches the files of a clean-up come and go; ``seconds`` is how long the first one took."""

    def __init__(self, folder: Path) -> None:
        self._files = [folder / f"kea-leases4.csv.{end}" for end in ("1", "output")]
        self._looked = self._began = 0.0
        self.seconds = float("nan")

    def is_over(self) -> bool:
        """Return True after a pause."""
        now = time.monotonic()
        if self.seconds != self.seconds and now - self._looked > 0.02:
            self._looked = now
            runs = any(file.exists() for file in self._files)
            self._began = self._began or (now if runs else 0.0)
            if self._began and not runs:
                self.seconds = now - self._began
        return self.seconds == self.seconds


class _Probe:
    """Commands all the time, from a process of its own; ``longest`` is known when the block ends, milliseconds."""

    def __init__(self, path: str) -> None:
        words = [sys.executable, str(Path(__file__).with_name("probe.py")), path]
        self._child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.longest = float("nan")

    def __enter__(self) -> _Probe:
        return self

    def __exit__(self, *error: object) -> None:
        said, _ = self._child.communicate(timeout=60)
        self.longest = float(said)


@contextlib.contextmanager
def _in_a_hurry() -> Iterator[None]:
    os.nice(-HURRY)
    try:
        yield
    finally:
        os.nice(HURRY)
