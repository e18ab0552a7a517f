"""Log lines and counters for a client that gets no address, or not the one reserved for it."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.config.model import Subnet
from kea_twisted.engine.core import Core
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.lifetimes import lifetime_text
from kea_twisted.lease.lease import DECLINED, RECLAIMED, RELEASED, Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OPT_VENDOR_CLASS_IDENTIFIER

_STATES: Final = {DECLINED: "declined", RECLAIMED: "expired-reclaimed", RELEASED: "released"}


def report_shortage(core: Core, exchange: Exchange, subnets: tuple[Subnet, ...], capacities: list[int]) -> None:
    """Log and count that there was no address in these subnets, whose pools have room for so many."""
    log, last = core.log, subnets[-1]
    label = exchange.label
    if len(subnets) > 1 or last.shared_network:
        without = capacities.count(0)
        _report(
            core, last, E.ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK, "v4-allocation-fail-shared-network",
            label, last.shared_network, len(subnets) - without, without,
        )  # fmt: skip
    else:
        _report(
            core, last, E.ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET, "v4-allocation-fail-subnet",
            label, last.text, last.id, last.shared_network or "(none)",
        )  # fmt: skip
    if sum(capacities):
        _report(core, last, E.ALLOC_ENGINE_V4_ALLOC_FAIL, "v4-allocation-fail", label, sum(capacities))
    else:
        _report(core, last, E.ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS, "v4-allocation-fail-no-pools", label)
    core.statistics.count("v4-allocation-fail-classes")
    core.statistics.count(f"subnet[{last.id}].v4-allocation-fail-classes")
    if E.ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES in log.enabled:
        log.emit(E.ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES, label, ", ".join(_classes(exchange)))


def report_conflict(core: Core, exchange: Exchange, address: int) -> None:
    """Log and count that the address reserved for a client is another client's at present."""
    lease = core.table.store.get(address)
    if lease is None or exchange.candidate:  # it was reported before the query waited
        return
    core.statistics.count(f"subnet[{lease.subnet_id}].v4-reservation-conflicts")
    core.statistics.count("v4-reservation-conflicts")
    if E.ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT in core.log.enabled:
        core.log.emit(
            E.ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT,
            exchange.label,
            address_text(address),
            _lease_text(lease),
        )


def _lease_text(lease: Lease) -> str:
    """A lease as Kea shows it, a line per field."""
    fields = (
        ("Address", address_text(lease.address)),
        ("Valid life", lifetime_text(lease.valid_lifetime)),
        ("Cltt", lease.cltt),
        ("Hardware addr", lease.hwaddr.hex(":") or "(none)"),
        ("Client id", lease.client_id.hex(":") or "(none)"),
        ("Subnet ID", lease.subnet_id),
        ("Pool ID", lease.pool_id),
        ("State", _STATES.get(lease.state, "default")),
        ("Relay ID", "(none)"),
        ("Remote ID", "(none)"),
    )
    return "".join(f"{name + ':':<15}{value}\n" for name, value in fields)


def _report(core: Core, subnet: Subnet, event: E.Event, statistic: str, *arguments: object) -> None:
    core.statistics.count(statistic)
    core.statistics.count(f"subnet[{subnet.id}].{statistic}")
    if event in core.log.enabled:
        core.log.emit(event, *arguments)


def _classes(exchange: Exchange) -> list[str]:
    """Return the classes of a query; without a classifier, those every query is in."""
    if exchange.classes is not None:
        return list(exchange.classes)
    vendor = exchange.message.options.get(OPT_VENDOR_CLASS_IDENTIFIER)
    named = [f"VENDOR_CLASS_{vendor.decode('latin-1')}"] if vendor else []
    return ["ALL", *named, "UNKNOWN"]
