"""Checks of each server for itself: does it hear clients, can it keep leases, is there room in the pools."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from kea_twisted.doctor.finding import Finding, critical, note, warning
from kea_twisted.doctor.picture import Node, Picture
from kea_twisted.doctor.ways import RUNS, deaf, is_silence, remedy_of, seen_alive_by

_MEGABYTE: Final = 1 << 20
LEAST_FREE: Final = 16 * _MEGABYTE
"""Bytes that must be free where the lease file is."""
LITTLE_FREE: Final = 64 * _MEGABYTE
"""The clean-up writes the file anew, so twice its size and this much should be free."""
LARGE_FILE: Final = 64 * _MEGABYTE
ROW: Final = 200
"""Bytes of a lease in the file, generously."""
ROWS: Final = 30
"""Rows that a lease may have in the file before the clean-up is missed."""

FULL: Final = 98.0
NEARLY_FULL: Final = 90.0
MANY_DECLINED: Final = 10.0
"""Percent of the addresses of a subnet."""


def unreachable(picture: Picture) -> Iterator[Finding]:
    """Report servers that could not be asked."""
    for node in picture.nodes:
        if node.trouble:
            yield critical(f"cannot be asked: {node.trouble}", _way_to(picture, node), node.name)


def _way_to(picture: Picture, node: Node) -> str:
    """Return what to do about a server that cannot be asked."""
    other, place, remedy = picture.other(node), node.place or "its URL", remedy_of(node.trouble)
    if remedy.startswith(RUNS):
        return remedy
    fault = deaf(other)
    if other is not None and fault and is_silence(node.trouble):
        return f"perhaps it is well: mend what is wrong with {other.name} first ({fault}), and look again"
    if seer := seen_alive_by(picture, node):
        return (
            f"{RUNS}: {seer} gets answers of its DHCP service. Check what is between the two for {place}: firewalls, "
            "and that it listens there"
        )
    return remedy or (
        f"start it if it does not run; else check that {place} can be reached from here with the credentials of this "
        "file"
    )


def switched_off(picture: Picture) -> Iterator[Finding]:
    """Report servers whose DHCP service is switched off."""
    for node in picture.known:
        service: Mapping[str, object] = node.status.get("dhcp-state", {})
        if service.get("disabled-by-user"):
            yield critical(
                "its DHCP service was switched off by an operator", "keadhcp-ctl command dhcp-enable", node.name
            )
        elif service.get("disabled-by-db-connection"):
            yield critical("its lease database is lost", "bring the database back; it is tried again", node.name)
        elif service.get("globally-disabled") and not node.state:
            yield critical("its DHCP service is switched off", "keadhcp-ctl command dhcp-enable", node.name)


def sockets(picture: Picture) -> Iterator[Finding]:
    """Report what cannot be listened on or written."""
    for node in picture.known:
        found = node.status.get("sockets", {})
        for text in found.get("errors", ()):
            if found.get("status") == "retrying":
                yield warning(f"{text}; it is tried again", "wait, then look again", node.name)
            else:
                remedy = (
                    "set 'interfaces' of interfaces-config to those that are up, or bring the interface or disk back"
                )
                yield critical(text, remedy, node.name)


def memory_only(picture: Picture) -> Iterator[Finding]:
    """Report leases that a restart forgets, and files that are never cleaned."""
    for node in picture.known:
        database = node.part("lease-database")
        if database.get("type", "memfile") != "memfile":
            continue
        if database.get("persist") is False:
            yield warning(
                "leases are forgotten when it ends", "remove 'persist': false from its lease-database", node.name
            )
        elif database.get("lfc-interval") == 0:
            yield warning(
                "its lease file grows without end: the clean-up is switched off",
                "set lfc-interval of its lease-database to 3600",
                node.name,
            )


def disk(picture: Picture) -> Iterator[Finding]:
    """Report a disk that is nearly full, and a lease file that has grown too large."""
    for node in picture.known:
        file = node.part("lease-file")
        size, free, leases = file.get("size", 0), file.get("free"), node.answer.get("leases", 0)
        if free is not None and free < LEAST_FREE:
            yield critical(
                f"{_megabytes(free)} MB are free where its lease file is: when they are used up it answers no client",
                "make room on that disk",
                node.name,
            )
        elif free is not None and free < LITTLE_FREE + 2 * size:
            yield warning(
                f"{_megabytes(free)} MB are free where its lease file of {_megabytes(size)} MB is, which the clean-up "
                "writes anew",
                "make room on that disk",
                node.name,
            )
        if size > LARGE_FILE + ROWS * ROW * leases:
            yield warning(
                f"its lease file has {_megabytes(size)} MB for {leases} leases: the clean-up does not run",
                "keadhcp-ctl command kea-lfc-start; then look into its log for MEMFILE_LFC and LFC messages",
                node.name,
            )


def pools(picture: Picture) -> Iterator[Finding]:
    """Report subnets that are full or nearly so; both servers know the same leases."""
    seen: set[str] = set()
    full: set[str] = set()
    for node in picture.known:
        for subnet in node.subnets:
            if not subnet.total or subnet.prefix in seen:
                continue
            used = 100 * subnet.assigned / subnet.total
            if used >= NEARLY_FULL:
                seen.add(subnet.prefix)
                if used >= FULL:
                    full.add(subnet.prefix)
                make = critical if used >= FULL else warning
                yield make(
                    f"subnet {subnet.id} {subnet.prefix} is {'full' if used >= FULL else 'nearly full'}: "
                    f"{subnet.assigned} of {subnet.total} addresses are in use",
                    "enlarge its pool on both servers, or shorten valid-lifetime",
                )
    yield from _scarce(picture, full)


def _scarce(picture: Picture, full: Collection[str]) -> Iterator[Finding]:
    """Yield the pools of which the members of a class get no address, although the subnet has some."""
    seen: set[tuple[str, str]] = set()
    for node in picture.known:
        for each in node.answer.get("scarce-pools", ()):
            pools, names = ", ".join(each["pools"]), each["classes"]
            if each["subnet"] in full or (each["subnet"], pools) in seen:
                continue
            seen.add((each["subnet"], pools))
            is_full = 100 * each["used"] >= FULL * each["total"]
            make, servers = critical if is_full else warning, [name[3:] for name in names if name.startswith("HA_")]
            clients = (
                f"clients of {' and '.join(names)}" if names else "clients without one of the classes of its pools"
            )
            whose = f", those that {' and '.join(servers)} serves," if servers else ""
            yield make(
                f"subnet {each['id']} {each['subnet']}: the pool {pools} for {clients} is "
                f"{'full' if is_full else 'nearly full'}: {each['used']} of {each['total']} addresses are in use",
                "enlarge it on both servers, or shorten valid-lifetime: "
                f"these clients{whose} get no address of another pool",
            )


def soon_full(picture: Picture) -> Iterator[Finding]:
    """Report pools that will be full before long, by a server that shows their use on its page."""
    seen: set[str] = set()
    for node in picture.known:
        for each in node.answer.get("soon-full", ()):
            if each["subnet"] not in seen:
                seen.add(each["subnet"])
                yield warning(
                    f"subnet {each['id']} {each['subnet']}: a pool will be full in {each['days']:g} days",
                    "enlarge the pool on both servers, or shorten valid-lifetime",
                )


def declined(picture: Picture) -> Iterator[Finding]:
    """Report subnets in which clients found many addresses in use already."""
    seen: set[str] = set()
    for node in picture.known:
        for subnet in node.subnets:
            if subnet.prefix in seen or subnet.declined < 3:
                continue
            if 100 * subnet.declined >= MANY_DECLINED * subnet.total:
                seen.add(subnet.prefix)
                yield warning(
                    f"subnet {subnet.id} {subnet.prefix}: {subnet.declined} of {subnet.total} addresses are declined",
                    "find the machines with static addresses in the pool (or another DHCP server), and take their "
                    "addresses out of it; keadhcp-ctl leases list --state declined",
                )


def open_to_all(picture: Picture) -> Iterator[Finding]:
    """Report control sockets that take every command from everyone in the network."""
    for node in picture.known:
        for each in node.answer.get("control-sockets", ()):
            if not (each["protected"] or each["address"].startswith("127.") or each["address"] == "::1"):
                yield warning(
                    f"its control socket at {each['address']} port {each['port']} takes every command from everyone",
                    "give it 'authentication' or TLS with 'cert-required', or the address 127.0.0.1",
                    node.name,
                )


def path_rules(picture: Picture) -> Iterator[Finding]:
    """Report servers that were started with the rules about files switched off."""
    for node in picture.known:
        if node.answer.get("path-rules") is False:
            yield note(
                "it was started with -X: the rules about files, hook libraries and passwords are off",
                "start it without -X, and mend what it complains of",
                node.name,
            )


def _megabytes(size: float) -> str:
    return f"{size / _MEGABYTE:,.0f}"
