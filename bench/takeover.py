"""Measure how long clients go without an answer when something happens to a pair, and what is left of their leases.

A new client arrives every 0.2 s and repeats its message after a second (RFC 2131 4.1 without the random part). From
the fault on the command measures the longest time without any ACK (over all clients of a network), the longest wait of
one client, addresses that two clients hold, clients that lost their address, and ACKs that no running server knows
(``lost``). With ``--mend`` the fault ends after that, and the same is measured until both work together again;
``missing`` are ACKs that one of the two does not know then. A start counts from the moment when the servers have
opened their sockets (DHCP4_STARTED), not from that of their processes. Needs root:

    python bench/takeover.py --servers ours,ours kea30,kea30 --timers default tutorial --cases kill-primary off-standby
    python bench/takeover.py --runs 20 --jobs 4 --json result.json --mend
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "tests")]

from hacases import CASES, Case  # noqa: E402
from hastage import TIMERS, Options, Stage  # noqa: E402

from tests.live.arrivals import run  # noqa: E402
from tests.live.hosts import Lan  # noqa: E402

MODES = ("hot-standby", "load-balancing")
RETURN = 30.0
"""Seconds that a mended pair has to come together."""


def measure(name: str, options: Options, seconds: float | None, mend: bool, keep: Path | None) -> dict[str, Any]:
    """Run one case once; the files of a run that exceeds its bounds are kept."""
    case = CASES[name]
    with tempfile.TemporaryDirectory(prefix="takeover") as folder, Lan() as lan:
        stage = Stage(lan, Path(folder), options, case.needs)
        stage.build()
        with stage.prepared():
            try:
                found = _happen(stage, case, seconds or case.seconds)
                if mend and case.mend is not None:
                    found |= _mend(stage, case.mend)
                found = {"case": name, **_described(options), **found}
                if keep is not None and faults(found):
                    shutil.copytree(folder, keep / f"{name}-{time.time():.0f}-{os.getpid()}")
            finally:
                stage.close()
    return found


def _happen(stage: Stage, case: Case, seconds: float) -> dict[str, Any]:
    if case.needs.running:
        stage.start()
        run(stage.arrivals, 3.0 + random.random())
    marks = [server.running.mark() if server.process else 0 for server in stage.servers]
    begun = time.monotonic()
    case.happen(stage)
    if case.launched:
        run(stage.arrivals, 30.0, lambda: all(stage.is_started(number) for number in case.launched))
    since = time.monotonic() if case.launched else begun
    run(stage.arrivals, seconds)
    results = [one.result(since) for one in stage.arrivals]
    alone = any(
        server.process and "to PARTNER-DOWN" in server.running.output(mark)
        for server, mark in zip(stage.servers, marks, strict=True)
    )
    return {
        "gap": max(result.gap for result in results),
        "slowest": max(result.slowest for result in results),
        "unserved": sum(result.unserved for result in results),
        **_twice(stage, since),
        "moved": sum(result.moved for result in results),
        "lost": stage.lost(),
        "took over": alone,
        "started": since - begun,
        "states": [stage.state(number) for number in (0, 1)],
    }


def _twice(stage: Stage, since: float) -> dict[str, Any]:
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


def _mend(stage: Stage, mend: Any) -> dict[str, Any]:
    since = time.monotonic()
    mend(stage)
    together = stage.wait_states({stage.options.mode.upper()}, seconds=RETURN)
    took = time.monotonic() - since
    run(stage.arrivals, 3.0)
    results = [one.result(since) for one in stage.arrivals]
    time.sleep(0.5)
    return {
        "together": took if together else None,
        "return gap": max(result.gap for result in results),
        "return slowest": max(result.slowest for result in results),
        "return moved": sum(result.moved for result in results),
        **_twice(stage, since),
        "missing": stage.missing(),
    }


def _described(options: Options) -> dict[str, Any]:
    return {
        "servers": ",".join(options.kinds), "mode": options.mode, "timers": options.timers,
        "secs": "growing" if options.grows else "0", "clients": options.population or "new",
    }  # fmt: skip


def faults(found: dict[str, Any]) -> list[str]:
    """Return the figures of a result that exceed the bounds of its case."""
    case = CASES[found["case"]]
    bounds = {"gap": case.gap, "slowest": case.wait, "twice": case.twice, "lost": 0}
    if found["mode"] == "load-balancing" and case.wait is not None:
        bounds["slowest"] = None  # half of the clients are the other server's
    wrong = [name for name, bound in bounds.items() if bound is not None and found.get(name, 0) > bound]
    wrong += ["took over"] if found["took over"] and not case.takeover else []
    return wrong + (["together"] if "together" in found and found["together"] is None else [])


def line(results: list[dict[str, Any]]) -> str:
    """One case in a line: the median and the longest of several runs."""
    first = results[0]
    words = [f"{first['servers']:11} {first['mode'][:3]} {first['timers'][:3]} {first['secs'][:4]:4}"]
    words.append(f"{first['clients']!s:>4} {first['case']:22} {len(results):3}")
    for name in ("gap", "slowest", "return gap", "return slowest"):
        values = [result[name] for result in results if name in result]
        words.append(f"{statistics.median(values):6.2f} {max(values):6.2f}" if values else f"{'':13}")
    for name in ("unserved", "twice", "moved", "lost", "return moved", "missing"):
        words.append(f"{max((result.get(name, 0) for result in results), default=0):4}")
    wrong = sorted({word for result in results for word in faults(result)})
    return " ".join(words) + (f"  EXCEEDS {', '.join(wrong)}" if wrong else "")


def main() -> None:
    """Run the cases that the command line names and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", nargs="+", default=["ours,ours"], metavar="PRIMARY,STANDBY")
    parser.add_argument("--modes", nargs="+", default=["hot-standby"], choices=MODES)
    parser.add_argument("--timers", nargs="+", default=["default"], choices=TIMERS)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    parser.add_argument("--seconds", type=float, help="how long to watch after the fault; else as the case needs it")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="pairs that run at the same time")
    parser.add_argument("--clients", type=int, help="how many clients there are in all; else each is a new one")
    parser.add_argument("--secs-grows", action="store_true", help="clients count the field secs up")
    parser.add_argument("--mend", action="store_true", help="measure the end of the fault, too")
    parser.add_argument("--json", type=Path, help="append a line of JSON for each run to this file")
    parser.add_argument("--keep", type=Path, help="keep the servers' files of runs that exceed a bound in this folder")
    options = parser.parse_args()
    ways = [
        Options(tuple(servers.split(",")), mode, timers, options.secs_grows, options.clients)
        for servers in options.servers
        for mode in options.modes
        for timers in options.timers
    ]
    print(
        f"{'servers':11} mod tim secs clts {'case':22} run {'no ACK for':>13} {'slowest':>13} {'return: no ACK':>13}"
        f" {'slowest':>12}  uns twic move lost rmov miss"
    )
    with ProcessPoolExecutor(options.jobs) as pool:
        planned = [
            [pool.submit(measure, case, way, options.seconds, options.mend, options.keep) for _ in range(options.runs)]
            for way in ways
            for case in options.cases
        ]
        for futures in planned:
            results = [future.result() for future in futures]
            print(line(results), flush=True)
            if options.json is not None:
                with options.json.open("a") as file:
                    file.writelines(json.dumps(result) + "\n" for result in results)


if __name__ == "__main__":
    main()
