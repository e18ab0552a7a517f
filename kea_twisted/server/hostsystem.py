"""The implementation of ``commands.context.HostSystem``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final

from kea_twisted.adapters.net.nics import system_nics
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import Sockets
from kea_twisted.adapters.system.folders import Folders, must_lie_in
from kea_twisted.adapters.system.ownership import keep_aside
from kea_twisted.commands.context import InterfaceState
from kea_twisted.server.leasestorage import LeaseStorage

_ETHERNET: Final = 1
_LOOPBACK: Final = 772


class ServerHostSystem:
    """Interfaces by the server's sockets, files by its folders and its lease storage."""

    def __init__(
        self,
        ports: OpenPorts,
        sockets: Sockets,
        folders: Folders,
        storage: LeaseStorage,
        must_not_replace: Callable[[str], None] = lambda path: None,
    ) -> None:
        self._must_not_replace = must_not_replace
        self._ports = ports
        self._sockets = sockets
        self._folders = folders
        self._storage = storage

    def interfaces(self) -> Sequence[InterfaceState]:
        """All network interfaces."""
        used = self._ports.listening
        return [
            InterfaceState(
                nic.name, nic.ifindex, nic.mac, _LOOPBACK if nic.loopback else _ETHERNET, nic.addresses,
                nic.loopback, nic.up, nic.running, nic.multicast, nic.broadcast, nic.name in used,
            )
            for nic in system_nics().values()
        ]  # fmt: skip

    def redetect(self) -> None:
        """Open now what has become possible to open."""
        self._sockets.redetect()

    def start_cleanup(self) -> bool | None:
        """Clean the lease file up; False: that is under way already; None: there is no lease file."""
        return self._storage.backend.clean_up()

    def beside_lease_file(self, name: str) -> str:
        """The path of a file in the folder of the lease file. Raises ValueError for other folders, PermissionError."""
        if not os.path.basename(name):
            raise ValueError(f"path: '{name}' has no filename")
        if self._folders.checked:
            must_lie_in(name, self._folders.data)
        path = os.path.join(self._folders.data, name)
        self._must_not_replace(path)
        return path

    def lease_file(self) -> tuple[int, float] | None:
        """The size of the lease file and when it was last written to; None: there is none."""
        try:
            found = os.stat(self._storage.path)
        except OSError:
            return None
        return found.st_size, found.st_mtime

    def free_space(self) -> int | None:
        """The bytes that are free where the lease file is; None: it cannot be found out."""
        try:
            found = os.statvfs(os.path.dirname(self._storage.path))
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    @property
    def checks_paths(self) -> bool:
        """True while the rules about where files may lie are in force."""
        return self._folders.checked

    def rewrite_lease_file(self, path: str) -> bool:
        """Write the lease file anew, and keep it as ``.bakPID``, if it has this path. Raises OSError."""
        return self._storage.backend.write_again(path)

    def keep_aside(self, path: str) -> None:
        """Keep the present content of a file that is about to be replaced as ``.bakPID``. Raises OSError."""
        keep_aside(path)
