"""``leases-search``: leases by a part of an address, a hardware address, a client identifier or a name. No Kea has it.

The walk through all leases is made in slices, and packets are answered between two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import Final, NamedTuple

from kea_twisted.commands.arguments import Arguments, number, optional_map, value
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Rendered, answer
from kea_twisted.config.hosts import Host
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.jsonform import lease_text
from kea_twisted.lease.lease import DECLINED, DEFAULT, RECLAIMED, RELEASED, Lease
from kea_twisted.lease.packed import ETHERNET
from kea_twisted.lease.search import SearchTerm, term_of
from kea_twisted.wire.address import address_number, address_text

BLOCKS: Final = 8
"""Blocks of 256 addresses in a slice: about a millisecond or two, whether or not their texts are made."""

PREPARED: Final = 8
"""Blocks of which the text is made in a slice."""

WHOLE: Final = 6
"""Bytes from which on a hardware address or client identifier is looked for in the indexes first."""

UNPACKED: Final = 200
"""Leases that are unpacked and looked at in a slice."""

MOST_UNPACKED: Final = 200_000
"""Leases that are unpacked for one answer, if it has any; the next one continues where it ended."""

MOST_GATHERED: Final = 20_000
"""Leases that are looked for in no order; where more fit, a page of them is found soon in the order of addresses."""

MOST_LISTED: Final = 20_000
"""Declined or released leases that are sorted; where there are more, a page of them is found soon."""

SORTED: Final = 5000
"""Reserved addresses that are sorted in a slice."""

MAX_LIMIT: Final = 1000

STATES: Final = {"assigned": DEFAULT, "declined": DECLINED, "expired-reclaimed": RECLAIMED, "released": RELEASED}
SOURCES: Final = ("dynamic", "reserved", "synced", "declined")
_KNOWN: Final = frozenset(("text", "state", "source", "subnet-id", "from", "limit", "prepare"))


class Criteria(NamedTuple):
    """The leases that are asked for."""

    term: SearchTerm
    state: int | None
    source: str
    after: int
    limit: int
    prepare: bool


async def leases_search(context: Context, arguments: object) -> Answer:
    """Return the next leases that fit, by address, each with its ``source``; and ``next`` if there may be more."""
    criteria = _criteria(optional_map(arguments, "arguments must be a map"))
    if criteria.prepare:
        await _prepare(context)
    listed = await _listed(context, criteria)
    if listed is None and criteria.term.parts and not context.table.store.is_prepared:
        listed = await _gathered(context, criteria)
    found: list[str] = []
    after: int | None = criteria.after
    unpacked = 0
    while after is not None and len(found) < criteria.limit and not (found and unpacked >= MOST_UNPACKED):
        addresses: Iterable[int]
        if listed is None:
            addresses, after = context.table.store.scan(after, criteria.term, BLOCKS, criteria.limit)
        else:
            addresses, after = listed, None
        for address in addresses:
            if len(found) == criteria.limit or (found and unpacked >= MOST_UNPACKED):
                after = address - 1
                break
            unpacked += 1
            if unpacked % UNPACKED == 0:
                await context.turn()
            text = _described(context, criteria, address)
            if text:
                found.append(text)
        if after is not None:
            await context.turn()
    return _answer(found, after)


async def _prepare(context: Context) -> None:
    """Make the texts for searches, a slice in each turn. What another client of the command has made stays."""
    after: int | None = -1
    while after is not None:
        after = context.table.store.prepare(after, PREPARED)
        await context.turn()


async def _gathered(context: Context, criteria: Criteria) -> Sequence[int] | None:
    """Return the addresses among which all that fit are; None where there are too many to look for all of them."""
    found: list[int] = []
    try:
        for some in context.table.store.gather(criteria.term):
            found += some
            if len(found) > MOST_GATHERED:
                return None
            await context.turn()
    except RuntimeError:  # leases went meanwhile
        return None
    return sorted(address for address in found if address > criteria.after)


async def _listed(context: Context, criteria: Criteria) -> Iterable[int] | None:
    """Return the addresses among which all that fit are, ascending, by an index; None where there is none."""
    state = DECLINED if criteria.source == "declined" else criteria.state
    first, last = max(criteria.after + 1, criteria.term.first), criteria.term.last
    addresses: Iterable[int]
    if criteria.source == "synced" and context.ha is None:
        return ()
    if state in (DECLINED, RELEASED):
        addresses = context.table.store.addresses_in(state)
        if len(addresses) > MOST_LISTED:
            return None
    elif criteria.source == "reserved":
        return await _reserved(context, first, last)
    else:
        addresses = _whole(context, criteria.term)
        if not addresses:
            return None
    return sorted(address for address in addresses if first <= address <= last)


async def _reserved(context: Context, first: int, last: int) -> Iterable[int]:
    """Return the reserved addresses from the first to the last, ascending; they are sorted in slices."""
    groups: list[list[Host] | list[int]] = [list(context.settings.hosts), *map(list, list(_stored(context).values()))]
    parts: list[list[int]] = []
    for group in groups:
        for start in range(0, len(group), SORTED):
            if parts:
                await context.turn()
            some = [each if isinstance(each, int) else each.address for each in group[start : start + SORTED]]
            parts.append(sorted([address for address in some if address and first <= address <= last]))
    return (address for address, _ in groupby(merge(*parts)))


def _whole(context: Context, term: SearchTerm) -> set[int]:
    """Return the addresses of leases of which the text is the whole hardware address or client identifier."""
    identifier, store = bytes.fromhex(term.digits), context.table.store
    if len(identifier) < WHOLE:
        return set()
    client_ids = identifier, ETHERNET + identifier
    found = sum(map(store.by_client_id, client_ids), store.by_hwaddr(identifier))
    return {lease.address for lease in found}


def source_of(context: Context, lease: Lease) -> str:
    """Return where a lease comes from: ``synced`` is one that the HA partner gave to its client."""
    if lease.state == DECLINED:
        return "declined"
    hosts, stored = context.settings.hosts, _stored(context)
    if any(hosts.at(place, lease.address) or lease.address in stored.get(place, ()) for place in (lease.subnet_id, 0)):
        return "reserved"
    if context.ha is not None and context.ha.gave(lease) is False:
        return "synced"
    return "dynamic"


def _stored(context: Context) -> Mapping[int, Iterable[int]]:
    """Return the reserved addresses of the host databases, as far as they are known, by subnet id."""
    lookup = context.server.core.host_lookup
    return lookup.reserved if lookup is not None else {}


def _described(context: Context, criteria: Criteria, address: int) -> str:
    """Return the lease of an address as JSON; "" if it does not fit."""
    lease = context.table.store.get(address)
    if lease is None or not criteria.term.fits(lease):
        return ""
    if criteria.state is not None and lease.state != criteria.state:
        return ""
    if criteria.term.subnet and lease.subnet_id != int.from_bytes(criteria.term.subnet):
        return ""
    source = source_of(context, lease)
    if criteria.source and source != criteria.source:
        return ""
    return f'{lease_text(lease)[:-1]}, "source": "{source}"}}'


def _answer(found: list[str], after: int | None) -> Answer:
    more = "" if after is None else f', "next": "{address_text(max(0, after))}"'
    arguments = Rendered(f'{{"count": {len(found)}, "leases": [{", ".join(found)}]{more}}}')
    return answer(SUCCESS if found else EMPTY, f"{len(found)} IPv4 lease(s) found.", arguments)


def _criteria(found: Arguments) -> Criteria:
    unknown = next((name for name in found if name not in _KNOWN), None)
    if unknown is not None:
        raise CommandError(f"unknown parameter '{unknown}'; known are {', '.join(sorted(_KNOWN))}")
    limit = number(found, "limit", 100)
    if not 0 < limit <= MAX_LIMIT:
        raise CommandError(f"'limit' must be from 1 to {MAX_LIMIT}")
    state, source = _one_of(found, "state", tuple(STATES)), _one_of(found, "source", SOURCES)
    term = term_of(_text(found, "text"))
    if "subnet-id" in found:
        term = term._replace(subnet=number(found, "subnet-id", 0).to_bytes(4))
    if state:
        term = term._replace(state=bytes((STATES[state],)))
    elif source == "declined":
        term = term._replace(state=bytes((DECLINED,)))
    after = max(_after(found), term.first - 1)
    prepare = value(found, "prepare", bool) if "prepare" in found else False
    return Criteria(term, STATES[state] if state else None, source, after, limit, prepare)


def _after(found: Arguments) -> int:
    text = _text(found, "from")
    if not text:
        return -1
    try:
        return address_number(text)
    except ValueError:
        raise CommandError(f"'from' must be an IPv4 address, not '{text}'") from None


def _text(found: Arguments, name: str) -> str:
    value: Json = found.get(name, "")
    if type(value) is not str:
        raise CommandError(f"'{name}' must be a string")
    return value


def _one_of(found: Arguments, name: str, known: tuple[str, ...]) -> str:
    value = _text(found, name)
    if value and value not in known:
        raise CommandError(f"'{name}' must be one of {', '.join(known)}")
    return value
