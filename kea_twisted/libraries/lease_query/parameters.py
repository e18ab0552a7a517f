"""The parameters: the requesters, and what ``advanced`` says about bulk leasequery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kea_twisted.config.librarynames import LEASE_QUERY
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.hooks.library import REQUIRED, TYPE_NAMES, Parameter, is_of
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number

REQUESTERS: Final = "requesters"
ADVANCED: Final = "advanced"
ROWS: Final = (
    Parameter(REQUESTERS, list, meaning="addresses of those that are answered"),
    Parameter(ADVANCED, dict, None, "bulk leasequery"),
    Parameter("prefix-lengths", list, None, "of DHCPv6 only"),
)
OF_TLS: Final = ("trust-anchor", "cert-file", "key-file", "cert-required")
"""Keywords of ``advanced`` that Kea takes and does not use."""

ADVANCED_ROWS: Final = (
    Parameter("bulk-query-enabled", bool, False, "queries are taken over TCP"),
    Parameter("active-query-enabled", bool, False, "must be false"),
    Parameter("extended-info-tables-enabled", bool, None, "of DHCPv6 only"),
    Parameter("lease-query-ip", str, "127.0.0.1", "the address that is listened on"),
    Parameter("lease-query-tcp-port", int, 67, "its TCP port"),
    Parameter("max-bulk-query-threads", int, 0, "of Kea only"),
    Parameter("max-requester-connections", int, 10, "connections at a time"),
    Parameter("max-concurrent-queries", int, 0, "queries of a connection that are answered at a time; 0: 16"),
    Parameter("max-requester-idle-time", int, 300, "seconds after which a connection is closed on which nothing moves"),
    Parameter("max-leases-per-fetch", int, 100, "leases that are looked up at a time"),
    *(Parameter(name, bool if name == "cert-required" else str, None, "not used") for name in OF_TLS),
    Parameter("comment", str, None, "not used"),
)
_BOUNDS: Final = {
    "lease-query-tcp-port": (1, 65535),
    "max-bulk-query-threads": (0, None),
    "max-requester-connections": (1, None),
    "max-concurrent-queries": (0, None),
    "max-requester-idle-time": (1, 2147483),
    "max-leases-per-fetch": (1, None),
}
USUAL_QUERIES: Final = 16
"""Queries of a connection that are answered at a time where ``max-concurrent-queries`` leaves it to the server."""


class BulkSettings(NamedTuple):
    """``advanced`` as it is in force."""

    is_enabled: bool = False
    address: str = "127.0.0.1"
    port: int = 67
    connections: int = 10
    queries: int = USUAL_QUERIES
    idle_seconds: int = 300
    page: int = 100


def check(parameters: Mapping[str, object], problems: Problems) -> None:
    """Report faults in Kea's words."""
    _check_requesters(parameters, problems)
    advanced = parameters.get(ADVANCED)
    if isinstance(advanced, Mapping):
        _check_advanced(advanced, problems)
    elif ADVANCED in parameters:
        problems.error(place_of(parameters, ADVANCED), f"'{ADVANCED}' of {LEASE_QUERY} must be a map")


def requesters_of(parameters: Mapping[str, Json]) -> frozenset[int]:
    """Return the addresses of those that are answered."""
    return frozenset(map(address_number, parameters[REQUESTERS]))


def bulk_settings(parameters: Mapping[str, Json]) -> BulkSettings:
    """Return what the parameters say about bulk leasequery."""
    said = {**{row.name: row.default for row in ADVANCED_ROWS}, **(parameters.get(ADVANCED) or {})}
    return BulkSettings(
        said["bulk-query-enabled"], said["lease-query-ip"], said["lease-query-tcp-port"],
        said["max-requester-connections"], said["max-concurrent-queries"] or USUAL_QUERIES,
        said["max-requester-idle-time"], said["max-leases-per-fetch"],
    )  # fmt: skip


def _check_requesters(parameters: Mapping[str, object], problems: Problems) -> None:
    found = parameters.get(REQUESTERS, REQUIRED)
    place = place_of(parameters, REQUESTERS) if REQUESTERS in parameters else None
    if not isinstance(found, list):
        problems.error(place, "'requesters' address list is missing or not a list")
        return
    if not found:
        problems.error(place, "'requesters' address list cannot be empty")
    seen: set[int] = set()
    for entry in found:
        fault = _requester_fault(entry, seen)
        if fault:
            problems.error(place, f"'requesters' entry '{entry}' is invalid: {fault}")


def _requester_fault(entry: object, seen: set[int]) -> str:
    """Return what is wrong with one of the requesters, and add it to those that were seen."""
    if not isinstance(entry, str):
        return "must be a string"
    try:
        address = address_number(entry)
    except ValueError:
        return "not a IPv4 address"
    if address in seen:
        return "address is already in the list"
    seen.add(address)
    return ""


def _check_advanced(advanced: Mapping[str, Json], problems: Problems) -> None:
    rows = {row.name: row for row in ADVANCED_ROWS}
    for name, value in advanced.items():
        row = rows.get(name)
        if row is None:
            problems.error(place_of(advanced, name), f"spurious '{name}' parameter")
        elif not is_of(value, row.type):
            problems.error(place_of(advanced, name), f"'{name}' parameter must be {TYPE_NAMES[row.type]}")
        elif fault := _value_fault(name, value):
            problems.error(place_of(advanced, name), fault)


def _value_fault(name: str, value: str | int | bool) -> str:
    if name == "active-query-enabled" and value:
        return "Active query is not supported"
    if name == "lease-query-ip" and isinstance(value, str):
        try:
            address_number(value)
        except ValueError:
            return "lease-query-ip not a IPv4 address"
    if name in _BOUNDS and isinstance(value, int):
        least, most = _BOUNDS[name]
        if value < least or (most is not None and value > most):
            return f"invalid {name} '{value}'"
    return ""
