"""Side by side: our server and a real Kea under the same load.

    python bench/run.py --runs 3 --seconds 5 --json result.json --png result.png
    python bench/run.py --quick
    python bench/run.py --scenes --leases 1000000

The servers take turns, each time fresh ones with an empty lease file. A scene's rate climbs until the server
cannot follow; what it did then is "exchanges/s", what it does when twice as much comes stands beside it, and
delays are those at half of it. CPU is what all servers used, user and system, for each finished exchange of four
messages (of two in "renewals"). Needs root and what `.ci/packages` and `.ci/oracle` install.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "tests")]

import scale  # noqa: E402
from live.hosts import Lan  # noqa: E402
from live.keas import missing  # noqa: E402
from loads import Row, measure  # noqa: E402
from report import draw, save, table  # noqa: E402
from scenes import NAMED, Scene  # noqa: E402


def scene_row(kind: str, name: str, seconds: int) -> Row:
    """One server, one scene, all its loads."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Lan() as lan:
        scene = Scene(lan, Path(folder) / name, kind, name)
        scene.start()
        row = measure(scene, seconds)
        scene.stop()
    return row


def run_all(options: argparse.Namespace) -> tuple[list[Row], list[scale.Fact]]:
    """The servers take turns, so that a slow minute of the machine hits all of them."""
    rows: list[Row] = []
    facts: list[scale.Fact] = []
    for number in range(options.runs):
        for name in options.scenes:
            for kind in options.servers:
                rows.append(scene_row(kind, name, options.seconds))
                print(f"run {number + 1} of {options.runs}: {table(rows[-1:], []).splitlines()[-1]}", file=sys.stderr)
        for kind in options.servers if options.leases else ():
            facts += scale.measure(kind, options.leases, options.seconds)
            print(f"run {number + 1} of {options.runs}: {options.leases} leases {kind}", file=sys.stderr)
    return rows, facts


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Compare our server with a real Kea.")
    made.add_argument("--runs", type=int, default=3, help="runs of everything; the table shows medians")
    made.add_argument("--seconds", type=int, default=5, help="length of each load")
    made.add_argument("--quick", action="store_true", help="one run with loads of 2 seconds, 20,000 leases")
    made.add_argument("--servers", nargs="+", default=["ours", _newest()], help="ours, kea30, kea22")
    made.add_argument("--scenes", nargs="*", default=list(NAMED), choices=NAMED)
    made.add_argument("--leases", type=int, default=200_000, help="for what size costs; 0: leave that out")
    made.add_argument("--json", type=Path, help="write every single measurement there")
    made.add_argument("--png", type=Path, help="draw a picture (with matplotlib: pip install '.[bench]')")
    return made


def _newest() -> str:
    return "kea22" if missing("kea30") else "kea30"


def main() -> None:
    """Measure, print, save."""
    options = parser().parse_args()
    if options.quick:
        options.runs, options.seconds, options.leases = 1, 2, min(options.leases, 20_000)
    if options.png and importlib.util.find_spec("matplotlib") is None:
        raise SystemExit("--png needs matplotlib: pip install '.[bench]'")
    rows, facts = run_all(options)
    print(table(rows, facts))
    if options.json:
        save(options.json, rows, facts)
    if options.png:
        draw(options.png, rows)


if __name__ == "__main__":
    main()
