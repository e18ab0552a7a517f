"""The stored options of relays in leases that commands bring, and the command that brings them into today's form."""

from __future__ import annotations

from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.engine.leasechecks import checked_lease
from kea_twisted.lease.lease import Lease


def extended_info4_upgrade(context: Context, arguments: object) -> Answer:
    """Bring no lease up to date: that is done when leases are loaded, and when commands bring them, as memfile does."""
    return answer(SUCCESS, "Upgraded 0 leases")


def sanitized(context: Context, lease: Lease) -> Lease:
    """Return a lease that a command brings with the user context that ``extended-info-checks`` allows."""
    if "ISC" not in lease.user_context:
        return lease
    return checked_lease(lease, context.settings.sanity_extended_info_checks, context.log)
