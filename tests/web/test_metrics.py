"""``/metrics``: the names and values of kea-exporter, those of our own, and how they keep up with the counters."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from kea_exporter import DHCPVersion
from kea_exporter.exporter import Exporter
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import ensureDeferred

from kea_twisted.config.unparse import effective
from kea_twisted.ctl import samples
from kea_twisted.ha.states import State
from kea_twisted.web.metrics import MetricsPage
from kea_twisted.web.pages import pages_of
from kea_twisted.web.templates import BLOCKS, LINES
from tests.web.fakenode import NOW, FakeNode, subnet
from tests.web.pagewire import PageWire

Sample = tuple[str, tuple[tuple[str, str], ...]]


def text_of(page: MetricsPage) -> str:
    """The page."""
    made: list[Any] = []
    ensureDeferred(page.make()).addCallback(made.append)
    text = b"".join(made[0].parts).decode()
    return re.sub("^process_.*\n", "", text, flags=re.MULTILINE)  # memory and CPU time are never the same


def samples_in(text: str) -> dict[Sample, float]:
    """Its values, by name and labels."""
    found = [
        ((sample.name, tuple(sorted(sample.labels.items()))), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    assert max(Counter(key for key, _ in found).values()) == 1, "each line once"
    return dict(found)


def shown(text: str, name: str, **labels: str) -> float:
    """One value."""
    return samples_in(text)[name, tuple(sorted(labels.items()))]


@pytest.fixture(scope="module")
def exporter() -> Exporter:
    """Its gauges can be registered once in a process."""
    return Exporter([])


def exported(exporter: Exporter, node: FakeNode) -> dict[Sample, float]:
    """The values of kea-exporter for the same server."""
    for gauge in exporter.metrics_dhcp4.values():
        gauge.clear()
    subnets = effective(node.settings)["Dhcp4"]["subnet4"]
    by_id = {each["id"]: each for each in subnets}
    exporter.parse_metrics(DHCPVersion.DHCP4, node.statistics.get_all(), by_id)
    return {
        (sample.name, tuple(sorted((key, str(value)) for key, value in sample.labels.items()))): sample.value
        for gauge in exporter.metrics_dhcp4.values()
        for family in gauge.collect()
        for sample in family.samples
    }


def busy_node() -> FakeNode:
    """A server with two pools in a subnet, and a counter of every kind that is not zero."""
    node = FakeNode(subnet(1, "10.0.1.10 - 10.0.1.19", "10.0.1.30 - 10.0.1.31"), subnet(2), subnet(700))
    for step, name in enumerate(node.statistics.names(), 1):
        if "total-addresses" not in name:
            node.statistics.count(name, step)
    for name in ("v4-allocation-fail", "v4-allocation-fail-classes", "v4-allocation-fail-shared-network"):
        node.statistics.count_all((name, f"subnet[2].{name}"))
    return node


def test_it_has_all_that_kea_exporter_shows_with_its_names_labels_and_values(exporter: Exporter) -> None:
    node = busy_node()
    theirs, ours = exported(exporter, node), samples_in(text_of(MetricsPage(node)))
    assert len(theirs) > 40
    assert {key: ours.get(key) for key in theirs} == theirs
    assert not {key for key in ours if key[0].startswith("kea_dhcp4_")} - set(theirs)


def test_types_and_names_are_as_prometheus_wants_them() -> None:
    """The rules of ``promtool check metrics``."""
    node = busy_node()
    node.ha = Pair()
    text = text_of(MetricsPage(node))
    families = list(text_string_to_metric_families(text))
    names = re.findall(r"^# HELP (\S+) \S+", text, re.MULTILINE)
    assert len(names) == len(set(names)) == len(re.findall("^# TYPE ", text, re.MULTILINE)) == len(families) > 30
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE):
        assert kind in ("counter", "untyped") or not name.endswith("_total"), name
        assert kind != "counter" or name.endswith("_total"), name
        assert not re.search("milli|minute|hour|percent|kilo|gauge|counter|[A-Z:]", name), name


@pytest.mark.parametrize("parts", [("/metrics",), ("/metrics?name[]=up",)])
def test_the_page_is_there_where_the_socket_switches_it_on(parts: tuple[str]) -> None:
    pages = pages_of(FakeNode(subnet(1)))
    assert PageWire(pages).get(*parts)[0] == 400
    status, body = PageWire(pages, pages=frozenset((b"/metrics",))).get(*parts)
    assert status == 200 and b"\nkeadhcp_ready 1.0\n" in body


def test_who_may_see_the_counters_may_see_the_page() -> None:
    pages, on = pages_of(FakeNode(subnet(1))), frozenset((b"/metrics",))
    assert PageWire(pages, lambda name: name == "statistic-get-all", pages=on).get("/metrics")[0] == 200
    wire = PageWire(pages, lambda name: name == "ha-heartbeat", pages=on)
    assert wire.get("/metrics") == (403, b'{ "result": 403, "text": "Forbidden" }')
    assert wire.get("/healthz")[0] == 200


def test_the_next_page_has_what_has_changed_since() -> None:
    node = FakeNode(subnet(1), subnet(2))
    node.statistics.watch(True)
    page = MetricsPage(node)
    labels = {"subnet": "10.0.2.0/24", "subnet_id": "2", "pool": "10.0.2.10-10.0.2.109"}
    assert shown(text_of(page), "keadhcp_pool_free_addresses", **labels) == 100
    book = node.table.book(2)
    for _ in range(25):
        node.statistics.count_all(book.names("assigned-addresses", book.pools[0]))
    node.statistics.count("subnet[1].v4-allocation-fail-classes")
    text = text_of(page)
    assert shown(text, "keadhcp_pool_free_addresses", **labels) == 75
    assert shown(text, "keadhcp_pool_used_ratio", **labels) == 0.25
    assert shown(text, "kea_dhcp4_addresses_assigned_total", **labels | {"pool": ""}) == 25
    failed = {"subnet": "10.0.1.0/24", "subnet_id": "1", "context": "classes"}
    assert shown(text, "kea_dhcp4_allocations_failed_total", **failed) == 1
    node.statistics.reset_all()
    text = text_of(page)
    assert shown(text, "kea_dhcp4_addresses_assigned_total", **labels) == 0
    node.statistics.remove("subnet[1].v4-allocation-fail-classes")
    assert "context=" not in text_of(page)


def test_a_page_after_changes_is_the_one_that_is_made_anew() -> None:
    node = busy_node()
    node.statistics.watch(True)
    page = MetricsPage(node)
    text_of(page)
    for step, name in enumerate(node.statistics.names()):
        node.statistics.count(name, step)
    assert samples_in(text_of(page)) == samples_in(text_of(MetricsPage(node)))


def test_another_configuration_has_its_subnets() -> None:
    node = FakeNode(subnet(1))
    node.statistics.watch(True)
    page = MetricsPage(node)
    assert 'subnet_id="1"' in text_of(page)
    node.use(subnet(2))
    text = text_of(page)
    assert 'subnet_id="2"' in text and 'subnet_id="1"' not in text


def test_counters_that_are_not_watched_are_read_anew() -> None:
    node = FakeNode(subnet(1))
    page = MetricsPage(node)
    text_of(page)
    node.statistics.count("subnet[1].v4-lease-reuses")
    assert shown(text_of(page), "kea_dhcp4_leases_reused_total", subnet="10.0.1.0/24", subnet_id="1") == 1


def test_many_subnets_are_written_in_many_turns() -> None:
    node = FakeNode(*[subnet(number) for number in range(1, 1001)])
    node.statistics.watch(True)
    page = MetricsPage(node)
    text = text_of(page)
    lines = len(text.splitlines())
    assert lines > 13_000 and node.turns > lines / LINES / 4, "parts of subnets, and blocks"
    node.turns = 0
    assert text_of(page) == text
    assert node.turns >= lines / LINES / BLOCKS - 1


def test_labels_are_escaped_and_a_percent_sign_is_none() -> None:
    node = FakeNode(subnet(1))
    [first] = node.settings.subnets
    object.__setattr__(first, "text", 'a"b\\c%d\n')
    text = text_of(MetricsPage(node))
    labels = {"subnet": 'a"b\\c%d\n', "subnet_id": "1"}
    assert shown(text, "kea_dhcp4_leases_reused_total", **labels) == 0


def test_the_process_the_lease_file_and_the_measurements_are_shown() -> None:
    node = FakeNode()
    node.reply_times.observe(0.002, 3)
    node.service_state.disable("user")
    text = text_of(MetricsPage(node))
    expected = {
        "keadhcp_lease_file_bytes": 4096, "keadhcp_lease_file_age_seconds": 7, "keadhcp_leases": 0,
        "keadhcp_start_time_seconds": NOW - 100, "keadhcp_configuration_time_seconds": NOW - 50,
        "keadhcp_ready": 0, "keadhcp_service_enabled": 0, "keadhcp_can_serve": 1,
        "keadhcp_reply_seconds_count": 3, "keadhcp_reactor_lag_seconds_count": 0,
    }  # fmt: skip
    assert {name: shown(text, name) for name in expected} == expected
    assert shown(text, "keadhcp_reply_seconds_bucket", le="0.001") == 0
    assert shown(text, "keadhcp_reply_seconds_bucket", le="0.01") == 3
    assert shown(text, "keadhcp_build_info", version="1.2.3") == 1
    node.file = None
    assert "lease_file" not in text_of(MetricsPage(node))


class Pair:
    """An HA library with one relationship, as status-get shows it."""

    def __init__(self) -> None:
        self.remote: dict[str, Any] | None = {
            "age": 3, "in-touch": True, "clock-skew": -2, "communication-interrupted": True, "connecting-clients": 4,
            "unacked-clients": 1, "last-state": "unavailable", "server-name": "server2",
        }  # fmt: skip

    def status(self, now: float) -> list[dict[str, Any]]:
        """As status-get has it."""
        local = {"server-name": "server1", "state": "partner-down", "scopes": ["server1", "server2"]}
        servers = {"local": local} | ({"remote": self.remote} if self.remote is not None else {})
        return [{"ha-servers": servers, "partner-watch": {"owed-updates": 17}}]


def test_the_pair_is_shown() -> None:
    node = FakeNode()
    node.ha = pair = Pair()
    text = text_of(MetricsPage(node))
    states = {key: value for key, value in samples_in(text).items() if key[0] == "keadhcp_ha_state"}
    assert len(states) == 2 * len(State)
    present = [dict(labels) for (_, labels), value in states.items() if value]
    assert present == [
        {"server": "server1", "side": "local", "state": "partner-down"},
        {"server": "server2", "side": "remote", "state": "unavailable"},
    ]
    expected = {
        "heartbeat_age_seconds": 3, "clock_skew_seconds": -2, "owed_updates": 17, "communication_interrupted": 1,
        "connecting_clients": 4, "unacked_clients": 1,
    }  # fmt: skip
    assert {name: shown(text, f"keadhcp_ha_{name}", partner="server2") for name in expected} == expected
    assert shown(text, "keadhcp_ha_scope_served", server="server2") == 1
    assert pair.remote is not None
    pair.remote |= {"in-touch": False, "clock-skew": None}
    text = text_of(MetricsPage(node))
    assert "heartbeat_age_seconds{" not in text and "clock_skew_seconds{" not in text
    pair.remote = None
    assert "owed_updates{" not in text_of(MetricsPage(node))


@pytest.mark.parametrize("name", ["grafana", "prometheus-rules"])
def test_the_samples_ask_for_metrics_that_exist(name: str) -> None:
    node = busy_node()
    node.ha = Pair()
    known = {key[0] for key in samples_in(text_of(MetricsPage(node)))}
    asked = set(re.findall(r"\b(?:kea_dhcp4|keadhcp)_[a-z0-9_]+", samples.text(name)))
    assert len(asked) > 8 and asked <= known


def test_the_dashboard_is_json() -> None:
    dashboard = json.loads(samples.text("grafana"))
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in dashboard["panels"]]
    assert dashboard["title"] and len(places) == len(set(places))
