"""The moments at which the kernel received datagrams (SO_TIMESTAMP), for ports whose queries are timed."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from struct import Struct
from typing import Final

_IS_LINUX: Final = sys.platform == "linux"
# <asm-generic/socket.h> of Linux; <sys/socket.h> of FreeBSD, where the control message has a number of its own
_TIMESTAMP: Final = 29 if _IS_LINUX else 0x0400
_MESSAGE: Final = 29 if _IS_LINUX else 2
_TIMEVAL: Final = Struct("@ll")
SPACE: Final = socket.CMSG_SPACE(_TIMEVAL.size)
"""The room that the time needs among the control messages."""


class TimedFrame(bytes):
    """A frame that knows when the kernel received it; 0.0: that is not known."""

    received: float = 0.0


def switch(opened: socket.socket, on: bool) -> None:
    """Have the kernel deliver the times of a socket's datagrams, or no longer."""
    opened.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, int(on))


def time_in(messages: Iterable[tuple[int, int, bytes]]) -> float:
    """Return the time in the control messages of a datagram, 0.0 without one."""
    for level, kind, data in messages:
        if level == socket.SOL_SOCKET and kind == _MESSAGE:
            seconds, microseconds = _TIMEVAL.unpack_from(data)
            return float(seconds + microseconds / 1e6)
    return 0.0


def receive(opened: socket.socket, size: int) -> TimedFrame:
    """Read a frame and its time. Raises OSError."""
    data, messages, _, _ = opened.recvmsg(size, SPACE)
    frame = TimedFrame(data)
    frame.received = time_in(messages)
    return frame
