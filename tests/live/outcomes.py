"""Outcomes of packets at a real Kea and at ours, and the differences between them that count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .messages import Packet
from .twins import Answer, Outcome, Twins, differences


def last_rows(outcome: Outcome) -> Outcome:
    """The outcome with the last row of each address only."""
    return outcome._replace(rows=list({row["address"]: row for row in outcome.rows}.values()))


def is_meant(difference: str, shared: bool = False) -> bool:
    """Destinations of replies are compared elsewhere; on a busy machine seconds may pass between the two."""
    ends = re.search(r"expire: (\d+) != (\d+)$", difference)
    if ends is not None:
        return abs(int(ends[1]) - int(ends[2])) < 5
    return difference.startswith("frame") or (shared and bool(re.search(r"hostname: .* != $", difference)))


def compared(
    folder: Path, configuration: dict[str, Any], packets: Iterable[Packet], ignored: str = ""
) -> tuple[list[Answer], list[str]]:
    """Send packets to both. Return the answers of the real Kea, and the differences but for an ``ignored`` one."""
    answers: list[Answer] = []
    found: list[str] = []
    with Twins(folder, configuration) as twins:
        for packet in packets:
            kea, ours = (last_rows(each) for each in twins.make(packet.frame()))
            answers += kea.answers
            lines = [line for line in differences(kea, ours) if not is_meant(line) and line != ignored]
            found += [f"{packet}: {line}" for line in lines]
    return answers, found
