"""A checked tree becomes Settings: the one place where keywords turn into fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, replace
from typing import TypeVar

from kea_twisted.config import rules
from kea_twisted.config.alarms import check_alarms
from kea_twisted.config.check import Checker
from kea_twisted.config.classes import build_classes, check_names
from kea_twisted.config.controlsockets import control_sockets
from kea_twisted.config.databases import without_effect
from kea_twisted.config.inherit import Levels
from kea_twisted.config.keywords import SCOPES
from kea_twisted.config.model import (
    ClientClass,
    DhcpDdns,
    ExpiredLeases,
    HookLibrary,
    InterfacesConfig,
    LeaseDatabase,
    LoggerSettings,
    LogOutput,
    Settings,
    SharedNetwork,
    Subnet,
)
from kea_twisted.config.names import check_ttl
from kea_twisted.config.oldforms import modernize
from kea_twisted.config.packetqueue import check_packet_queue, packet_bound
from kea_twisted.config.subnets import SubnetBuilder
from kea_twisted.config.text import List, Map
from kea_twisted.config.unused import check_unused
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_number

ExtraCheck = Callable[[tuple[HookLibrary, ...], Problems], None]
OutsideCheck = Callable[[Settings, Problems], None]
Record = TypeVar("Record")


def build(
    document: object,
    problems: Problems,
    extra_checks: tuple[ExtraCheck, ...] = (),
    outside_checks: tuple[OutsideCheck, ...] = (),
) -> Settings:
    """Check a whole document and make Settings of it. Raises ConfigError with everything that is wrong.

    ``problems`` may hold syntax errors already: then missing keywords are not reported, since they may have
    been lost in them.
    """
    if problems.structure_is_lost:
        problems.raise_errors()
    top = _top(document, problems)
    if top is None:
        problems.raise_errors()
        raise AssertionError("a document without Dhcp4 is an error")
    checker = Checker(problems, complete=not problems.errors)
    checker.check(top, "global", "Dhcp4")
    libraries = _hooks(top, problems)
    for check in extra_checks:
        check(libraries, problems)
    settings = _settings(top, libraries, problems)
    for look in outside_checks:
        look(settings, problems)
    problems.raise_errors()
    return replace(settings, warnings=tuple(problems.warnings), no_effect=without_effect(checker.no_effect, top))


def record(cls: type[Record], scope: str, section: Map) -> Record:
    """Return a record whose fields are keywords of a scope, each from the map or the keyword table."""
    table = SCOPES[scope]
    values = {}
    for field in fields(cls):  # type: ignore[arg-type]
        name = field.name.replace("_", "-")
        if name in table:
            value = section.get(name, table[name].default)
            values[field.name] = tuple(value) if isinstance(value, list) else value
    return cls(**values)


def maps(section: Map, key: str, path: str = "") -> Iterator[rules.Found]:
    """Yield the maps of a list with their paths; what is no map has been reported."""
    for index, item in enumerate(section.get(key, ())):
        if isinstance(item, Map):
            yield item, f"{path}{key}[{index}]"


def _top(document: object, problems: Problems) -> Map | None:
    """Return the Dhcp4 map. Anything beside it is an error."""
    if not isinstance(document, Map):
        if not problems.errors:
            problems.error(document.place if isinstance(document, List) else None, "a configuration is a map")
        return None
    modernize(document, problems)
    for key in document:
        if key != "Dhcp4":
            hint = ": only 'Dhcp4' may be there" if "Dhcp4" in document else ", expected 'Dhcp4'"
            problems.error(document.key_place(key), f"unexpected '{key}' at the top of the configuration{hint}")
    top = document.get("Dhcp4")
    if not isinstance(top, Map):
        if "Dhcp4" in document:
            problems.error(document.place_of("Dhcp4"), "'Dhcp4' must be a map")
        elif not problems.errors:
            problems.error(document.place, "'Dhcp4' is missing")
        return None
    return top


def _settings(top: Map, libraries: tuple[HookLibrary, ...], problems: Problems) -> Settings:
    interfaces = top.get("interfaces-config", Map())
    database = top.get("lease-database", Map())
    names = rules.check_interfaces(interfaces, problems)
    rules.check_databases(top, problems)
    rules.check_name_updates(top, problems)
    rules.check_times(Levels((top,), "Dhcp4"), problems)
    check_ttl(top, "Dhcp4", problems)
    rules.check_unique(maps(top, "client-classes"), "name", "class", problems)
    builder = SubnetBuilder(top, problems)
    subnets, networks = _networks(top, builder, problems)
    classes = build_classes(maps(top, "client-classes"), builder.definitions, problems)
    check_names(top, classes, problems)
    check_alarms(top, problems)
    check_packet_queue(top, problems)
    check_unused(top, classes, builder.definitions, libraries, builder.hosts, problems)
    compatibility = top.get("compatibility", {})
    return Settings(
        tree=top,
        interfaces_config=replace(
            record(InterfacesConfig, "interfaces-config", interfaces), interfaces=names, packet_bound=packet_bound(top)
        ),
        lease_database=record(LeaseDatabase, "lease-database", database),
        expired_leases_processing=record(
            ExpiredLeases, "expired-leases-processing", top.get("expired-leases-processing", Map())
        ),
        dhcp_ddns=record(DhcpDdns, "dhcp-ddns", top.get("dhcp-ddns", Map())),
        subnets=subnets,
        shared_networks=networks,
        options=builder.options,
        hosts=builder.hosts,
        classes=classes,
        option_level=builder.option_level,
        option_classes=frozenset(builder.guards.union(*(_sending(row) for row in classes))),
        uses_classes=bool(classes or builder.guards or builder.guarded),
        loggers=loggers(top),
        hooks_libraries=libraries,
        control_sockets=control_sockets(maps(top, "control-sockets"), problems),
        sanity_lease_checks=top.get("sanity-checks", {}).get("lease-checks", "warn"),
        sanity_extended_info_checks=top.get("sanity-checks", {}).get("extended-info-checks", "fix"),
        **_scalars(top, "global"),
        **_scalars(compatibility, "compatibility"),
    )


def _scalars(section: Mapping[str, Json], scope: str) -> dict[str, Json]:
    """Return the fields of Settings that have a default of their own and are keywords of a scope."""
    values = {}
    for field in fields(Settings):
        row = SCOPES[scope].get(field.name.replace("_", "-"))
        if row is not None and field.default is not MISSING:
            value = section.get(row.name, row.default)
            if field.name == "next_server":
                value = address_number(value or "0.0.0.0")
            values[field.name] = tuple(value) if isinstance(value, list) else value
    return values


def _sending(row: ClientClass) -> set[str]:
    """Return the classes a class makes matter for which options are sent: itself, and those its options are for."""
    if not row.options:
        return set()
    return {row.name}.union(*(option.client_classes for option in row.options))


def _networks(
    top: Map, builder: SubnetBuilder, problems: Problems
) -> tuple[tuple[Subnet, ...], tuple[SharedNetwork, ...]]:
    """Return all subnets and shared networks in the order of the file."""
    networks = []
    for key in top:
        if key == "subnet4":
            builder.add(maps(top, key), None)
        elif key == "shared-networks":
            rules.check_unique(maps(top, key), "name", "shared network", problems)
            for network in maps(top, key):
                members = tuple(maps(network[0], "subnet4", f"{network[1]}."))
                rules.check_network(network, members, problems)
                networks.append(network)
                builder.add(members, network)
    subnets = builder.finish()
    shared = tuple(builder.network(section, subnets) for section, _ in networks)
    return subnets, shared


def _hooks(top: Map, problems: Problems) -> tuple[HookLibrary, ...]:
    """Return the libraries; one that is listed again with the same parameters counts once."""
    found: list[HookLibrary] = []
    for section, path in maps(top, "hooks-libraries"):
        name, place = section.get("library", ""), section.place_of("library")
        one = HookLibrary(name, section.get("parameters", Map()), place)
        if any(_is_same(one, each) for each in found):
            problems.warning(place, f"hooks library '{name}' in {path} is listed twice: it is loaded once")
        else:
            found.append(one)
    return tuple(found)


def _is_same(one: HookLibrary, other: HookLibrary) -> bool:
    """Return True for the same library; those of Kea are the same in any folder and with any suffix."""
    same = one.base_name == other.base_name if one.is_keas else one.library == other.library
    return same and one.parameters == other.parameters


def loggers(top: Map) -> tuple[LoggerSettings, ...]:
    """Return the ``loggers`` of a checked configuration."""
    return tuple(_logger(section) for section, _ in maps(top, "loggers"))


def _logger(section: Map) -> LoggerSettings:
    return LoggerSettings(
        name=section.get("name", ""),
        severity=section.get("severity", "INFO").upper(),
        debuglevel=section.get("debuglevel", 0),
        outputs=tuple(record(LogOutput, "output", output) for output, _ in maps(section, "output-options")),
    )
