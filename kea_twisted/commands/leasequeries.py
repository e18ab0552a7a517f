"""The commands of the lease library that look leases up.

lease4-get-page is how an HA partner reads our leases when it synchronises.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from kea_twisted import events as E
from kea_twisted.commands.arguments import UINT32_MAX, Arguments, as_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Rendered, Reply, answer
from kea_twisted.commands.leaseinput import STATE_NAMES, is_ipv6, read_address, read_client_id, read_hwaddr
from kea_twisted.commands.leaserows import rows_page
from kea_twisted.commands.leaseslices import paged
from kea_twisted.errors import CommandError
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.jsonform import lease_text
from kea_twisted.lease.lease import DEFAULT, RECLAIMED, Lease
from kea_twisted.wire.address import address_number

NOT_A_MAP: Final = "arguments must be a map"

_STATES: Final = {**{name: number for number, name in enumerate(STATE_NAMES)}, "assigned": 0}


def lease4_get(context: Context, arguments: object) -> Answer:
    """Return the lease of an address, or of a client in a subnet; 3 when there is none."""
    try:
        lease = find_lease(context, arguments, "Query by duid is not allowed in v4.")
    except CommandError as error:
        if E.LEASE_CMDS_GET4_FAILED in context.log.enabled:
            shown = "<no args>" if arguments is None else json.dumps(arguments)
            context.log.emit(E.LEASE_CMDS_GET4_FAILED, shown, error.text)
        raise
    if lease is None:
        return answer(EMPTY, "Lease not found.")
    return answer(SUCCESS, "IPv4 lease found.", Rendered(lease_text(lease)))


def lease4_get_all(context: Context, arguments: object) -> Reply:
    """Return every lease, or those of ``subnets``, sorted by address within each."""
    if arguments is None:
        context.log.emit(E.DHCPSRV_MEMFILE_GET4)
        return paged(context, -1, len(context.table.store))
    subnet_ids = _argument(as_map(arguments, NOT_A_MAP, NOT_A_MAP), "subnets")
    if type(subnet_ids) is not list:
        raise CommandError("'subnets' parameter must be a list")
    if any(type(subnet_id) is not int for subnet_id in subnet_ids):
        raise CommandError("listed subnet identifiers must be numbers")
    return paged(context, -1, len(context.table.store), by_subnet=subnet_ids)


def lease4_get_page(context: Context, arguments: object) -> Reply:
    """At most ``limit`` leases of addresses above ``from`` ("start": all), sorted; 3 at the end.

    With ``rows`` they are rows of the lease file; Kea knows no such parameter.
    """
    missing = "no parameters specified for the lease4-get-page command"
    found = as_map(arguments, missing, NOT_A_MAP)
    after, limit = _page_start(found), _page_size(found)
    if found.get("rows") is True:
        return rows_page(context.table.store, after, limit)
    return paged(context, after, limit, with_count=True)


def lease4_get_by_hw_address(context: Context, arguments: object) -> Answer:
    """Return every lease of a hardware address."""
    hwaddr = read_hwaddr(_only(arguments, "hw-address"))
    return _listed(context.table.store.by_hwaddr(hwaddr) if hwaddr else ())


def lease4_get_by_client_id(context: Context, arguments: object) -> Answer:
    """Return every lease of a client identifier."""
    return _listed(context.table.store.by_client_id(read_client_id(_only(arguments, "client-id"))))


def lease4_get_by_hostname(context: Context, arguments: object) -> Answer:
    """Return every lease with a host name; case does not matter."""
    hostname = _only(arguments, "hostname")
    if not hostname:
        raise CommandError("'hostname' parameter is empty")
    return _listed(context.table.store.by_hostname(stored_hostname(hostname)))


def lease4_get_by_state(context: Context, arguments: object) -> Reply:
    """Return every lease in a state, given by number or name, of all subnets or of ``subnet-id``."""
    found = as_map(arguments, _NO_MAP, _NO_MAP)
    state = _state(_argument(found, "state"))
    subnet_id = found.get("subnet-id", 0)
    if type(subnet_id) is not int:
        raise CommandError("'subnet-id' parameter must be a number")
    if not 0 <= subnet_id <= UINT32_MAX:
        raise CommandError("'subnet-id' parameter must be a 32 bit unsigned integer")
    shown = f"{STATE_NAMES[state]} ({state})" if 0 <= state < len(STATE_NAMES) else str(state)
    where = f" in subnet {subnet_id}" if subnet_id else ""
    store = context.table.store
    if state in (DEFAULT, RECLAIMED):  # most of all leases, for which there is no index

        def is_meant(lease: Lease) -> bool:
            return lease.state == state and subnet_id in (0, lease.subnet_id)

        return paged(context, -1, len(store), is_meant, remark=f" with state {shown}{where}")
    return _listed(store.by_state(state, subnet_id or None), f" with state {shown}{where}")


def find_lease(context: Context, arguments: object, by_duid: str) -> Lease | None:
    """Return the lease that ``ip-address`` or ``subnet-id``, ``identifier-type`` and ``identifier`` point at.

    ``by_duid`` is the sentence for a DUID, which no DHCPv4 client is looked up by.
    """
    if type(arguments) is not dict:
        raise CommandError("Parameters missing or are not a map.")
    _check_common(arguments)
    store = context.table.store
    address = arguments.get("ip-address")
    if address is not None:
        if type(address) is not str:
            raise CommandError("'ip-address' is not a string.")
        number = read_address(address, "Invalid IPv4 address specified: {}")
        context.log.emit(E.DHCPSRV_MEMFILE_GET_ADDR4, address)
        return store.get(number)
    subnet_id, kind, identifier = _identification(arguments)
    leases: Iterable[Lease] = ()
    if kind == "hw-address":
        leases = store.by_hwaddr(read_hwaddr(identifier))
    elif kind == "client-id":
        leases = store.by_client_id(read_client_id(identifier))
    elif kind == "duid":
        raise CommandError(by_duid)
    elif kind != "address":
        supported = "the only supported values are: address, hw-address, duid"
        raise CommandError(f"Incorrect identifier type: {kind}, {supported}")
    return next((lease for lease in leases if lease.subnet_id == subnet_id), None)


def _check_common(arguments: Arguments) -> None:
    if type(arguments.get("update-ddns", False)) is not bool:
        raise CommandError("'update-ddns' is not a boolean")
    kind = arguments.get("type", "V4")
    if kind not in _LEASE_TYPES:
        supported = "only supported values are: IA_NA, IA_TA, IA_PD and V4"
        raise CommandError(f"Invalid lease type specified: {kind}, {supported}")


def _identification(arguments: Arguments) -> tuple[int, str, str]:
    if "subnet-id" not in arguments:
        raise CommandError("Mandatory 'subnet-id' parameter missing.")
    subnet_id = arguments["subnet-id"]
    if type(subnet_id) is not int:
        raise CommandError("'subnet-id' parameter is not integer.")
    for name in "identifier-type", "identifier":
        if type(arguments.get(name)) is not str:
            raise CommandError(f"No 'ip-address' provided and '{name}' is either missing or not a string.")
    return subnet_id, arguments["identifier-type"], arguments["identifier"]


def _page_size(arguments: Arguments) -> int:
    """``limit``. Raises CommandError for what is no size of a page."""
    limit = _argument(arguments, "limit")
    if type(limit) is not int:
        raise CommandError("'limit' parameter must be a number")
    if limit == 0:
        raise CommandError("page size of retrieved leases must not be 0")
    if not 0 < limit <= UINT32_MAX:
        raise CommandError(f"page size of retrieved leases must not be greater than {UINT32_MAX}")
    return limit


def _page_start(arguments: Arguments) -> int:
    """Return the address behind which a page starts, from ``from``; -1: at the first one. CommandError."""
    text = _text(arguments, "from")
    if text == "start":
        return -1
    try:
        return address_number(text)
    except ValueError:
        if is_ipv6(text):
            raise CommandError(f"'from' parameter value {text} is not an IPv4 address") from None
    raise CommandError("'from' parameter value is neither 'start' keyword nor a valid IPv4 address")


def _state(found: object) -> int:
    if type(found) is int:
        return found
    if type(found) is not str:
        raise CommandError("'state' parameter must be a number or a string")
    if not found:
        raise CommandError("'state' parameter is empty")
    if found not in _STATES:
        raise CommandError(f"'state' parameter value ({found}) is not recognized")
    return _STATES[found]


def _argument(arguments: Arguments, name: str) -> object:
    if name not in arguments:
        raise CommandError(f"'{name}' parameter not specified")
    return arguments[name]


def _text(arguments: Arguments, name: str) -> str:
    found = _argument(arguments, name)
    if type(found) is not str:
        raise CommandError(f"'{name}' parameter must be a string")
    return found


def _only(arguments: object, name: str) -> str:
    return _text(as_map(arguments, _NO_MAP, _NO_MAP), name)


def _listed(leases: Iterable[Lease], remark: str = "") -> Answer:
    """Return the answer that lists leases; 3 when there are none."""
    texts = [lease_text(lease) for lease in leases]
    arguments = Rendered(f'{{"leases": [{", ".join(texts)}]}}')
    return answer(SUCCESS if texts else EMPTY, f"{len(texts)} IPv4 lease(s) found{remark}.", arguments)


_NO_MAP: Final = "Command arguments missing or a not a map."
# The others name DHCPv6 leases; Kea takes and ignores them.
_LEASE_TYPES: Final = ("V4", "3", "IA_NA", "0", "IA_TA", "1", "IA_PD", "2")
