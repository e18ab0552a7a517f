"""One run of a case of a pair: what clients saw, and what it was worth.

A result is a map that becomes a line of JSON: ``gap`` is the longest time without any ACK from the fault on,
``slowest`` the longest wait of one client, ``unserved`` are clients that still wait, ``twice`` addresses that two
clients hold, ``moved`` clients that lost their address, ``lost`` ACKs that no running server knows. ``return …`` is the
same for the end of the fault, and ``missing`` are ACKs that one of the two does not know then. ``late`` is the longest
time by which the program behind the clients was late, ``stalled`` the longest for which a server was ready and got no
CPU.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hacases import CASES, Case, Deed
from hahub import Hub
from hastage import Options, Stage

from tests.live.arrivals import REPEAT, REQUESTS, run
from tests.live.hosts import Lan

Row = dict[str, Any]

RETURN: Final = 1.0
"""Bound of the time without any ACK while a fault ends."""

TOGETHER: Final = {True: 30.0, False: 75.0}
"""Seconds that a mended pair has to come together: two of ours; with a Kea, which waits for its timers."""

STARVED: Final = 0.25
SHARE: Final = 0.2
"""Seconds without CPU, of the clients or of a server, from which on a run says nothing about the servers: STARVED, or
this share of the bound if that is less."""

STAGES: Final = {"hub": Hub}
SLACK: Final = 0.1
SAMPLING: Final = 0.02
OURS: Final = ("ours", "compiled", "executable")


def commit() -> str:
    """Return the commit that is measured; a plus sign: with changes."""
    here = Path(__file__).resolve().parent
    words = ["git", "-C", str(here), "describe", "--always", "--exclude=*", "--dirty=+"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip()


class Stalls(threading.Thread):
    """A thread that samples how long the servers of a pair waited for a CPU (/proc/PID/schedstat)."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(daemon=True)
        self.longest = self.late = 0.0
        self._stage = stage
        self._ended = threading.Event()
        self._before: dict[int, float] = {}

    def run(self) -> None:
        """See Thread."""
        before = time.monotonic()
        while not self._ended.wait(SAMPLING):
            now = time.monotonic()
            self.late, before = max(self.late, now - before - SAMPLING), now
            for server in self._stage.servers:
                if server.process is not None:
                    self._look(server.process.pid)

    def end(self) -> None:
        """Stop sampling."""
        self._ended.set()
        self.join()

    def _look(self, pid: int) -> None:
        with suppress(OSError, IndexError):
            if pid not in self._before:  # a session is a group of its own for the scheduler (sched(7), autogroup)
                Path(f"/proc/{pid}/autogroup").write_text(f"{os.nice(0)}")
            waited = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
            self.longest = max(self.longest, waited - self._before.get(pid, waited))
            self._before[pid] = waited


def measure(name: str, options: Options, seconds: float | None, mend: bool, keep: Path | None) -> Row:
    """Run one case once; the files of a run that exceeds its bounds are kept."""
    case = CASES[name]
    found = {
        "case": name,
        **described(options),
        "commit": commit(),
        "date": datetime.now(UTC).isoformat("T", "seconds"),
    }
    with tempfile.TemporaryDirectory(prefix="takeover") as folder, Lan() as lan:
        stage = STAGES.get(options.mode, Stage)(lan, Path(folder), options, case.needs)
        stage.build()
        with stage.prepared():
            try:
                found |= _happen(stage, case, seconds or case.seconds)
                if mend and case.mend is not None:
                    found |= _mend(stage, case.mend)
            except (AssertionError, RuntimeError) as error:
                found["error"] = str(error)[-2000:]
            finally:
                stage.close()
                found["load"] = round(os.getloadavg()[0], 1)
                if keep is not None and faults(found):
                    shutil.copytree(folder, keep / f"{name}-{time.time():.0f}-{os.getpid()}")
    return found


def _happen(stage: Stage, case: Case, seconds: float) -> Row:
    if case.needs.running:
        stage.start()
        run(stage.arrivals, 3.0 + random.random())
    marks = [server.running.mark() if server.process else 0 for server in stage.servers]
    stalls = Stalls(stage)
    stalls.start()
    begun = time.monotonic()
    case.happen(stage)
    if case.launched:
        run(stage.arrivals, 30.0, lambda: all(stage.is_started(number) for number in case.launched))
    since = time.monotonic() if case.launched else begun
    late = run(stage.arrivals, seconds)
    results = [one.result(since) for one in stage.arrivals]
    stalls.end()
    return {
        "gap": max(result.gap for result in results),
        "slowest": max(result.slowest for result in results),
        "unserved": sum(result.unserved for result in results),
        **_twice(stage, since),
        "moved": sum(result.moved for result in results),
        "lost": stage.lost(),
        "took over": [
            number
            for number, (server, mark) in enumerate(zip(stage.servers, marks, strict=True))
            if server.process and "to PARTNER-DOWN" in server.running.output(mark)
        ],
        "started": since - begun,
        "states": stage.states(),
        "late": max(late, stalls.late),
        "stalled": stalls.longest,
    }


def _twice(stage: Stage, since: float) -> Row:
    """Count the addresses that several clients hold, of all networks together, and list who got them when."""
    holders: dict[str, dict[bytes, float]] = {}
    for one in stage.arrivals:
        for address, found in one.holders.items():
            holders.setdefault(address, {}).update(found)
    doubled = {
        address: {mac.hex(":"): round(time - since, 3) for mac, time in found.items()}
        for address, found in holders.items()
        if len(found) > 1
    }
    return {"twice": len(doubled), "doubled": doubled}


def _mend(stage: Stage, mend: Deed) -> Row:
    stalls = Stalls(stage)
    stalls.start()
    stage.late = 0.0
    since = time.monotonic()
    mend(stage)
    patience = TOGETHER[are_ours(stage.options.kinds)]
    together = stage.wait_states(stage.settled, seconds=patience)
    took = time.monotonic() - since
    late = run(stage.arrivals, 3.0)
    results = [one.result(since) for one in stage.arrivals]
    stalls.end()
    time.sleep(0.5)
    return {
        "together": took if together else None,
        "return gap": max(result.gap for result in results),
        "return slowest": max(result.slowest for result in results),
        "return moved": sum(result.moved for result in results),
        **_twice(stage, since),
        "missing": stage.missing(),
        "return late": max(late, stalls.late),
        "return stalled": stalls.longest,
    }


def are_ours(kinds: tuple[str, ...]) -> bool:
    """Return whether all servers are of our kind."""
    return all(kind in OURS for kind in kinds)


def described(options: Options) -> Row:
    """Return what a row says about the way in which it was measured."""
    return {
        "servers": ",".join(options.kinds), "mode": options.mode, "timers": options.timers,
        "secs": "growing" if options.grows else "0", "clients": options.population or "new",
        **({"link": "TLS"} if options.secure else {}),
    }  # fmt: skip


def starved(row: Row) -> bool:
    """Return whether the clients or a server got no CPU for so long that the run says nothing about the servers."""
    case = CASES[row["case"]]
    bound = min(one for one in (case.gap, case.wait, STARVED / SHARE) if one is not None)
    names = ("late", "stalled", "return late", "return stalled")
    return any(row.get(name, 0.0) > SHARE * bound for name in names)


def bounds(name: str, servers: str, mode: str) -> Row:
    """Return the bounds of a case, by name of the figure.

    Where no server serves for a while, a client may ask several times for what it was offered (``slowest``). Beside a
    Kea only the decisions of our server are bounded.
    """
    case = CASES[name]
    kinds = servers.split(",")
    ours = are_ours(tuple(kinds))
    gap, wait = case.gap, case.wait
    again = gap if gap is not None or ours or mode != "load-balancing" else case.half
    if again is not None:
        wait = max(again, REQUESTS * REPEAT) + REPEAT + SLACK
    if ours:
        return {
            "gap": gap,
            "slowest": wait,
            "unserved": 0,
            "twice": case.twice,
            "lost": 0,
            "return gap": RETURN,
            "missing": 0,
        }
    decides = case.answers is not None and kinds[case.answers] in OURS
    if mode == "load-balancing" and case.half is None and gap is None:
        decides = False  # half of the clients are the Kea's
    return {"gap": gap, "slowest": wait, "twice": case.twice, "lost": 0} if decides else {}


def faults(row: Row) -> list[str]:
    """Return the figures of a row that exceed the bounds of its case."""
    if "error" in row:
        return ["error"]
    case, kinds = CASES[row["case"]], row["servers"].split(",")
    limits = bounds(row["case"], row["servers"], row["mode"])
    wrong = [name for name, bound in limits.items() if bound is not None and row.get(name, 0) > bound]
    alone = [number for number in row["took over"] if kinds[number % 2] in OURS]
    wrong += ["took over"] if alone and not case.takeover else []
    return wrong + (["together"] if "together" in row and row["together"] is None else [])
