"""Rules between several values, which the keyword table cannot say; those of ``kea-dhcp4 -t`` 3.0.

Two things are warnings, because Kea takes such files: subnets inside one another, and a renew-timer above the
rebind-timer (which is then not sent).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from kea_twisted.config import keawords
from kea_twisted.config.databases import check_database
from kea_twisted.config.hostbackends import HOST_BACKENDS
from kea_twisted.config.inherit import Levels
from kea_twisted.config.keywords import SHARE
from kea_twisted.config.leasebackends import LEASE_BACKENDS
from kea_twisted.config.model import Pool, Subnet
from kea_twisted.config.text import List, Map
from kea_twisted.errors import Place, Problems
from kea_twisted.wire.address import address_number, address_text

Found = tuple[Map, str]  # a map and its path
_LARGEST_QUEUE = 1 << 24  # addresses, as in Kea
IpAddress = IPv4Address | IPv6Address


def check_times(levels: Levels, problems: Problems) -> None:
    """Check that min <= default <= max and T1 < T2; a fault is reported once, at the level that combines the values."""
    _check_lifetime(levels, problems)
    renew, rebind = levels.get("renew-timer"), levels.get("rebind-timer")
    culprit = _culprit(levels, "renew-timer", "rebind-timer")
    if culprit and None not in (renew, rebind) and renew > rebind:
        text = f"renew-timer {renew} is above rebind-timer {rebind} in {levels.path}, it is not sent"
        problems.warning(levels.place(culprit), text)
    lifetime = levels.get("valid-lifetime")
    for name, timer in (("renew-timer", renew), ("rebind-timer", rebind)):
        if timer is not None and timer > lifetime and _culprit(levels, name, "valid-lifetime"):
            text = f"{name} {timer} is above valid-lifetime {lifetime} in {levels.path}, it is not sent"
            problems.warning(levels.place(_culprit(levels, name, "valid-lifetime")), text)
    _check_shares(levels, problems)


def _check_shares(levels: Levels, problems: Problems) -> None:
    """Look at the percentages where T1 and T2 are calculated from them; elsewhere Kea takes any number."""
    if not levels.get("calculate-tee-times"):
        return
    start = "" if levels.path == "Dhcp4" else keawords.NO_SUBNET
    for name in ("t1-percent", "t2-percent"):
        share = levels.get(name)
        complaint = SHARE.range_complaint(share)
        if complaint and (culprit := _culprit(levels, name, "calculate-tee-times")):
            kea = f"{start}{name}:  {share:g} is invalid it must be greater than 0.0 and less than 1.0"
            problems.error(levels.place(culprit), f"'{name}' in {levels.path} {complaint}", kea)
            return
    t1, t2 = levels.get("t1-percent"), levels.get("t2-percent")
    culprit = _culprit(levels, "t2-percent", "t1-percent", "calculate-tee-times")
    if culprit and t1 >= t2:
        kea = f"{start}t1-percent:  {t1} is invalid, it must be less than t2-percent: {t2}"
        problems.error(levels.place(culprit), f"t1-percent {t1} is not below t2-percent {t2} in {levels.path}", kea)


def _check_lifetime(levels: Levels, problems: Problems) -> None:
    low, value, high = (
        levels.get("min-valid-lifetime"),
        levels.get("valid-lifetime"),
        levels.get("max-valid-lifetime"),
    )
    culprit = _culprit(levels, "min-valid-lifetime", "valid-lifetime")
    if culprit and low is not None and low > value:
        text = f"min-valid-lifetime {low} is above valid-lifetime {value} in {levels.path}"
        problems.error(levels.place(culprit), text, keawords.bounds(low, value, value))
    culprit = _culprit(levels, "max-valid-lifetime", "valid-lifetime")
    if culprit and high is not None and high < value:
        text = f"max-valid-lifetime {high} is below valid-lifetime {value} in {levels.path}"
        problems.error(levels.place(culprit), text, keawords.bounds(value, value, high))


def _culprit(levels: Levels, *names: str) -> str:
    """Return the first of these the innermost level sets itself; "" if it sets none."""
    return next((name for name in names if name in levels.maps[0]), "")


def check_pools(pools: Iterable[tuple[Pool, Map, str]], subnet: Subnet, problems: Problems) -> None:
    """Inside the subnet, and not in one another."""
    before: tuple[Pool, Map] | None = None
    pools = list(pools)
    if subnet.allocator == "shared-flq":
        _check_shared_queues(pools, problems)
    for pool, section, path in sorted(pools, key=lambda item: (item[0].first, item[0].last)):
        if pool.first not in subnet or pool.last not in subnet:
            kea = keawords.pool(pool.first, pool.last, "does not match the prefix of a subnet", subnet.text)
            problems.error(section.place_of("pool"), f"pool {pool.text} in {path} is not inside {subnet.text}", kea)
        if before is not None and pool.first <= before[0].last:
            problems.error(
                section.place_of("pool"),
                f"pool {pool.text} in {path} overlaps with {before[0].text}{_at(before[1].place_of('pool'))}",
                keawords.pool(pool.first, pool.last, "overlaps with an existing pool in the subnet", subnet.text),
            )
        if before is None or pool.last > before[0].last:
            before = pool, section


def _check_shared_queues(pools: Iterable[tuple[Pool, Map, str]], problems: Problems) -> None:
    for pool, section, path in pools:
        size = pool.last - pool.first + 1
        if size > _LARGEST_QUEUE:
            limit = f"pool capacity {size} exceeds limit of {_LARGEST_QUEUE} for shared-flq allocator on V4 pool"
            kea = f"{limit} type=V4, {address_text(pool.first)}-{address_text(pool.last)}"
            problems.error(section.place_of("pool"), f"{limit} {pool.text} in {path}", kea)


def check_subnets(subnets: Iterable[tuple[Subnet, Map, str]], problems: Problems) -> None:
    """Check that each prefix has one subnet; a subnet inside another is a warning."""
    outer: tuple[Subnet, Map] | None = None
    for subnet, section, path in sorted(subnets, key=lambda item: (item[0].prefix, item[0].length)):
        if outer is not None and subnet.prefix in outer[0]:
            where = f"{outer[0].text}{_at(outer[1].place_of('subnet'))}"
            if (subnet.prefix, subnet.length) == (outer[0].prefix, outer[0].length):
                problems.error(
                    section.place_of("subnet"), f"subnet {subnet.text} in {path} exists already as {where}",
                    f"subnet with the prefix of '{subnet.text}' already exists",
                )  # fmt: skip
            else:
                problems.warning(section.place_of("subnet"), f"subnet {subnet.text} in {path} lies inside {where}")
        else:
            outer = subnet, section


def check_unique(found: Iterable[Found], key: str, what: str, problems: Problems) -> None:
    """No two maps with the same value of a key."""
    seen: dict[object, Map] = {}
    for section, path in found:
        value = section.get(key)
        if value is None:
            continue
        first = seen.setdefault(value, section)
        if first is not section:
            problems.error(
                section.place_of(key),
                f"{what} '{value}' in {path} is given twice, first{_at(first.place_of(key))}",
                keawords.twice(what, value),
            )


def check_network(network: Found, members: Iterable[Found], problems: Problems) -> None:
    """Subnets of one link agree on its interface and on authority."""
    section, _ = network
    interface = section.get("interface", "")
    for member, path in members:
        own = member.get("interface", "")
        if own and interface and own != interface:
            problems.error(
                member.place_of("interface"), f"interface '{own}' in {path}: the network is on '{interface}'",
                f"Subnet {member.get('subnet')} has specified interface {own}, but earlier subnet in the same "
                f"shared-network or the shared-network itself used {interface}",
            )  # fmt: skip
        interface = interface or own
        if "authoritative" in member and member["authoritative"] != section.get("authoritative", False):
            problems.error(
                member.place_of("authoritative"),
                f"authoritative in {path} differs from that of its shared network",
            )


def check_interfaces(section: Map, problems: Problems) -> tuple[str, ...]:
    """Return the entries of ``interfaces``: ``name`` or ``*``, or ``name/address`` for each of its addresses."""
    if section.get("outbound-interface") == "use-routing" and section.get("dhcp-socket-type") != "udp":
        text = "'outbound-interface' has no effect on frames: use-routing needs dhcp-socket-type udp"
        problems.warning(section.place_of("outbound-interface"), text)
    names = section.get("interfaces")
    if not isinstance(names, List):
        return ()
    forms: dict[str, bool] = {}
    for index, entry in enumerate(names):
        name, slash, address = (part.strip() for part in entry.partition("/"))
        if not name or (name == "*" and slash):
            problems.error(names.place_of(index), f"'{entry}' names no interface")
        elif forms.setdefault(name, bool(slash)) != bool(slash):
            problems.error(names.place_of(index), f"interface '{name}' is given with and without an address")
        elif slash:
            try:
                address_number(address)
            except ValueError:
                problems.error(names.place_of(index), f"'{entry}': '{address}' is not an IPv4 address")
    return tuple(entry.replace(" ", "") for entry in names)


def check_name_updates(top: Map, problems: Problems) -> None:
    """Check ``dhcp-ddns``: addresses of one family, not the same one with the same port, and room in the queue."""
    section = top.get("dhcp-ddns", Map())
    addresses = {"server-ip": section.get("server-ip", "127.0.0.1"), "sender-ip": section.get("sender-ip", "")}
    for name, text in addresses.items():
        if isinstance(text, str) and (text or name == "server-ip") and not _is_ip(text):
            kea = f"invalid address ({text}) specified for parameter 'sender-ip'"
            if name == "server-ip":
                kea = f"Failed to convert '{text}' to address: {keawords.no_address(text)}"
            problems.error(section.place_of(name), f"{name} in dhcp-ddns: '{text}' is not an IP address", kea)
            return
    server, sender = addresses["server-ip"], addresses["sender-ip"]
    if isinstance(server, str) and isinstance(sender, str) and sender:
        _check_sender(section, ip_address(server), ip_address(sender), problems)
    if section.get("enable-updates") is True and section.get("max-queue-size") == 0:
        text = "max-queue-size in dhcp-ddns is 0: nothing could be sent"
        kea = "NameChangeSender: queue size must be greater than zero"
        problems.error(section.place_of("max-queue-size"), text, kea)


def _check_sender(section: Map, server: IpAddress, sender: IpAddress, problems: Problems) -> None:
    place, ports = section.place_of("sender-ip"), (section.get("server-port", 53001), section.get("sender-port", 0))
    if server.version != sender.version:
        kea = (
            f"D2ClientConfig error: address family mismatch: server-ip: {server} is: IPv{server.version} "
            f"while sender-ip: {sender} is: IPv{sender.version}"
        )
        problems.error(place, f"sender-ip {sender} and server-ip {server} in dhcp-ddns are of two families", kea)
    elif server == sender and ports[0] == ports[1]:
        kea = (
            f"D2ClientConfig error: server and sender cannot share the exact same IP address/port: {server}/{ports[0]}"
        )
        problems.error(place, f"dhcp-ddns sends from the address and port it sends to, {server} port {ports[0]}", kea)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def check_databases(top: Map, problems: Problems) -> None:
    """Refuse what is kept in SQL: without it, a server would hand out addresses as if it were not there."""
    database = top.get("lease-database", Map())
    kind = database.get("type", "memfile")
    if kind not in LEASE_BACKENDS:
        problems.error(
            database.place_of("type"), _unsupported("lease", kind, f"leases are kept by {' or '.join(LEASE_BACKENDS)}")
        )
    elif kind != "memfile":
        check_database(database, problems)
    for entry in top.get("hosts-databases", ()):
        _check_hosts(entry, problems)
    control = top.get("config-control", Map())
    for entry in control.get("config-databases", ()):
        if isinstance(entry, Map) and "type" in entry:
            text = _unsupported("configuration", entry["type"], "the configuration is kept in a file")
            problems.error(entry.place_of("type"), text)


def _check_hosts(entry: object, problems: Problems) -> None:
    if not isinstance(entry, Map) or "type" not in entry:
        return
    if entry["type"] in HOST_BACKENDS:
        check_database(entry, problems, "hosts")
    else:
        known = " or ".join(["the configuration", *HOST_BACKENDS])
        text = _unsupported("host", entry["type"], f"reservations are kept by {known}")
        problems.error(entry.place_of("type"), text)


def _unsupported(what: str, kind: str, remedy: str) -> str:
    text = f"The Kea server has not been compiled with support for {what} database type: {kind}"
    where = "during update from config backend database" if what == "configuration" else "Unable to open database"
    return f"{where}: {text}; {remedy} here"


def parse_prefix(text: str) -> tuple[int, int]:
    """``"10.0.0.0/24"`` -> (167772160, 24), host bits cleared as Kea does. Raises ValueError for anything else."""
    address, slash, length = (part.strip() for part in text.partition("/"))
    if not slash or not length.isdigit() or not length.isascii() or int(length) > 32:
        raise ValueError(f"'{text}' is not address/length")
    size = int(length)
    return address_number(address) & _mask(size), size


def parse_pool(text: str) -> tuple[int, int]:
    """``"10.0.0.1 - 10.0.0.9"`` or a prefix -> first and last address. Raises ValueError for anything else."""
    low, dash, high = (part.strip() for part in text.partition("-"))
    if dash:
        first, last = address_number(low), address_number(high)
        if first > last:
            raise ValueError(f"pool '{text}' ends before it begins")
        return first, last
    if "/" not in text:
        raise ValueError(f"pool '{text}' is neither 'address - address' nor 'address/length'")
    first, length = parse_prefix(text)
    if address_number(text.partition("/")[0].strip()) != first:
        raise ValueError(f"pool '{text}' does not begin where the prefix does, {address_text(first)}/{length}")
    return first, first | ~_mask(length) & 0xFFFFFFFF


def _mask(length: int) -> int:
    return 0xFFFFFFFF << (32 - length) & 0xFFFFFFFF


def _at(place: Place | None) -> str:
    return f" at {place}" if place else ""
