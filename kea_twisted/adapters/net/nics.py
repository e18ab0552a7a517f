"""The machine's network interfaces, and which of them ``interfaces-config`` selects (Kea: cfg_iface.cc)."""

from __future__ import annotations

import socket
from itertools import zip_longest
from typing import NamedTuple, Protocol

import psutil

from kea_twisted.config.keawords import no_address
from kea_twisted.config.model import InterfacesConfig
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.constants import BROADCAST


class Nic(NamedTuple):
    """A network interface as the system has it now; addresses are IPv4, as integers.

    ``broadcasts`` are the broadcast addresses of the subnets of ``addresses``, in the same order; 0: none.
    ``named``: the configuration names its addresses (``em1/10.0.0.1``) and not the interface as a whole.
    """

    name: str
    ifindex: int
    mac: bytes
    addresses: tuple[int, ...]
    up: bool = True
    running: bool = True
    loopback: bool = False
    broadcast: bool = True
    multicast: bool = True
    broadcasts: tuple[int, ...] = ()
    named: bool = False
    mtu: int = 1500

    @property
    def destinations(self) -> tuple[int, ...]:
        """The addresses that datagrams to this server may have, but for 255.255.255.255."""
        return (*self.addresses, *(address for address in self.broadcasts if address))


class Selection(NamedTuple):
    """Return the usable interfaces, each Nic with just the addresses to use; and reasons for the rest, by name."""

    usable: tuple[Nic, ...]
    refused: tuple[tuple[str, str], ...]


def system_nics() -> dict[str, Nic]:
    """Return all interfaces of the machine (of this network namespace, this jail), by name."""
    addresses = psutil.net_if_addrs()
    nics = {}
    for name, stats in psutil.net_if_stats().items():
        flags = stats.flags.split(",")
        # addresses with a Linux label appear under it: em1:0
        own = [entry for key, entries in addresses.items() if key.split(":")[0] == name for entry in entries]
        nics[name] = Nic(
            name=name,
            ifindex=_index(name),
            mac=_mac([entry.address for entry in own if entry.family == psutil.AF_LINK]),
            addresses=tuple(address_number(entry.address) for entry in own if entry.family == socket.AF_INET),
            broadcasts=tuple(_broadcast(entry) for entry in own if entry.family == socket.AF_INET),
            up="up" in flags,
            running="running" in flags,
            loopback="loopback" in flags,
            broadcast="broadcast" in flags,
            multicast="multicast" in flags,
            mtu=stats.mtu,
        )
    return nics


def route_source(destination: int) -> int | None:
    """Return the address from which the system would send to a destination; None: it has no route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address_text(destination), 67))  # sends nothing
            return address_number(probe.getsockname()[0])
        except OSError:
            return None


def select(config: InterfacesConfig, nics: dict[str, Nic]) -> Selection:
    """Return the interfaces of the configuration that can be listened on now.

    Words are Kea's. An entry that names what does not exist is refused like one that is down: it may come
    later.
    """
    chosen: dict[str, Nic] = {}
    refused: list[tuple[str, str]] = []
    for name, addresses in _selected(config, nics).items():
        nic = nics.get(name)
        reason = _unusable(name, nic, addresses, config)
        if nic is None or reason:
            refused.append((name, reason))
            continue
        chosen[name] = _restricted(nic, addresses) if addresses else nic
    return Selection(tuple(chosen.values()), tuple(refused))


def unknown_entries(config: InterfacesConfig, nics: dict[str, Nic]) -> list[tuple[int, str]]:
    """Entries Kea would refuse at once, as (position in the list, Kea's sentence)."""
    problems: list[tuple[int, str]] = []
    seen: set[str] = set()
    for position, entry in enumerate(config.interfaces):
        if problem := _entry_problem(entry, seen, nics):
            problems.append((position, problem))
        seen.add(entry)
    return problems


def _selected(config: InterfacesConfig, nics: dict[str, Nic]) -> dict[str, set[int]]:
    """Interface names in order, each with the addresses that were named; an empty set stands for all."""
    addresses_by_name: dict[str, set[int]] = {}
    for entry in config.interfaces:
        name, slash, address = entry.partition("/")
        if name == "*":
            everything = [each for each in nics.values() if not each.loopback]
            addresses_by_name = {**{each.name: set() for each in everything}, **addresses_by_name}
        elif slash:
            addresses_by_name.setdefault(name.strip(), set()).add(address_number(address.strip()))
        else:
            addresses_by_name[name.strip()] = set()
    return addresses_by_name


def _unusable(name: str, nic: Nic | None, addresses: set[int], config: InterfacesConfig) -> str:
    if nic is None:
        return f"interface '{name}' doesn't exist in the system"
    if nic.loopback and config.dhcp_socket_type != "udp":
        return f"must not open socket on the loopback interface {name}"
    if not nic.up:
        return f"the interface {name} is down"
    if not nic.running:
        return f"the interface {name} is not running"
    if not nic.addresses:
        return f"the interface {name} has no usable IPv4 addresses configured"
    missing = sorted(addresses.difference(nic.addresses))
    if missing and len(missing) == len(addresses):
        return f"interface '{name}' doesn't have address '{address_text(missing[0])}' assigned"
    return ""


def _entry_problem(entry: str, seen: set[str], nics: dict[str, Nic]) -> str:
    name, slash, text = (part.strip() for part in entry.partition("/"))
    if entry in seen:
        return f"interface '{entry}' has already been specified"
    if name == "*":
        return ""
    if name not in nics:
        return f"interface '{name}' doesn't exist in the system"
    if not slash:
        return ""
    try:
        address = address_number(text)
    except ValueError:
        return no_address(text)
    if address not in nics[name].addresses:
        return f"interface '{name}' doesn't have address '{text}' assigned"
    return ""


def _restricted(nic: Nic, addresses: set[int]) -> Nic:
    """Return the interface with those of its addresses that are named."""
    pairs = zip_longest(nic.addresses, nic.broadcasts, fillvalue=0)
    present = [(address, broadcast) for address, broadcast in pairs if address in addresses]
    return nic._replace(
        addresses=tuple(address for address, _ in present),
        broadcasts=tuple(broadcast for _, broadcast in present),
        named=True,
    )


class _Address(Protocol):
    """An address of an interface, as psutil lists them."""

    @property
    def address(self) -> str:
        """The address as text."""

    @property
    def netmask(self) -> str | None:
        """The mask of its prefix as text."""


def _broadcast(entry: _Address) -> int:
    """The broadcast address of the subnet of an address; 0 where its prefix leaves no room for one (RFC 3021)."""
    mask = address_number(entry.netmask) if entry.netmask else BROADCAST
    hosts = ~mask & BROADCAST
    return address_number(entry.address) | hosts if hosts > 1 else 0


def _index(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError:  # it was removed meanwhile
        return 0


def _mac(texts: list[str]) -> bytes:
    text = texts[0].replace("-", ":") if texts else ""
    parts = text.split(":")
    return bytes(int(part, 16) for part in parts) if len(parts) == 6 else b""
