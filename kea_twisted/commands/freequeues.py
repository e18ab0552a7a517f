"""``sflq-pool4-*`` of ``libdhcp_lease_cmds``: the free lease queues of subnets with the allocator ``shared-flq``.

A Kea keeps such a queue in the database from its creation on; here it is made from the leases whenever a pool is
configured, so that it exists as long as its pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.commands.arguments import Arguments
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.commands.leaseinput import is_ipv6
from kea_twisted.commands.leases import shown
from kea_twisted.config.keawords import no_address
from kea_twisted.config.model import Subnet
from kea_twisted.engine.books import PoolBook
from kea_twisted.engine.statistics import time_text
from kea_twisted.errors import CommandError
from kea_twisted.wire.address import address_number, address_text

ALLOCATOR: Final = "shared-flq"
_UNUSED: Final = 0xFFFFFFFF  # Kea's SUBNET_ID_UNUSED
_RANGE: Final[Mapping[str, type]] = {"start-address": str, "end-address": str}
_KINDS: Final = {str: "a string", int: "an integer", bool: "a boolean"}


class Found(NamedTuple):
    """A queue: the pool and its subnet."""

    pool: PoolBook
    subnet: Subnet


def sflq_pool4_get_all(context: Context, arguments: object) -> Answer:
    """Return all queues."""
    with _Report(context, arguments, E.SFLQ_POOL4_GET_ALL_FAILED) as report:
        if arguments is not None and (type(arguments) is not dict or arguments):
            raise CommandError("command does not take any arguments")
        pools = list(_queues(context))
        report.succeeded(E.SFLQ_POOL4_GET_ALL, len(pools))
        return _listed(context, pools)


def sflq_pool4_get_by_subnet(context: Context, arguments: object) -> Answer:
    """Return the queues of a subnet."""
    with _Report(context, arguments, E.SFLQ_POOL4_GET_BY_SUBNET_FAILED) as report:
        number = _read(arguments, {"subnet-id": int})["subnet-id"]
        if not 1 <= number < _UNUSED:
            text = f"'subnet-id' {number} is invalid, must be greater than zero and less than {_UNUSED}"
            raise CommandError(text)
        pools = [found for found in _queues(context) if found.subnet.id == number]
        report.succeeded(E.SFLQ_POOL4_GET_BY_SUBNET, shown(arguments), len(pools))
        return _listed(context, pools)


def sflq_pool4_get_by_range(context: Context, arguments: object) -> Answer:
    """Return the queues whose pools overlap a range."""
    with _Report(context, arguments, E.SFLQ_POOL4_GET_BY_RANGE_FAILED) as report:
        first, last = _range(_read(arguments, _RANGE))
        pools = _overlapping(context, first, last)
        report.succeeded(E.SFLQ_POOL4_GET_BY_RANGE, shown(arguments), len(pools))
        return _listed(context, pools)


def sflq_pool4_rebuild(context: Context, arguments: object) -> Answer:
    """Make the queue of a pool anew: the order in which addresses became free is forgotten."""
    with _Report(context, arguments, E.SFLQ_POOL4_REBUILD_FAILED) as report:
        first, last = _range(_read(arguments, _RANGE))
        found = _exactly(context, first, last)
        for pool, _ in found:
            pool.taken.begin_queue(anew=True)
        report.succeeded(E.SFLQ_POOL4_REBUILD, shown(arguments), int(bool(found)))
        if not found:
            return answer(EMPTY, "SFLQ pool does not exist.", arguments)
        return answer(SUCCESS, "SFLQ pool rebuilt.", arguments)


def sflq_pool4_del(context: Context, arguments: object) -> Answer:
    """Refuse to delete the queue of a configured pool; there are no others."""
    with _Report(context, arguments, E.SFLQ_POOL4_DEL_FAILED) as report:
        found = _read(arguments, _RANGE, {"force": bool})
        first, last = _range(found)
        overlapping = _overlapping(context, first, last)
        if len(overlapping) > 1 and not found.get("force", False):
            raise CommandError(f"Delete would affect {len(overlapping)} overlapping pools")
        for pool, subnet in _exactly(context, first, last):
            where = f"pool {pool.pool.text} of subnet {subnet.text}"
            raise CommandError(f"{where} has this queue: remove the pool from the configuration, and the queue is gone")
        report.succeeded(E.SFLQ_POOL4_DEL, shown(arguments), 0)
        return answer(EMPTY, "SFLQ pool does not exist", arguments)


class _Report:
    """The log lines of a command. A CommandError in its block is logged and goes on."""

    def __init__(self, context: Context, arguments: object, failed: E.Event) -> None:
        self._log = context.log
        self._arguments = arguments
        self._failed = failed

    def __enter__(self) -> _Report:
        return self

    def succeeded(self, event: E.Event, *values: object) -> None:
        """Log the result."""
        if event in self._log.enabled:
            self._log.emit(event, *values)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CommandError) and self._failed in self._log.enabled:
            self._log.emit(self._failed, shown(self._arguments), error.text)


def _queues(context: Context) -> Iterator[Found]:
    for subnet in context.settings.subnets:
        if subnet.allocator == ALLOCATOR:
            for pool in context.table.book(subnet.id).pools:
                yield Found(pool, subnet)


def _overlapping(context: Context, first: int, last: int) -> list[Found]:
    return [found for found in _queues(context) if found.pool.first <= last and first <= found.pool.last]


def _exactly(context: Context, first: int, last: int) -> list[Found]:
    return [found for found in _queues(context) if (found.pool.first, found.pool.last) == (first, last)]


def _listed(context: Context, pools: list[Found]) -> Answer:
    since = time_text(context.reloaded_at)
    rows = [
        {
            "lease-type": "V4",
            "start-address": address_text(pool.first),
            "end-address": address_text(pool.last),
            "delegated-len": 128,
            "subnet-id": subnet.id,
            "free-leases": pool.taken.size - pool.taken.kept_back,
            "created-ts": since,
            "modified-ts": since,
        }
        for pool, subnet in pools
    ]
    return answer(SUCCESS if rows else EMPTY, f"{len(rows)} pool(s) found.", {"pools": rows})


def _read(arguments: object, required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> Arguments:
    """Return the arguments, all required ones among them, each of its type."""
    if type(arguments) is not dict:
        raise CommandError("no parameters specified for the command")
    for name in required:
        if name not in arguments:
            raise CommandError(f"missing '{name}' parameter")
    known = {**required, **(optional or {})}
    for name, value in arguments.items():
        if name in known and type(value) is not known[name]:
            raise CommandError(f"'{name}' parameter is not {_KINDS[known[name]]}")
    spurious = next((name for name in sorted(arguments) if name not in known), None)
    if spurious is not None:
        raise CommandError(f"spurious '{spurious}' parameter")
    return arguments


def _range(found: Arguments) -> tuple[int, int]:
    first, last = (_address(found[name]) for name in _RANGE)
    if first is None or last is None or last < first:
        start, end = found["start-address"], found["end-address"]
        text = f"invalid V4 range - start_address {start}, end_address {end}"
        raise CommandError(f"{text}, must be V4 addresses where start_address <= end_address")
    return first, last


def _address(text: str) -> int | None:
    """Return an IPv4 address; None for an IPv6 address."""
    try:
        return address_number(text)
    except ValueError:
        if is_ipv6(text):
            return None
        raise CommandError(f"Failed to convert '{text}' to address: {no_address(text)}") from None
