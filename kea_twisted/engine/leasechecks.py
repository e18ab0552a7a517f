"""The check that loaded leases lie in the subnets they name (``sanity-checks.lease-checks``).

``warn`` says which ones do not, ``fix`` gives them the subnet they lie in, ``fix-del`` does so and forgets those
that lie in none, ``del`` forgets all of them. The lease file is not written. (Kea: ``SanityChecker``.)
"""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.config.model import Settings
from kea_twisted.engine.subnets import Links
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_text


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


def _strays(store: LeaseStore, settings: Settings) -> list[int]:
    """Return the addresses of leases outside the subnet that they name, or naming an unknown subnet."""
    ranges = {subnet.id: (subnet.prefix, subnet.prefix | ~subnet.mask & 0xFFFFFFFF) for subnet in settings.subnets}
    if store.loaded_spans is not None and all(
        subnet_id in ranges and ranges[subnet_id][0] <= low and high <= ranges[subnet_id][1]
        for subnet_id, (low, high) in store.loaded_spans.items()
    ):
        return []
    strays: list[int] = []
    for standings in store.standings():
        for (subnet_id, _), addresses in standings.items():
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
    if event in log.enabled:
        log.emit(event, *arguments)
