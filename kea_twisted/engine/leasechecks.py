"""The checks of loaded leases (``sanity-checks``): of their subnets, and of the stored options of relays.

``lease-checks``: ``warn`` says which ones do not lie in the subnets that they name, ``fix`` gives them the subnet they
lie in, ``fix-del`` does so and forgets those that lie in none, ``del`` forgets all of them. (Kea: ``SanityChecker``.)
``extended-info-checks``: see ``lease.extendedinfo``. (Kea: ``Memfile_LeaseMgr::extractExtendedInfo4``.) The lease file
is not written.
"""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.config.model import Settings
from kea_twisted.engine.subnets import Links
from kea_twisted.interfaces import Log
from kea_twisted.lease.extendedinfo import FIX, RELAY_INFO, checked
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_text

_MARKER: Final = RELAY_INFO.encode()
_TODAYS_FORM: Final = b'"relay-agent-info": {'
_RELAY_ID: Final = b'"relay-id"'
_REMOTE_ID: Final = b'"remote-id"'
_EMPTY: Final = (b"{  }", b"{ }", b"{}")


def check_leases(store: LeaseStore, settings: Settings, log: Log) -> None:
    """Check every lease of the store, and act as configured."""
    mode = settings.sanity_lease_checks
    if mode == "none":
        return
    links = Links(settings)
    for address in sorted(_strays(store, settings)):
        lease = store.get(address)
        subnet = links.of_address(address)
        number = subnet.id if subnet is not None else 0
        if lease is not None and number != lease.subnet_id:
            _act(store, lease, number, mode, log)


def check_extended_info(store: LeaseStore, settings: Settings, log: Log) -> None:
    """Bring the stored options of relays into today's form, and remove those that cannot be used.

    Those in a database stay as they are, as in Kea.
    """
    mode = settings.sanity_extended_info_checks
    if settings.lease_database.type != "memfile":
        return
    _say(log, E.DHCPSRV_MEMFILE_BEGIN_EXTRACT_EXTENDED_INFO4, mode)
    suspects: list[int] = []
    processed = 0
    for address, packed in store.items_packed():
        if _MARKER in packed:
            processed += _RELAY_ID in packed or _REMOTE_ID in packed
            if mode != FIX or _TODAYS_FORM not in packed:
                suspects.append(address)
        elif any(form in packed for form in _EMPTY):
            suspects.append(address)
    modified = 0
    for address in sorted(suspects):
        lease = store.get(address)
        found = checked_lease(lease, mode, log) if lease is not None else None
        if found is not None and found != lease:
            store.put(found)
            modified += 1
    _say(log, E.DHCPSRV_MEMFILE_EXTRACT_EXTENDED_INFO4, len(store), modified, 0, processed)


def checked_lease(lease: Lease, mode: str, log: Log) -> Lease:
    """Return the lease with the user context that the mode allows, and log what was done."""
    found = checked(lease.user_context, mode)
    if found.fault:
        _say(log, E.DHCPSRV_LEASE4_EXTENDED_INFO_SANITY_FAIL, address_text(lease.address), found.fault)
    elif found.upgraded:
        _say(log, E.DHCPSRV_LEASE4_EXTENDED_INFO_UPGRADED, address_text(lease.address))
    return lease if found.context == lease.user_context else lease._replace(user_context=found.context)


def _strays(store: LeaseStore, settings: Settings) -> list[int]:
    """Return the addresses of leases outside the subnet that they name, or naming an unknown subnet."""
    ranges = {subnet.id: (subnet.prefix, subnet.prefix | ~subnet.mask & 0xFFFFFFFF) for subnet in settings.subnets}
    if store.loaded_spans is not None and all(
        subnet_id in ranges and ranges[subnet_id][0] <= low and high <= ranges[subnet_id][1]
        for subnet_id, (low, high) in store.loaded_spans.items()
    ):
        return []
    strays: list[int] = []
    for found in store.addresses_by_state():
        for (subnet_id, _), addresses in found.items():
            first, last = ranges.get(subnet_id, (0, -1))
            if min(addresses) < first or max(addresses) > last:
                strays += [address for address in addresses if not first <= address <= last]
    return strays


def _act(store: LeaseStore, lease: Lease, number: int, mode: str, log: Log) -> None:
    """``number`` is the subnet the lease lies in, 0: in none."""
    arguments: tuple[object, ...] = (address_text(lease.address), lease.subnet_id)
    if number and mode in ("fix", "fix-del"):
        store.put(lease._replace(subnet_id=number))
        event, arguments = E.DHCPSRV_LEASE_SANITY_FIXED, (*arguments, number)
    else:
        why = f"the lease should have subnet-id {number}"
        if not number:
            why = "the lease IP address did not belong to a configured subnet"
        arguments = (*arguments, why)
        event = E.DHCPSRV_LEASE_SANITY_FAIL
        if mode in ("del", "fix-del"):
            store.remove(lease.address)
            event = E.DHCPSRV_LEASE_SANITY_FAIL_DISCARD
    _say(log, event, *arguments)


def _say(log: Log, event: E.Event, *arguments: object) -> None:
    if event in log.enabled:
        log.emit(event, *arguments)
