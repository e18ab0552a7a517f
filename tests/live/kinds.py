"""The servers a test can be run with, by name."""

from __future__ import annotations

from pathlib import Path

from .hosts import Host
from .keas import Kea22, Kea30
from .ours import Compiled, Executable, Ours
from .servers import Server

KINDS: dict[str, type[Server]] = {
    "ours": Ours,
    "executable": Executable,
    "compiled": Compiled,
    "kea22": Kea22,
    "kea30": Kea30,
}


def place(kind: str, host: Host, folder: Path, text: str) -> Server:
    """Put a server of the kind on the host; it is not started yet."""
    return KINDS[kind](host, folder, text)
