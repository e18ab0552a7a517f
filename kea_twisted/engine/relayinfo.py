"""Option 82 in leases, and its restoration into renewals that do not pass the relay.

With ``store-extended-info`` the sub-options are kept in the lease's user context as
``ISC.relay-agent-info``, in the form that Kea's tools read. With ``stash-agent-options`` a client that renews by
unicast is treated as if its relay's options were in the message. (Kea: ``updateLease4ExtendedInfo``,
``recoverStashedAgentOption``.)
"""

from __future__ import annotations

from kea_twisted.engine.exchange import Exchange
from kea_twisted.lease.context import with_isc
from kea_twisted.lease.extendedinfo import RELAY_INFO, agent_options, stored_form
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.constants import OPT_AGENT_OPTIONS, REQUEST
from kea_twisted.wire.options import unpack_suboptions


def remembered(context: str, exchange: Exchange) -> str:
    """Return the user context of a lease given now; ``context`` is the one before."""
    data = exchange.message.options.get(OPT_AGENT_OPTIONS)
    if data is None or exchange.stashed:
        return context
    return with_isc(context, RELAY_INFO, stored_form(unpack_suboptions(data)))


def recover(store: LeaseStore, exchange: Exchange) -> bool:
    """Put the option 82 of the client's lease into a renewal without one. Return True if that was done."""
    message = exchange.message
    if exchange.type != REQUEST or not message.ciaddr or message.giaddr:
        return False
    if unpack_suboptions(message.options.get(OPT_AGENT_OPTIONS, b"")):  # what is cut off counts as none, as in Kea
        return False
    lease = store.get(message.ciaddr)
    if lease is None or not lease.user_context or not _is_held(lease, exchange):
        return False
    data = _stashed(lease.user_context)
    if not unpack_suboptions(data):
        return False
    message.options[OPT_AGENT_OPTIONS] = data
    exchange.stashed = True
    return True


def _is_held(lease: Lease, exchange: Exchange) -> bool:
    return not lease.is_expired(exchange.now) and exchange.owns(lease)


def _stashed(context: str) -> bytes:
    """Return the sub-options in a user context; b"" where there are none."""
    try:
        return agent_options(context) or b""
    except ValueError:
        return b""
