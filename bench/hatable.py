"""Results of the cases of a pair as text: a line for each case while they come, a table for the documentation."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from hacases import CASES
from haruns import Row, are_ours, bounds, faults, starved

HEAD = (
    f"{'servers':11} mod tim secs clts {'case':23} run {'no ACK for':>13} {'slowest':>13} {'return: no ACK':>13}"
    f" {'slowest':>12}  uns twic move lost rmov miss late stal"
)
TOP = "| what happens | figure | bound | runs | median | worst | address twice | ACK lost | unserved | set aside |"
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
    """Return the rows as a table of Markdown: a line for each case, mode and pair of servers."""
    lines = [TOP, "|---" * TOP.count(" |") + "|"]
    for servers in sorted({row["servers"] for row in rows}, key=lambda name: (not are_ours((name,)), name)):
        for case in CASES:
            for mode in MODES:
                chosen = [row for row in rows if (row["servers"], row["case"], row["mode"]) == (servers, case, mode)]
                if chosen:
                    lines.append(_row(case, servers, mode, chosen))
    return "\n".join(lines)


def _row(case: str, servers: str, mode: str, rows: Sequence[Row]) -> str:
    counted = [row for row in rows if not starved(row)]
    limits = bounds(case, servers, mode)
    figure = "gap" if CASES[case].gap is not None else "slowest"
    values = [row[figure] for row in counted if figure in row]
    wrong = sum(bool(faults(row)) for row in counted)
    cells = [
        f"{CASES[case].title}, {mode}" + ("" if servers == "ours,ours" else f", {servers}"),
        "no ACK" if figure == "gap" else "one client's wait",
        f"{limits[figure]:g}" if figure in limits else "–",
        f"{len(counted)}" + (f" ({wrong} exceed)" if wrong else ""),
        f"{statistics.median(values):.2f}" if values else "–",
        f"{max(values):.2f}" if values else "–",
        *(str(_most(counted, name)) for name in ("twice", "lost", "unserved")),
        str(len(rows) - len(counted)),
    ]
    return "| " + " | ".join(cells) + " |"


def _most(rows: Sequence[Row], name: str) -> Any:
    return max((row.get(name, 0) for row in rows), default=0)
