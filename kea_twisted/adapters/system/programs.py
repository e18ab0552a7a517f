"""Programs of the operator, run beside the server: a bounded number at a time, each for a bounded time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from kea_twisted.adapters.system.processtree import kill_tree
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.interfaces import Timer

LONGEST_OUTPUT: Final = 16384
"""Bytes of a program's output that are passed on; the rest is read and dropped."""

LONGEST_LINE: Final = 1000
GRACE: Final = 1.0
"""Seconds after the end of a program in which its output is still read: its children may hold it open."""


class Bounds(NamedTuple):
    """The number of runs that may be under way and that may wait, and the seconds that one may take."""

    running: int
    queued: int
    timeout: float


class Ending(NamedTuple):
    """The end of a run. ``status`` is None if the program did not end by itself, for the reason ``reason``."""

    status: int | None
    reason: str = ""
    timed_out: bool = False
    not_started: bool = False


class _Run(NamedTuple):
    label: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    ended: Deferred[Ending]


class ProgramRunner:
    """Runs one program many times. ``said`` gets each line of output with the label of its run.

    The environment of a run is what it is given, nothing of the server's own.
    """

    def __init__(self, reactor: Reactor, path: str, bounds: Bounds, said: Callable[[str, str], object]) -> None:
        self.bounds = bounds
        self._reactor = reactor
        self._path = path
        self._said = said
        self._waiting: deque[_Run] = deque()
        self._running = 0

    def run(self, label: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> Deferred[Ending] | None:
        """Run the program now or when another one has ended; None: too many wait already."""
        run = _Run(label, arguments, environment, Deferred())
        if self._running < self.bounds.running:
            self._start(run)
        elif len(self._waiting) < self.bounds.queued:
            self._waiting.append(run)
        else:
            return None
        return run.ended

    def close(self) -> int:
        """Drop the runs that wait, and return their number. Those under way continue; their time stays bounded."""
        waiting, self._waiting = self._waiting, deque()
        for run in waiting:
            run.ended.callback(Ending(None, "was not started, the library was unloaded", not_started=True))
        return len(waiting)

    def _start(self, run: _Run) -> None:
        self._running += 1
        protocol = _Program(self._reactor, run.label, self.bounds.timeout, self._said)
        protocol.ended.addCallback(self._ended, run)
        try:
            self._reactor.spawnProcess(
                protocol,
                self._path,
                [self._path, *run.arguments],
                _encoded(run.environment),
                os.path.dirname(self._path),
            )
        except OSError as error:
            # later: all runs that wait could fail, each within the end of the one before
            self._reactor.callLater(0, protocol.fail, error.strerror or str(error))

    def _ended(self, ending: Ending, run: _Run) -> None:
        self._running -= 1
        run.ended.callback(ending)
        if self._waiting and self._running < self.bounds.running:
            self._start(self._waiting.popleft())


class _Program(ProcessProtocol):
    """One run: passes its output on, and ends it, with the processes that it started, when its time is over.

    The run ends with the process: children that it leaves behind may keep its output open for as long as they like.
    """

    def __init__(self, reactor: Reactor, label: str, timeout: float, said: Callable[[str, str], object]) -> None:
        self.ended: Deferred[Ending] = Deferred()
        self._reactor = reactor
        self._label = label
        self._said = said
        self._left = LONGEST_OUTPUT
        self._rest = {1: b"", 2: b""}
        self._timed_out = False
        self._timer: Timer | None = reactor.callLater(timeout, self._time_is_over)

    def connectionMade(self) -> None:
        """Close its standard input."""
        assert self.transport is not None
        self.transport.closeStdin()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Pass on whole lines."""
        data = data[: self._left]
        self._left -= len(data)
        *lines, rest = (self._rest.get(childFD, b"") + data).split(b"\n")
        self._rest[childFD] = rest
        for line in lines:
            self._say(line)

    def processExited(self, reason: Failure) -> None:
        """Tell how it ended; what it has written may still be on its way."""
        self._stop_timer()
        self._timer = self._reactor.callLater(GRACE, self._close)
        error: Any = reason.value
        status = error.exitCode
        if error.signal is not None:
            self._finish(Ending(None, f"was ended by signal {error.signal}", self._timed_out))
        else:
            self._finish(Ending(status, f"failed with exit status {status}" if status else ""))

    def processEnded(self, reason: Failure) -> None:
        """Pass on a last line without an end."""
        self._stop_timer()
        for descriptor in (1, 2):
            self._say(self._rest[descriptor])

    def fail(self, reason: str) -> None:
        """End a run that could not be started."""
        self._stop_timer()
        self._finish(Ending(None, reason, not_started=True))

    def _finish(self, ending: Ending) -> None:
        if not self.ended.called:
            self.ended.callback(ending)

    def _time_is_over(self) -> None:
        self._timer = None
        self._timed_out = True
        assert self.transport is not None
        if self.transport.pid is not None:
            kill_tree(self.transport.pid)

    def _close(self) -> None:
        self._timer = None
        if self.transport is not None:
            self.transport.loseConnection()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _say(self, line: bytes) -> None:
        text = "".join(each if each.isprintable() else " " for each in line[:LONGEST_LINE].decode(errors="replace"))
        if text.strip():
            self._said(self._label, text.rstrip())


def _encoded(environment: Mapping[str, str]) -> dict[bytes, bytes]:
    """Return the variables as bytes; a NUL would end a text."""
    return {
        name.encode(): text.replace("\0", "").encode("utf-8", "surrogateescape") for name, text in environment.items()
    }
