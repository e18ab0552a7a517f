"""The configuration in force, as ``config-get`` shows it, and its hash.

The form is the one Kea 3.0 gives: which defaults are written out differs from map to map, and is in the
small tables below; recorded answers of a real Kea are the test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from kea_twisted.config.inherit import Levels
from kea_twisted.config.keywords import SCOPES
from kea_twisted.config.kinds import ListOfMaps, MapOf
from kea_twisted.config.model import Settings
from kea_twisted.config.options import parse_definitions
from kea_twisted.config.reservations import LONGEST, identifier_bytes
from kea_twisted.config.rules import parse_pool
from kea_twisted.config.subnets import user_context
from kea_twisted.config.text import Map
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_text
from kea_twisted.wire.optiontypes import pack_raw

_ALL_DEFAULTS: Final = frozenset(
    {
        "dhcp-ddns",
        "dhcp-queue-control",
        "expired-leases-processing",
        "multi-threading",
        "option-def",
        "sanity-checks",
    }
)
_SOME_DEFAULTS: Final = {
    "class": "boot-file-name next-server option-data option-def server-hostname",
    "interfaces-config": "interfaces re-detect",
    "lease-database": "type",
    "logger": "debuglevel severity",
    "network": "option-data subnet4",
    "option-data": "always-send never-send space",
    "output": "flush pattern",
    "pool": "option-data",
    "reservation": "boot-file-name client-classes hostname next-server option-data server-hostname",
    "subnet": "4o6-interface 4o6-interface-id 4o6-subnet option-data pools reservations",
}
_ONLY_IF_GIVEN: Final = frozenset({"control-sockets", "loggers", "reservations", "user-context"})
_ALWAYS_THERE: Final = _ALL_DEFAULTS - {"option-def"} | {"lease-database"}
_INHERITED: Final = (  # written out at every subnet and shared network
    "allocator",
    "adaptive-lease-time-threshold",
    "cache-max-age",
    "cache-threshold",
    "calculate-tee-times",
    "offer-lifetime",
    "rebind-timer",
    "renew-timer",
    "store-extended-info",
    "t1-percent",
    "t2-percent",
)
_UNLESS_DEFAULT: Final = ("dhcp-socket-type", "outbound-interface")
_FILES_ONLY: Final = ("maxsize", "maxver")
_IN_PAIRS: Final = frozenset({"hw-address", "duid"})  # identifiers shown with colons
_KINDS: Final = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
_NO_FILES: Final = ("stdout", "stderr", "syslog")


def effective(settings: Settings) -> dict[str, Json]:
    """``{"Dhcp4": {…}}`` with defaults written out."""
    top = settings.tree
    assert isinstance(top, Map)
    writer = _Writer(top.get("option-def", ()))
    shown = writer.section(top, "global", ())
    for name, row in SCOPES["global"].items():
        if row.default is not None and name not in _ONLY_IF_GIVEN:
            shown.setdefault(name, row.default)
    for name in _ALWAYS_THERE:
        shown.setdefault(name, writer.section(Map(), name, ()))
    shown.setdefault("interfaces-config", {"interfaces": [], "re-detect": False})  # as Kea, for a missing map
    return {"Dhcp4": dict(sorted(shown.items()))}


def reservation(settings: Settings, section: Map) -> dict[str, Json]:
    """Return one host reservation as ``effective`` shows it."""
    return _Writer(settings.tree.get("option-def", ())).section(section, "reservation", ())


def logger(section: Map) -> dict[str, object]:
    """One of ``loggers`` as ``effective`` shows it."""
    return _Writer(()).section(section, "logger", ())


def config_hash(configuration: Mapping[str, object]) -> str:
    """The hash Kea gives for the same effective configuration: SHA-256 of its own form of JSON."""
    return hashlib.sha256(spell(configuration).encode()).hexdigest().upper()


class _Writer:
    """Walks a tree with the keyword table beside it."""

    def __init__(self, definitions: Sequence[Map]) -> None:
        self._own = definitions
        self._definitions = parse_definitions(definitions, Problems())

    def section(self, section: Map, scope: str, outer: tuple[Map, ...]) -> dict[str, Json]:
        """Return a map of a scope as it is shown. ``outer`` are the maps it inherits from."""
        if scope == "class" and "option-def" in section:
            inside = _Writer([*self._own, *section["option-def"]])
            return inside._shown(section, scope, outer)
        return self._shown(section, scope, outer)

    def _shown(self, section: Map, scope: str, outer: tuple[Map, ...]) -> dict[str, object]:
        table = SCOPES[scope]
        shown: dict[str, object] = {}
        for name, value in section.items():
            row = table.get(name)
            around = (section, *outer) if scope in ("global", "network", "subnet") else ()
            if row is not None and isinstance(row.kind, MapOf):
                shown[name] = self.section(value, row.kind.scope, ())
            elif row is not None and isinstance(row.kind, ListOfMaps):
                inner = row.kind.scope
                items = sorted(value, key=_by_identifier) if inner == "reservation" else value
                shown[name] = [self.section(item, inner, around) for item in items]
            elif name != "comment":
                shown[name] = value
        for name in table if scope in _ALL_DEFAULTS else _SOME_DEFAULTS.get(scope, "").split():
            if table[name].default is not None:
                shown.setdefault(name, table[name].default)
        self._finish(section, scope, outer, shown)
        return shown

    def _finish(self, section: Map, scope: str, outer: tuple[Map, ...], shown: dict[str, Json]) -> None:
        shown.pop("user-context", None)
        if context := user_context(section):
            shown["user-context"] = context
        if scope == "option-data":
            self._option(shown)
        elif scope in _FINISH:
            _FINISH[scope](section, outer, shown)

    def _option(self, shown: dict[str, Json]) -> None:
        """Name and code whichever was given; data in hexadecimal digits unless it is text."""
        space = shown["space"]
        if "code" in shown:
            definition = self._definitions.by_code(space, shown["code"])
        else:
            definition = self._definitions.by_name(space, shown.get("name", ""))
        if definition is not None:
            shown["code"], shown["name"] = definition.code, definition.name
        if not shown.get("data"):
            if not shown["never-send"]:
                shown["data"], shown["csv-format"] = "", False
        elif definition is not None and shown.get("csv-format", True):
            shown["csv-format"] = True
        else:
            with suppress(ValueError):  # the data of an option without effect was never checked
                shown["data"], shown["csv-format"] = pack_raw(shown["data"]).hex().upper(), False


def _network(section: Map, outer: tuple[Map, ...], shown: dict[str, object]) -> None:
    levels = Levels((section, *outer), "")
    for name in _INHERITED:
        value = levels.get(name)
        if value is not None:
            shown[name] = value
    lifetime = levels.triplet("valid-lifetime")
    shown["valid-lifetime"] = lifetime.default
    shown["min-valid-lifetime"], shown["max-valid-lifetime"] = lifetime.minimum, lifetime.maximum
    relays = (section["relay"]["ip-addresses"] for section in levels.maps if section.get("relay"))
    shown["relay"] = {"ip-addresses": list(next(relays, []))}
    if not shown.get("interface", "?"):
        del shown["interface"]


def _reservation(section: Map, outer: tuple[Map, ...], shown: dict[str, object]) -> None:
    kind, identifier = _identifier(section)
    shown[kind] = identifier.hex(":") if kind in _IN_PAIRS else identifier.hex().upper()


def _pool(section: Map, outer: tuple[Map, ...], shown: dict[str, object]) -> None:
    shown["pool"] = _pool_text(section["pool"])


def _ddns(section: Map, outer: tuple[Map, ...], shown: dict[str, Json]) -> None:
    shown["sender-ip"] = shown["sender-ip"] or ("::" if ":" in shown["server-ip"] else "0.0.0.0")


def _logger(section: Map, outer: tuple[Map, ...], shown: dict[str, Json]) -> None:
    shown["severity"] = shown["severity"].upper()


def _interfaces(section: Map, outer: tuple[Map, ...], shown: dict[str, object]) -> None:
    for name in _UNLESS_DEFAULT:
        if shown.get(name) == SCOPES["interfaces-config"][name].default:
            del shown[name]
    if "service-sockets-max-retries" in shown:
        shown.setdefault("service-sockets-retry-wait-time", 5000)
    else:
        shown.pop("service-sockets-retry-wait-time", None)


def _output(section: Map, outer: tuple[Map, ...], shown: dict[str, Json]) -> None:
    is_file = shown["output"].partition(":")[0] not in _NO_FILES
    for name in _FILES_ONLY:
        shown.pop(name, None)
        if is_file:
            shown[name] = section.get(name, SCOPES["output"][name].default)


_FINISH: Final[dict[str, Callable[[Map, tuple[Map, ...], dict[str, object]], None]]] = {
    "subnet": _network,
    "network": _network,
    "reservation": _reservation,
    "pool": _pool,
    "dhcp-ddns": _ddns,
    "logger": _logger,
    "interfaces-config": _interfaces,
    "output": _output,
}
"""The changes that make a section as Kea shows it, by scope: from the section, the maps around it, and the result."""


def _identifier(section: Map) -> tuple[str, bytes]:
    """Of a reservation: its kind and its bytes."""
    kind = next(kind for kind in LONGEST if kind in section)
    return kind, identifier_bytes(kind, section[kind])


def _by_identifier(section: Map) -> tuple[bytes, int]:
    """Return the order in which Kea shows reservations."""
    kind, identifier = _identifier(section)
    return identifier, _KINDS.index(kind)


def _pool_text(text: str) -> str:
    """Kea writes a range that is a prefix as one."""
    first, last = parse_pool(text)
    size = last - first + 1
    if size & (size - 1) == 0 and first % size == 0:
        return f"{address_text(first)}/{33 - size.bit_length()}"
    return f"{address_text(first)}-{address_text(last)}"


def spell(value: object) -> str:
    """JSON as Kea writes it to a string: keys sorted, a blank inside every bracket."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)}: {spell(value[key])}" for key in sorted(value)) + " }"
    if isinstance(value, list):
        return "[ " + ", ".join(map(spell, value)) + " ]"
    return json.dumps(value)
