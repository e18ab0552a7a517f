"""Reading a program file that only root and the server's own user can have written.

The path is walked folder by folder over open descriptors, symbolic links included, and what is returned was read from
the descriptor that was examined: no other file can take its place between the check and the use.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from typing import Final

LONGEST: Final = 8 * 1024 * 1024  # bytes
MAX_LINKS: Final = 40  # as Linux's ELOOP
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
# a folder that may be passed through, but not listed, can be opened in this way only
_FOLDER: Final[int] = getattr(os, "O_PATH", getattr(os, "O_SEARCH", os.O_RDONLY)) | os.O_DIRECTORY
_FLAGS: Final = os.O_NOFOLLOW | os.O_CLOEXEC

Examine = Callable[[str, os.stat_result], None]


class Untrusted(ValueError):
    """A file that others than root and the server's user can change, or that is no program file."""


def trusted_owners() -> frozenset[int]:
    """Return the user ids whose files the server may run: root's and its own."""
    return frozenset((0, os.geteuid()))


def read_trusted(
    path: str, owners: Collection[int], written: Collection[str] = (), variable: str = "KEA_HOOKS_PATH"
) -> bytes:
    """Return the contents of a regular file that only ``owners`` can change or replace.

    Raises Untrusted that names the file or folder another user can write to, or the folder of ``written``, into which
    the server itself writes files, that has the file; ``variable`` names the environment variable of the right folder.
    Raises OSError if it cannot be read.
    """

    def examine(place: str, status: os.stat_result) -> None:
        if status.st_uid not in owners:
            raise Untrusted(f"{place} belongs to user {status.st_uid}: only root and the server's user may own it")
        if status.st_mode & _WRITABLE_BY_OTHERS:
            mode = stat.S_IMODE(status.st_mode)
            raise Untrusted(f"{place} has mode {mode:04o}, others can write to it: chmod go-w {place}")

    def examine_last(place: str, status: os.stat_result) -> None:
        if any(os.path.samestat(status, each) for each in _statuses(written)):
            raise Untrusted(
                f"the server itself writes files into {place}: what it runs needs another folder, which the "
                f"environment variable {variable} names"
            )

    return _read(path, examine, examine_last)


def _statuses(folders: Collection[str]) -> Iterator[os.stat_result]:
    for folder in folders:
        with suppress(OSError):
            yield os.stat(folder)


def read_program(path: str) -> bytes:
    """Return the contents of a regular file that is not writable by all users; its folders are not checked."""
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_mode & stat.S_IWOTH:
            raise Untrusted("all users may write to the file")
        return _contents(path, status, file.read)


def _read(path: str, examine: Examine, examine_last: Examine) -> bytes:
    with ExitStack() as stack:
        walk = _Walk(path, examine, examine_last, stack)
        while walk.parts:
            found = walk.step()
            if found is not None:
                return found
        raise IsADirectoryError(errno.EISDIR, "Is a directory", path)


class _Walk:
    """The way from the root folder to a file, one name at a time. ``stack`` closes what it opens.

    ``examine`` looks at the file and the folders above it, ``examine_last`` at the folder that has the file: the one
    of the target, where there is a link.
    """

    def __init__(self, path: str, examine: Examine, examine_last: Examine, stack: ExitStack) -> None:
        self.parts = _parts(os.path.join(os.getcwd(), path))
        self._path = path
        self._examine = examine
        self._examine_last = examine_last
        self._stack = stack
        self._links = 0
        self._folders: list[tuple[str, int]] = []
        self._enter("/", "/", None)

    def step(self) -> bytes | None:
        """Take the next name; the contents, if it is that of the file."""
        part = self.parts.pop()
        here, folder = self._folders[-1]
        place = os.path.join(here, part)
        if part == "..":
            del self._folders[max(1, len(self._folders) - 1) :]
        elif stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            self._follow(os.readlink(part, dir_fd=folder))
        elif self.parts:
            self._enter(place, part, folder)
        else:
            self._examine_last(here, os.fstat(folder))
            return self._file(place, part, folder)
        return None

    def _follow(self, target: str) -> None:
        self._links += 1
        if self._links > MAX_LINKS:
            raise Untrusted(f"{self._path}: too many symbolic links")
        if target.startswith("/"):
            del self._folders[1:]
        self.parts += _parts(target)

    def _enter(self, place: str, name: str, folder: int | None) -> None:
        descriptor = self._opened(name, _FOLDER, folder)
        self._examine(place, os.fstat(descriptor))
        self._folders.append((place, descriptor))

    def _file(self, place: str, name: str, folder: int) -> bytes:
        descriptor = self._opened(name, os.O_RDONLY | os.O_NONBLOCK, folder)
        status = os.fstat(descriptor)
        self._examine(place, status)
        return _contents(place, status, lambda size: os.read(descriptor, size))

    def _opened(self, name: str, flags: int, folder: int | None) -> int:
        descriptor = os.open(name, flags | _FLAGS, dir_fd=folder)
        self._stack.callback(os.close, descriptor)
        return descriptor


def _parts(path: str) -> list[str]:
    """The names in a path, the first one last."""
    return [part for part in path.split("/") if part not in ("", ".")][::-1]


def _contents(place: str, status: os.stat_result, read: Callable[[int], bytes]) -> bytes:
    if not stat.S_ISREG(status.st_mode):
        raise Untrusted(f"{place} is not a regular file")
    pieces = []
    left = LONGEST
    while left > 0 and (piece := read(left)):
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise Untrusted(f"{place} is longer than {LONGEST} bytes")
    return b"".join(pieces)
