"""The system's log daemon, spoken to without waiting: the C library's ``syslog()`` waits for a slow one."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Final

PATHS: Final = ("/dev/log", "/var/run/log", "/var/run/syslog")  # Linux, FreeBSD, others
LONGEST: Final = 8192  # bytes; RFC 5424 section 6.1 asks for 2048 at least


class SyslogSocket:
    """Messages to the daemon, in the form of RFC 3164."""

    def __init__(self, program: str, paths: tuple[str, ...] = PATHS) -> None:
        self._program = program
        self._paths = paths
        self._socket: socket.socket | None = None

    def write(self, priority: int, text: str) -> None:
        """Send a row; BlockingIOError: not now, OSError: there is no daemon."""
        stamp = time.strftime("%b %e %H:%M:%S")
        row = f"<{priority}>{stamp} {self._program}: {text}".encode("utf-8", "backslashreplace")[:LONGEST]
        if self._socket is not None:
            with suppress(ConnectionError, FileNotFoundError):  # the daemon was started anew
                self._socket.send(row)
                return
        self._connect().send(row)

    def _connect(self) -> socket.socket:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        made.setblocking(False)
        error = OSError("no syslog daemon")
        for path in self._paths:
            try:
                made.connect(path)
            except OSError as found:
                error = found
            else:
                self._socket = made
                return made
        made.close()
        raise error
