"""Access: what is known of a client, the request about it, and what an answer becomes in the host cache.

An entry of the cache with a user context counts as an answer: with ``radius``, the attributes of an Access-Accept, or
with ``subnet-id``, another subnet than the query's, -1 for none. (Kea: ``radius_callout.cc``, ``radius_access.cc``.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from kea_twisted.config.hosts import GLOBAL
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.effects import Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.guards import admits, admits_to
from kea_twisted.engine.subnets import Links
from kea_twisted.expr import Subject
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.host_cache import entries
from kea_twisted.libraries.host_cache.cache import Cache
from kea_twisted.libraries.host_cache.entries import UNUSED, Entry
from kea_twisted.libraries.radius import attributes as A
from kea_twisted.libraries.radius import standard as S
from kea_twisted.libraries.radius.attributes import Attribute, Attributes
from kea_twisted.libraries.radius.clients import Client, mac_text
from kea_twisted.libraries.radius.dictionary import Definition
from kea_twisted.libraries.radius.parameters import Configured, RadiusSettings
from kea_twisted.wire.address import address_text
from kea_twisted.wire.optiondefs import STANDARD_DEFINITIONS

_MOST_CLASSES: Final = 256
_ANY_ADDRESS: Final = 0xFFFFFFFE
"""This Framed-IP-Address and the next one leave the choice to the server or the client (RFC 2865 section 5.8)."""

Template = Callable[[Subject], bytes]


class Known(NamedTuple):
    """A client in a subnet: whether it needs no request, and the subnet to continue with."""

    is_answered: bool
    subnet: Subnet | None


class AccessRules:
    """The rules for one configuration. ``templates`` are the compiled expressions of attributes, by their text."""

    def __init__(
        self, radius: RadiusSettings, settings: Settings, templates: Mapping[str, Template], ports: Mapping[int, int]
    ) -> None:
        self._radius = radius
        self._settings = settings
        self._templates = templates
        self._ports = ports
        self._subnets = {subnet.id: subnet for subnet in settings.subnets}
        self._links = Links(settings)
        self._by_class: dict[str, Links] = {}

    def nas_port(self, subnet_id: int) -> int:
        """Return the NAS-Port of a subnet."""
        return self._ports.get(subnet_id, self._ports.get(0, subnet_id))

    # --- what is known --------------------------------------------------------------------------------------------

    def known(self, cache: Cache, client: Client, subnet: Subnet) -> Known:
        """Return what is known; an entry that names a subnet which is no more is removed."""
        context = self.context(cache, client.kind, client.identifier, subnet.id)
        number = context.get("subnet-id") if context is not None else None
        if type(number) is not int:
            return Known(context is not None, subnet)
        if number & UNUSED == UNUSED:
            return Known(True, None)
        other = self._subnets.get(number)
        if other is None:
            cache.remove(client.kind, client.identifier, _place(subnet))
            return Known(True, None)
        if _place(other) != _place(subnet):
            context = self.context(cache, client.kind, client.identifier, other.id)
        return Known(context is not None, other)

    def context(self, cache: Cache, kind: str, identifier: bytes, subnet_id: int) -> Mapping[str, Json] | None:
        """Return the user context of a client's entry, or of its reservation in the configuration."""
        subnet = self._subnets.get(subnet_id)
        if subnet is None:
            return None
        place = _place(subnet)
        host = self._settings.hosts.get(place, kind, identifier)
        if host is not None:
            found = (host.section or {}).get("user-context")
        else:
            entry = next((each for each in cache.of(kind, identifier) if each.host.subnet_id == place), None)
            found = entry.shown.get("user-context") if entry is not None else None
        return found if isinstance(found, Mapping) and found else None

    def attributes(self, cache: Cache, kind: str, identifier: bytes, subnet_id: int) -> Attributes:
        """Return the attributes that a server answered for a client."""
        context = self.context(cache, kind, identifier, subnet_id)
        return A.from_shown(self._radius.dictionary, context.get("radius") if context is not None else None)

    def pool(self, cache: Cache, client: Client, subnet_id: int) -> str:
        """Return the class that a server answered for a client (Framed-Pool), or an empty text."""
        context = self.context(cache, client.kind, client.identifier, subnet_id)
        found = context.get("radius") if context is not None else None
        for each in found if isinstance(found, list | tuple) else ():
            if isinstance(each, Mapping) and each.get("type") == S.FRAMED_POOL:
                return class_of(A.from_shown(self._radius.dictionary, (each,)))
        return ""

    # --- the request ----------------------------------------------------------------------------------------------

    def request(self, client: Client, query: Query, subnet: Subnet) -> list[Attribute]:
        """Return the attributes of a request, without those that depend on the server. Raises ValueError."""
        radius = self._radius
        made = [A.from_bytes(_STRINGS[S.USER_NAME], client.name.encode())]
        if client.kind != "hw-address" and query.message.chaddr:
            mac = mac_text(radius, query.message.chaddr)
            made.append(A.from_bytes(_STRINGS[S.CALLING_STATION_ID], mac.encode()))
        subject = Subject(
            query.message, query.interface.name, query.source, query.destination, query.classes or (), True
        )
        for each in radius.access.attributes:
            found = each.attribute or self._evaluated(each, subject)
            if found is not None:
                made.append(found)
        return with_port(made, self.nas_port(subnet.id))

    def _evaluated(self, configured: Configured, subject: Subject) -> Attribute | None:
        value = self._templates[configured.expression](subject)
        return A.from_bytes(configured.row, value) if value else None

    # --- the answer -----------------------------------------------------------------------------------------------

    def accepted(
        self, client: Client, query: Query, subnet: Subnet, found: Attributes
    ) -> tuple[list[Entry], Subnet | None]:
        """Return the entries of an Access-Accept, and the subnet to continue with."""
        pool = class_of(found)
        address = int.from_bytes(found.first(S.FRAMED_IP_ADDRESS) or b"")
        if address >= _ANY_ADDRESS:
            address = 0
        other: Subnet | None = subnet
        if pool and self._radius.reselects_by_pool:
            other = self._with_pool(query, subnet, pool)
        if other is subnet and address and self._radius.reselects_by_address:
            other = self._with_address(query, subnet, address, pool)
        made: list[Entry] = []
        context: dict[str, Json] = {}
        if other is not subnet:
            context = {"subnet-id": other.id if other is not None else -1}
            if other is None or _place(other) != _place(subnet):
                made.append(_entry(client, _place(subnet), 0, context))
                context = {}
        if other is not None:
            context["radius"] = A.shown(self._radius.dictionary, found)
            made.append(_entry(client, _place(other), address, context))
        return made, other

    def rejected(self, client: Client, subnet: Subnet) -> list[Entry]:
        """Return the entry of an Access-Reject."""
        return [_entry(client, _place(subnet), 0, {"subnet-id": -1})]

    def _with_pool(self, query: Query, subnet: Subnet, pool: str) -> Subnet | None:
        """Return this subnet if a pool of it is for a class, else another one of the query, which has such a pool."""
        if admits_to(subnet, _classes(query, pool)) and _has_pool(subnet, pool):
            return subnet
        links = self._by_class.get(pool)
        if links is None:
            chosen = tuple([each for each in self._settings.subnets if _has_pool(each, pool)])
            links = Links(replace(self._settings, subnets=chosen))
            if len(self._by_class) >= _MOST_CLASSES:
                self._by_class.clear()
            self._by_class[pool] = links
        return links.select(_exchange(query, pool))

    def _with_address(self, query: Query, subnet: Subnet, address: int, pool: str) -> Subnet | None:
        if admits_to(subnet, _classes(query, pool)) and address in subnet:
            return subnet
        return self._links.of_address(address, _exchange(query, pool))


def class_of(found: Attributes) -> str:
    """Return the client class that Framed-Pool names, or an empty text."""
    return (found.first(S.FRAMED_POOL) or b"").decode("utf-8", "replace")


def with_port(made: list[Attribute], port: int) -> list[Attribute]:
    """Append NAS-Port if the configuration has none."""
    if all(each.code != S.NAS_PORT for each in made):
        made.append(Attribute(S.NAS_PORT, (port & 0xFFFFFFFF).to_bytes(4)))
    return made


_STRINGS: Final = {
    code: Definition(code, name, kind) for code, name, kind in S.ATTRIBUTES if kind == S.STRING
}  # fmt: skip


def _place(subnet: Subnet) -> int:
    """Return the number under which a subnet's clients have their entries."""
    return GLOBAL if subnet.reservations_global else subnet.id


def _classes(query: Query, pool: str) -> Collection[str]:
    return {*query.classes, pool} if pool else query.classes


def _exchange(query: Query, pool: str) -> Exchange:
    made = Exchange(query, 0)
    made.classes = dict.fromkeys(_classes(query, pool))
    return made


def _has_pool(subnet: Subnet, pool: str) -> bool:
    return any(admits(each.client_classes, (pool,)) for each in subnet.pools)


def _entry(client: Client, place: int, address: int, context: Mapping[str, Json]) -> Entry:
    section: dict[str, Json] = {
        client.kind: client.identifier.hex(":"), "subnet-id4": place, "user-context": dict(context),
    }  # fmt: skip
    if address:
        section["ip-address"] = address_text(address)
    else:
        section["negative"] = True
    return entries.read(section, STANDARD_DEFINITIONS)
