"""The names of the files around Kea's lease file: a program beside the server reads them, too."""

from __future__ import annotations

import os
from typing import NamedTuple


class LeaseFiles(NamedTuple):
    """The files around a lease file X."""

    current: str  # X: the server writes to it
    input: str  # X.1: put aside for the cleaner
    previous: str  # X.2: what the last cleaning left
    output: str  # X.output: being written; means nothing until it has become X.completed
    finish: str  # X.completed: all of X.2 and X.1 is in it, so they do not count any more
    pid: str  # X.pid: the cleaner at work

    @classmethod
    def of(cls, path: str) -> LeaseFiles:
        """Those of the lease file at this path."""
        return cls(path, *(path + suffix for suffix in (".1", ".2", ".output", ".completed", ".pid")))

    def to_read(self) -> list[str]:
        """Return the files that have leases, the oldest first: the last row of an address counts."""
        older = [self.finish] if os.path.exists(self.finish) else [self.previous, self.input]
        return [path for path in older if os.path.exists(path)] + [self.current]
