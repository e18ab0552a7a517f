"""Opening the files that the server writes: through symbolic links of the operator, and of no other user.

An operator may keep a log or the leases elsewhere by a link. A link of another user, who can write to the folder, would
have the server write to any file of the machine.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import Final

MAX_LINKS: Final = 40  # as Linux's ELOOP
MODE: Final = 0o640  # as Kea's: others than the owner and the group never read what the server writes

APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
REPLACE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
ANEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
"""The ways to open a file that has one name only: no link is followed. ``open_own`` is for files that may be links."""


def open_own(path: str, flags: int) -> int:
    """Open a file; OSError, also for a link that belongs to neither root nor the server's user."""
    name = path
    for _ in range(MAX_LINKS):
        try:
            return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
        except OSError:  # for a link it is ELOOP, but EMLINK on FreeBSD
            target = followed(name)
            if target is None:
                raise
            name = target
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def open_plain(path: str, way: int) -> int:
    """Open a file in one of the ways APPEND, REPLACE, ANEW. Raises OSError, for a link, too."""
    return os.open(path, way, MODE)


def create_own(path: str) -> int:
    """Open a new file for writing in place of any file of that name. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    return open_plain(path, ANEW)


def must_be_own(path: str) -> None:
    """Raise PermissionError for a name that ``open_own`` would not open because of a link."""
    name: str | None = path
    for _ in range(MAX_LINKS):
        name = followed(name) if name is not None else None


def followed(path: str) -> str | None:
    """Return what a symbolic link leads to, None if it is none. Raises PermissionError for one of another user."""
    try:
        status = os.lstat(path)
        target = os.readlink(path) if stat.S_ISLNK(status.st_mode) else None
        is_same = os.path.samestat(os.lstat(path), status)
    except OSError:
        return None
    if target is None:
        return None
    if status.st_uid not in (0, os.geteuid()):
        text = f"it is a symbolic link of user {status.st_uid}, only those of root and the server's user are followed"
        raise PermissionError(errno.EPERM, text, path)
    # where another one has taken its place meanwhile: look again
    return os.path.join(os.path.dirname(path), target) if is_same else path
