"""Side by side: our server and a real Kea under the same load.

    python bench/run.py --runs 3 --rate 1000 --json result.json

Each run starts fresh servers with an empty lease file, offers a given rate, then climbs a ladder of rates
until they cannot follow; "full" is the best step. CPU is what all servers used, user and system, for each
finished exchange of four messages. Needs root and what `.ci/packages` and `.ci/oracle` install.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests")]

from generator import generate  # noqa: E402
from live.hosts import Lan  # noqa: E402
from live.keas import missing  # noqa: E402
from scene import Scene  # noqa: E402

CLIENTS = 900_000
LADDER = [1500, 2000, 3000, 4000, 5000, 6000, 8000, 10000, 12000]


@dataclass(frozen=True)
class Row:
    """One measurement."""

    server: str
    scene: str
    offered: str
    rate: float
    cpu_us: float
    lost: int
    delay_ms: float


def measure(folder: Path, kind: str, pair: bool, options: argparse.Namespace) -> list[Row]:
    """Start one scene, put the given load on it, then find its best."""
    with Lan() as lan:
        scene = Scene(lan, folder, kind, pair)
        scene.start()
        rows = [offer(scene, kind, "given", options.rate, options.seconds), climb(scene, kind, options)]
        scene.stop()
    return rows


def climb(scene: Scene, kind: str, options: argparse.Namespace) -> Row:
    """Offer more and more; a flood far above the limit would measure only how packets are thrown away."""
    best: Row | None = None
    for rate in options.ladder:
        row = offer(scene, kind, "full", rate, options.seconds)
        if best is None or row.rate > best.rate:
            best = row
        if row.rate < 0.9 * rate:
            break
    assert best is not None
    return best


def offer(scene: Scene, kind: str, offered: str, rate: int, seconds: int) -> Row:
    """One load and what it cost. The rate is the seed too: each step brings other clients."""
    before = scene.cpu()
    load = generate(scene.generator, seconds, rate, CLIENTS, seed=rate)
    cpu = (scene.cpu() - before) / max(load.exchanges, 1) * 1e6
    name = "pair" if len(scene.servers) > 1 else "single"
    return Row(kind, name, offered, load.exchanges / seconds, cpu, load.lost, load.delay_ms)


def run_all(options: argparse.Namespace) -> list[Row]:
    """The servers take turns, so that a slow minute of the machine hits all of them."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        for number in range(options.runs):
            for name in options.scenes:
                for kind in options.servers:
                    rows += measure(Path(folder) / f"{number}-{name}-{kind}", kind, name == "pair", options)
                    print(f"run {number + 1} of {options.runs}: {name} {kind}", file=sys.stderr)
    return rows


def medians(rows: list[Row]) -> list[Row]:
    """One row for each server, scene and load."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.scene, row.offered, row.server), []).append(row)
    return [_median(group) for _, group in sorted(groups.items())]


def _median(group: list[Row]) -> Row:
    first = group[0]
    return Row(
        first.server,
        first.scene,
        first.offered,
        statistics.median(row.rate for row in group),
        statistics.median(row.cpu_us for row in group),
        int(statistics.median(row.lost for row in group)),
        statistics.median(row.delay_ms for row in group),
    )


def table(rows: list[Row], options: argparse.Namespace) -> str:
    """What a person reads."""
    offered = {"given": f"{options.rate}/s", "full": "full"}
    lines = [
        f"{'scene':8}{'load':10}{'server':8}{'exchanges/s':>12}{'CPU us each':>13}{'lost':>8}{'delay ms':>10}"
    ]
    lines += [
        f"{row.scene:8}{offered[row.offered]:10}{row.server:8}{row.rate:12.0f}{row.cpu_us:13.0f}"
        f"{row.lost:8}{row.delay_ms:10.2f}"
        for row in rows
    ]
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Compare our server with a real Kea under perfdhcp's load.")
    made.add_argument("--runs", type=int, default=3, help="runs of everything; the table shows medians")
    made.add_argument("--seconds", type=int, default=10, help="length of each load")
    made.add_argument("--rate", type=int, default=1000, help="exchanges a second of the given load")
    made.add_argument("--ladder", type=int, nargs="+", default=LADDER, help="rates to climb to saturation")
    made.add_argument("--servers", nargs="+", default=["ours", _newest()], help="ours, kea30, kea22")
    made.add_argument("--scenes", nargs="+", default=["single", "pair"], choices=["single", "pair"])
    made.add_argument("--json", type=Path, help="write every single measurement there")
    return made


def _newest() -> str:
    return "kea22" if missing("kea30") else "kea30"


def main() -> None:
    """Measure, print, save."""
    options = parser().parse_args()
    rows = run_all(options)
    print(table(medians(rows), options))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
