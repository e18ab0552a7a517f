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


class IHookLibrary(Interface):
    """An entry of ``hooks-libraries``: asked once for the hook points it takes part in."""

    def load(host):  # type: ignore[no-untyped-def]
        """Begin: prepare what is needed. ``host`` is an IHookHost.

        ConfigError or ValueError: the parameters cannot be used, and the configuration that has them is
        refused. What takes time is started here and not waited for.
        """

    def unload():  # type: ignore[no-untyped-def]
        """Let go of timers and connections; a Deferred or coroutine is waited for."""


class IHookPoints(Interface):
    """One method for each hook point; ``hooks.library.HookLibrary`` has them all, empty.

    What a method may return, and what that does, is in the hook table (``hooks/points.py``). Values are never
    changed in place: ``query.message._replace(…)`` makes the new one to return.
    """

    on_error = Attribute('What happens to a packet when a method fails: "continue" or "drop".')
    timeout = Attribute("How many seconds an awaitable may take before that counts as a failure.")

    def check(parameters, problems):  # type: ignore[no-untyped-def]
        """A class method: report everything that is wrong with the parameters to a Problems.

        Asked before anything is loaded, also when a configuration is merely tested.
        """

    def commands():  # type: ignore[no-untyped-def]
        """The library's control commands: a mapping of names to functions of the arguments.

        A function gets the request's arguments as they came (None: there were none). It returns an answer (a
        dict with ``result``, and ``text`` and ``arguments`` if wanted) or an awaitable of one, or raises
        CommandError. Its docstring's first line is the command's summary.
        """

    def buffer4_receive(query):  # type: ignore[no-untyped-def]
        """A message was read (an ``engine.effects.Query``). Nothing is logged or checked yet."""

    def pkt4_receive(query):  # type: ignore[no-untyped-def]
        """A message was accepted. A Query that is returned takes its place. May wait.

        ``query.classes`` are the classes that were told from it; they stay, whatever takes its place.
        """

    def subnet4_select(query, subnet):  # type: ignore[no-untyped-def]
        """The subnet was chosen (a ``config.model.Subnet`` or None); another one may be returned."""

    def host4_identifier(query, identifier):  # type: ignore[no-untyped-def]
        """Reservations are looked up: the ``flex-id`` of the client, bytes, may be returned."""

    def lease4_select(query, lease, offered):  # type: ignore[no-untyped-def]
        """A new lease (a ``lease.lease.Lease``) is to be offered or given.

        A Lease that is returned takes its place; its address and subnet are kept.
        """

    def lease4_renew(query, lease):  # type: ignore[no-untyped-def]
        """A lease is to be renewed by a REQUEST; ``lease`` is as it will be. A Lease may be returned."""

    def lease4_offer(query, lease):  # type: ignore[no-untyped-def]
        """An OFFER is ready: the last moment to find out whether the address is free. May wait."""

    def lease4_decline(query, lease):  # type: ignore[no-untyped-def]
        """The client found the address of its lease in use."""

    def lease4_release(query, lease):  # type: ignore[no-untyped-def]
        """The client gives its lease up."""

    def leases4_committed(decision):  # type: ignore[no-untyped-def]
        """Leases were written to the lease file and the client waits for its answer. May wait.

        ``decision`` (``engine.effects.Decision``) has ``query``, ``changes`` (each a ``lease`` and whether it
        was ``deleted``), and ``lease``, the one that is confirmed to the client, or None.
        """

    def pkt4_send(query, response):  # type: ignore[no-untyped-def]
        """An answer is complete. ``response`` is a ``wire.message.Message``; another may be returned."""

    def buffer4_send(query, reply):  # type: ignore[no-untyped-def]
        """The bytes of an answer and where they go (an ``engine.effects.Reply``); another may be returned."""

    def dhcp4_srv_configured(settings):  # type: ignore[no-untyped-def]
        """A configuration came into force: ``config.model.Settings``."""

    def lease4_expire(lease):  # type: ignore[no-untyped-def]
        """A lease is over and about to be reclaimed."""

    def lease4_recover(lease):  # type: ignore[no-untyped-def]
        """A declined address is about to come back into use."""

    def command_processed(command, arguments, answer):  # type: ignore[no-untyped-def]
        """A control command was carried out; ``answer`` is what its sender gets."""


class IHookHost(Interface):
    """The server as a hook library sees it, in ``load`` and afterwards."""

    log = Attribute("An ILog. Libraries may as well use twisted.logger or print.")
    reactor = Attribute("Twisted's reactor: timers, connections.")
    settings = Attribute("The ``config.model.Settings`` in force.")
    table = Attribute("The leases: ``table.store`` finds them, ``table.apply`` changes them.")
    statistics = Attribute("The counters.")

    def now():  # type: ignore[no-untyped-def]
        """Seconds since the epoch."""

    def commit(changes):  # type: ignore[no-untyped-def]
        """Write ``lease.lease.Change`` values that were applied to ``table`` to the lease file; OSError."""


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
