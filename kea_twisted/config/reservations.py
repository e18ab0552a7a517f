"""``reservations``: from maps to hosts, with the rules among them; those of ``kea-dhcp4 -t`` 3.0.

Faults that Kea accepts silently (a reservation that is never looked up) are warnings here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kea_twisted.config import keawords
from kea_twisted.config.hosts import GLOBAL, Host, Hosts
from kea_twisted.config.keywords import SCOPES
from kea_twisted.config.model import Subnet
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.config.text import List, Map
from kea_twisted.errors import Problems
from kea_twisted.wire.address import address_number
from kea_twisted.wire.constants import BROADCAST
from kea_twisted.wire.optiontypes import pack_raw

LONGEST: Final = {"hw-address": 20, "duid": 130, "client-id": 255, "circuit-id": 128, "flex-id": 128}
"""The kinds of identifiers, and how many bytes one may have."""
SHORTEST_DUID: Final = 3  # a type and one byte, RFC 8415 section 11.1

_PLAIN: Final = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})*")


def identifier_bytes(kind: str, text: str) -> bytes:
    """Read an identifier: hexadecimal digits, in pairs or not, or ``'text'`` in quotes.

    ValueError names the fault.
    """
    data = bytes.fromhex(text.replace(":", "")) if _PLAIN.fullmatch(text) else pack_raw(text)
    if not data:
        raise ValueError("is empty")
    if kind == "duid" and len(data) < SHORTEST_DUID:
        raise ValueError(f"identifier is too short ({len(data)}), at least {SHORTEST_DUID} is required")
    if len(data) > LONGEST[kind]:
        raise ValueError(f"has {len(data)} bytes, {LONGEST[kind]} are possible")
    return data


def make_host(section: Map, number: int, kind: str, identifier: bytes, address: int, options: OptionSet | None) -> Host:
    """Return a host of the subnet ``number`` from a map whose values have been looked at."""
    next_server = section.get("next-server")
    return Host(
        number,
        kind,
        identifier,
        address,
        section.get("hostname", ""),
        tuple(section.get("client-classes", ())),
        options,
        address_number(next_server) if next_server else 0,
        section.get("server-hostname", ""),
        section.get("boot-file-name", ""),
        section,
    )


class ReservationBuilder:
    """Makes hosts of the maps of all subnets and of the global level.

    ``options`` makes the option set of a map, None where it has no options.
    """

    def __init__(self, top: Map, options: Callable[[Map], OptionSet | None], problems: Problems) -> None:
        self.hosts = Hosts()
        self._options = options
        self._problems = problems
        self._unique = top.get("ip-reservations-unique", True)
        order = top.get("host-reservation-identifiers")
        self._order = SCOPES["global"]["host-reservation-identifiers"].default if order is None else order
        self._unused: set[str] = set()  # kinds of identifiers that are not looked up, once they have been reported

    def add(self, items: List, path: str, number: int, subnet: Subnet | None) -> None:
        """The reservations of a subnet (its id: ``number``), or of the global level (None)."""
        before = len(self._problems.errors)
        in_pool: Map | None = None
        first: Map | None = None
        for index, section in enumerate(items):
            if not isinstance(section, Map):
                continue
            first = first or section
            host = self._host(section, f"{path}reservations[{index}]", number, subnet)
            if host is None:
                continue
            self.hosts.add(host)
            if subnet is not None and subnet.reservations_out_of_pool and in_pool is None:
                in_pool = section if any(host.address in pool for pool in subnet.pools) else None
        if len(self._problems.errors) == before:
            self._warn(first, in_pool, path, subnet)

    def _host(self, section: Map, path: str, number: int, subnet: Subnet | None) -> Host | None:
        named = [kind for kind in LONGEST if kind in section]
        if len(named) != 1:
            what = "has none" if not named else "has " + " and ".join(named)
            kea = f"the '{named[0]}' and '{named[1]}' are mutually exclusive" if named else keawords.NO_IDENTIFIER
            self._problems.error(section.place, f"{path} needs one of {', '.join(LONGEST)}; it {what}", kea)
            return None
        kind = named[0]
        try:
            identifier = identifier_bytes(kind, section[kind])
        except ValueError as error:
            text = str(error)
            what = text if text.startswith("'") else f"'{section[kind]}' {text}"
            kea = f"invalid host identifier value '{section[kind]}'"
            self._problems.error(section.place_of(kind), f"{kind} in {path}: {what}", kea)
            return None
        if kind not in self._order:
            self._say_unused(section, kind, path)
        address = self._address(section, path, number, subnet)
        self._check_identifier(section, path, number, kind, identifier)
        return make_host(section, number, kind, identifier, address, self._options(section))

    def _address(self, section: Map, path: str, number: int, subnet: Subnet | None) -> int:
        text = section.get("ip-address")
        if not text:
            return 0
        address = address_number(text)
        if not 0 < address < BROADCAST:
            what, kea = f"address {text} in {path} cannot be reserved", ""
        elif subnet is not None and address not in subnet:
            what = f"address {text} in {path} is not inside {subnet.text}"
            kea = f"specified reservation '{text}' is not within the IPv4 subnet '{subnet.text}'"
        elif self._unique and (others := self.hosts.at(number, address)):
            what = f"address {text} in {path} is reserved twice, first{_at(others[0].section, 'ip-address')}"
            reason = f" for the address {text}: There's already a reservation for this address"
            kea = _add_failed(section, number, reason)
        else:
            return address
        self._problems.error(section.place_of("ip-address"), what, kea)
        return 0

    def _check_identifier(self, section: Map, path: str, number: int, kind: str, identifier: bytes) -> None:
        other = self.hosts.get(number, kind, identifier)
        if other is not None:
            self._problems.error(
                section.place_of(kind),
                f"{kind} '{section[kind]}' in {path} has a reservation already{_at(other.section, kind)}",
                _add_failed(section, number, " as this host has already been added"),
            )

    def _say_unused(self, section: Map, kind: str, path: str) -> None:
        if kind not in self._unused:
            self._unused.add(kind)
            self._problems.warning(
                section.place_of(kind),
                f"{path} is never used: {kind} is not in host-reservation-identifiers",
            )

    def _warn(self, first: Map | None, in_pool: Map | None, path: str, subnet: Subnet | None) -> None:
        if subnet is None or first is None:
            return
        if not subnet.reservations_in_subnet:
            self._problems.warning(first.place, f"{path}reservations are never used: reservations-in-subnet is false")
        elif in_pool is not None:
            self._problems.warning(
                in_pool.place_of("ip-address"),
                f"address {in_pool['ip-address']} lies in a pool of {subnet.text}: its host does not get it,"
                " for reservations-out-of-pool is true",
            )

    def check_global(self, items: object, subnets: tuple[Subnet, ...], early: bool) -> None:
        """Warn if there are global reservations and no subnet looks at them."""
        if self.hosts.by_subnet.get(GLOBAL) and not (early or any(subnet.reservations_global for subnet in subnets)):
            place = items.place if isinstance(items, List) else None
            self._problems.warning(place, "global reservations are never used: no subnet has reservations-global true")


def _add_failed(section: Map, number: int, reason: str) -> str:
    """Return Kea's text for a reservation that conflicts with another; the bracket is its own."""
    card, duid = section.get("hw-address"), section.get("duid")
    who = f"the HW address '{card}'" if card else "the identifier"
    if duid:
        who = f"the HW address '(null) and DUID '{duid}'"
    return f"failed to add new host using {who} to the IPv4 subnet id '{number}'{reason}"


def _at(section: Map, key: str) -> str:
    place = section.place_of(key)
    return f" at {place}" if place else ""
