"""The recorded words of a Kea about wrong configurations are those of the Kea that is installed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.config.test_kea_words import RECORDED, words
from tests.config.wronginputs import FILES

from .hosts import Lan
from .keas import BINARY, CHROOT, INSIDE, folders
from .needs import need


def record(folder: Path) -> dict[str, str]:
    """Return the report of the Kea of the chroot on every input, on a host whose interface is em1."""
    script = f'mount --bind "$1" "$0{INSIDE}" && exec chroot "$0" "$2" -T "{INSIDE}/wrong.conf"'
    judge = ["sh", "-c", script, str(CHROOT), str(folder), BINARY]
    said = {}
    folder.chmod(0o750)
    with Lan() as lan:
        command = lan.server("server1", "10.0.0.1/24").namespace.command(*judge)
        for name, tree in FILES.items():
            (folder / "wrong.conf").write_text(json.dumps({"Dhcp4": tree}))
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | folders(INSIDE)
            )
            lines = [line for line in done.stderr.splitlines() if line.startswith(("Error enc", "Syntax check"))]
            said[name] = words(lines[-1]) if done.returncode else ""
    return said


@pytest.mark.live
def test_the_record_is_true(tmp_path: Path) -> None:
    """Write it anew with KEA_RECORD=1 in the environment."""
    need("kea30")
    said = record(tmp_path)
    if os.environ.get("KEA_RECORD"):
        RECORDED.write_text(json.dumps(said, indent=1) + "\n")
    assert json.loads(RECORDED.read_text()) == said
