"""Files that are written anew belong to whom they belonged: the administrator's Kea may come back to them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def keep_owner(descriptor: int, path: str) -> None:
    """Give a new file the owner and the mode of the one whose place it takes, as far as that is allowed."""
    with suppress(OSError):
        old = os.stat(path)
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
        os.fchown(descriptor, old.st_uid, old.st_gid)
