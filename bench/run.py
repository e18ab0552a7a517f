"""Side by side: our server and a real Kea, doing the same, in turns; one table of medians.

    python bench/run.py --json result.json --png result.png
    python bench/run.py --quick
    python bench/run.py --parts single renewals --runs 5
    python bench/run.py --parts leases tidying sync --leases 1000000

Parts: the scenes (``single`` to ``load-balancing``), each under a load that climbs until the server cannot follow;
``leases`` and ``subnets``, what size costs; ``tidying``, the longest time without an answer while a large server cleans
up its lease file and reclaims; ``sync``, how long an empty partner takes to fetch all leases. CPU is what all servers
of a scene used, user and system, for each finished exchange of four messages (of two in "renewals"). The servers
take turns, each time fresh ones. Needs root and what `.ci/packages` and `.ci/oracle` install.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import size  # noqa: E402
import stalls  # noqa: E402
import sync  # noqa: E402
from facts import Fact  # noqa: E402
from live.hosts import Lan  # noqa: E402
from live.keas import COMPILED, missing  # noqa: E402
from live.kinds import KINDS  # noqa: E402
from loads import measure  # noqa: E402
from report import draw, save, table  # noqa: E402
from scenes import NAMED, Scene  # noqa: E402

PARTS = (*NAMED, "leases", "subnets", "tidying", "sync")


def parts(options: argparse.Namespace) -> dict[str, Callable[[str], list[Fact]]]:
    """The measurements of one server, by the name of the part."""
    quick: bool = options.quick
    sizes: dict[str, Callable[[str], list[Fact]]] = {
        "leases": lambda kind: size.leases(kind, options.leases, options.seconds),
        "subnets": lambda kind: size.subnets(kind, 1000 if quick else 10_000, options.seconds),
        "tidying": lambda kind: stalls.measure(kind, options.leases, 10.0 if quick else stalls.LASTS),
        "sync": lambda kind: sync.measure(kind, options.synced),
    }
    return {name: partial(scene, name=name, seconds=options.seconds) for name in NAMED} | sizes


def scene(kind: str, name: str, seconds: int) -> list[Fact]:
    """One server, one scene, all its loads."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Lan() as lan:
        made = Scene(lan, Path(folder) / name, kind, name)
        made.start()
        facts = measure(made, seconds)
        made.stop()
    return facts


def run_all(options: argparse.Namespace) -> list[Fact]:
    """The servers take turns, so that a slow minute of the machine hits all of them."""
    facts: list[Fact] = []
    known = parts(options)
    for number in range(options.runs):
        for name in options.parts:
            for kind in options.servers:
                facts += known[name](kind)
                print(f"run {number + 1} of {options.runs}: {name}, {kind}", file=sys.stderr, flush=True)
    return facts


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Compare our server with a real Kea.")
    made.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS, help="what to measure")
    made.add_argument("--runs", type=int, default=3, help="runs of everything; the table shows medians")
    made.add_argument("--seconds", type=int, default=5, help="length of each load")
    made.add_argument("--quick", action="store_true", help="one short run with small numbers")
    made.add_argument("--servers", nargs="+", default=["ours", _newest()], choices=list(KINDS))
    made.add_argument("--leases", type=int, default=1_000_000, help="of a large server")
    made.add_argument("--synced", type=int, default=200_000, help="leases that a partner fetches")
    made.add_argument("--json", type=Path, help="write every single measurement there")
    made.add_argument("--png", type=Path, help="draw a picture (with matplotlib: pip install '.[bench]')")
    return made


def _newest() -> str:
    return "kea22" if missing("kea30") else "kea30"


def main() -> None:
    """Measure, print, save."""
    options = parser().parse_args()
    if options.quick:
        options.runs, options.seconds = 1, 2
        options.leases, options.synced = min(options.leases, 20_000), min(options.synced, 5000)
    for reason in filter(None, map(missing, options.servers)):
        raise SystemExit(reason)
    if options.png and importlib.util.find_spec("matplotlib") is None:
        raise SystemExit("--png needs matplotlib: pip install '.[bench]'")
    # as pip does it with a package that it installs
    for tree in (HERE.parent, COMPILED):
        compileall.compile_dir(tree / "kea_twisted", quiet=2)
    facts = run_all(options)
    print(table(facts))
    if options.json:
        save(options.json, facts)
    if options.png:
        draw(options.png, facts)


if __name__ == "__main__":
    main()
