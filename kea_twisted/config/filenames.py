"""Names of files that a configuration or a command makes the server write: an allow-list.

Who may send commands chooses such a name, and part of what is written: the pattern of a logger, the host names of
leases. A file that an interpreter, a loader or a shell would take for a program must not come about that way, whatever
folder it lies in. The suffixes of programs cannot be listed; those of data can.
"""

from __future__ import annotations

import re
from typing import Final

DATA_SUFFIXES: Final = (
    "backup", "bak", "conf", "csv", "db", "debug", "err", "error", "info", "json", "lease", "leases", "log", "new",
    "old", "orig", "out", "save", "trace", "txt", "warn",
)  # fmt: skip
# a suffix of digits is a number or a date: kea.log.1, kea.conf.2024-05-01
_SUFFIX: Final = re.compile(rf"(?:{'|'.join(DATA_SUFFIXES)}|[0-9][0-9_-]*)", re.IGNORECASE)


def must_be_data(path: str) -> None:
    """Raise ValueError for a path whose file name could be that of a program."""
    name = path.rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    if name.startswith(".") or (dot and not _SUFFIX.fullmatch(suffix)):
        raise ValueError(
            f"invalid file name specified: '{name}', it must not begin with a dot, and have no suffix, one of digits, "
            f"or one of {', '.join(DATA_SUFFIXES)}"
        )


def is_log_file(output: str) -> bool:
    """Return whether an ``output`` of a logger names a file, not a standard stream or ``syslog[:facility]``."""
    return output not in ("stdout", "stderr") and output.partition(":")[0] != "syslog"
