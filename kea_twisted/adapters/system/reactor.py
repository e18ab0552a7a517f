"""The reactor as the adapters use it: one type for its many interfaces."""

from __future__ import annotations

from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFDSet,
    IReactorProcess,
    IReactorTCP,
    IReactorThreads,
    IReactorTime,
    IReactorUNIX,
)


class Reactor(IReactorCore, IReactorFDSet, IReactorProcess, IReactorTCP, IReactorThreads, IReactorTime, IReactorUNIX):
    """The interfaces of Twisted's reactor on POSIX systems that this server uses."""
