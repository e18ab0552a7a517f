"""Reading a file that a configuration names: a password, a certificate.

Who may send commands may name any file. A pipe or a device must not hold the server up or fill its memory. Files of the
kernel have no size: reading one can wait (/proc/kmsg), take something away, or show the server's environment.
"""

from __future__ import annotations

import os
import stat
from typing import Final

LONGEST: Final = 1 << 20  # bytes; folders of trust anchors hold one certificate in each file


def read_small(path: str) -> bytes:
    """Return the contents of a regular file of at most ``LONGEST`` bytes. Raises ValueError that names it."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ValueError(f"{path} cannot be read: it is not a regular file")
            if not status.st_size:
                raise ValueError(f"{path} cannot be read: it is empty")
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > LONGEST:
        raise ValueError(f"{path} cannot be read: it has more than {LONGEST} bytes")
    return data


def read_secret(path: str) -> str:
    """Return the first line of a file, without its end; ValueError that names the file and not what is in it."""
    try:
        return read_small(path).decode("utf-8").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:  # its text would show bytes of the password
        raise ValueError(f"{path} cannot be read: it is not UTF-8 text") from None
