"""A server in memory for the tests of hook libraries: no sockets, no files, no root, and a clock of its own.

    from kea_twisted.testing import HookServer

    def test_a_blocked_device_gets_no_offer():
        server = HookServer(Doorkeeper, {"blocked": ["08:00:27:00:00:0d"]})
        assert server.discover("08:00:27:00:00:0d") is None
        assert server.obtain("08:00:27:00:00:0e").options[51]

A packet goes its whole way, from the decoded message to the reply, with the library at its hook points. The
subnet is 10.0.0.0/24 with the pool 10.0.0.10 to 10.0.0.250, the server 10.0.0.1.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from zope.interface import implementer

from kea_twisted import config
from kea_twisted.adapters.log.logs import VOCABULARY
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import Sockets
from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.config.model import InterfacesConfig, Settings
from kea_twisted.engine.effects import Interface, Query, Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.events import Event
from kea_twisted.hooks.library import HookLibrary
from kea_twisted.interfaces import ILeaseBackend, ILog, Log
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server import libraries
from kea_twisted.server.configfile import ConfigFile
from kea_twisted.server.controlledserver import ControlledServer
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.server.transport import Receivers
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import (
    BOOTREQUEST,
    BROADCAST,
    CLIENT_PORT,
    DISCOVER,
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_REQUESTED_ADDRESS,
    OPT_SERVER_IDENTIFIER,
    RELEASE,
    REQUEST,
    SERVER_PORT,
)
from kea_twisted.wire.message import Message, decode

NOW: Final = 1_700_000_000
ADDRESS: Final = address_number("10.0.0.1")
INTERFACE: Final = Interface("eth0", 2, bytes.fromhex("0800270000fe"), (ADDRESS,))
NAME: Final = "library_under_test"
_REQUESTED: Final = bytes((1, 3, 6, 12, 15, 28, 51, 58, 59))
_SUBNET: Final = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.250"}]}


class HookServer:
    """A running server with one hook library.

    ``library`` is its class, or the path of its file. ``configuration`` are further keywords of ``Dhcp4``. With
    ``reactor`` the library has Twisted's real one, for tests that wait; the clock does not stand still then.
    ConfigError if the server would refuse the configuration.
    """

    def __init__(
        self,
        library: type[Any] | str | os.PathLike[str],
        parameters: Mapping[str, Json] | None = None,
        configuration: Mapping[str, Json] | None = None,
        reactor: Reactor | None = None,
    ) -> None:
        self.clock: Any = reactor or _clock()
        self._log = _Log()
        self._sent: list[Reply] = []
        self._xid = 0
        folder, self._name = _place_of(library)
        folders = Folders(folder, folder, folder, folder, checked=False, hooks=folder)
        source = _source(library, os.path.join(folder, "kea-dhcp4.conf"), folders)
        self._configuration = dict(configuration or {})
        settings = config.load_tree(self._tree(parameters or {}), source.library_checks)
        self.server = server_in_memory(self.clock, self._log, source, settings, self._sent)
        self.server.load()

    # --- the library and its surroundings

    @property
    def library(self) -> HookLibrary:
        """The library object in use."""
        return self.server.loaded.find(self._name)

    @property
    def leases(self) -> list[Lease]:
        """All leases, by address."""
        return sorted(self.server.table.store)

    @property
    def log(self) -> list[tuple[str, str]]:
        """The lines logged so far: identifier and text."""
        return self._log.lines

    @property
    def answers(self) -> list[Message]:
        """The messages sent so far."""
        return [decode(reply.payload) for reply in self._sent]

    @property
    def waiting(self) -> int:
        """The number of packets that wait for the library."""
        return self.server.performer.parked

    def statistic(self, name: str) -> int:
        """Return the value of a statistic."""
        return self.server.statistics.value(name)

    def advance(self, seconds: float) -> None:
        """Let time pass: timers run out, leases expire and are reclaimed."""
        self.clock.advance(seconds)
        for changes in self.server.reclaimer.run_slices(self.server.now(), self.server.now):
            self.server.commit(changes)

    def command(self, name: str, arguments: object = None) -> Json:
        """Send a control command; its answer, or a Deferred of one that the library has to wait for."""
        request = {"command": name} | ({} if arguments is None else {"arguments": arguments})
        reply: Any = dispatch(self.server, request)
        if isinstance(reply, dict):
            return reply
        results: list[Any] = []
        pending = Deferred.fromCoroutine(reply)
        pending.addCallback(results.append)
        return results[0] if results else pending

    def reconfigure(self, parameters: Mapping[str, Json]) -> Json:
        """Send config-set with other parameters for the library; the answer."""
        return self.command("config-set", self._tree(parameters))

    def close(self) -> Deferred[None]:
        """End the server: the library is unloaded. A Deferred."""
        return Deferred.fromCoroutine(self.server.loaded.close())

    # --- clients

    def discover(self, mac: str, options: Mapping[int, bytes] | None = None, **fields: int | bytes) -> Message | None:
        """Send a DISCOVER; the OFFER, or None. ``fields`` are those of the message."""
        return self.send(DISCOVER, mac, options, **fields)

    def request(
        self, mac: str, address: int, options: Mapping[int, bytes] | None = None, **fields: int | bytes
    ) -> Message | None:
        """Send the REQUEST for an address that was offered; the ACK or NAK, or None."""
        chosen = {OPT_SERVER_IDENTIFIER: ADDRESS.to_bytes(4, "big"), OPT_REQUESTED_ADDRESS: address.to_bytes(4, "big")}
        return self.send(REQUEST, mac, {**chosen, **(options or {})}, **fields)

    def obtain(self, mac: str, options: Mapping[int, bytes] | None = None, **fields: int | bytes) -> Message | None:
        """Send a DISCOVER and the REQUEST for what is offered; the ACK, or None if there is no answer to either."""
        offer = self.discover(mac, options, **fields)
        return None if offer is None else self.request(mac, offer.yiaddr, options, **fields)

    def renew(self, mac: str, address: int, options: Mapping[int, bytes] | None = None) -> Message | None:
        """Send the REQUEST of a client that renews its lease; the ACK or NAK, or None."""
        return self.send(REQUEST, mac, options, ciaddr=address)

    def release(self, mac: str, address: int) -> None:
        """Send a RELEASE, which has no answer."""
        self.send(RELEASE, mac, {OPT_SERVER_IDENTIFIER: ADDRESS.to_bytes(4, "big")}, ciaddr=address)

    def send(
        self, kind: int, mac: str, options: Mapping[int, bytes] | None = None, **fields: int | bytes
    ) -> Message | None:
        """Send any message of a client; the answer that came at once, or None."""
        self._xid += 1
        hardware = bytes.fromhex(mac.replace(":", ""))
        given = {
            OPT_MESSAGE_TYPE: bytes((kind,)),
            OPT_CLIENT_IDENTIFIER: b"\x01" + hardware,
            OPT_PARAMETER_REQUEST_LIST: _REQUESTED,
            **(options or {}),
        }
        base = Message(BOOTREQUEST, 1, 0, self._xid, 0, 0, 0, 0, 0, 0, hardware, b"", b"", given)
        message = base._replace(**cast("dict[str, Json]", fields))
        before = len(self._sent)
        source = message.giaddr or message.ciaddr
        port = SERVER_PORT if message.giaddr else CLIENT_PORT
        destination = ADDRESS if source else BROADCAST
        query = Query(message, INTERFACE, ADDRESS, source, destination, port, hardware)
        self.server.loop.handle(query)
        self.server.loop.batch_done()
        return decode(self._sent[-1].payload) if len(self._sent) > before else None

    # --- construction

    def _tree(self, parameters: Mapping[str, Json]) -> dict[str, Json]:
        entry = {"library": self._name, "parameters": dict(parameters)}
        defaults = {"subnet4": [_SUBNET], "lease-database": {"type": "memfile", "persist": False}}
        return {"Dhcp4": {**defaults, **self._configuration, "hooks-libraries": [entry]}}


def server_in_memory(
    clock: Reactor | Clock,
    log: Log,
    source: ConfigFile,
    settings: Settings,
    sent: list[Reply],
    storage: LeaseStorage | None = None,
) -> ControlledServer:
    """Make a running server without network: replies are appended to ``sent``. Nothing is loaded yet.

    Without ``storage`` it has no leases and keeps none on disk.
    """
    if storage is None:
        table = LeaseTable(LeaseStore(), Statistics(wall_of(clock)()))
        storage = LeaseStorage(cast(Reactor, clock), log, source.folders, table, MemoryBackend())
    ports = _Ports(log, sent)
    return ControlledServer(
        cast(Reactor, clock),
        cast(Any, log),
        source,
        settings,
        storage,
        lambda exit_value: None,
        ports=ports,
        make_sockets=_no_sockets,
    )


@implementer(ILeaseBackend)
class MemoryBackend:
    """A lease backend without a disk: what would be written is in ``changes``."""

    persists = False
    shared = False
    path = ""
    look_up = None

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def describe(self) -> str:
        """Return the storage as error texts name it."""
        return "the memory"

    def load(self, store: LeaseStore) -> None:
        """Load nothing."""

    def commit(self, changes: Sequence[Change]) -> None:
        """Keep the changes."""
        self.changes += changes

    def serves(self, settings: Settings) -> bool:
        """Return True: every configuration means this."""
        return True

    def maintain(self, settings: Settings) -> None:
        """Begin nothing."""

    def rest(self) -> None:
        """End nothing."""

    def check(self) -> None:
        """Find nothing."""

    def close(self) -> None:
        """Close nothing."""

    def clean_up(self) -> bool | None:
        """Return None: there is nothing to clean up."""
        return None

    def write_again(self, path: str) -> bool:
        """Return False: there is no file."""
        return False


def _source(library: type[Any] | str | os.PathLike[str], file: str, folders: Folders) -> ConfigFile:
    """Return the configuration file of a server that knows the library."""
    if not isinstance(library, type):
        return ConfigFile(file, folders)
    code = _Given(library, HookPlaces.of(folders, file))
    return ConfigFile(file, folders, code, libraries.checker(code, running=True))


class _Ports(OpenPorts):
    """Ports that keep what is sent."""

    def __init__(self, log: Log, sent: list[Reply]) -> None:
        super().__init__(log)
        self._sent = sent

    def send(self, reply: Reply) -> None:
        """Keep a reply."""
        self._sent.append(reply)


class _NoSockets(Sockets):
    """Sockets of a machine without interfaces, which are never opened."""

    def open(self, config: InterfacesConfig) -> None:
        """Open nothing."""


def _no_sockets(of: Receivers) -> Sockets:
    nothing: Any = None  # neither clock nor ports are needed
    return _NoSockets(nothing, nothing, of.ports, of.loop.handle, of.loop.batch_done, of.statistics, of.log, nics=dict)


class _Given(LibraryCode):
    """The code of a library whose class is given."""

    def __init__(self, library: type[Any], places: HookPlaces) -> None:
        super().__init__(places)
        self._library = library

    def outline(self, name: str) -> None:
        """Nothing to read."""

    def find(self, name: str) -> type[Any]:
        """Return the class."""
        return self._library


@implementer(ILog)
class _Log:
    """A log that keeps its lines; everything is enabled."""

    def __init__(self) -> None:
        self.enabled = frozenset(VOCABULARY)
        self.lines: list[tuple[str, str]] = []

    def emit(self, event: Event, *arguments: object) -> None:
        """Keep a line if the event is enabled."""
        if event not in self.enabled:
            return
        self.lines.append((event.identifier, event.form % arguments))

    def add(self, events: Iterable[Event]) -> None:
        """Enable the messages of a hook library."""
        self.enabled |= frozenset(events)

    def buffer(self, schedule: object) -> None:
        """Write every line at once."""

    def configure(self, *arguments: object) -> None:
        """Keep all lines, independent of the loggers of the configuration."""


def _clock() -> Clock:
    clock = Clock()
    clock.advance(NOW)
    return clock


def _place_of(library: type[Any] | str | os.PathLike[str]) -> tuple[str, str]:
    """Return the folder of a library and its name in the configuration."""
    if isinstance(library, type):
        return os.getcwd(), NAME
    path = Path(cast(Any, library)).resolve()
    return str(path.parent), path.name
