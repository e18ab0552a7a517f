"""Measure how long clients go without an answer when something happens to a pair, and what is left of their leases.

A new client arrives every 0.2 s and repeats its message after a second (RFC 2131 4.1 without the random part). From
the fault on the command measures the longest time without any ACK (over all clients of a network), the longest wait of
one client, addresses that two clients hold, clients that lost their address, and ACKs that no running server knows
(``lost``). With ``--mend`` the fault ends after that, and the same is measured until both work together again;
``missing`` are ACKs that one of the two does not know then. A start counts from the moment when the servers have
opened their sockets (DHCP4_STARTED), not from that of their processes. With ``--clients 300`` there are so many clients
that ask every ten seconds. Needs root:

    python bench/takeover.py --servers ours,ours kea30,kea30 --timers default tutorial --cases kill-primary off-standby
    python bench/takeover.py --top-up 20 --jobs 3 --json result.json --keep faults/ --until 17:30
    python bench/takeover.py --table result.json

``--top-up`` goes on where a file of results ends, over modes, timers, ``secs`` and numbers of clients in turn. A run in
which the clients or a server got no CPU for a fifth of the bound is set aside, independent of its result, and repeated.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "tests")]

from hacases import CASES  # noqa: E402
from haplan import lacking, moment, read  # noqa: E402
from haruns import Row, measure  # noqa: E402
from hastage import TIMERS, Options  # noqa: E402
from hatable import HEAD, MODES, line, table  # noqa: E402

Run = tuple[str, Options]


def in_time(until: float, *run: object) -> Row | None:
    """Measure unless it is too late to begin."""
    return measure(*run) if time.time() < until else None  # type: ignore[arg-type]


def planned(options: argparse.Namespace) -> Iterator[list[Run]]:
    """Yield the runs, those that are reported together in a list."""
    pairs = [tuple(servers.split(",")) for servers in options.servers]
    if options.top_up is not None:
        rows = read(options.json, options.since)
        for servers in pairs:
            yield from ([run] for run in lacking(rows, options.cases, servers, options.top_up))
        return
    for servers in pairs:
        for mode in options.modes:
            for timers in options.timers:
                way = Options(servers, mode, timers, options.secs_grows, options.clients, options.tls)
                yield from ([(case, way)] * options.runs for case in options.cases)


def report(options: argparse.Namespace, futures: Iterable[Future[Row | None]]) -> None:
    """Print a line for these runs, and append them to the file."""
    found = [future.result() for future in futures]
    results = [result for result in found if result is not None]
    if not results:
        return
    print(line(results), flush=True)
    if options.json is not None:
        with options.json.open("a") as file:
            file.writelines(json.dumps(result) + "\n" for result in results)


def arguments() -> argparse.Namespace:
    """Read the command line."""
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
    parser.add_argument("--tls", action="store_true", help="the servers talk to each other in TLS")
    parser.add_argument("--mend", action="store_true", help="measure the end of the fault, too")
    parser.add_argument("--json", type=Path, help="append a line of JSON for each run to this file")
    parser.add_argument("--keep", type=Path, help="keep the servers' files of runs that exceed a bound in this folder")
    parser.add_argument("--top-up", type=int, metavar="RUNS", help="make the runs that the file lacks, in every way")
    parser.add_argument("--since", metavar="COMMIT", help="rows of earlier commits do not count")
    parser.add_argument("--until", type=moment, default=float("inf"), metavar="HH:MM", help="begin no run after that")
    parser.add_argument("--table", type=Path, metavar="FILE", help="print the results in a file as a table")
    options = parser.parse_args()
    if options.top_up is not None and options.json is None:
        parser.error("--top-up needs --json")
    return options


def main() -> None:
    """Run the cases that the command line names and print a line for each."""
    options = arguments()
    if options.table is not None:
        print(table(read(options.table, options.since)))
        return
    print(HEAD)
    how = (options.seconds, options.mend, options.keep)
    with ProcessPoolExecutor(options.jobs) as pool:
        groups = [[pool.submit(in_time, options.until, *run, *how) for run in runs] for runs in planned(options)]
        if options.top_up is not None:
            for future in as_completed(future for group in groups for future in group):
                report(options, [future])
        else:
            for group in groups:
                report(options, group)


if __name__ == "__main__":
    main()
