"""Medians of what was measured, as a table, as JSON and as a picture."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from facts import BYTES, CPU, DELAY, EXCHANGES, MORE_IS_BETTER, OURS, TIME, Fact

WIDTHS = (16, 36, 12)
NOTE = "+ the load generator was the limit: the server can do more"
NAMES = {"ours": "kea-twisted", "compiled": "kea-twisted, compiled", "kea30": "Kea 3.0", "kea22": "Kea 2.2"}
COLORS = {"ours": "#2a78b5", "compiled": "#123f66", "kea30": "#e08a2e", "kea22": "#f0c48a"}
CLEAR = ("leases", "subnets")  # parts whose figures say what they are without the part's name
PANELS = {
    EXCHANGES: "Exchanges per second (longer is better)",
    CPU: "CPU of an exchange, microseconds (shorter is better)",
    DELAY: "Waiting, milliseconds (shorter is better)",
    TIME: "Time, seconds (shorter is better)",
    BYTES: "Memory, bytes (shorter is better)",
}
SPREAD = 30  # between the largest and the smallest of a panel, from which on it has a logarithmic scale


def medians(facts: Sequence[Fact]) -> dict[tuple[str, str], dict[str, Fact]]:
    """By part and what was measured, then by server."""
    groups: dict[tuple[str, str], dict[str, list[Fact]]] = {}
    for fact in facts:
        groups.setdefault((fact.part, fact.what), {}).setdefault(fact.server, []).append(fact)
    return {name: {server: _median(group) for server, group in each.items()} for name, each in groups.items()}


def _median(group: list[Fact]) -> Fact:
    value = statistics.median(fact.value for fact in group)
    return replace(group[0], value=value, at_least=any(fact.at_least for fact in group if fact.value <= value))


def table(facts: Sequence[Fact]) -> str:
    """Return the report for people; the last column is our advantage over the first of the Keas."""
    servers = _servers(facts)
    against = next((server for server in servers if server not in OURS), "")
    head = f"{'':{WIDTHS[0]}}{'':{WIDTHS[1]}}{'':{WIDTHS[2]}}" + "".join(f"{server:>12}" for server in servers)
    lines = [head + (f"{'better by':>12}" if against and "ours" in servers else "")]
    before = ""
    for (part, what), row in medians(facts).items():
        if part != before:
            lines.append("")
        unit = next(iter(row.values())).unit
        cells = "".join(f"{_cell(row.get(server)):>12}" for server in servers)
        named = f"{part if part != before else '':{WIDTHS[0]}}{what:{WIDTHS[1]}}{unit:{WIDTHS[2]}}"
        lines.append(f"{named}{cells}{_advantage(row, against):>12}".rstrip())
        before = part
    if any(fact.at_least for fact in facts):
        lines += ["", NOTE]
    return "\n".join(lines)


def save(path: Path, facts: Sequence[Fact]) -> None:
    """Every single measurement, and on what machine."""
    machine = {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
    path.write_text(json.dumps({"machine": machine, "facts": [asdict(fact) for fact in facts]}, indent=1) + "\n")


def draw(path: Path, facts: Sequence[Fact]) -> None:
    """Bars, one panel for each unit, the servers beside each other. Needs matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    found = medians(facts)
    panels = {unit: [name for name, row in found.items() if _unit(row) == unit] for unit in PANELS}
    panels = {unit: names for unit, names in panels.items() if names}
    heights = [len(names) + 1.5 for names in panels.values()]
    figure, axes = pyplot.subplots(
        len(panels), 1, figsize=(10, 0.42 * sum(heights)), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for axis, (unit, names) in zip(axes[:, 0], panels.items(), strict=True):
        _panel(axis, PANELS[unit], [(name, found[name]) for name in names], _servers(facts))
    colors = [Patch(color=COLORS[server], label=NAMES[server]) for server in _servers(facts)]
    figure.legend(handles=colors, loc="outside upper right", ncols=len(colors), frameon=False)
    figure.get_layout_engine().set(h_pad=0.12)
    figure.savefig(path, dpi=120)


def _panel(axis: Any, title: str, rows: list[tuple[tuple[str, str], dict[str, Fact]]], servers: list[str]) -> None:
    thick = 0.8 / len(servers)
    for number, server in enumerate(servers):
        cells = [(place + number * thick, row[server]) for place, (_, row) in enumerate(rows) if server in row]
        places, values = [place for place, _ in cells], [cell.value for _, cell in cells]
        bars = axis.barh(places, values, thick, color=COLORS[server])
        axis.bar_label(bars, [_cell(cell) for _, cell in cells], padding=3, fontsize=8)
    values = [cell.value for _, row in rows for cell in row.values() if cell.value > 0]
    if values and max(values) / min(values) > SPREAD:
        axis.set_xscale("log")
        axis.set_xlim(min(values) / 2, max(values) * 2)
    else:
        axis.set_xlim(0, max(values, default=1) * 1.12)
    axis.xaxis.set_major_formatter("{x:,g}")
    names = [what if part in CLEAR else f"{part}: {what}" for (part, what), _ in rows]
    axis.set_yticks([place + 0.4 - thick / 2 for place in range(len(rows))], names)
    axis.invert_yaxis()
    axis.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axis.spines[["top", "right"]].set_visible(False)


def _servers(facts: Sequence[Fact]) -> list[str]:
    return sorted({fact.server for fact in facts}, key=lambda server: (server != "ours", server not in OURS, server))


def _unit(row: dict[str, Fact]) -> str:
    return next(iter(row.values())).unit


def _cell(fact: Fact | None) -> str:
    if fact is None:
        return ""
    if math.isnan(fact.value):
        return "none"
    digits = 0 if fact.value >= 100 or fact.value == int(fact.value) else 1 if fact.value >= 10 else 2
    return f"{fact.value:,.{digits}f}{'+' if fact.at_least else ''}"


def _advantage(row: dict[str, Fact], against: str) -> str:
    if "ours" not in row or against not in row:
        return ""
    ours, other = row["ours"].value, row[against].value
    if not (ours > 0 and other > 0):
        return ""
    return f"{ours / other if row['ours'].unit in MORE_IS_BETTER else other / ours:.2f}"
