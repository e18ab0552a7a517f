"""Hook libraries in the wrong place: the same text as from a real Kea 3.0.4, which knows one folder only, too."""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path

import pytest

from kea_twisted.server.checkfile import check_file

from .keas import BINARY, CHROOT, FILES, HOOKS

pytestmark = pytest.mark.live

ERROR = re.compile(r"hooks library configuration error: .*?(?= \(|$)", re.MULTILINE)


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
    chroot_folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(chroot_folder / "kea.conf", f"{path}.so")
    command = ["chroot", str(CHROOT), BINARY, "-t", f"{FILES}/kea.conf"]
    kea = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    written(chroot_folder / "ours.conf", f"{path}.py")
    monkeypatch.setenv("KEA_HOOKS_PATH", HOOKS)
    out = io.StringIO()
    assert (kea.returncode, check_file(str(chroot_folder / "ours.conf"), out)) == (1, 1)
    expected = ERROR.findall(kea.stdout + kea.stderr)
    assert expected and ERROR.findall(out.getvalue()) == expected[-1:]
