"""The interfaces between rooms: protocols for the type checker, and zope interfaces with contract tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from zope.interface import Attribute, Interface

from kea_twisted.events.event import Event


class Log(Protocol):
    """The receiver of events. One per server; knows loggers, severities and destinations."""

    @property
    def enabled(self) -> frozenset[Event]:
        """The events that are to be written, as loggers are configured now."""

    def emit(self, event: Event, *arguments: object) -> None:
        """Write one line if the event is ``enabled``; arguments fill the event's text in order."""


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


class Outage(NamedTuple):
    """A lease storage that cannot be reached; ``reason`` "": it can be again.

    ``stops_service``: clients get no answer meanwhile. ``ends``: there is no hope, the process is to end.
    """

    reason: str
    stops_service: bool
    ends: bool


class ILog(Interface):
    """The receiver of events. One per server; knows loggers, severities and destinations."""

    enabled = Attribute("A frozenset of Event: those that are to be written, as loggers are configured now.")

    def emit(event, *arguments):  # type: ignore[no-untyped-def]
        """Write one line if the event is ``enabled``; arguments fill the event's text in order."""


class ILeaseBackend(Interface):
    """The place where leases outlive the process: ``config.leasebackends`` names the class for each type.

    A class is called with a ``server.leasestorage.BackendHost`` and the ``config.model.Settings``, and may raise
    OSError. ``load`` comes first and ``close`` last.
    """

    persists = Attribute("False if leases are forgotten with the process.")
    shared = Attribute("True if other servers write to it: a lease that is merely confirmed is then written, too.")
    path = Attribute('The lease file, absolute; "" where there is none.')
    look_up = Attribute(
        "None, or where other programs write to the storage, too: a function of hardware addresses, client identifiers "
        "and addresses that takes their rows into the table. Returns a Deferred. Raises OSError."
    )

    def load(store):  # type: ignore[no-untyped-def]
        """Read all leases into an empty LeaseStore, and be ready for ``commit``. Nothing is served meanwhile.

        Raises ``errors.LeasesUnusable`` or OSError.
        """

    def commit(changes):  # type: ignore[no-untyped-def]
        """Write a sequence of lease.Change, in order. Survives ``kill -9`` once it is durable.

        Return None if all of it is durable now, which a fast backend does: nothing is allocated then. Otherwise return
        a Deferred of a sequence of ``lease.Overtaken``: addresses that another server was faster with, as another
        client has a valid lease there, or the row is newer than the change; all other changes are durable when it
        fires. OSError, raised or through the Deferred: nothing of it counts as written. The next commit comes only
        after this one has ended, with all changes that were made meanwhile.
        """

    def serves(settings):  # type: ignore[no-untyped-def]
        """Return True if other settings mean the same storage: nothing is loaded then."""

    def maintain(settings):  # type: ignore[no-untyped-def]
        """Begin the storage's periodic work as these settings want it, in place of what was begun before."""

    def rest():  # type: ignore[no-untyped-def]
        """End the periodic work."""

    def check():  # type: ignore[no-untyped-def]
        """Find out whether the storage is what was written, and restore it where it is not. Never raises."""

    def close():  # type: ignore[no-untyped-def]
        """Release the storage. A commit that has not ended may still succeed."""

    def describe():  # type: ignore[no-untyped-def]
        """Return the storage as error texts name it: ``the lease file``."""

    def clean_up():  # type: ignore[no-untyped-def]
        """Remove outdated rows now. Return True if that begins, False if it was under way, None if there are none."""

    def write_again(path):  # type: ignore[no-untyped-def]
        """Write all leases anew if the storage is the file of this path, keeping the old one; else return False.

        Raises OSError.
        """


class IHostBackend(Interface):
    """Host reservations outside of the configuration: ``config.hostbackends`` names the class for each type.

    A class is called with a ``server.hoststorage.HostsHost`` and an entry of ``hosts-databases``. ``load`` comes first
    and ``close`` last. All reads are of the present content and return a Deferred of a list of ``config.hosts.Host``.
    A call may raise OSError, and its Deferred may fail with one.
    """

    is_read_only = Attribute("True if nothing may be written.")
    product = Attribute("The kind of database, as Kea's texts name it: PostgreSQL.")

    def describe():  # type: ignore[no-untyped-def]
        """Return the database as error texts name it: ``the hosts database``."""

    def load():  # type: ignore[no-untyped-def]
        """Connect before the reactor runs; return the subnet ids and addresses of all reservations in pairs.

        Raises ``errors.LeasesUnusable``.
        """

    def start():  # type: ignore[no-untyped-def]
        """Begin to use the reactor."""

    def use(definitions):  # type: ignore[no-untyped-def]
        """Encode options by these ``wire.optiondefs.Definitions`` from now on."""

    def close():  # type: ignore[no-untyped-def]
        """Release the database."""

    def find(identifiers, addresses):  # type: ignore[no-untyped-def]
        """Read the hosts with one of these pairs of kind and identifier, or one of these addresses, of all subnets."""

    def of_subnet(subnet_id):  # type: ignore[no-untyped-def]
        """Read the hosts of a subnet, by number."""

    def named(hostname):  # type: ignore[no-untyped-def]
        """Read the hosts with a name, whatever its case."""

    def page(after, limit, subnet_id):  # type: ignore[no-untyped-def]
        """Read the next hosts behind a number, of one subnet or (None) of all."""

    def reserved():  # type: ignore[no-untyped-def]
        """Read the subnet ids and addresses of all reservations: a Deferred of pairs."""

    def add(host, unique):  # type: ignore[no-untyped-def]
        """Add a host. False if there is one with its identifier or, with ``unique``, its address."""

    def update(host, unique):  # type: ignore[no-untyped-def]
        """Replace the host with the same identifier. False if there is none, or its address is another's."""

    def delete(subnet_id, kind, identifier):  # type: ignore[no-untyped-def]
        """Delete a host. False if there is none."""

    def delete_address(subnet_id, address):  # type: ignore[no-untyped-def]
        """Delete the hosts for which an address is reserved. False if there is none."""


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
