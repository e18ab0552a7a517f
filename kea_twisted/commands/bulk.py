"""``lease4-bulk-apply``: many lease changes in one request and one write, for a HA partner.

In form and answer it is Kea's ``lease6-bulk-apply``; Kea has none for IPv4. A lease that cannot be used is
reported with its address and keeps none of the others from being applied, which Kea does not do.
"""

from __future__ import annotations

from collections.abc import Sequence

from kea_twisted import events as E
from kea_twisted.commands import strays
from kea_twisted.commands.arguments import Arguments, as_map, number, value
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Reply, answer
from kea_twisted.commands.extendedinfo import sanitized
from kea_twisted.commands.leaseinput import read_address, read_lease
from kea_twisted.commands.leasequeries import NOT_A_MAP
from kea_twisted.commands.leases import covering, refuse_if_in_use
from kea_twisted.commands.olderlease import claims_to, has_claim, is_deleted, is_given_after_end
from kea_twisted.commands.saving import saved
from kea_twisted.config.model import Subnet
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.jsonform import read_update
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.address import address_text

_MISSING = "no parameters specified for lease4-bulk-apply command"


def lease4_bulk_apply(context: Context, arguments: object) -> Reply:
    """Delete ``deleted-leases``, then create or replace ``leases``; the answer lists what failed."""
    found = as_map(arguments, _MISSING, NOT_A_MAP)
    deleted, leases = _listed(found, "deleted-leases"), _listed(found, "leases")
    if deleted is None and leases is None:
        raise CommandError("neither 'deleted-leases' nor 'leases' parameter specified")
    failures: dict[str, list[Answer]] = {}
    changes = _deletions(context, deleted or (), failures)
    changes += _replacements(context, leases or (), failures)
    return _apply(context, changes, failures)


def _deletions(context: Context, items: Sequence[object], failures: dict[str, list[Answer]]) -> list[Change]:
    changes = []
    for item in items:
        try:
            change = _deleted(context, item)
            if change is not None:
                changes.append(change)
        except CommandError as error:
            failures.setdefault("failed-deleted-leases", []).append(_failure(item, error))
    return changes


def _replacements(context: Context, items: Sequence[object], failures: dict[str, list[Answer]]) -> list[Change]:
    changes = []
    by_id, now, lookup = context.subnets.by_id, context.now(), context.table.store.get
    ha = context.ha
    for item in items:
        try:
            lease = _quickly_read(item, by_id)
            if lease is None:
                lease = read_lease(as_map(item, NOT_A_MAP, NOT_A_MAP), context.subnets, now).lease
                lease = sanitized(context, lease)
            ours = lookup(lease.address)
            if ours is not None and (ours.cltt >= lease.cltt or has_claim(context, ours)):
                refuse_if_in_use(context, ours, lease)
                if is_given_after_end(context, ours, lease):
                    continue
                lease = covering(context, lease, ours)
        except CommandError as error:
            if error.result == CommandError.CONFLICT:
                strays.keep(context, item)
            failures.setdefault("failed-leases", []).append(_failure(item, error))
            continue
        if ours is None and ha is not None and ha.was_deleted(lease):
            continue  # the partner has not heard of the deletion yet
        if ours is None or not ours.outlasts(lease, now):  # else the client has had a newer one from this server since
            changes.append(Change(lease))
    return changes


def _apply(context: Context, changes: list[Change], failures: dict[str, list[Answer]]) -> Reply:
    """Apply the changes, and answer when they are durable; what is owed is written even without changes."""
    apply = context.table.apply
    for change in changes:
        apply(change, given_out=False)
    return saved(context, changes, lambda: _applied(context, changes, failures))


def _applied(context: Context, changes: list[Change], failures: dict[str, list[Answer]]) -> Answer:
    """Log the changes, which are durable now, and answer."""
    enabled = context.log.enabled
    if E.LEASE_CMDS_UPDATE4 in enabled or E.LEASE_CMDS_DEL4 in enabled:
        for lease, gone in changes:
            event = E.LEASE_CMDS_DEL4 if gone else E.LEASE_CMDS_UPDATE4
            if event in enabled:
                context.log.emit(event, address_text(lease.address))
    text = f"Bulk apply of {len(changes)} IPv4 leases completed."
    return answer(SUCCESS if changes else EMPTY, text, failures or None)


def _quickly_read(item: Json, by_id: dict[int, Subnet]) -> Lease | None:
    """Return the lease of an item as a server of ours writes it, if its subnet holds it; None for any other.

    What passes here is what ``leaseinput.read_lease`` would make of it, which takes several times as long.
    """
    lease = read_update(item)
    subnet = by_id.get(lease.subnet_id) if lease is not None else None
    return lease if lease is not None and subnet is not None and lease.address in subnet else None


def _deleted(context: Context, item: object) -> Change | None:
    """Return the deletion of a lease; None for one of another client, or that was given here since (``deleted-at``).

    ``cltt`` is the time of the lease that was deleted: clocks differ, and another one may have been given since.
    """
    found = as_map(item, NOT_A_MAP, NOT_A_MAP)
    address = read_address(value(found, "ip-address", str), "Non-IPv4 address specified: {}")
    lease = context.table.store.get(address)
    if lease is None:
        raise CommandError("lease not found", EMPTY)
    if "hw-address" in found and value(found, "hw-address", str) != lease.hwaddr.hex(":"):
        return None
    at, given = number(found, "deleted-at", lease.cltt, 1 << 62), number(found, "cltt", 0, 1 << 62)
    deleted = is_deleted(claims_to(context, lease), lease, at, given, context.now())
    return Change(lease, True) if deleted else None


def _failure(item: object, error: CommandError) -> Answer:
    failure: Answer = {"result": error.result, "error-message": error.text}
    if type(item) is dict and "ip-address" in item:
        failure["ip-address"] = item["ip-address"]
    return failure


def _listed(arguments: Arguments, name: str) -> list[object] | None:
    found = arguments.get(name)
    if found is not None and type(found) is not list:
        raise CommandError(f"the '{name}' parameter must be a list")
    return found
