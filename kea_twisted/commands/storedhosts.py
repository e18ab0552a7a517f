"""``libdhcp_host_cmds`` where reservations are in databases, too: ``operation-target`` says which are meant.

``default`` means everywhere for what reads, and the databases for what writes, as in a Kea. What the databases refuse
is not done in memory either.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from kea_twisted.commands import hostinput, hosts
from kea_twisted.commands.arguments import Arguments
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer
from kea_twisted.commands.hostdatabase import HostDatabase
from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.engine.hosts import add_host, remove_host
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json

Result = TypeVar("Result")
Read = Callable[[HostDatabase], Awaitable[list[Host]]]

_EXISTS: Final = "Database duplicate entry error"
_READ_ONLY: Final = "{} host database backend is configured to operate in read only mode"
_NOT_FOUND: Final = "Host not updated (not found)."


def reservation_add(context: Context, arguments: object) -> Reply:
    """Put a host into the databases, and into the configuration in force if that is meant, too."""
    if _target(arguments) == "memory":
        return hosts.reservation_add(context, arguments)
    return _logged(context, arguments, _add, hosts.ADD_EVENTS)


def reservation_update(context: Context, arguments: object) -> Reply:
    """Replace the host with the same identifier in the same subnet."""
    if _target(arguments) == "memory":
        return hosts.reservation_update(context, arguments)
    return _logged(context, arguments, _update, hosts.UPDATE_EVENTS)


def reservation_del(context: Context, arguments: object) -> Reply:
    """Take a host out, by address or by identifier; 3 when there is none."""
    if _target(arguments) == "memory":
        return hosts.reservation_del(context, arguments)
    return _logged(context, arguments, _delete, hosts.DELETE_EVENTS)


async def reservation_get(context: Context, arguments: Json) -> Answer:
    """Return one host of a subnet, by address or by identifier: the configuration's before those of the databases."""
    made = hosts.reservation_get(context, arguments)
    if made["result"] == SUCCESS or _target(arguments) == "memory":
        return made
    key = hostinput.read_host_key(arguments)
    identifiers = [(key.kind, key.identifier)] if key.kind else []
    addresses = [key.address] if not key.kind else []
    for database in context.host_databases:
        for host in await _asked(database.find(identifiers, addresses)):
            if host.subnet_id == key.subnet_id:
                return answer(SUCCESS, "Host found.", hosts.shown_host(context, host))
    return made


async def reservation_get_all(context: Context, arguments: Json) -> Answer:
    """Return all hosts of a subnet, 0 for the global ones."""
    made = hosts.reservation_get_all(context, arguments)
    return await _more(context, arguments, made, lambda database: database.of_subnet(arguments["subnet-id"]))


async def reservation_get_page(context: Context, arguments: Json) -> Answer:
    """Return the next hosts: those of the configuration (source 0), then those of one database after the other."""
    made = hosts.reservation_get_page(context, arguments)
    source, after = arguments.get("source-index", 0), arguments.get("from", 0)
    if made["result"] == SUCCESS or source > len(context.host_databases):
        return made
    after = 0 if not source else after if after >= 0 else hostinput.LAST_NUMBER
    for index, database in enumerate(context.host_databases, 1):
        if index < source:
            continue
        page = await _asked(database.page(after, arguments["limit"], arguments.get("subnet-id")))
        if page:
            found = hosts.listed(context, page)
            found["arguments"] |= {"count": len(page), "next": {"from": page[-1].number, "source-index": index}}
            return found
        after = 0
    return made


async def reservation_get_by_address(context: Context, arguments: Json) -> Answer:
    """The hosts for whom an address is reserved, of one subnet or of all."""
    made = hosts.reservation_get_by_address(context, arguments)
    address = hostinput.read_address(arguments["ip-address"])
    subnet_id = arguments.get("subnet-id")
    return await _more(context, arguments, made, lambda database: database.find([], [address or 0]), subnet_id)


async def reservation_get_by_hostname(context: Context, arguments: Json) -> Answer:
    """Return the hosts with a name, whatever its case, of one subnet or of all."""
    made = hosts.reservation_get_by_hostname(context, arguments)
    name, subnet_id = arguments["hostname"], arguments.get("subnet-id")
    return await _more(context, arguments, made, lambda database: database.named(name), subnet_id)


async def reservation_get_by_id(context: Context, arguments: Json) -> Answer:
    """Return the hosts with an identifier."""
    made = hosts.reservation_get_by_id(context, arguments)
    key = hostinput.read_identifier(arguments)
    return await _more(context, arguments, made, lambda database: database.find([(key.kind, key.identifier)], []))


async def _add(context: Context, arguments: object) -> Answer:
    host, assumed = hosts.host_to_add(context, arguments)
    hostinput.check_place(context, host)
    everywhere = _target(arguments) == "all"
    if everywhere:
        hostinput.check_free(context.settings, host)
    unique = context.settings.ip_reservations_unique
    for database in _writable(context):
        if not await _asked(database.add(host, unique)):
            raise CommandError(_EXISTS)
        _forget(context, host.subnet_id, (host.kind, host.identifier), host.address)
    if everywhere:
        hostinput.check_free(context.settings, host)  # the databases have taken their time
        add_host(context.settings, context.table, host)
        context.reservations_changed()
    return hosts.added(assumed)


async def _update(context: Context, arguments: object) -> Answer:
    host = hosts.host_to_update(context, arguments)
    hostinput.check_place(context, host)
    everywhere = _target(arguments) == "all"
    if everywhere:
        hosts.replaceable(context, host)
    unique = context.settings.ip_reservations_unique
    for database in _writable(context):
        if not await _asked(database.update(host, unique)):
            known = await _asked(database.find([(host.kind, host.identifier)], []))
            exists = any(each.subnet_id == host.subnet_id for each in known)
            raise CommandError(_EXISTS if exists else _NOT_FOUND)
        _forget(context, host.subnet_id, (host.kind, host.identifier), host.address)
    if everywhere:
        before = hosts.replaceable(context, host)
        remove_host(context.settings, context.table, before)
        add_host(context.settings, context.table, host)
        context.reservations_changed()
    return answer(SUCCESS, "Host updated.")


async def _delete(context: Context, arguments: Json) -> Answer:
    key = hostinput.read_host_key(hosts.as_arguments(arguments))
    subnet_id = key.subnet_id
    assert subnet_id is not None
    is_deleted = False
    for database in _writable(context):
        if key.kind:
            gone = await _asked(database.delete(subnet_id, key.kind, key.identifier))
            _forget(context, subnet_id, (key.kind, key.identifier), 0)
        else:
            gone = await _asked(database.delete_address(subnet_id, key.address))
            _forget(context, subnet_id, None, key.address)
        is_deleted = is_deleted or gone
    if _target(arguments) == "all" and (host := hosts.one(context, key)) is not None:
        remove_host(context.settings, context.table, host)
        context.reservations_changed()
        is_deleted = True
    return answer(SUCCESS, "Host deleted.") if is_deleted else answer(EMPTY, "Host not deleted (not found).")


async def _more(
    context: Context, arguments: Arguments, made: Answer, read: Read, subnet_id: int | None = None
) -> Answer:
    """Return an answer with the hosts of the databases behind those of the configuration."""
    if _target(arguments) == "memory":
        return made
    rows = list(made["arguments"]["hosts"])
    for database in context.host_databases:
        found = await _asked(read(database))
        rows += [hosts.shown_host(context, host) for host in found if subnet_id in (None, host.subnet_id)]
    return hosts.listed_rows(rows)


def _forget(context: Context, subnet_id: int, identifier: Identifier | None, address: int) -> None:
    """Have a cache ask the databases anew about what a command has changed in one of them."""
    look_up = context.server.core.host_lookup
    if look_up is not None:
        look_up.forget(subnet_id, identifier, address)


def _target(arguments: object) -> str:
    return hostinput.target(arguments) if isinstance(arguments, dict) else "default"


def _writable(context: Context) -> tuple[HostDatabase, ...]:
    """Return the databases. Raises CommandError if one of them may not be written to."""
    databases = tuple(context.host_databases)
    refusing = next((database for database in databases if database.is_read_only), None)
    if refusing is not None:
        raise CommandError(_READ_ONLY.format(refusing.product))
    return databases


async def _asked(pending: Awaitable[Result]) -> Result:
    try:
        return await pending
    except OSError as error:
        raise CommandError(error.strerror or str(error)) from None


async def _logged(
    context: Context, arguments: object, change: Callable[[Context, object], Awaitable[Answer]], events: hosts.Events
) -> Answer:
    with hosts.logged(context, arguments, events):
        return await change(context, arguments)
