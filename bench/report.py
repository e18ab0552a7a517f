"""Medians of what was measured, as a table, as JSON and as a picture."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from loads import Row
from scale import Fact


def medians(rows: Sequence[Any], *names: str) -> list[Any]:
    """One row for each value of the named fields, in the order of their first appearance."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
    return [_median(group) for group in groups.values()]


def _median(group: list[Any]) -> Any:
    values = {
        each.name: statistics.median(getattr(row, each.name) for row in group)
        for each in fields(group[0])
        if isinstance(getattr(group[0], each.name), float)
    }
    return replace(group[0], **values)


def table(rows: list[Row], facts: list[Fact]) -> str:
    """What a person reads."""
    lines = []
    if rows:
        lines.append(
            f"{'scene':16}{'server':8}{'exchanges/s':>12}{'at twice that':>15}"
            f"{'CPU us each':>13}{'p50 ms':>9}{'p99 ms':>9}"
        )
    lines += [
        f"{row.scene:16}{row.server:8}{row.best:12.0f}{row.twice:15.0f}{row.cpu_us:13.0f}{row.p50_ms:9.2f}{row.p99_ms:9.2f}"
        for row in sorted(medians(rows, "scene", "server"), key=lambda row: row.scene)
    ]
    servers = sorted({fact.server for fact in facts}, key=lambda server: server != "ours")
    if facts:
        lines += ["", f"{'':36}" + "".join(f"{server:>12}" for server in servers)]
    found = {(fact.what, fact.server): fact for fact in medians(facts, "what", "server")}
    for what in dict.fromkeys(fact.what for fact in facts):
        row = [found[what, server] for server in servers if (what, server) in found]
        lines.append(f"{what:36}" + "".join(f"{fact.value:12.1f}" for fact in row) + f" {row[0].unit}")
    return "\n".join(lines)


def save(path: Path, rows: list[Row], facts: list[Fact]) -> None:
    """Every single measurement."""
    everything = {"scenes": [asdict(row) for row in rows], "scale": [asdict(fact) for fact in facts]}
    path.write_text(json.dumps(everything, indent=2) + "\n")


def draw(path: Path, rows: list[Row]) -> None:
    """Bars, scene by scene: exchanges a second at best, and under twice that load. Needs matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    found = {(row.scene, row.server): row for row in medians(rows, "scene", "server")}
    scenes = list(dict.fromkeys(scene for scene, _ in found))
    servers = list(dict.fromkeys(server for _, server in found))
    width = 0.8 / (2 * len(servers))
    figure, axes = pyplot.subplots(figsize=(10, 5))
    for number, (server, load) in enumerate((server, load) for server in servers for load in ("best", "twice")):
        heights = [getattr(found[scene, server], load) if (scene, server) in found else 0 for scene in scenes]
        places = [place + number * width for place in range(len(scenes))]
        axes.bar(places, heights, width, label=server if load == "best" else f"{server}, twice the load")
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(scenes))], scenes)
    axes.set_ylabel("exchanges/s")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")
