"""The cache as the look-up of reservations uses it: what it finds, takes in and forgets is logged, as Kea's is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.interfaces import Log
from kea_twisted.libraries.host_cache import messages as M
from kea_twisted.libraries.host_cache.cache import Cache
from kea_twisted.libraries.host_cache.entries import UNUSED, Entry
from kea_twisted.wire.address import address_text

_KINDS: Final = {"hw-address": "hwaddr"}


class LoggedCache:
    """It is what ``engine.hostlookup.HostCache`` describes. Nothing is made for lines that are not logged."""

    def __init__(self, cache: Cache, log: Log) -> None:
        self.cache = cache
        self._log = log

    def get(self, kind: str, identifier: bytes) -> Sequence[Host] | None:
        """Return the hosts with an identifier, of all subnets; None: the databases are to be asked."""
        found = self.cache.get(kind, identifier)
        if found and M.FOUND_BY_IDENTIFIER in self._log.enabled:
            for host in found:
                self._log.emit(M.FOUND_BY_IDENTIFIER, host.subnet_id, _identifier(kind, identifier), host_text(host))
        return found

    def at(self, address: int) -> Sequence[Host]:
        """Return the hosts that have an address reserved, as far as they are known."""
        found = self.cache.at(address)
        if found and M.FOUND_BY_ADDRESS in self._log.enabled:
            for host in found:
                self._log.emit(M.FOUND_BY_ADDRESS, host.subnet_id, address_text(address), host_text(host))
        return found

    def found(self, kind: str, identifier: bytes, hosts: Sequence[Host]) -> Sequence[Host]:
        """Keep what the databases have for an identifier; return the hosts that count, with those known before."""
        if M.ADDED not in self._log.enabled:
            return self.cache.found(kind, identifier, hosts)
        known = {entry.host.subnet_id for entry in self.cache.of(kind, identifier)}
        result = self.cache.found(kind, identifier, hosts)
        for entry in self.cache.of(kind, identifier):
            if entry.host.subnet_id not in known:
                self._log.emit(M.ADDED, entry_text(entry))
        return result

    def forget(self, subnet_id: int, identifier: Identifier | None, address: int) -> None:
        """Remove what is known of an identifier and of an address in a subnet: they were changed in the databases."""
        if identifier is not None and M.DELETED_BY_IDENTIFIER in self._log.enabled:
            for entry in self.cache.of(*identifier):
                if entry.host.subnet_id == subnet_id:
                    self._log.emit(M.DELETED_BY_IDENTIFIER, subnet_id, _identifier(*identifier), entry_text(entry))
        self.cache.forget(subnet_id, identifier, 0)
        entry_there = self.cache.entry_at(subnet_id, address)
        if entry_there is not None and M.DELETED_BY_ADDRESS in self._log.enabled:
            self._log.emit(M.DELETED_BY_ADDRESS, subnet_id, address_text(address), entry_text(entry_there))
        self.cache.forget(subnet_id, None, address)


def entry_text(entry: Entry) -> str:
    """Return an entry as Kea logs it."""
    return host_text(entry.host, entry.subnet6) + (" negative cached" if entry.is_negative else "")


def host_text(host: Host, subnet6: int = UNUSED) -> str:
    """Return a host as Kea logs it."""
    subnets = (("ipv4", host.subnet_id), ("ipv6", subnet6))
    return "".join((
        _identifier(host.kind, host.identifier),
        *(f" {family}_subnet_id={number}" for family, number in subnets if number != UNUSED),
        f" hostname={host.hostname or '(empty)'}",
        f" ipv4_reservation={address_text(host.address) if host.address else '(no)'}",
        f" siaddr={address_text(host.next_server) if host.next_server else '(no)'}",
        f" sname={host.server_hostname or '(empty)'}",
        f" file={host.boot_file_name or '(empty)'}",
        " key=(empty) ipv6_reservations=(none)",
        *(f" dhcp4_class{number}={name}" for number, name in enumerate(host.client_classes)),
    ))  # fmt: skip


def _identifier(kind: str, identifier: bytes) -> str:
    return f"{_KINDS.get(kind, kind)}={identifier.hex().upper()}"
