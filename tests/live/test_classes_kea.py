"""Client classes: a real Kea and ours get the same configuration and the same frames, and do the same.

Compared are every field and option of every reply, every row of the lease file, the statistics, and the list
of classes in the log.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .classified import SCENES, Crowd
from .needs import need
from .twins import Outcome, Twin, Twins, differences

MESSAGES = 120
LISTS = re.compile(r"(DHCP4_CLASSES_ASSIGNED(?:_AFTER_SUBNET_SELECTION)?) .*tid=0x[0-9a-f]+: (.*)")


def compare(folder: Path, config: dict[str, Any], seed: int) -> list[str]:
    """Return the differences, each with its message."""
    found = []
    with Twins(folder, config) as twins:
        crowd = Crowd(seed)
        for number, packet in enumerate(crowd.packets(MESSAGES)):
            marks = [twin.server.running.mark() for twin in (twins.kea, twins.ours)]
            kea, ours = twins.make(packet.frame())
            lines = [line for line in differences(kea, ours) if not _meant(line)]
            lists = [_lists(twin, mark, packet.xid) for twin, mark in zip((twins.kea, twins.ours), marks, strict=True)]
            if lists[0] != lists[1]:
                lines.append(f"classes: {lists[0]} != {lists[1]}")
            if lines:
                found.append(f"{number}: {packet}: {'; '.join(lines)}")
                if len(found) > 5:
                    break
            _learn(crowd, packet.mac, kea)
    return found


def _lists(twin: Twin, mark: int, xid: int) -> list[tuple[str, str]]:
    output = twin.server.running.output(mark)
    lines = [line for line in output.splitlines() if f"tid={xid:#x}:" in line]
    return [match.groups() for match in map(LISTS.search, lines) if match]  # type: ignore[misc]


def _learn(crowd: Crowd, mac: bytes, outcome: Outcome) -> None:
    for answer in outcome.answers:
        crowd.remember(mac, answer.address)


def _meant(difference: str) -> bool:
    """A second may pass between the two."""
    ends = re.search(r"expire: (\d+) != (\d+)$", difference)
    return ends is not None and abs(int(ends[1]) - int(ends[2])) <= 1


@pytest.mark.live
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scene", SCENES)
def test_classes_work_as_in_a_real_kea(tmp_path: Path, scene: str, seed: int) -> None:
    """Clients by chance in one of the scenes."""
    need("kea30")
    assert compare(tmp_path, SCENES[scene], seed) == []
