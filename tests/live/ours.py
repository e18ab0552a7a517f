"""Our own server, started as its users start it."""

from __future__ import annotations

import sys
from pathlib import Path

from .keas import COMPILED, folders
from .servers import Server


class Ours(Server):
    """`twistd keadhcp`, from a folder that is not the source tree, with the configuration byte for byte."""

    def words(self) -> list[str]:
        """The twistd that stands beside this Python."""
        twistd = Path(sys.executable).parent / "twistd"
        return [str(twistd), "-n", "--pidfile=", "keadhcp", "--config", str(self.config)]

    def environment(self) -> dict[str, str]:
        """The same names that move a Kea's files, and output that is not held back."""
        return {**folders(str(self.folder)), "PYTHONUNBUFFERED": "1"}

    def adapted(self, text: str) -> str:
        """As it is."""
        return text


class Executable(Ours):
    """The same as ``kea-dhcp4``, the program that Kea's tools start."""

    def words(self) -> list[str]:
        """Kea's own command line."""
        return [str(Path(sys.executable).parent / "kea-dhcp4"), "-c", str(self.config)]


class Compiled(Ours):
    """The same with its packet path in C, as `make compiled` leaves it."""

    def environment(self) -> dict[str, str]:
        """Put that build before the installed one."""
        return {**super().environment(), "PYTHONPATH": str(COMPILED)}
