"""The commands of the lease library that change leases.

lease4-update and lease4-del are what HA partners send each other all the time. An update has no age check
(nor has Kea's): the last writer wins. A change is in the table and durable before it is answered.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from kea_twisted import events as E
from kea_twisted.commands import strays
from kea_twisted.commands.arguments import as_map, number, optional_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer
from kea_twisted.commands.extendedinfo import sanitized
from kea_twisted.commands.leaseinput import LeaseInput, read_lease
from kea_twisted.commands.leasenames import updates_names
from kea_twisted.commands.leasequeries import NOT_A_MAP, find_lease
from kea_twisted.commands.olderlease import (
    claims_to,
    is_given_after_end,
    is_given_alone,
    is_newer,
    is_unknown_to_partner,
)
from kea_twisted.commands.saving import refused, saved
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import DECLINED, Change, Lease
from kea_twisted.wire.address import address_text

PARTNER: Final = "ha-partner"
"""The ``origin`` of what a HA partner asks for."""

IN_USE: Final = "AddressInUse"
"""The beginning of the refusal of a partner's update for an address that another client has."""

HELD: Final = f"{IN_USE}: held"
"""The beginning of that refusal where the other client was answered: the partner's lease does not count."""

TO_ANOTHER: Final = "was given to another client meanwhile"

_EXISTS: Final = "IPv4 lease already exists."
_GONE: Final = (
    "failed to update the lease with address {} either because the lease has been deleted or it has changed "
    "in the database, in both cases a retry might succeed"
)


def lease4_add(context: Context, arguments: object) -> Reply:
    """Create a lease; 4 when the address has one."""

    def failed(error: CommandError) -> None:
        _log_failure(context, E.LEASE_CMDS_ADD4_FAILED, E.LEASE_CMDS_ADD4_CONFLICT, arguments, error)

    def added() -> Answer:
        _log_address(context, E.LEASE_CMDS_ADD4, lease.address)
        where = f"{address_text(lease.address)}, subnet-id {lease.subnet_id}"
        return answer(SUCCESS, f"Lease for address {where} added.")

    try:
        lease = _input(context, arguments, "no parameters specified for the command").lease
        _log_address(context, E.DHCPSRV_MEMFILE_ADD_ADDR4, lease.address)
        if context.table.store.get(lease.address) is not None:
            raise CommandError(_EXISTS, CommandError.CONFLICT)
        return saved(context, _put(context, lease), added, failed, _EXISTS)
    except CommandError as error:
        failed(error)
        raise


def lease4_update(context: Context, arguments: Json) -> Reply:
    """Replace a lease, or create it with ``force-create``; result 4 if it fits no subnet or does not exist.

    One that the partner gave stays away where the client has had a newer one from this server since.
    """

    def failed(error: CommandError) -> None:
        _log_failure(context, E.LEASE_CMDS_UPDATE4_FAILED, E.LEASE_CMDS_UPDATE4_CONFLICT, arguments, error)

    def updated() -> Answer:
        _log_address(context, E.LEASE_CMDS_UPDATE4, lease.address)
        return answer(SUCCESS, "IPv4 lease added." if added else "IPv4 lease updated.")

    try:
        lease, force_create = _input(context, arguments, "no parameters specified for lease4-update command")
        _log_address(context, E.DHCPSRV_MEMFILE_GET_ADDR4, lease.address)
        ours = context.table.store.get(lease.address)
        added = ours is None
        if added and not force_create:
            raise CommandError(_GONE.format(address_text(lease.address)), CommandError.CONFLICT)
        is_partner = arguments.get("origin") == PARTNER
        if ours is not None and is_partner:
            refuse_if_in_use(context, ours, lease)
            if ours.outlasts(lease, context.now()) or is_given_after_end(context, ours, lease):
                return saved(context, (), updated, failed)
            lease = covering(context, lease, ours)
        elif is_partner and context.ha is not None and context.ha.was_deleted(lease):
            return answer(SUCCESS, "IPv4 lease updated.")  # the partner has not heard of the deletion yet
        _log_address(context, E.DHCPSRV_MEMFILE_ADD_ADDR4 if added else E.DHCPSRV_MEMFILE_UPDATE_ADDR4, lease.address)
        return saved(context, _put(context, lease), updated, failed, _GONE.format(address_text(lease.address)))
    except CommandError as error:
        if error.result == CommandError.CONFLICT and type(arguments) is dict and arguments.get("origin") == PARTNER:
            pending = strays.keep(context, arguments)
            if pending is not None:
                failed(error)
                return refused(pending, error)
        failed(error)
        raise


def covering(context: Context, theirs: Lease, ours: Lease) -> Lease:
    """Return the partner's lease as it is stored in place of ours; send it back if its probation was prolonged."""
    if theirs.state != DECLINED:
        return theirs
    lease = theirs.covering(ours, context.now(), is_unknown_to_partner(context, ours))
    if lease is not theirs and context.ha is not None:
        context.ha.kept(lease)
    return lease


def refuse_if_in_use(context: Context, ours: Lease, theirs: Lease) -> None:
    """Refuse a partner's update of an address that this server has given to another client, or to the same one alone.

    The partner does not know yet that it was replaced (it stood still, or only the link is broken), and answers what
    waited in its sockets, perhaps a REQUEST and the RELEASE after it. Or both serve, as after a hand-over, and the
    updates of two leases cross each other: the partner decides alike, and takes ours.
    """
    now, claims = context.now(), claims_to(context, ours)
    if is_given_alone(claims, ours, now) and not ours.outlasts(theirs, now):
        if context.ha is not None:
            context.ha.kept(ours)
        given = TO_ANOTHER if ours.bars(theirs, now) else "was given again meanwhile"
        text = f"{HELD}: {address_text(ours.address)} {given}"
        raise CommandError(text, CommandError.CONFLICT)
    if not ours.bars(theirs, now) or (claims is not None and claims.has_withheld(ours.address)):
        return
    if claims is not None and (claims.alone or claims.has_promised(ours.address)):
        text = f"{HELD}: {address_text(ours.address)} {TO_ANOTHER}"
        raise CommandError(text, CommandError.CONFLICT)
    if ours.precedes(theirs, now):
        # the partner may hold on to a lease that it promised, unless it hears that ours was promised, too
        answered = claims is not None and claims.has_answered(ours.address)
        refusal = HELD if answered else IN_USE
        text = f"{refusal}: {address_text(ours.address)} {TO_ANOTHER}"
        raise CommandError(text, CommandError.CONFLICT)


def lease4_del(context: Context, arguments: Json) -> Reply:
    """Delete the lease of an address, or of a client in a subnet; 3 when there is none.

    A partner's deletion ends the lease that it knew, and none that was given here since.
    """

    def failed(error: CommandError) -> None:
        _log_failure(context, E.LEASE_CMDS_DEL4_FAILED, E.LEASE_CMDS_DEL4_FAILED, arguments, error)

    def deleted() -> Answer:
        assert lease is not None
        if removes_names and context.names is not None:
            context.names.update(Change(lease, True))
        _log_address(context, E.LEASE_CMDS_DEL4, lease.address)
        return answer(SUCCESS, "IPv4 lease deleted.")

    try:
        removes_names = updates_names(arguments)
        lease = find_lease(context, arguments, "Delete by duid is not allowed in v4.")
        if lease is None:
            return answer(EMPTY, "IPv4 lease not found.")
        if arguments.get("origin") != PARTNER:
            _tell_partners(context, [lease])
        elif is_newer(context, arguments, lease):
            if context.ha is not None:
                context.ha.kept(lease)
            return answer(EMPTY, "IPv4 lease not found: the client has a newer one.")
        _log_address(context, E.DHCPSRV_MEMFILE_DELETE_ADDR4, lease.address)
        return saved(context, _drop(context, [lease]), deleted, failed)
    except CommandError as error:
        failed(error)
        raise


def lease4_wipe(context: Context, arguments: object) -> Reply:
    """Delete every lease of a subnet, or of all configured subnets without (or with 0 as) ``subnet-id``."""

    def failed(error: CommandError) -> None:
        _log_failure(context, E.LEASE_CMDS_WIPE4_FAILED, E.LEASE_CMDS_WIPE4_FAILED, arguments, error)

    def wiped() -> Answer:
        _log_wiped(context, subnet_ids, doomed)
        if E.LEASE_CMDS_WIPE4 in context.log.enabled:
            context.log.emit(E.LEASE_CMDS_WIPE4, shown(arguments))
        ids = "".join(f" {subnet_id}" for subnet_id in subnet_ids)
        return answer(SUCCESS if doomed else EMPTY, f"Deleted {len(doomed)} IPv4 lease(s) from subnet(s){ids}")

    try:
        found = optional_map(arguments, NOT_A_MAP)
        requested_id = number(found, "subnet-id", 0)
        subnet_ids = dict.fromkeys([requested_id] if requested_id else context.subnets.by_id)
        doomed = [lease for lease in context.table.store if lease.subnet_id in subnet_ids]
        _tell_partners(context, doomed)
        return saved(context, _drop(context, doomed), wiped, failed) if doomed else wiped()
    except CommandError as error:
        failed(error)
        raise


def leases_reclaim(context: Context, arguments: object) -> Reply:
    """Reclaim every lease whose time is over; ``remove`` indicates whether it is deleted."""
    if type(arguments) is not dict or "remove" not in arguments:
        raise CommandError("Missing mandatory 'remove' parameter.")
    remove = arguments["remove"]
    if type(remove) is not bool:
        raise CommandError("'remove' parameter expected to be a boolean.")
    rules = context.settings.expired_leases_processing
    # The reclaimer deletes where there is no later flush, and stops early only where there is a limit.
    rules = replace(rules, max_reclaim_leases=0, flush_reclaimed_timer_wait_time=0 if remove else 1)
    settings = replace(context.settings, expired_leases_processing=rules)
    reclaimer = Reclaimer(settings, context.table, context.hooks, context.log, context.statistics, context.names)
    done = answer(SUCCESS, "Reclamation of expired leases is complete.")
    return saved(context, reclaimer.run(context.now()), lambda: done)


def _input(context: Context, arguments: object, missing: str) -> LeaseInput:
    found = read_lease(as_map(arguments, missing, NOT_A_MAP), context.subnets, context.now())
    return found._replace(lease=sanitized(context, found.lease))


def _put(context: Context, lease: Lease) -> Sequence[Change]:
    change = Change(lease)
    context.table.apply(change, given_out=False)
    return (change,)


def _drop(context: Context, leases: Sequence[Lease]) -> Sequence[Change]:
    changes = [Change(lease, True) for lease in leases]
    context.table.apply_all(changes)
    return changes


def _tell_partners(context: Context, leases: Sequence[Lease]) -> None:
    """Have the HA partners delete the leases, too: they would bring them back.

    Before the lease storage is written: what is deleted there and not remembered would come back after a crash.
    """
    if context.ha is not None and leases:
        context.ha.deleted(leases)


def _log_address(context: Context, event: E.Event, address: int) -> None:
    if event in context.log.enabled:
        context.log.emit(event, address_text(address))


def _log_wiped(context: Context, subnet_ids: Iterable[int], doomed: Sequence[Lease]) -> None:
    log = context.log
    if E.DHCPSRV_MEMFILE_WIPE_LEASES4_FINISHED not in log.enabled:
        return
    numbers = Counter([lease.subnet_id for lease in doomed])
    for subnet_id in subnet_ids:
        log.emit(E.DHCPSRV_MEMFILE_WIPE_LEASES4, subnet_id)
        if E.DHCPSRV_MEMFILE_DELETE_ADDR4 in log.enabled:
            for lease in doomed:
                if lease.subnet_id == subnet_id:
                    log.emit(E.DHCPSRV_MEMFILE_DELETE_ADDR4, address_text(lease.address))
        log.emit(E.DHCPSRV_MEMFILE_WIPE_LEASES4_FINISHED, subnet_id, numbers[subnet_id])


def _log_failure(context: Context, failed: E.Event, conflict: E.Event, arguments: object, error: CommandError) -> None:
    event = conflict if error.result == CommandError.CONFLICT else failed
    if event in context.log.enabled:
        context.log.emit(event, shown(arguments), error.text)


def shown(arguments: object) -> str:
    """Arguments as a log line shows them."""
    return "<no args>" if arguments is None else json.dumps(arguments)
