"""The seams of the house: what one floor asks of another, in words and zope interfaces."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Protocol

from zope.interface import Attribute, Interface

from kea_twisted.events.event import Event


class Log(Protocol):
    """The receiver of events. One per server; knows loggers, severities and destinations."""

    @property
    def enabled(self) -> Container[Event]:
        """The events that are to be written, as loggers are configured now."""

    def emit(self, event: Event, *arguments: object) -> None:
        """Write one line. The caller has looked into ``enabled``; arguments fill the event's text in order."""


class Timer(Protocol):
    """A call that is due at a later time."""

    def cancel(self) -> None:
        """Prevent the call."""

    def active(self) -> bool:
        """Return True while the call is neither made nor cancelled."""

    def reset(self, delay: float, /) -> None:
        """Delay the call anew, from now."""


class Clock(Protocol):
    """The part of Twisted's reactor that has timers."""

    def seconds(self) -> float:
        """Return the time of the timers' clock."""

    def callLater(self, delay: float, function: Callable[..., object], /, *arguments: object) -> Timer:
        """Call a function with these arguments after a delay in seconds."""


class ILog(Interface):
    """The receiver of events. One per server; knows loggers, severities and destinations."""

    enabled = Attribute("A frozenset of Event: those that are to be written, as loggers are configured now.")

    def emit(event, *arguments):  # type: ignore[no-untyped-def]
        """Write one line. The caller has looked into ``enabled``; arguments fill the event's text in order."""


class ILeaseJournal(Interface):
    """The lease file. What ``append`` has returned from survives ``kill -9``."""

    def append(changes):  # type: ignore[no-untyped-def]
        """Write a sequence of lease.Change with one write, in order. OSError: nothing of it counts as written."""


class IPartner(Interface):
    """A way to ask another server, over connections that are kept alive."""

    def send(command, timeout):  # type: ignore[no-untyped-def]
        """Send a command (a dict with ``command`` and ``arguments``); Deferred of the answer, a dict with ``result``.

        Fails with ConnectionRefused, ``PartnerUnreachable`` and the like, text in the words of the operating
        system ("Connection refused"), when no answer came within ``timeout`` seconds.
        """


class IProber(Interface):
    """A way to find out whether another server's DHCP service answers, beside its HTTP listener."""

    def probe(peer):  # type: ignore[no-untyped-def]
        """Send a DHCP message to the peer of this name; Deferred of a ``ha.evidence.ProbeOutcome``, within a second.

        Nothing changes at the peer. IMPOSSIBLE where there is no way to it, or none is known to work.
        """


class ISystem(Interface):
    """The operating system's calls on raw descriptors, so that a device can be played by a test."""

    def open(path, flags):  # type: ignore[no-untyped-def]
        """As os.open."""

    def close(descriptor):  # type: ignore[no-untyped-def]
        """As os.close."""

    def read(descriptor, size):  # type: ignore[no-untyped-def]
        """As os.read."""

    def write(descriptor, data):  # type: ignore[no-untyped-def]
        """As os.write."""

    def ioctl(descriptor, request, argument):  # type: ignore[no-untyped-def]
        """As fcntl.ioctl."""
