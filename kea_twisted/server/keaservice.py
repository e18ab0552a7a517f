"""The common part of both servers' services: the log of twistd, a start that may fail, signals, the end."""

from __future__ import annotations

import atexit
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, Protocol

from twisted.application.service import IServiceCollection, Service
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized

from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.system.folders import Folders, must_be_writable
from kea_twisted.adapters.system.pidfile import AlreadyRunning
from kea_twisted.config.filenames import is_log_file
from kea_twisted.config.model import LoggerSettings
from kea_twisted.errors import ConfigError, LeasesUnusable
from kea_twisted.events.event import Event

CannotStart = (ConfigError, OSError, AlreadyRunning, LeasesUnusable)
"""Errors that keep a server from starting, with a text that says why."""


class SignalledReactor(Protocol):
    """The part of Twisted's reactor that signals need."""

    def callWhenRunning(self, function: Callable[..., object], /, *arguments: object) -> object:
        """Call a function as soon as the reactor runs."""

    def callFromThread(self, function: Callable[[], object], /) -> object:
        """Call a function in the reactor's thread; signals interrupt it anywhere."""

    def stop(self) -> object:
        """End."""


class KeaService(Service, ABC):
    """A server under twistd, with the log and the folders of one of Kea's servers."""

    _failures = Logger()

    def __init__(self, log: Log, folders: Folders, twistd_pidfile: str | None) -> None:
        self.log = log
        self.folders = folders
        self._twistd_pidfile = twistd_pidfile
        self._is_log_open = False

    def setServiceParent(self, parent: object) -> None:
        """Be part of twistd's application, whose log becomes ours."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.log.observer)  # type: ignore[no-untyped-call]
        super().setServiceParent(IServiceCollection(parent, parent))  # type: ignore[no-untyped-call]

    @abstractmethod
    def _cannot_start(self, error: Exception) -> NoReturn:
        """Report the reason, then end with status 1."""

    @contextmanager
    def _reporting_failures(self) -> Iterator[None]:
        """End the process if an error occurs meanwhile; an unexpected one is logged with its traceback."""
        try:
            yield
        except CannotStart as error:
            self._cannot_start(error)
        except Exception as error:
            self._failures.failure("the server cannot start")
            self._cannot_start(error)

    def _open_log(self, loggers: Iterable[LoggerSettings]) -> None:
        """Log to the configured outputs from now on. Raises OSError."""
        loggers = tuple(loggers)
        for logger in loggers:
            for output in logger.outputs:
                if is_log_file(output.output):
                    must_be_writable(os.path.dirname(self.folders.log_file(output.output)), "log")
        self.log.configure(loggers, self.folders.log_file)
        self._is_log_open = True

    def _leave(self) -> NoReturn:
        """End with status 1. SystemExit does not let twistd remove its PID file."""
        if self._twistd_pidfile:
            with suppress(OSError):
                os.unlink(self._twistd_pidfile)
        raise SystemExit(1)

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self.log.enabled:
            self.log.emit(event, *arguments)


def mind_signals(reactor: SignalledReactor, hang_up: Callable[[], object]) -> None:
    """End with status 0 after TERM and INT, as Kea; Twisted's own handlers would end the process by the signal."""
    stop = reactor.stop
    signal.signal(signal.SIGHUP, lambda *_: hang_up())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reactor.callFromThread(stop))


def end_with(status: int) -> None:
    """Have the process end with a status; twistd ends with 0 whenever its reactor was stopped."""
    if status:
        atexit.register(os._exit, status)  # the last thing Python does
