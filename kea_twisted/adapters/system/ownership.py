"""Files that are written anew: whose they are, who may read them, and that nothing else is written in their place.

The owner stays, since the administrator's Kea may return to them. They hold passwords and people's devices: others than
the owner and the group never read them.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from kea_twisted.adapters.system.links import MODE

_OTHERS: Final = stat.S_IRWXO


def keep_owner(descriptor: int, path: str) -> None:
    """Give a new file the owner and the mode of the one it replaces, as far as allowed, and nothing to others."""
    with suppress(OSError):
        old = os.stat(path)
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode) & ~_OTHERS)
        os.fchown(descriptor, old.st_uid, old.st_gid)


def replace_file(path: str, text: str) -> None:
    """Write a file anew as a whole. Raises OSError."""
    with replaced(path, "utf-8") as file:
        file.write(text)


@contextmanager
def replaced(path: str, encoding: str) -> Iterator[TextIO]:
    """Write a file anew as a whole, into what this yields: until that is done readers read the old one.

    A symbolic link of this name stays, and the file it names is written (as Kea does), if that is in the same folder.
    A device or a pipe stays, and nothing is written. The new file has a name that cannot be foreseen meanwhile, so that
    no link can lie in wait for it. OSError.
    """
    target = _target(path)
    folder, name = os.path.split(target)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with open(descriptor, "w", encoding=encoding) as file:
            os.fchmod(descriptor, MODE)
            keep_owner(descriptor, target)
            yield file
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def give_to_folder(descriptor: int, folder: str) -> None:
    """Give a new file that root writes to the owner and the group of its folder, as far as allowed.

    They are those of the server that is to read it.
    """
    if os.geteuid() == 0:
        with suppress(OSError):
            owner = os.stat(folder)
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def keep_aside(path: str) -> None:
    """Keep the content of an existing file as ``.bakPID``, Kea's name for it. Raises OSError."""
    if os.path.islink(path) or not os.path.isfile(path):
        return
    kept = f"{path}.bak{os.getpid()}"
    with suppress(FileNotFoundError):
        os.unlink(kept)
    os.link(path, kept, follow_symlinks=False)


def _target(path: str) -> str:
    target = os.path.realpath(path)
    folder = os.path.realpath(os.path.dirname(path) or ".")
    if os.path.islink(path) and os.path.dirname(target) != folder:
        raise PermissionError(f"it is a symbolic link to {target}, which is in another folder")
    target = os.path.join(folder, os.path.basename(target))
    if os.path.exists(target) and not (os.path.isfile(target) or os.path.isdir(target)):
        raise PermissionError("it is no regular file, and would be one afterwards")
    return target
