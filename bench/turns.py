"""A hook library that measures our server from inside: the longest turn of its reactor, answered by ``turns-get``.

A turn is what is done between two looks at the sockets; nothing is answered meanwhile. Its CPU time is what the
server itself is to blame for, its duration includes what other processes took.
"""

from __future__ import annotations

import time
from typing import Any

from kea_twisted.hooks.library import HookLibrary


class Poller:
    """Stands in front of the reactor's epoll object."""

    def __init__(self, poller: Any) -> None:
        self._poller = poller
        self._began = (time.perf_counter(), time.thread_time())
        self.longest_seconds = self.longest_cpu = 0.0

    def poll(self, *arguments: Any) -> Any:
        """The end of a turn, and the beginning of the next one."""
        seconds, cpu = self._began
        self.longest_seconds = max(self.longest_seconds, time.perf_counter() - seconds)
        self.longest_cpu = max(self.longest_cpu, time.thread_time() - cpu)
        events = self._poller.poll(*arguments)
        self._began = (time.perf_counter(), time.thread_time())
        return events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)


class Turns(HookLibrary):
    """Begins to measure with the first ``turns-get``."""

    def load(self, host: Any) -> None:
        """See HookLibrary."""
        self._reactor = host.reactor
        self._poller: Poller | None = None

    def commands(self) -> dict[str, Any]:
        """See HookLibrary."""
        return {"turns-get": self.turns_get}

    def turns_get(self, arguments: Any) -> dict[str, Any]:
        """the longest turns since this was asked for the last time, in milliseconds"""
        found = self._poller
        if found is not None:
            self._reactor._poller = found._poller
        self._poller = self._reactor._poller = Poller(self._reactor._poller)
        seconds, cpu = (found.longest_seconds, found.longest_cpu) if found is not None else (0.0, 0.0)
        return {"result": 0, "arguments": {"CPU": cpu * 1000, "clock": seconds * 1000}}
