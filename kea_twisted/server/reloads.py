"""Reloads: signals in any number become as many reloads as are needed, and each is logged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from kea_twisted import events as E
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.model import Settings
from kea_twisted.config.refusal import log_refusal
from kea_twisted.errors import ConfigError
from kea_twisted.interfaces import Log
from kea_twisted.server.configfile import ConfigFile


class Reloads:
    """Calls ``reload`` after a signal, one at a time; signals before or during a reload cause one further reload."""

    _failures = Logger()

    def __init__(self, reactor: Reactor, reload: Callable[[], Awaitable[None]]) -> None:
        self._reactor = reactor
        self._reload = reload
        self._due = self._reloading = self._stopped = False

    def request(self) -> None:
        """Reload in a reactor turn to come. Safe in a signal handler."""
        if not self._due:
            self._due = True
            if not self._reloading:
                self._reactor.callFromThread(self._start)

    def stop(self) -> None:
        """Start no further reload."""
        self._stopped = True

    def _start(self) -> None:
        self._due, self._reloading = False, True
        Deferred.fromCoroutine(self._run())

    async def _run(self) -> None:
        try:
            await self._reload()
        except ConfigError:
            pass  # the reasons are in the log
        except Exception:
            self._failures.failure("a reload failed")
        finally:
            self._reloading = False
            if self._due and not self._stopped:
                # packets that came meanwhile are answered in between
                self._reactor.callLater(0, self._start)


async def read_again(log: Log, source: ConfigFile, replace: Callable[[Settings], Awaitable[None]]) -> None:
    """Read the configuration file and put it into force with ``replace``. Raises ConfigError: the old one stays."""

    def say(event: E.Event, *arguments: object) -> None:
        if event in log.enabled:
            log.emit(event, *arguments)

    say(E.DHCP4_DYNAMIC_RECONFIGURATION, source.path)
    try:
        await replace(source.read())
    except ConfigError as error:
        say(E.DHCP4_DYNAMIC_RECONFIGURATION_FAIL, source.path)
        log_refusal(log, error.problems)
        for problem in error.problems:
            say(E.DHCP4_CONFIG_LOAD_FAIL, source.path, problem.with_place_last)
        raise
    say(E.DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS, source.path)
