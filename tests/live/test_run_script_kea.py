"""The script of libdhcp_run_script: a real Kea and ours run it at the same points, with the same environment."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .bootp import DECLINE, DISCOVER, INFORM, RELEASE, REQUEST
from .keas import INSIDE
from .kinds import KINDS
from .messages import SERVER_ADDRESS, Options, Packet
from .needs import need
from .ours import Ours
from .reserved import config, subnet
from .twins import Twin

SCRIPT = """#!/bin/sh
out="${0%/*}/runs"
{ echo "HOOK=$1"; /usr/bin/env; } > "$out/new.$$"
/bin/mv "$out/new.$$" "$out/run.$$"
"""
NOT_COMPARED = ("PWD", "_", "SHLVL", "OLDPWD", "QUERY4_IFACE_INDEX")
AGENT = (82, b"\x01\x06port-1\x02\x03abc")


def packed(address: str) -> bytes:
    """An address as an option carries it."""
    return bytes(int(each) for each in address.split("."))


def packets() -> list[Packet]:
    """One message for each hook point, and some for which there is none."""
    here = (54, packed(SERVER_ADDRESS))

    def of(number: int, kind: int, *options: tuple[int, bytes], **more: Any) -> Packet:
        mac = b"\x02\xaa\0\0\0" + bytes((number,))
        own: Options = ((61, b"\1" + mac),) if number % 2 else ()
        return Packet(kind, mac, (*own, *options), xid=number << 16 | kind, **more)

    first, second, third = "10.0.0.10", "10.0.0.11", "10.0.0.12"
    return [
        of(1, DISCOVER, (12, b"desk")),
        of(1, REQUEST, (50, packed(first)), here, (12, b"desk"), secs=3),
        of(1, REQUEST, ciaddr=first, source=first, unicast=True),
        of(2, REQUEST, (50, packed(second)), here, AGENT, giaddr="10.0.0.200", source="10.0.0.200", hops=1),
        of(2, DECLINE, (50, packed(second)), here),
        of(3, REQUEST, (50, packed(third)), here, flags=0x8000),
        of(3, RELEASE, here, ciaddr=third, source=third, unicast=True),
        of(4, REQUEST, (50, packed("10.0.0.13")), here),
        of(4, REQUEST, (50, packed("10.0.0.14")), here),
        of(1, INFORM, ciaddr=first, source=first, unicast=True),
    ]


class Unchecked(Ours):
    """Ours, which takes a script below a folder that others can write to."""

    def words(self) -> list[str]:
        """With the option for that."""
        return [*super().words(), "-X"]


def twin(kind: str, folder: Path) -> Twin:
    """A server whose script leaves a file for each of its runs."""
    folder.mkdir(mode=0o750)
    (folder / "scripts" / "runs").mkdir(parents=True)
    script = folder / "scripts" / "dump.sh"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    place = f"{INSIDE if kind == 'kea30' else folder}/scripts"
    library = {"library": "libdhcp_run_script.so", "parameters": {"name": f"{place}/dump.sh", "sync": False}}
    made = Twin(
        kind, folder, config(subnet(1, valid_lifetime=2), hooks_libraries=[library], decline_probation_period=1)
    )
    made.server.more["KEA_HOOK_SCRIPTS_PATH"] = place
    return made


def told(folder: Path, expected: int) -> list[dict[str, str]]:
    """The environments of all runs, when so many have ended."""
    for _ in range(100):
        files = sorted(folder.glob("scripts/runs/run.*"))
        if len(files) >= expected:
            break
        time.sleep(0.05)
    return [dict(line.split("=", 1) for line in path.read_text().splitlines()) for path in files]


def walk(kind: str, folder: Path) -> list[dict[str, str]]:
    """The variables that the script got from one server. A packet comes when the run for the last one has ended."""
    one = twin(kind, folder)
    try:
        one.start()
        for packet in packets():
            one.make(packet.frame())
        time.sleep(3.1)
        one.command("leases-reclaim", remove=True)
        return told(folder, 15)
    finally:
        one.close()


def comparable(runs: list[dict[str, str]]) -> Counter[tuple[tuple[str, str], ...]]:
    """The runs without times, and without what is true of one network only."""
    found = []
    for run in runs:
        kept = {name: text for name, text in run.items() if name not in NOT_COMPARED and not name.endswith("CLTT")}
        if run.get("QUERY4_HWADDR") == "02:fe:ed:fe:ed:00" or (
            run["HOOK"] == "leases4_committed" and run["LEASES4_SIZE"] == run["DELETED_LEASES4_SIZE"] == "0"
        ):
            continue  # Kea runs it where no lease was stored, too
        found.append(tuple(sorted(kept.items())))
    return Counter(found)


@pytest.mark.live
def test_the_script_is_run_as_by_a_real_kea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("kea30")
    monkeypatch.setitem(KINDS, "ours", Unchecked)
    kea, ours = (comparable(walk(kind, tmp_path / kind)) for kind in ("kea30", "ours"))
    assert sorted((kea - ours).elements()) == sorted((ours - kea).elements())
    hooks = {dict(run)["HOOK"] for run in kea}
    assert hooks == {
        "lease4_renew", "lease4_expire", "lease4_recover", "leases4_committed", "lease4_release", "lease4_decline"
    }  # fmt: skip
