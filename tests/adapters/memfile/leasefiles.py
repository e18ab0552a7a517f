"""Changes of leases, rows and a disk that fails, for tests of the lease file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

from kea_twisted.adapters.memfile.leasefile import LeaseFile
from kea_twisted.lease.csvrow import COLUMNS, row_text
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore

NINE = ",".join(COLUMNS[:9])


Make = Callable[[], tuple[LeaseFile, LeaseStore]]


def change(address: int, end: int = 2_000_000_000, deleted: bool = False) -> Change:
    """The history of one address."""
    return Change(Lease(address, b"\x08\0\0\0\0\1", b"", 4000, end - 4000, 1), deleted)


def old_row(address: int) -> str:
    """A row of Kea 1.9's schema."""
    return ",".join(row_text(change(address)).split(",")[:9]) + "\n"


def addresses(store: LeaseStore) -> list[int]:
    """Return the clients with a lease."""
    return sorted(lease.address for lease in store)


class Disk:
    """os.write that takes no more than so many bytes, then fails."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, descriptor: int, data: bytes) -> int:
        """Write what fits."""
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = os.write(descriptor, data[: self.room])
        self.room -= written
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)
