"""Entries of the cache, and their form in commands and files."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network
from typing import Final, NamedTuple

from kea_twisted.config.hosts import Host
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.config.options import encode_option, merge
from kea_twisted.config.places import Map, without_places
from kea_twisted.config.reservations import LONGEST, make_host
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.optiondefs import Definitions
from kea_twisted.wire.optiontypes import pack_raw

UNUSED: Final = 0xFFFFFFFF
"""The number of the subnet of a host that is in none."""
_TEXTS: Final = ("hostname", "server-hostname", "boot-file-name")
_DEFAULTS: Final[Mapping[str, object]] = {
    "hostname": "", "next-server": "0.0.0.0", "server-hostname": "", "boot-file-name": "", "client-classes4": [],
    "client-classes6": [], "option-data4": [], "option-data6": [], "subnet-id4": UNUSED, "subnet-id6": UNUSED,
    "host-id": 0,
}  # fmt: skip
_TYPES: Final[Mapping[str, type]] = {
    **dict.fromkeys((*LONGEST, *_TEXTS, "next-server", "ip-address"), str),
    **dict.fromkeys(("client-classes4", "client-classes6", "option-data4", "option-data6", "ip-addresses"), list),
    **dict.fromkeys(("subnet-id4", "subnet-id6", "host-id"), int),
    "prefixes": list, "negative": bool, "user-context": dict,
}  # fmt: skip
_CALLS: Final = {str: "stringValue", list: "listValue", int: "intValue", bool: "boolValue", dict: "mapValue"}
_OF_IPV6: Final = ("ip-addresses", "prefixes", "client-classes6", "option-data6", "subnet-id6")


class Entry(NamedTuple):
    """A host of one subnet. ``shown`` is its form in commands; ``is_negative``: there is no reservation."""

    host: Host
    is_negative: bool
    shown: Mapping[str, Json]

    @property
    def subnet6(self) -> int:
        """The number of its DHCPv6 subnet."""
        number: int = self.shown["subnet-id6"]
        return number


def read(element: Json, definitions: Definitions) -> Entry:
    """Return the entry of a map. Raises ValueError in Kea's words, where it has some."""
    if not isinstance(element, dict):
        raise ValueError("an entry must be a map")
    kind = _kind_of(element)
    for name, value in sorted(element.items()):
        if name not in _TYPES:
            raise ValueError(f"unknown parameter: {name}")
        if type(value) is not _TYPES[name]:
            raise ValueError(f"{_CALLS[_TYPES[name]]}() called on non-{_CALLS[_TYPES[name]][:-5]} Element in {name}")
    identifier = identifier_of(element[kind])
    if len(identifier) > LONGEST[kind]:
        raise ValueError(f"'{kind}' has {len(identifier)} bytes, {LONGEST[kind]} are possible")
    given = {**_DEFAULTS, **element}
    for name in ("subnet-id4", "subnet-id6"):
        if not 0 <= given[name] <= UNUSED:
            raise ValueError(f"'{name}' must be between 0 and {UNUSED}, not {given[name]}")
    _check_ipv6(given)
    address = _address(given.get("ip-address", "0.0.0.0"), "ip-address")
    section = _section(given, kind)
    host = make_host(section, given["subnet-id4"], kind, identifier, address, _options(section, definitions))
    return Entry(host, given.get("negative", False), _shown(host, given))


def of(host: Host) -> Entry:
    """Return the entry of a host that was found in a database."""
    section = host.section or {}
    given = {**_DEFAULTS, "subnet-id4": host.subnet_id, "host-id": host.number, "hostname": host.hostname}
    given["server-hostname"], given["boot-file-name"] = host.server_hostname, host.boot_file_name
    given["next-server"], given["client-classes4"] = address_text(host.next_server), list(host.client_classes)
    given["option-data4"] = [dict(entry) for entry in section.get("option-data", ())]
    if section.get("user-context"):
        given["user-context"] = section["user-context"]
    return Entry(host, False, _shown(host, given))


def identifier_of(text: str) -> bytes:
    """Return the bytes of an identifier. Raises ValueError."""
    try:
        found = pack_raw(text)
    except ValueError:
        found = b""
    if not found:
        raise ValueError(f"invalid identifier '{text}'" if text else "invalid (empty) identifier")
    return found


def _kind_of(element: Mapping[str, object]) -> str:
    kinds = [name for name in sorted(element) if name in LONGEST]
    if not kinds:
        raise ValueError("no identifier")
    if len(kinds) > 1:
        raise ValueError(f"the '{kinds[1]}' and '{kinds[0]}' are mutually exclusive")
    return kinds[0]


def _section(given: Mapping[str, Json], kind: str) -> Map:
    """Return the reservation as a configuration has it."""
    section = {kind: given[kind]}
    names = {"client-classes": "client-classes4", "option-data": "option-data4", "user-context": "user-context"}
    section |= {name: given[source] for name, source in names.items() if given.get(source)}
    section |= {name: given[name] for name in (*_TEXTS, "ip-address") if given.get(name)}
    if any(type(name) is not str for name in section.get("client-classes", ())):
        raise ValueError("stringValue() called on non-string Element in client-classes4")
    if _address(given["next-server"], "next-server"):
        section["next-server"] = given["next-server"]
    made = without_places(section)
    assert isinstance(made, Map)
    return made


def _options(section: Map, definitions: Definitions) -> OptionSet | None:
    entries = section.get("option-data", ())
    if not entries:
        return None
    problems = Problems()
    made = [encode_option(entry, definitions, problems) if isinstance(entry, Map) else None for entry in entries]
    found = [option for option in made if option is not None]
    if len(found) < len(made):
        raise ValueError(problems.errors[0].text if problems.errors else "an option must be a map")
    return merge((found,))


def _address(text: str, name: str) -> int:
    try:
        return address_number(text)
    except ValueError:
        raise ValueError(f"'{name}' must be an IPv4 address, not '{text}'") from None


def _check_ipv6(given: Mapping[str, Json]) -> None:
    """Raise ValueError for what can be seen to be wrong with the part that DHCPv6 servers use."""
    try:
        for address in given.get("ip-addresses", ()):
            IPv6Address(address)
        for prefix in given.get("prefixes", ()):
            if "/" not in str(prefix):
                raise ValueError("bad prefix (no /)")
            IPv6Network(prefix)
    except TypeError:
        raise ValueError("an IPv6 address or prefix must be a string") from None


def _shown(host: Host, given: Mapping[str, object]) -> Mapping[str, object]:
    plain = {name: given[name] for name in (*_DEFAULTS, *_OF_IPV6) if name in given}
    colons = host.kind in ("hw-address", "duid")
    shown = {host.kind: host.identifier.hex(":") if colons else host.identifier.hex().upper(), **plain}
    if host.address:
        shown["ip-address"] = address_text(host.address)
    if given.get("user-context"):
        shown["user-context"] = given["user-context"]
    if given.get("negative"):
        shown["negative"] = True
    return shown
