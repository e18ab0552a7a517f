"""The loss of a connection to a database, and the attempts to connect again, as the configuration has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.databases import Database
from kea_twisted.errors import LeasesUnusable
from kea_twisted.interfaces import Log, Outage

LASTING: Final = 5.0
"""Seconds between attempts where the configured ones are used up and the server continues (serve-retry-continue)."""


class Messages(NamedTuple):
    """Kea's messages about one kind of database. ``manager`` is its number among Kea's database managers."""

    name: str
    manager: int
    timer: str
    lost: E.Event
    attempt_failed: E.Event
    attempt_scheduled: E.Event
    attempts_exhausted: E.Event


class Reconnection:
    """Connects again after a loss. ``connect`` is called for each attempt, ``report`` at the beginning and the end."""

    _failures = Logger()

    def __init__(
        self,
        reactor: Reactor,
        log: Log,
        database: Database,
        words: Messages,
        connect: Callable[[], Awaitable[object]],
        report: Callable[[Outage], object],
    ) -> None:
        self._reactor = reactor
        self._log = log
        self._database = database
        self._words = words
        self._connect = connect
        self._report = report
        self._is_closed = False
        self._is_under_way = False
        self._waits: Deferred[None] | None = None  # between two attempts to connect

    @property
    def is_closed(self) -> bool:
        """True after ``close``: a connection that opens now is not wanted any more."""
        return self._is_closed

    def close(self) -> None:
        """End the attempts; nothing is reported from now on, not even by the one under way."""
        self._is_closed = True
        if self._waits is not None:
            self._waits.cancel()

    def lost(self, error: OSError) -> None:
        """Report that the connection is lost, and begin to connect again if that is configured."""
        if self._is_closed or self._is_under_way:
            return
        database, words = self._database, self._words
        tries, wait = database.max_reconnect_tries, database.reconnect_wait_time
        self._say(words.lost, error.strerror)
        self._say(E.DHCP4_DB_RECONNECT_LOST_CONNECTION, words.manager, words.timer)
        reconnects = bool(tries and wait)
        if not reconnects:
            self._say(E.DHCP4_DB_RECONNECT_DISABLED, tries, wait, words.manager, words.timer)
        ends = not reconnects and database.exits
        self._report(Outage(error.strerror or "", database.stops_service, ends))
        if not ends:
            Deferred.fromCoroutine(self._attempts()).addErrback(self._not_reconnected)

    async def _attempts(self) -> None:
        """Try until it works; give up after the configured number of attempts, or go on forever."""
        database, words, attempt = self._database, self._words, 0
        while not self._is_closed:
            self._is_under_way = True
            try:
                await self._connect()
            except (OSError, LeasesUnusable) as error:
                if self._is_closed:
                    return
                self._say(words.attempt_failed, getattr(error, "strerror", None) or error)
            else:
                self._connected()
                return
            attempt += 1
            gives_up = attempt == database.max_reconnect_tries + 1 and self._gives_up()
            if gives_up or self._is_closed:
                return
            await self._wait(attempt)

    def _connected(self) -> None:
        if self._is_closed:
            return
        self._is_under_way = False
        self._say(E.DHCP4_DB_RECONNECT_SUCCEEDED, self._words.manager, self._words.timer)
        self._report(Outage("", self._database.stops_service, False))

    def _wait(self, attempt: int) -> Deferred[None]:
        tries, wait = self._database.max_reconnect_tries, self._database.reconnect_wait_time
        if attempt <= tries:
            self._say(self._words.attempt_scheduled, attempt, tries, wait)
        self._waits = deferLater(self._reactor, wait / 1000 if 0 < attempt <= tries else LASTING)
        return self._waits

    def _gives_up(self) -> bool:
        database, words = self._database, self._words
        if database.max_reconnect_tries:
            self._say(words.attempts_exhausted, database.max_reconnect_tries)
            self._say(E.DHCP4_DB_RECONNECT_FAILED, database.max_reconnect_tries, words.manager, words.timer)
        if database.exits:
            self._report(Outage(f"{words.name} is lost", database.stops_service, True))
        return database.exits

    def _not_reconnected(self, failure: Failure) -> None:
        if not self._is_closed:
            self._failures.failure("{name} cannot be connected again", failure, name=self._words.name)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
