"""Interfaces that a configuration names and the machine does not have: Kea refuses such a file.

A server that starts, or reads its file again, waits for them instead: they may come later. For ``-t``, ``config-test``
and ``config-set``, which check new text, a name that does not exist is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from kea_twisted.adapters.net.nics import Nic, system_nics, unknown_entries
from kea_twisted.config.keawords import NO_SUBNET
from kea_twisted.config.model import Settings
from kea_twisted.config.text import Map, place_of
from kea_twisted.errors import Place, Problems
from kea_twisted.wire.address import address_text

_Found = tuple[str, str, Place | None]  # the interface, the finding, its place


@dataclass(frozen=True)
class InterfaceCheck:
    """Compares a configuration with the interfaces of the machine.

    ``strict``: what does not exist is an error, unless it is one of ``in_force``, the names of the configuration in
    use; else a warning where nothing waits for the interface.
    """

    strict: bool = True
    in_force: Callable[[], Iterable[str]] = tuple
    nics: Callable[[], Mapping[str, Nic]] = system_nics

    def check(self, settings: Settings, problems: Problems) -> None:
        """Report the entries of ``interfaces``, and the ``interface`` of subnets and networks, that do not exist."""
        entries = settings.interfaces_config.interfaces
        named = [*_sections(settings.tree)] if _names_interfaces(settings) else []
        if not (named or (self.strict and entries)):
            return
        try:
            nics = dict(self.nics())
        except OSError as error:
            problems.error(None, f"the interfaces cannot be listed: {error.strerror or error}")
            return
        have = f"; the interfaces are {', '.join(nics)}" if nics else ""
        found = [*_entries(settings, nics)] if self.strict else []
        known = {entry.partition("/")[0] for entry in self.in_force()} if found or named else set()
        for name, text, place in (*found, *_absent(named, nics)):
            if name in known:
                continue
            if self.strict:
                start = NO_SUBNET if " for subnet " in text else ""
                problems.error(place, text + have, f"{start}{text}{have}")
            else:
                problems.warning(place, text + have)


def interfaces_of(settings: Settings) -> tuple[str, ...]:
    """Return all interfaces that a configuration names."""
    subnets = (subnet.interface for subnet in settings.subnets if subnet.interface)
    return (*settings.interfaces_config.interfaces, *dict.fromkeys(subnets))


def _entries(settings: Settings, nics: dict[str, Nic]) -> Iterator[_Found]:
    entries = settings.interfaces_config.interfaces
    if not entries:
        return
    written = settings.tree["interfaces-config"]["interfaces"]
    for index, text in unknown_entries(settings.interfaces_config, nics):
        name, _, address = entries[index].partition("/")
        hint = ""
        if address and name in nics:
            hint = f" ({_addresses(nics[name])})"
        yield name, f"Failed to select interface: {text}{hint}", place_of(written, index)


def _addresses(nic: Nic) -> str:
    return f"it has {', '.join(map(address_text, nic.addresses))}" if nic.addresses else "it has no address"


def _names_interfaces(settings: Settings) -> bool:
    return any(subnet.interface for subnet in settings.subnets) or any(
        network.interface for network in settings.shared_networks
    )


def _sections(tree: Mapping[str, object]) -> Iterator[tuple[Map, str]]:
    """Yield the subnets and networks that name an interface, with their title in Kea's words."""
    networks = _maps(tree, "shared-networks")
    for network in networks:
        if network.get("interface"):
            yield network, f"shared network {network['name']}"
    for section in (tree, *networks):
        for subnet in _maps(section, "subnet4"):
            if subnet.get("interface"):
                yield subnet, f"subnet {subnet['subnet']}"


def _maps(section: Mapping[str, object], key: str) -> list[Map]:
    found = section.get(key, ())
    return [item for item in found if isinstance(item, Map)] if isinstance(found, list) else []


def _absent(sections: Iterable[tuple[Map, str]], nics: Mapping[str, Nic]) -> Iterator[_Found]:
    for section, title in sections:
        name = section["interface"]
        if name not in nics:
            text = f"Specified network interface name {name} for {title} is not present in the system"
            yield name, text, section.place_of("interface")
