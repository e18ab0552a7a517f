"""Leases of a partner in subnets that this server does not have, or has with another id.

Such an update is refused, as a Kea does. But its lease is kept, as a fetch of all leases keeps it: no other client may
get the address when this server serves, and the client is known when the subnet is configured here, too.
"""

from __future__ import annotations

from collections.abc import Awaitable

from kea_twisted.commands.arguments import as_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.leaseinput import read_lease
from kea_twisted.commands.leasequeries import NOT_A_MAP
from kea_twisted.errors import CommandError, LeasesUnsaved
from kea_twisted.lease.lease import DECLINED, DEFAULT, Change, Lease


def keep(context: Context, arguments: object) -> Awaitable[None] | None:
    """Keep the lease of a refused update if the refusal is due to its subnet; an awaitable while it is not durable."""
    lease = _stray(context, arguments)
    if lease is None:
        return None
    now, ours = context.now(), context.table.store.get(lease.address)
    if ours is not None and (ours == lease or ours.bars(lease, now) or ours.outlasts(lease, now)):
        return None
    if lease.state in (DEFAULT, DECLINED):
        change = Change(lease)
    elif ours is not None and ours.subnet_id == lease.subnet_id:
        change = Change(ours, True)
    else:
        return None
    context.table.apply(change, given_out=False)
    try:
        return context.commit((change,))
    except LeasesUnsaved as error:  # the update is refused anyway, and the row is owed to the storage
        raise CommandError(error.answer) from None


def _stray(context: Context, arguments: object) -> Lease | None:
    """Return the lease of an update whose subnet is not configured here or does not hold its address."""
    try:
        lease = read_lease(as_map(arguments, NOT_A_MAP, NOT_A_MAP), None, context.now()).lease
    except CommandError:
        return None
    subnet = context.subnets.by_id.get(lease.subnet_id)
    return lease if lease.subnet_id and (subnet is None or lease.address not in subnet) else None
