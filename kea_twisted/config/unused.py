"""Parts of a configuration that nothing uses: classes, option spaces, reservations by an identifier that is never made.

Kea takes all of it in silence, so these are warnings. A misspelt name is the usual reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from kea_twisted.config.classes import BUILT_IN, PREFIXES, SPECIAL
from kea_twisted.config.hosts import Hosts
from kea_twisted.config.librarynames import FLEX_ID
from kea_twisted.config.model import ClientClass, HookLibrary
from kea_twisted.config.text import Map, place_of
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.optiondefs import (
    AGENT_SPACE,
    DHCP4_SPACE,
    STANDARD,
    VENDOR_ENCAPSULATED_SPACE,
    Definitions,
)

_INERT: Final = frozenset({"name", "test", "template-test", "comment", "only-in-additional-list"})
"""Keywords of a class that do nothing by themselves."""

_MEMBER: Final = re.compile(r"member\s*\(\s*'([^']*)'\s*\)")
_VENDOR: Final = re.compile(r"vendor-\d+")
_ALWAYS_SENT: Final = frozenset((DHCP4_SPACE, AGENT_SPACE, VENDOR_ENCAPSULATED_SPACE))
_MAKES_IDENTIFIERS: Final = "identifier-expression"  # the parameter of the library that makes them


def check_unused(
    top: Map,
    classes: Iterable[ClientClass],
    definitions: Definitions,
    libraries: Collection[HookLibrary],
    hosts: Hosts,
    problems: Problems,
) -> None:
    """Warn of what nothing uses. A hook library in Python may use everything."""
    if any(not each.is_keas for each in libraries):
        return
    _check_classes(top, problems)
    _check_spaces(top, classes, definitions, problems)
    if all(_MAKES_IDENTIFIERS not in each.parameters for each in libraries):
        _check_identifiers(hosts, problems)


def _check_classes(top: Map, problems: Problems) -> None:
    sections = [each for each in top.get("client-classes", ()) if isinstance(each, Map)]
    inert = {each.get("name"): each for each in sections if not each.keys() - _INERT and _is_own(each.get("name"))}
    if not inert:
        return
    named = set(_names(top))
    for name, section in inert.items():
        if name not in named and not any(each.startswith(f"SPAWN_{name}_") for each in named):
            problems.warning(
                section.key_place("name"),
                f"class '{name}' has no effect: it sets nothing, and no subnet, pool, option, reservation or expression"
                " names it",
            )


def _is_own(name: object) -> bool:
    """Return True for a name that the server does not know by itself."""
    return isinstance(name, str) and name not in BUILT_IN | SPECIAL and not name.startswith(PREFIXES)


def _names(value: object, key: str = "") -> Iterator[str]:
    """Yield all texts that may name a class: whole ones, and those in expressions."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _names(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each, key)
    elif isinstance(value, str) and key != "name":
        yield value
        if "member" in value:
            yield from _MEMBER.findall(value)


def _check_spaces(top: Map, classes: Iterable[ClientClass], definitions: Definitions, problems: Problems) -> None:
    """Report options in a space that no option carries: they are never sent."""
    own = [row for each in classes for row in each.definitions]
    rows = [row for space in STANDARD.values() for row in space]
    known = {row.encapsulate for row in (*rows, *definitions.user, *own) if row.encapsulate} | _ALWAYS_SENT
    reported: set[str] = set()
    for option in _options(top):
        space = option.get("space", DHCP4_SPACE)
        if not isinstance(space, str) or space in known | reported or _VENDOR.fullmatch(space):
            continue
        reported.add(space)
        close = get_close_matches(space, known, 1)
        hint = f", did you mean '{close[0]}'?" if close else ": give one of them 'encapsulate'"
        problems.warning(
            place_of(option, "space"), f"options of the space '{space}' are never sent: no option has it{hint}"
        )


def _options(section: Mapping[str, Json]) -> Iterator[Map]:
    """Yield the entries of ``option-data`` of all levels but reservations, which are many."""
    yield from (each for each in section.get("option-data", ()) if isinstance(each, Map))
    for key in ("client-classes", "shared-networks", "subnet4", "pools"):
        for inner in section.get(key, ()):
            if isinstance(inner, Map):
                yield from _options(inner)


def _check_identifiers(hosts: Hosts, problems: Problems) -> None:
    """Report reservations by a flexible identifier where nothing makes one."""
    found = next((host for host in hosts if host.kind == "flex-id"), None)
    if found is not None:
        text = f"reservations by flex-id are never used: {FLEX_ID}, which makes the identifiers, is not loaded"
        problems.warning(place_of(found.section, "flex-id"), text)
