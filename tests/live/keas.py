"""Real Keas: Debian's own, and the newer one in the chroot that `.ci/oracle` makes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from .dialect import JsonMap, adapt, plain_json
from .servers import Server

BINARY = "/usr/sbin/kea-dhcp4"
HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
COMPILED = Path(__file__).resolve().parents[2] / "build" / "compiled"
CHROOT = Path(os.environ.get("KEA_CHROOT", "/var/lib/kea-oracle"))
FILES = f"/tmp/keadhcp-files-{os.getpid()}"  # a folder inside of it, of this run
# Where a server's folder appears inside the chroot.
INSIDE = "/mnt"


def folders(place: str) -> dict[str, str]:
    """The environment that moves every file of a Kea into one folder; each version knows some names."""
    names = (
        "KEA_PIDFILE_DIR",
        "KEA_LOCKFILE_DIR",
        "KEA_DHCP_DATA_DIR",
        "KEA_LOG_FILE_DIR",
        "KEA_CONTROL_SOCKET_DIR",
        "KEA_LEGAL_LOG_DIR",
    )
    return dict.fromkeys(names, place)


class Kea22(Server):
    """Debian 12's Kea 2.2.0. It knows no data folder in the environment, so the lease file is named."""

    def words(self) -> list[str]:
        """Run it as it is installed."""
        return [BINARY, "-c", str(self.config)]

    def environment(self) -> dict[str, str]:
        """Everything in the server's own folder."""
        return folders(str(self.folder))

    def adapted(self, text: str) -> str:
        """Threads spelt out: this version listens for its partner only then."""
        name = str(self.folder / "kea-leases4.csv")
        return adapt(text, hooks=HOOKS, listener=True, stamp=_lease_file(text, name))


class Kea30(Server):
    """The Kea of the chroot; its folder is bound into the chroot in a mount namespace of its own."""

    def words(self) -> list[str]:
        """`ip netns exec` already gave us private mounts: the bound folder is seen by this process only."""
        script = 'mount --bind "$1" "$0$2" && exec chroot "$0" "$3" -c "$2/kea-dhcp4.conf"'
        return ["sh", "-c", script, str(CHROOT), str(self.folder), INSIDE, BINARY]

    def environment(self) -> dict[str, str]:
        """The folder as the server sees it."""
        return folders(INSIDE)

    def adapted(self, text: str) -> str:
        """Only what this version insists on: its hook folder and a number for each subnet."""
        return adapt(text, hooks=HOOKS, listener=False)


def version(command: list[str]) -> str | None:
    """Return the output of `-v`, None if the program cannot run."""
    try:
        done = subprocess.run([*command, "-v"], capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return None
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found[0] if found and done.returncode == 0 else None


def missing(kind: str) -> str | None:
    """Return the reason why this kind of server cannot be started here, None if it can."""
    if kind in ("ours", "executable"):
        return None
    if kind == "compiled":
        return None if (COMPILED / "made").exists() else f"nothing in {COMPILED}; run make compiled"
    if kind == "kea22":
        return None if shutil.which(BINARY) else f"no {BINARY}"
    found = version(["chroot", str(CHROOT), BINARY]) if (CHROOT / ".complete").exists() else None
    return None if found else f"no Kea in {CHROOT}; run .ci/oracle"


def _lease_file(text: str, name: str) -> JsonMap:
    database = plain_json(text)["Dhcp4"].get("lease-database", {"type": "memfile"})
    return {"lease-database": {**database, "name": name}} if database.get("persist", True) else {}
