"""Hook libraries in the wrong place: the same text as from a real Kea 3.0.4, which knows one folder only, too."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kea_twisted.server.checkfile import check_file

from .keas import BINARY, CHROOT, HOOKS
from .needs import need

pytestmark = pytest.mark.live

INSIDE = "/tmp/keadhcp-hook-paths"
ERROR = re.compile(r"hooks library configuration error: .*?(?= \(|$)", re.MULTILINE)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is there inside the chroot and out of it."""
    need("kea30")
    made = CHROOT / INSIDE[1:]
    made.mkdir()
    yield made
    shutil.rmtree(made)


def written(path: Path, library: str) -> None:
    """A configuration with one hook library."""
    path.write_text(json.dumps({"Dhcp4": {"hooks-libraries": [{"library": library}]}}))


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/evil", "/evil", "./evil", "sub/evil", "../evil", f"{HOOKS}/sub/evil", f"{HOOKS}/../evil",
        f"{HOOKS}/../hooks/evil", "/usr/lib/evil",
    ],
)  # fmt: skip
def test_a_library_outside_of_the_folder_is_refused_in_the_same_words(
    folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder / "kea.conf", f"{path}.so")
    command = ["chroot", str(CHROOT), BINARY, "-t", f"{INSIDE}/kea.conf"]
    kea = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    written(folder / "ours.conf", f"{path}.py")
    monkeypatch.setenv("KEA_HOOKS_PATH", HOOKS)
    out = io.StringIO()
    assert (kea.returncode, check_file(str(folder / "ours.conf"), out)) == (1, 1)
    expected = ERROR.findall(kea.stdout + kea.stderr)
    assert expected and ERROR.findall(out.getvalue()) == expected[-1:]
