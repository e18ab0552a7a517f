"""The cache: entries in the order of their last use, by identifier and by address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.libraries.host_cache import entries
from kea_twisted.libraries.host_cache.entries import UNUSED, Entry

_Key = tuple[Identifier, int, int]
_Name = TypeVar("_Name", int, Identifier)


class Cache:
    """At most ``maximum`` entries, 0: any number. It is what ``engine.hostlookup.HostCache`` describes.

    All hosts of an identifier are known if they came from the databases and none of them was removed since.
    """

    def __init__(self, maximum: int = 0) -> None:
        self._maximum = maximum
        self._entries: dict[_Key, Entry] = {}  # the one that was used last comes last
        self._by_identifier: dict[Identifier, list[_Key]] = {}
        self._by_address: dict[tuple[int, int], _Key] = {}  # by subnet and address
        self._at: dict[int, list[_Key]] = {}  # by address
        self._known: set[Identifier] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    # --- what the look-up of a query uses -------------------------------------------------------------------------

    def get(self, kind: str, identifier: bytes) -> Sequence[Host] | None:
        """Return the hosts with an identifier, of all subnets; None: the databases are to be asked."""
        return self._used((kind, identifier)) if (kind, identifier) in self._known else None

    def at(self, address: int) -> Sequence[Host]:
        """Return the hosts that have an address reserved, as far as they are known."""
        keys = list(self._at.get(address, ()))
        return [self._use(key).host for key in keys if not self._entries[key].is_negative]

    def found(self, kind: str, identifier: bytes, hosts: Sequence[Host]) -> Sequence[Host]:
        """Keep what the databases have for an identifier; return the hosts that count, with those known before."""
        own = (kind, identifier)
        known = {self._entries[key].host.subnet_id for key in self._by_identifier.get(own, ())}
        new = [host for host in hosts if host.subnet_id not in known]
        for host in new:
            self.insert(entries.of(host))
        result = self._used(own)
        if hosts and all(self._has(host) for host in new):
            self._known.add(own)
        return [*result, *(host for host in new if not self._has(host))]

    def forget(self, subnet_id: int, identifier: Identifier | None, address: int) -> None:
        """Remove what is known of an identifier and of an address in a subnet: they were changed in the databases."""
        if identifier is not None:
            self.remove(*identifier, subnet_id)
            self._known.discard(identifier)
        if address:
            self.remove_at(subnet_id, address)

    # --- what commands use ----------------------------------------------------------------------------------------

    def insert(self, entry: Entry) -> int:
        """Add an entry as the one that was used last; return the number of those that it takes the place of."""
        host = entry.host
        replaced = [key for key in self._by_identifier.get(_identifier(host), ()) if self._conflicts(key, entry)]
        if host.address and host.subnet_id != UNUSED:
            other = self._by_address.get((host.subnet_id, host.address))
            replaced += [other] if other is not None and other not in replaced else []
        known = _identifier(host) in self._known
        for key in replaced:
            self._remove(key)
        if known:
            self._known.add(_identifier(host))
        key = (_identifier(host), host.subnet_id, entry.subnet6)
        self._entries[key] = entry
        self._by_identifier.setdefault(_identifier(host), []).append(key)
        if host.address and host.subnet_id != UNUSED:
            self._by_address[host.subnet_id, host.address] = key
            self._at.setdefault(host.address, []).append(key)
        if self._maximum:
            self.flush(len(self._entries) - self._maximum)
        return len(replaced)

    def of(self, kind: str, identifier: bytes) -> list[Entry]:
        """Return the entries with an identifier."""
        return [self._entries[key] for key in self._by_identifier.get((kind, identifier), ())]

    def entry_at(self, subnet_id: int, address: int) -> Entry | None:
        """Return the entry of a subnet with an address."""
        key = self._by_address.get((subnet_id, address))
        return self._entries[key] if key is not None else None

    def flush(self, number: int) -> None:
        """Remove so many of the entries that were used least recently."""
        for key in _first(self._entries, number):
            self._remove(key)

    def clear(self) -> None:
        """Remove all entries."""
        self.flush(len(self._entries))
        self._known.clear()

    def remove(self, kind: str, identifier: bytes, subnet_id: int) -> bool:
        """Remove the entry of a subnet with an identifier; return False if there is none."""
        keys = self._by_identifier.get((kind, identifier), ())
        return self._removed(next((key for key in keys if key[1] == subnet_id), None))

    def remove_at(self, subnet_id: int, address: int) -> bool:
        """Remove the entry of a subnet with an address; return False if there is none."""
        return self._removed(self._by_address.get((subnet_id, address)))

    # --- the work -------------------------------------------------------------------------------------------------

    def _used(self, identifier: Identifier) -> list[Host]:
        keys = list(self._by_identifier.get(identifier, ()))
        return [self._use(key).host for key in keys if not self._entries[key].is_negative]

    def _use(self, key: _Key) -> Entry:
        entry = self._entries.pop(key)
        self._entries[key] = entry
        return entry

    def _has(self, host: Host) -> bool:
        return any(key[1] == host.subnet_id for key in self._by_identifier.get(_identifier(host), ()))

    def _conflicts(self, key: _Key, entry: Entry) -> bool:
        _, subnet4, subnet6 = key
        same4, same6 = subnet4 == entry.host.subnet_id, subnet6 == entry.subnet6
        return same4 and subnet4 != UNUSED or same6 and subnet6 != UNUSED or same4 and same6

    def _removed(self, key: _Key | None) -> bool:
        if key is not None:
            self._remove(key)
        return key is not None

    def _remove(self, key: _Key) -> None:
        host = self._entries.pop(key).host
        self._known.discard(key[0])
        _drop(self._by_identifier, key[0], key)
        if self._by_address.get((host.subnet_id, host.address)) == key:
            del self._by_address[host.subnet_id, host.address]
            _drop(self._at, host.address, key)


def _identifier(host: Host) -> Identifier:
    return host.kind, host.identifier


def _first(keys: Iterable[_Key], number: int) -> list[_Key]:
    return [key for _, key in zip(range(number), keys, strict=False)]


def _drop(index: dict[_Name, list[_Key]], name: _Name, key: _Key) -> None:
    keys = index[name]
    keys.remove(key)
    if not keys:
        del index[name]
