"""``libdhcp_host_cmds``: host reservations are added, changed, removed and looked up.

The hosts are those of the configuration, ``operation-target`` memory; ``commands.storedhosts`` is for servers that have
databases, too. Without one, adding, changing and removing fail unless their target is ``memory`` or ``all``, as in a
Kea. A change takes effect with the next packet and shows in config-get; config-write keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from kea_twisted import events as E
from kea_twisted.commands import hostinput
from kea_twisted.commands.arguments import Arguments, as_map, value
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer, type_name
from kea_twisted.commands.hostinput import NOT_A_MAP, HostKey
from kea_twisted.commands.leases import shown
from kea_twisted.config.hosts import Host
from kea_twisted.config.unparse import reservation
from kea_twisted.engine.hosts import add_host, remove_host
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json

_IN_MEMORY: Final = ("memory", "all")
_MAX_LIMIT: Final = 0xFFFFFFFF
_MAX_SOURCE: Final = 10

Events = tuple[E.Event, E.Event, E.Event]


def reservation_add(context: Context, arguments: object) -> Answer:
    """Put a host into the configuration in force."""
    with logged(context, arguments, ADD_EVENTS):
        return _add(context, arguments)


def reservation_update(context: Context, arguments: object) -> Answer:
    """Replace the host with the same identifier in the same subnet; on failure it stays as it is."""
    with logged(context, arguments, UPDATE_EVENTS):
        return _update(context, arguments)


def reservation_del(context: Context, arguments: object) -> Answer:
    """Take a host out, by address or by identifier; 3 when there is none."""
    with logged(context, arguments, DELETE_EVENTS):
        return _delete(context, arguments)


def reservation_get(context: Context, arguments: object) -> Answer:
    """Return one host of a subnet, by address or by identifier; 3 when there is none."""
    found = as_arguments(arguments)
    host = one(context, hostinput.read_host_key(found))
    if host is None or not _reaches_memory(found):
        return answer(EMPTY, "Host not found.")
    return answer(SUCCESS, "Host found.", shown_host(context, host))


def reservation_get_all(context: Context, arguments: object) -> Answer:
    """Return all hosts of a subnet, 0 for the global ones."""
    found = as_arguments(arguments)
    subnet_id = hostinput.subnet_number(found)
    memory = _reaches_memory(found)
    hostinput.check_subnet(context, subnet_id)
    return listed(context, context.settings.hosts.of(subnet_id) if memory else ())


def reservation_get_page(context: Context, arguments: object) -> Answer:
    """Return the next ``limit`` hosts behind ``from``, a number that the page before gave."""
    found = as_arguments(arguments)
    limit = hostinput.in_range(found, "limit", 0, _MAX_LIMIT)
    subnet_id = hostinput.subnet_number(found) if "subnet-id" in found else None
    source = hostinput.in_range(found, "source-index", 0, _MAX_SOURCE) if "source-index" in found else 0
    after = value(found, "from", int) if "from" in found else 0
    if limit == 0:
        raise CommandError("page size of retrieved hosts must not be 0")
    hosts: Iterable[Host] = context.settings.hosts
    if subnet_id is not None:
        hostinput.check_subnet(context, subnet_id)
        hosts = context.settings.hosts.of(subnet_id)
    # A negative number is a very large one to a Kea.
    left = () if source or after < 0 else (host for host in hosts if host.number > after)
    page = list(islice(left, limit))
    made = listed(context, page)
    made["arguments"]["count"] = len(page)
    if page:
        made["arguments"]["next"] = {"from": page[-1].number, "source-index": 0}
    return made


def reservation_get_by_address(context: Context, arguments: object) -> Answer:
    """The hosts for whom an address is reserved, of one subnet or of all."""
    found = as_arguments(arguments)
    text = value(found, "ip-address", str)
    try:
        address = hostinput.read_address(text)
    except CommandError as error:
        raise CommandError(f"Failed to convert '{text}' to address: {error.text}") from None
    subnet_id = hostinput.subnet_number(found) if "subnet-id" in found else None
    memory = _reaches_memory(found)
    if subnet_id is not None:
        hostinput.check_subnet(context, subnet_id)
    if address is None:
        raise CommandError(f"must specify an IPv4 address when searching for a host, specified address was {text}")
    hosts = context.settings.hosts
    places = hosts.by_subnet if subnet_id is None else (subnet_id,)
    return listed(context, [host for place in places for host in hosts.at(place, address)] if memory else ())


def reservation_get_by_hostname(context: Context, arguments: object) -> Answer:
    """Return the hosts with a name, in upper or lower case, of one subnet or of all."""
    found = as_arguments(arguments)
    name = value(found, "hostname", str)
    subnet_id = hostinput.subnet_number(found) if "subnet-id" in found else None
    memory = _reaches_memory(found)
    if not name:
        raise CommandError("Empty hostname")
    if subnet_id is not None:
        hostinput.check_subnet(context, subnet_id)
    name = name.lower()
    hosts = context.settings.hosts
    among: Iterable[Host] = hosts if subnet_id is None else hosts.of(subnet_id)
    return listed(context, [host for host in among if host.hostname.lower() == name] if memory else ())


def reservation_get_by_id(context: Context, arguments: object) -> Answer:
    """Return the hosts with an identifier, one per subnet at most."""
    found = as_arguments(arguments)
    for name in ("identifier-type", "identifier"):
        if type(found.get(name)) is not str:
            raise CommandError(f"'{name}' is either missing or not a string.")
    if "subnet-id" in found:
        raise CommandError("'subnet-id' is forbidden in reservation-get-by-id")
    host_key = hostinput.read_identifier(found)
    hosts = context.settings.hosts
    named = (hosts.get(place, host_key.kind, host_key.identifier) for place in hosts.by_subnet)
    return listed(context, [host for host in named if host is not None] if _reaches_memory(found) else ())


def host_to_add(context: Context, arguments: object) -> tuple[Host, bool]:
    """Return the host that reservation-add brings, and whether it was taken for a global one."""
    found = as_map(
        arguments,
        "no parameters specified for the command",
        f"get(string) called on a non-map Element in {type_name(arguments)}",
    )
    hostinput.target(found)
    if "reservation" not in found:
        raise CommandError("reservation must be specified")
    section = found["reservation"]
    if type(section) is not dict:
        raise CommandError(f"mapValue() called on non-map Element in {type_name(section)}")
    return hostinput.read_host(context, section, subnet_needed=False)


def added(assumed: bool) -> Answer:
    """Return the answer to reservation-add."""
    return answer(
        SUCCESS,
        "Host added." + (" subnet-id not specified, assumed global (subnet-id 0)." if assumed else ""),
    )


def _add(context: Context, arguments: Json) -> Answer:
    host, assumed = host_to_add(context, arguments)
    if hostinput.target(arguments) not in _IN_MEMORY:
        raise CommandError("Host database not available, cannot add host.")
    hostinput.check_place(context, host)
    hostinput.check_free(context.settings, host)
    add_host(context.settings, context.table, host)
    context.reservations_changed()
    return added(assumed)


def host_to_update(context: Context, arguments: object) -> Host:
    """Return the host that reservation-update brings."""
    if arguments is None:
        raise CommandError("invalid command: does not contain mandatory 'arguments'")
    if type(arguments) is not dict:
        kind = type_name(arguments)
        raise CommandError(f"invalid command: expected 'arguments' to be a map, got {kind} instead")
    if "reservation" not in arguments:
        raise CommandError(
            "invalid command: expected 'reservation' as the sole parameter inside the 'arguments' map,"
            " didn't get it instead"
        )
    section = arguments["reservation"]
    if type(section) is not dict:
        kind = type_name(section)
        raise CommandError(f"invalid command: expected 'reservation' to be a map, got {kind} instead")
    hostinput.target(arguments)
    return hostinput.read_host(context, section, subnet_needed=True)[0]


def replaceable(context: Context, host: Host) -> Host:
    """Return the host of the configuration that another one replaces. Raises CommandError."""
    before = context.settings.hosts.get(host.subnet_id, host.kind, host.identifier)
    if before is None:
        raise CommandError("Host not updated (not found).")
    hostinput.check_free(context.settings, host, before)
    return before


def _update(context: Context, arguments: Json) -> Answer:
    host = host_to_update(context, arguments)
    if hostinput.target(arguments) not in _IN_MEMORY:
        raise CommandError("host database not available, cannot update host")
    hostinput.check_place(context, host)
    before = replaceable(context, host)
    remove_host(context.settings, context.table, before)
    add_host(context.settings, context.table, host)
    context.reservations_changed()
    return answer(SUCCESS, "Host updated.")


def _delete(context: Context, arguments: object) -> Answer:
    found = as_arguments(arguments)
    host_key = hostinput.read_host_key(found)
    if hostinput.target(found) not in _IN_MEMORY:
        raise CommandError("Unable to delete a host because there is no hosts-database configured.")
    host = one(context, host_key)
    if host is None:
        return answer(EMPTY, "Host not deleted (not found).")
    remove_host(context.settings, context.table, host)
    context.reservations_changed()
    return answer(SUCCESS, "Host deleted.")


def as_arguments(arguments: object) -> Arguments:
    """Return the arguments of a command that needs some."""
    return as_map(arguments, NOT_A_MAP, NOT_A_MAP)


def _reaches_memory(arguments: Arguments) -> bool:
    return hostinput.target(arguments) != "database"


def one(context: Context, host_key: HostKey) -> Host | None:
    """Return the host of the configuration that is meant."""
    hosts, subnet_id = context.settings.hosts, host_key.subnet_id
    assert subnet_id is not None
    if host_key.kind:
        return hosts.get(subnet_id, host_key.kind, host_key.identifier)
    return next(iter(hosts.at(subnet_id, host_key.address)), None)


def listed(context: Context, hosts: Iterable[Host]) -> Answer:
    """Return the answer with a list of hosts."""
    return listed_rows([shown_host(context, host) for host in hosts])


def listed_rows(rows: list[dict[str, object]]) -> Answer:
    """Return the answer with a list of hosts as they are shown."""
    return answer(SUCCESS if rows else EMPTY, f"{len(rows)} IPv4 host(s) found.", {"hosts": rows})


def shown_host(context: Context, host: Host) -> dict[str, object]:
    """Return a host as it is shown."""
    return {**reservation(context.settings, host.section), "subnet-id": host.subnet_id}


@contextmanager
def logged(context: Context, arguments: object, events: Events) -> Iterator[None]:
    """Log that a change is begun, and that it succeeded or failed: ``events`` in this order."""
    called, success, failed = events
    log = context.log
    if called in log.enabled:
        log.emit(called, shown(arguments))
    try:
        yield
    except CommandError as error:
        if failed in log.enabled:
            log.emit(failed, shown(arguments), error.text)
        raise
    if success in log.enabled:
        log.emit(success, shown(arguments))


ADD_EVENTS: Final = (E.HOST_CMDS_RESERV_ADD, E.HOST_CMDS_RESERV_ADD_SUCCESS, E.HOST_CMDS_RESERV_ADD_FAILED)
UPDATE_EVENTS: Final = (
    E.HOST_CMDS_RESERV_UPDATE,
    E.HOST_CMDS_RESERV_UPDATE_SUCCESS,
    E.HOST_CMDS_RESERV_UPDATE_FAILED,
)
DELETE_EVENTS: Final = (
    E.HOST_CMDS_RESERV_DEL,
    E.HOST_CMDS_RESERV_DEL_SUCCESS,
    E.HOST_CMDS_RESERV_DEL_FAILED,
)
