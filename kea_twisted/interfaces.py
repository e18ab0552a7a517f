"""The seams of the house: what one floor asks of another, in words and zope interfaces."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class ILog(Interface):
    """Where events go. One per server; knows loggers, severities and destinations."""

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


class IHookLibrary(Interface):
    """What a name in ``hooks-libraries`` stands for: it is asked once what it wants to take part in."""

    def load(host):  # type: ignore[no-untyped-def]
        """Register callbacks (host.hooks) and keep what is needed; ConfigError when the parameters are wrong."""

    def unload():  # type: ignore[no-untyped-def]
        """Let go of timers and connections; a Deferred is waited for."""


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
