"""``ha-digest-get``: digests of leases by subnet, which a HA partner of our own kind compares with its own.

No Kea has this command; a partner asks only a server that lists it.
"""

from __future__ import annotations

from kea_twisted.commands.arguments import Arguments, as_map, value
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.commands.leaseinput import read_address
from kea_twisted.commands.leasequeries import NOT_A_MAP
from kea_twisted.errors import CommandError
from kea_twisted.lease.digest import of_range
from kea_twisted.wire.address import address_text

_MISSING = "no parameters specified for ha-digest-get command"
_NOT_IPV4 = "'{}' is not an IPv4 address"


def ha_digest_get(context: Context, arguments: object) -> Answer:
    """Return the digests of the addresses behind ``from`` ("start": all), up to ``to`` or to ``last`` of the answer.

    Only leases that last beyond ``cutoff`` (seconds since the epoch) count. ``subnets``: only these.
    """
    found = as_map(arguments, _MISSING, NOT_A_MAP)
    start = value(found, "from", str)
    after = -1 if start == "start" else read_address(start, _NOT_IPV4)
    end = read_address(value(found, "to", str), _NOT_IPV4) if "to" in found else None
    if end is not None and end <= after:
        raise CommandError("'to' must lie behind 'from'")
    result = of_range(context.table.store, after, end, value(found, "cutoff", int), _subnets(found))
    body: dict[str, object] = {
        "digests": [
            {"subnet-id": subnet_id, "leases": digest.leases, "digest": digest.digest}
            for subnet_id, digest in result.subnets.items()
        ]
    }
    if result.last is not None:
        body["last"] = address_text(result.last)
    return answer(SUCCESS, "Lease digests returned.", body)


def _subnets(arguments: Arguments) -> frozenset[int]:
    found = value(arguments, "subnets", list) if "subnets" in arguments else []
    if not all(type(each) is int for each in found):
        raise CommandError("'subnets' must be a list of subnet identifiers")
    return frozenset(found)
