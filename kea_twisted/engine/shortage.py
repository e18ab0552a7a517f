"""What is logged and counted when there was no address to give."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.config.model import Subnet
from kea_twisted.engine.exchange import Core, Exchange
from kea_twisted.wire.constants import OPT_VENDOR_CLASS_IDENTIFIER


def report_shortage(
    core: Core, exchange: Exchange, subnets: tuple[Subnet, ...], capacities: list[int]
) -> None:
    """Log and count that there was no address in these subnets, whose pools have room for so many."""
    log, last = core.log, subnets[-1]
    label = exchange.label
    if len(subnets) > 1:
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


def _report(core: Core, subnet: Subnet, event: E.Event, statistic: str, *arguments: object) -> None:
    core.statistics.count(statistic)
    core.statistics.count(f"subnet[{subnet.id}].{statistic}")
    if event in core.log.enabled:
        core.log.emit(event, *arguments)


def _classes(exchange: Exchange) -> list[str]:
    """The classes every query is in."""
    vendor = exchange.message.options.get(OPT_VENDOR_CLASS_IDENTIFIER)
    named = [f"VENDOR_CLASS_{vendor.decode('latin-1')}"] if vendor else []
    return ["ALL", *named, "UNKNOWN"]
