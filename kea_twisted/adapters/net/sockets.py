"""The open DHCP ports: at start, after a reconfiguration, and whenever the machine's interfaces change.

The attempts at start follow Kea (``service-sockets-max-retries`` and so on) in order and system_text. Kea then
stays deaf on what could not be opened; here the interfaces are checked every few seconds, and one that
appears, comes up or gets its address is opened then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, Protocol

from kea_twisted import events as E
from kea_twisted.adapters.net.bpf import BpfPort
from kea_twisted.adapters.net.dhcpprotocol import BulkDrops, DhcpProtocol
from kea_twisted.adapters.net.nics import Nic, select, system_nics
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.ports import Port, Reactor, system_text
from kea_twisted.adapters.net.rawport import RawPort
from kea_twisted.adapters.net.udpport import UdpPort
from kea_twisted.config.model import InterfacesConfig
from kea_twisted.engine.dropreport import Counter
from kea_twisted.engine.effects import Query
from kea_twisted.interfaces import Clock, Log, Timer
from kea_twisted.wire.address import address_text

WATCH_INTERVAL: Final = 2.0  # seconds

_UNSEEN: Final = "*"  # in place of a name: none could be seen


class MakePort(Protocol):
    """Makes a port that is not open yet."""

    def __call__(self, config: InterfacesConfig, nic: Nic, protocol: DhcpProtocol) -> Port:
        """``config`` names the kind: ``dhcp-socket-type``, ``outbound-interface``."""


def port_maker(reactor: Reactor, server_port: int) -> MakePort:
    """Makes the ports of this system."""
    raw: type[Port] = RawPort if sys.platform == "linux" else BpfPort

    def make(config: InterfacesConfig, nic: Nic, protocol: DhcpProtocol) -> Port:
        if config.dhcp_socket_type != "udp":
            return raw(nic, server_port, protocol, reactor)
        routed = config.outbound_interface == "use-routing"
        return UdpPort(nic, server_port, protocol, reactor, routed=routed)

    return make


class Sockets:
    """The open sockets and those that cannot be opened: adds ports to ``ports`` and removes them.

    ``handle`` gets each query but those that ``bulk_drops`` counts, ``batch_done`` is called after each reading turn,
    ``give_up`` when ``service-sockets-require-all`` is set and the attempts are used up: the server is to end then,
    ``readdressed`` when the machine's addresses have changed.
    """

    def __init__(
        self,
        clock: Clock,
        make_port: MakePort,
        ports: OpenPorts,
        handle: Callable[[Query], object],
        batch_done: Callable[[], float | None],
        statistics: Counter,
        log: Log,
        *,
        bulk_drops: BulkDrops | None = None,
        give_up: Callable[[], object] = lambda: None,
        readdressed: Callable[[], object] = lambda: None,
        nics: Callable[[], dict[str, Nic]] = system_nics,
    ) -> None:
        self._clock = clock
        self._make_port = make_port
        self._deliver_to = (handle, batch_done, statistics, log, bulk_drops)
        self._log = log
        self._give_up = give_up
        self._readdressed = readdressed
        self._nics = nics
        self._config = InterfacesConfig()
        self._ports = ports
        self._host_addresses: frozenset[int] = frozenset()
        self._known: frozenset[str] = frozenset()  # the names of the interfaces that were detected
        self._complaints: dict[str, str] = {}
        self._known_addresses: dict[str, tuple[int, ...]] = {}  # of interfaces that were opened
        self._impaired: dict[str, str] = {}  # open ports of interfaces that receive nothing at present
        self._attempt = 0
        self._retrying = False  # attempts of the start are still to come
        self._timer: Timer | None = None
        self._observers: list[Callable[[], object]] = []

    def subscribe(self, observer: Callable[[], object]) -> None:
        """Call the observer whenever ports were opened, closed or checked."""
        self._observers.append(observer)

    def host_addresses(self) -> frozenset[int]:
        """Return the addresses of all interfaces of the machine, as seen last."""
        if not self._host_addresses:
            self._host_addresses = frozenset(address for nic in self._nics().values() for address in nic.addresses)
        return self._host_addresses

    @property
    def complaints(self) -> dict[str, str]:
        """The interfaces that are configured and receive nothing, with the reason."""
        return self._impaired | self._complaints

    @property
    def deaf(self) -> str:
        """The reason why no interface receives queries; "" if at least one does."""
        if any(port.alive and port.nic.name not in self._impaired for port in self._ports):
            return ""
        return "; ".join(self.complaints.values()) or "no interface is listened on"

    def open(self, config: InterfacesConfig) -> None:
        """Take a configuration into force: open what is new, close what is no longer wanted."""
        self._cancel()
        if _kind(config) != _kind(self._config):
            self._close_all()
        self._config = config
        for port in self._ports:
            port.bound(config.packet_bound)
        self._attempt = 0
        self._announce()
        self._try_to_open()

    def redetect(self) -> None:
        """Detect the interfaces anew, and open now what has become possible to open."""
        self._known = frozenset()
        self.look()

    def look(self) -> None:
        """Open now what has become possible to open."""
        if self._timer is not None:
            self._cancel()
            self._watch()

    def links_changed(self) -> None:
        """Look at the interfaces now, unless the attempts of the start are still to come."""
        if not self._retrying:
            self.look()

    def close(self) -> None:
        """Close all ports and watch no more."""
        self._cancel()
        self._close_all()

    def _announce(self) -> None:
        self._say(E.DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT, self._config.dhcp_socket_type)
        for entry in self._config.interfaces:
            name, slash, address = (part.strip() for part in entry.partition("/"))
            if name == "*":
                self._say(E.DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE)
            elif slash:
                self._say(E.DHCPSRV_CFGMGR_USE_ADDRESS, address, name)
            else:
                self._say(E.DHCPSRV_CFGMGR_ADD_IFACE, name)

    def _try_to_open(self) -> None:
        """One of the attempts at start; the watch takes over after the last."""
        config = self._config
        self._update()
        for complaint in self._complaints.values():
            self._say(E.DHCPSRV_OPEN_SOCKET_FAIL, complaint)
        first = self._attempt == 0
        retry = bool(self._complaints) and self._attempt < config.service_sockets_max_retries
        if self._complaints and not retry:
            self._say(E.DHCP4_OPEN_SOCKETS_FAILED, config.service_sockets_max_retries)
        if first and not self._ports:
            self._say(E.DHCPSRV_NO_SOCKETS_OPEN)
        self._retrying = retry
        if retry:
            self._attempt += 1
            delay = config.service_sockets_retry_wait_time / 1000
            self._timer = self._clock.callLater(delay, self._try_to_open)
        elif config.service_sockets_require_all and self._is_incomplete():
            self._give_up()
        else:
            self._timer = self._clock.callLater(WATCH_INTERVAL, self._watch)

    def _is_incomplete(self) -> bool:
        """Return True if a socket is missing; with interfaces that cannot be listed, if there is none at all."""
        return bool(self._complaints.keys() - {_UNSEEN}) or (_UNSEEN in self._complaints and not self._ports)

    def _watch(self) -> None:
        self._timer = self._clock.callLater(WATCH_INTERVAL, self._watch)
        before, known, impaired = set(self._ports.listening), dict(self._complaints), dict(self._impaired)
        old_addresses = self._host_addresses
        self._update()
        if self._host_addresses != old_addresses:
            self._readdressed()
        for name in before:
            if name not in self._ports:
                self._say(E.DHCPSRV_INTERFACE_LOST, name)
        for port in self._ports:
            if port.nic.name not in before:
                addresses = ", ".join(address_text(address) for address in port.nic.addresses)
                self._say(E.DHCPSRV_INTERFACE_OPENED, port.nic.name, addresses)
        for name, complaint in self._complaints.items():
            if known.get(name) != complaint:
                self._say(E.DHCPSRV_OPEN_SOCKET_FAIL, complaint)
        for name in self._impaired.keys() - impaired.keys():
            self._say(E.DHCPSRV_INTERFACE_DEAF, name, self._impaired[name])
        for name in (impaired.keys() - self._impaired.keys()) & set(self._ports.listening):
            self._say(E.DHCPSRV_INTERFACE_HEARS, name)

    def _update(self) -> None:
        """Make the open ports those that can be open now, and note what cannot."""
        try:
            nics = self._nics()
        except OSError as error:  # no descriptor is left: what is open stays
            self._complaints[_UNSEEN] = f"Failed to list the interfaces, reason: {system_text(error)}"
            self._notify()
            return
        selection = select(self._config, self._detected(nics))
        usable = {nic.name: nic for nic in selection.usable}
        self._complaints = dict(selection.refused)
        keep = {port.nic.name for port in self._ports if self._is_good(port, usable, nics)}
        for port in self._ports:
            if port.nic.name not in keep:
                self._ports.close(port.nic.name)
        self._impaired = {name: self._complaints.pop(name) for name in keep if name in self._complaints}
        for name, nic in usable.items():
            if name not in self._ports:
                self._open_port(nic)
        self._host_addresses = frozenset(address for nic in nics.values() for address in nic.addresses)
        self._note_deaf(nics)
        self._notify()

    def _detected(self, nics: dict[str, Nic]) -> dict[str, Nic]:
        """Return the interfaces, without ``re-detect`` only those that were there at the first look."""
        if self._config.re_detect or not self._known:
            self._known = frozenset(nics)
        return {name: nic for name, nic in nics.items() if name in self._known}

    def _note_deaf(self, nics: dict[str, Nic]) -> None:
        """Note the addresses of the interfaces that receive nothing: those that they had last, or have."""
        self._known_addresses.update((port.nic.name, port.nic.addresses) for port in self._ports)
        deaf: set[int] = set()
        for name in self.complaints:
            deaf.update(self._known_addresses.get(name) or (nics[name].addresses if name in nics else ()))
        self._ports.note_deaf(deaf)

    def _is_good(self, port: Port, usable: dict[str, Nic], nics: dict[str, Nic]) -> bool:
        """Return True if a port can stay: a pulled cable or a lost address may return."""
        name = port.nic.name
        nic = nics.get(name)
        if not port.alive or nic is None or (nic.ifindex, nic.mac) != (port.nic.ifindex, port.nic.mac):
            return False
        if name in usable:
            return _bindings(usable[name]) == _bindings(port.nic)
        return name in self._complaints

    def _open_port(self, nic: Nic) -> None:
        protocol = DhcpProtocol(nic, *self._deliver_to)
        port = self._make_port(self._config, nic, protocol)
        port.bound(self._config.packet_bound)
        try:
            port.startListening()
        except OSError as error:
            reason = system_text(error)
            self._complaints[nic.name] = f"Failed to open socket on interface {nic.name}, reason: {reason}"
        else:
            self._ports.add(port)

    def _close_all(self) -> None:
        for port in self._ports:
            self._ports.close(port.nic.name)

    def _notify(self) -> None:
        for observer in self._observers:
            observer()

    def _cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _kind(config: InterfacesConfig) -> tuple[str, str]:
    """A change of these needs other sockets."""
    return config.dhcp_socket_type, config.outbound_interface


def _bindings(nic: Nic) -> tuple[object, ...]:
    """Return the properties of an interface that sockets are bound to."""
    return nic.addresses, nic.broadcasts, nic.named
