"""``libdhcp_stat_cmds``: how full the subnets are, as a table."""

from __future__ import annotations

from typing import Final

from kea_twisted.commands.arguments import Arguments
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.engine.statistics import time_text
from kea_twisted.errors import CommandError

COLUMNS: Final = (
    "subnet-id",
    "total-addresses",
    "cumulative-assigned-addresses",
    "assigned-addresses",
    "declined-addresses",
)


def stat_lease4_get(context: Context, arguments: object) -> Answer:
    """Addresses of all subnets, of one, or of a range of them. Declined ones do not count as assigned."""
    if arguments is not None and type(arguments) is not dict:
        raise CommandError("'arguments' parameter is not a map")
    first, last, named, nothing = _selection(arguments or {})
    about = f"stat-lease4-get[{named}]"
    known = sorted(number for number in context.subnets.by_id if first <= number <= last)
    if not known:
        return answer(EMPTY, f"{about}: no matching data, {nothing}", {})
    result = {
        "columns": list(COLUMNS),
        "rows": [_row(context, number) for number in known],
        "timestamp": time_text(context.now()),
    }
    return answer(SUCCESS, f"{about}: {len(known)} rows found", {"result-set": result})


def _row(context: Context, number: int) -> list[int]:
    value = context.statistics.value
    total, cumulative, assigned, declined = (value(f"subnet[{number}].{name}") for name in COLUMNS[1:])
    return [number, total, cumulative, assigned - declined, declined]


def _selection(found: Arguments) -> tuple[int, int, str, str]:
    """First and last identifier, and the words for them and for their absence."""
    if "subnet-id" in found and "subnet-range" in found:
        raise CommandError("cannot specify both subnet-id and subnet-range")
    if "subnet-id" in found:
        number = found["subnet-id"]
        if type(number) is not int:
            raise CommandError("'subnet-id' parameter is not integer")
        _must_be_positive("subnet-id", number)
        return number, number, f"subnet-id={number}", f"subnet-id: {number} does not exist"
    if "subnet-range" not in found:
        return 1, 0xFFFFFFFF, "all subnets", "no subnets are configured"
    limits = found["subnet-range"]
    if type(limits) is not dict:
        raise CommandError("subnet-range parameter is not a map")
    first, last = (_limit(limits, name) for name in ("first-subnet-id", "last-subnet-id"))
    if last < first:
        raise CommandError("'last-subnet-id' must be greater than 'first-subnet-id'")
    words = f"{first} through {last}"
    return first, last, f"subnets {words}", f"selected ID range: {words} includes no known subnets"


def _limit(limits: Arguments, name: str) -> int:
    number = limits.get(name)
    if type(number) is not int:
        raise CommandError(f"'{name}' parameter missing or not an integer")
    _must_be_positive(name, number)
    return number


def _must_be_positive(name: str, number: int) -> None:
    if number <= 0:
        raise CommandError(f"'{name}' parameter must be > 0")
