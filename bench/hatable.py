"""Results of the cases of a pair as text: a line for each case while they come, a table for the documentation."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from hacases import CASES
from haruns import Row, bounds, faults, starved

HEAD = (
    f"{'servers':11} mod tim secs clts {'case':23} run {'no ACK for':>13} {'slowest':>13} {'return: no ACK':>13}"
    f" {'slowest':>12}  uns twic move lost rmov miss late stal"
)
TITLES = ("what happens", "bound", "runs", "hot-standby", "load-balancing", "twice", "lost", "unserved", "set aside")
MODES = ("hot-standby", "load-balancing", "passive-backup", "hub")


def line(results: Sequence[Row]) -> str:
    """Return one case in a line: the median and the longest of several runs."""
    first = results[0]
    words = [f"{first['servers']:11} {first['mode'][:3]} {first['timers'][:3]} {first['secs'][:4]:4}"]
    words.append(f"{first['clients']!s:>4} {first['case']:23} {len(results):3}")
    for name in ("gap", "slowest", "return gap", "return slowest"):
        values = [result[name] for result in results if name in result]
        words.append(f"{statistics.median(values):6.2f} {max(values):6.2f}" if values else f"{'':13}")
    words += [f"{_most(results, name):4}" for name in ("unserved", "twice", "moved", "lost", "return moved", "missing")]
    words += [f"{_most(results, name):4.2f}" for name in ("late", "stalled")]
    wrong = sorted({word for result in results for word in faults(result)})
    starving = "  STARVED" if any(starved(result) for result in results) else ""
    return " ".join(words) + (f"  EXCEEDS {', '.join(wrong)}" if wrong else "") + starving


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of Markdown, a line for each case and pair of servers: medians and the worst."""
    lines = [_cells(TITLES), _cells(["---"] * len(TITLES))]
    for servers in sorted({row["servers"] for row in rows}, key=lambda name: (name != "ours,ours", name)):
        for case in CASES:
            chosen = [row for row in rows if (row["servers"], row["case"]) == (servers, case)]
            if chosen:
                lines.append(_row(case, servers, chosen))
    return "\n".join(lines)


def _row(case: str, servers: str, rows: Sequence[Row]) -> str:
    counted = [row for row in rows if not starved(row)]
    figure = "gap" if CASES[case].gap is not None else "slowest"
    limits = [bounds(case, servers, mode).get(figure) for mode in MODES[:2]]
    wrong = sum(bool(faults(row)) for row in counted)
    title = CASES[case].title + (": one client's wait" if figure == "slowest" else "")
    return _cells([
        title + ("" if servers == "ours,ours" else f", {servers}"),
        " / ".join(dict.fromkeys("–" if limit is None else f"{limit:g}" for limit in limits)),
        f"{len(counted)}" + (f" ({wrong} exceed)" if wrong else ""),
        *(_figures([row[figure] for row in counted if row["mode"] == mode and figure in row]) for mode in MODES[:2]),
        *(str(_most(counted, name)) for name in ("twice", "lost", "unserved")),
        str(len(rows) - len(counted)),
    ])  # fmt: skip


def _figures(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} / {max(values):.2f}" if values else "–"


def _cells(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _most(rows: Sequence[Row], name: str) -> Any:
    return max((row.get(name, 0) for row in rows), default=0)
