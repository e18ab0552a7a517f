"""The metrics that no exporter for Kea has: the pair, the lease file, latency, and drops by reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector

from kea_twisted.engine.dropreport import COUNTERS
from kea_twisted.engine.histogram import Histogram
from kea_twisted.ha.states import State
from kea_twisted.jsonvalue import Json
from kea_twisted.web.health import is_ready
from kea_twisted.web.keametrics import PACKETS, PREFIX
from kea_twisted.web.node import Node

DROPS: Final = (
    "service-disabled",
    "queue-full",
    "duplicate",
    "rfc-violation",
    "admin-filtered",
    "not-for-us",
    "processing-failed",
    "limit-exceeded",
    *(name.removeprefix("pkt4-") for name in COUNTERS.values()),
)
"""Reasons for which a packet is dropped, each a statistic with ``pkt4-`` before it."""

OWN: Final = "keadhcp_"
_PROCESS: Final = ProcessCollector(registry=None)


def families(node: Node) -> Iterator[Metric]:
    """Yield everything but what is of all subnets and pools."""
    yield from _packets(node)
    yield from _process(node)
    yield from _leases(node)
    yield _histogram("reply_seconds", "Time from the reading of a query to its reply", node.measurements.reply_times)
    yield _histogram("reactor_lag_seconds", "Time by which a timer was late", node.measurements.lag)
    if node.ha is not None:
        yield from _relationships(node.ha.status(node.now()))


def _packets(node: Node) -> Iterator[Metric]:
    value = node.statistics.value
    for row in PACKETS:
        family = CounterMetricFamily(PREFIX + row.name, row.text, labels=["operation"])
        for operation, name in row.statistics.items():
            family.add_metric([operation], value(name))
        yield family
    dropped = CounterMetricFamily(f"{OWN}packets_dropped_total", "Packets that were dropped", labels=["reason"])
    for reason in DROPS:
        dropped.add_metric([reason], value(f"pkt4-{reason}"))
    yield dropped


def _process(node: Node) -> Iterator[Metric]:
    yield from _PROCESS.collect()
    info = GaugeMetricFamily(f"{OWN}build_info", "Version of the server", labels=["version"])
    info.add_metric([node.version], 1)
    yield info
    yield _gauge("start_time_seconds", "Start of the server, since the epoch", node.started_at)
    yield _gauge("configuration_time_seconds", "Start of the configuration in force, since the epoch", node.reloaded_at)
    yield _gauge("ready", "1 if the server can do its part, as /readyz says", is_ready(node))
    yield _gauge("service_enabled", "1 if the DHCP service is switched on", node.service_state.enabled)
    yield _gauge("can_serve", "1 if clients are heard and leases can be written", node.can_serve())


def _leases(node: Node) -> Iterator[Metric]:
    yield _gauge("leases", "Leases in memory, of all states", len(node.table.store))
    found = node.host_system.lease_file()
    if found is not None:
        size, written = found
        yield _gauge("lease_file_bytes", "Size of the lease file", size)
        yield _gauge("lease_file_age_seconds", "Time since the last write", max(0.0, node.now() - written))


def _relationships(status: list[dict[str, Json]]) -> Iterator[Metric]:
    state = GaugeMetricFamily(f"{OWN}ha_state", "1 for the present state", labels=["server", "side", "state"])
    scope = GaugeMetricFamily(f"{OWN}ha_scope_served", "1 for each scope this server serves", labels=["server"])
    partners = [GaugeMetricFamily(f"{OWN}ha_{name}", about, labels=["partner"]) for name, about, _ in _OF_PARTNER]
    for each in status:
        servers = each["ha-servers"]
        local, remote = servers["local"], servers.get("remote")
        _add_states(state, local["server-name"], "local", local["state"])
        for name in local["scopes"]:
            scope.add_metric([name], 1)
        if remote is None:
            continue
        _add_states(state, remote["server-name"], "remote", remote["last-state"])
        for family, (_, _, read) in zip(partners, _OF_PARTNER, strict=True):
            value = read(each)
            if value is not None:
                family.add_metric([remote["server-name"]], value)
    yield from (state, scope, *partners)


def _remote(key: str) -> Callable[[Mapping[str, Json]], float | None]:
    """Return a function that reads a value from the part about the partner."""
    return lambda status: status["ha-servers"]["remote"][key]


def _age(status: Mapping[str, Json]) -> float | None:
    remote = status["ha-servers"]["remote"]
    return float(remote["age"]) if remote["in-touch"] else None


_Reading = Callable[[Mapping[str, Json]], float | None]
_OF_PARTNER: Final[tuple[tuple[str, str, _Reading], ...]] = (
    ("heartbeat_age_seconds", "Time since the last good heartbeat", _age),
    ("clock_skew_seconds", "Time by which the partner's clock is ahead", _remote("clock-skew")),
    ("owed_updates", "Lease updates that the partner lacks", lambda status: status["partner-watch"]["owed-updates"]),
    ("communication_interrupted", "1 if heartbeats have failed too long", _remote("communication-interrupted")),
    ("connecting_clients", "Clients that asked the partner since then", _remote("connecting-clients")),
    ("unacked_clients", "Clients that have waited too long for the partner", _remote("unacked-clients")),
)


def _add_states(family: GaugeMetricFamily, server: str, side: str, present: str) -> None:
    for state in State:
        family.add_metric([server, side, state.value], state.value == present)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(OWN + name, about, value)


def _histogram(name: str, about: str, found: Histogram) -> Metric:
    bounds = [*map(repr, found.bounds), "+Inf"]
    buckets = list(zip(bounds, map(float, found.cumulative()), strict=True))
    return HistogramMetricFamily(OWN + name, about, buckets=buckets, sum_value=found.total)
