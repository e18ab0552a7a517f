"""Commands about the names of leases in the DNS."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.commands.arguments import as_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.commands.leaseinput import is_ipv6
from kea_twisted.errors import CommandError
from kea_twisted.lease.lease import Change
from kea_twisted.wire.address import address_number


def updates_names(arguments: object) -> bool:
    """Return ``update-ddns`` of a deletion: the names of the lease are removed, too."""
    requested = arguments.get("update-ddns", False) if type(arguments) is dict else False
    if type(requested) is not bool:
        raise CommandError("'update-ddns' is not a boolean")
    return requested


def lease4_resend_ddns(context: Context, arguments: object) -> Answer:
    """Have the names of a lease added to the DNS once more; 3 when there is no lease, 4 when nothing can be added."""
    try:
        text = _resent(context, arguments)
    except CommandError as error:
        context.log.emit(E.LEASE_CMDS_RESEND_DDNS4_FAILED, error.text)
        raise
    context.log.emit(E.LEASE_CMDS_RESEND_DDNS4, text)
    return answer(SUCCESS, text)


def _resent(context: Context, arguments: object) -> str:
    text, names = _address(arguments), context.names
    if names is None or not names.enabled:
        raise CommandError("DDNS updating is not enabled", CommandError.CONFLICT)
    lease = context.table.store.get(address_number(text))
    if lease is None:
        raise CommandError(f"No lease found for: {text}", CommandError.EMPTY)
    if not lease.hostname:
        raise CommandError(f"Lease for: {text}, has no hostname, nothing to update", CommandError.CONFLICT)
    if not lease.fqdn_fwd and not lease.fqdn_rev:
        fault = f"Neither forward nor reverse updates enabled for lease for: {text}"
        raise CommandError(fault, CommandError.CONFLICT)
    names.update(Change(lease))
    return f"NCR generated for: {text}, hostname: {lease.hostname}"


def _address(arguments: object) -> str:
    found = as_map(arguments, "no parameters specified for the command", "arguments must be a map")
    if "ip-address" not in found:
        raise CommandError("missing parameter 'ip-address'")
    text = found["ip-address"]
    if type(text) is not str:
        raise CommandError("'ip-address' is not a string.")
    if is_ipv6(text):
        raise CommandError(f"Invalid IPv4 address specified: {text}")
    try:
        address_number(text)
    except ValueError:
        raise CommandError(f"'{text}' is not a valid IP address.") from None
    return text
