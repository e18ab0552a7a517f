"""Folders that are closed to others, as Debian's Kea has them, and servers that run as its user."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .conftest import unavailable

USER = "_kea"
CONFIG = """// operators keep this file from others
{"Dhcp4": {
  "interfaces-config": {"interfaces": ["*"]},
  "control-sockets": [{"socket-type": "unix", "socket-name": "kea4.sock"}],
  "loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "kea.log"}, {"output": "stdout"}]}],
  "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.19"}]},
              {"id": 2, "subnet": "10.2.0.0/24", "pools": [{"pool": "10.2.0.10-10.2.0.19"}]}]
}}"""
# run in a mount namespace of its own, so that nothing is opened for other processes
OPEN_FOLDER = """
mount --rbind {closed} /mnt && mount -t tmpfs -o mode=755 none {closed}
mkdir -p {needed}; for each in {needed}; do mount --rbind /mnt${{each#{closed}}} $each; done; umount -l /mnt
"""


def opened(paths: set[str]) -> str:
    """A script that lets other users see these folders, also below closed ones (often root's home)."""
    needed: dict[str, list[str]] = {}
    for path in sorted(paths):
        for above in (*reversed(Path(path).parents), Path(path)):
            if not above.stat().st_mode & 0o001:
                needed.setdefault(str(above), []).append(path)
                break
    steps = [OPEN_FOLDER.format(closed=top, needed=" ".join(found)) for top, found in needed.items()]
    return "\n".join(["set -e", *steps, "mount -t proc -o hidepid=invisible proc /proc", 'exec "$@"'])


@contextmanager
def debian_layout() -> Iterator[Path]:
    """A folder for everything, with ``etc`` and ``run`` in it; all belong to Kea's user and are closed to others."""
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        unavailable(f"no user {USER}")
    with tempfile.TemporaryDirectory(prefix="kea", dir="/tmp") as name:
        top = Path(name)
        (top / "etc").mkdir()
        (top / "etc" / "kea-dhcp4.conf").write_text(CONFIG)
        (top / "run").mkdir()
        for each in (top, *top.rglob("*")):
            os.chown(each, user.pw_uid, user.pw_gid)
            each.chmod(0o750 if each.is_dir() else 0o640)
        yield top
