"""The work in advance: in slices with pauses, for the configuration in force, only where there is a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.server.idletasks import IdleTasks
from kea_twisted.web.leasetexts import PERIOD
from kea_twisted.web.metrics import MetricsPage
from kea_twisted.web.pages import pages_of
from tests.web.fakenode import METRICS, FakeNode, subnet
from tests.web.test_metrics import shown, text_of

BASE = 0x0A000000


def settings_with(*sockets: dict[str, Any]) -> Settings:
    return load_tree({"Dhcp4": {"control-sockets": list(sockets)}})


def pass_time(clock: Clock, seconds: float) -> int:
    """Let time go by; the number of timers that were due."""
    count, end = 0, clock.seconds() + seconds
    while (due := [call.getTime() for call in clock.getDelayedCalls()]) and min(due) <= end:
        clock.advance(max(0.0, min(due) - clock.seconds()))
        count += 1
    return count


def test_a_task_goes_on_after_each_pause_until_it_ends_or_another_configuration_comes() -> None:
    clock, done = Clock(), []  # type: ignore[var-annotated]
    idle = IdleTasks(clock)

    def task(settings: Settings) -> Iterator[float]:
        for step in range(3):
            done.append((settings, step, clock.seconds()))
            yield 0.5

    first, second = settings_with(), settings_with()
    idle.add(task)
    pass_time(clock, 1)
    assert done == [], "there is no configuration yet"
    idle.use(first)
    pass_time(clock, 0.6)
    idle.use(second)
    pass_time(clock, 9)
    assert [(each is second, step) for each, step, _ in done] == [(False, 0), (False, 1)] + [
        (True, n) for n in range(3)
    ]
    idle.use(first)
    idle.stop()
    assert clock.getDelayedCalls() == []


def with_leases(node: FakeNode, count: int = 5000) -> FakeNode:
    for number in range(count):
        hwaddr = b"\x08\x00\x27" + number.to_bytes(3, "big")
        node.table.apply(Change(Lease(BASE + number, hwaddr, b"", 3600, 1_795_000_000, 1)))
    return node


def test_the_texts_for_searches_are_made_and_kept_where_leases_are_shown() -> None:
    node = with_leases(FakeNode(subnet(1)))
    pages_of(node)
    store = node.table.store
    node.idle.use(settings_with({"socket-type": "http", "user-context": {"web": False}}))
    pass_time(node.reactor, 10)
    assert not store.is_prepared
    node.idle.use(settings_with({"socket-type": "http"}))
    pass_time(node.reactor, 10)
    assert store.is_prepared
    for turn in range(200):
        store.put(Lease(BASE + 7, bytes((2, 0, 0, 0, 0, turn)), b"", 3600, 1_795_000_000, 1))
    texts = store._texts
    assert texts is not None and texts._added
    pass_time(node.reactor, PERIOD)
    assert not texts._added, "made anew, without what is outdated"
    node.idle.use(settings_with())
    pass_time(node.reactor, 1)
    assert not store.is_prepared and node.reactor.getDelayedCalls() == []


def test_the_first_page_of_metrics_is_prepared_also_if_a_monitor_comes_meanwhile() -> None:
    node = FakeNode(*[subnet(number) for number in range(1, 500)])
    node.statistics.watch(True)
    page = MetricsPage(node)
    node.idle.add(page.prepare)
    node.idle.use(node.settings)
    assert pass_time(node.reactor, 30) > 20
    node.turns = 0
    expected = text_of(page)
    assert node.turns < 8, "only the text was put together"
    node.idle.use(node.settings)
    pass_time(node.reactor, 0.05)
    node.statistics.count("subnet[499].v4-lease-reuses")
    assert shown(text_of(page), "kea_dhcp4_leases_reused_total", subnet="10.1.243.0/24", subnet_id="499") == 1
    pass_time(node.reactor, 30)
    node.statistics.put("subnet[499].v4-lease-reuses", 0)
    assert text_of(page) == expected


class Turning(FakeNode):
    """A server that is given another configuration in one of the turns of a page."""

    at = 0

    def turn(self) -> Any:
        """Count, and do it."""
        made = super().turn()
        if self.turns == self.at:
            self.use(*[subnet(number) for number in range(500, 1000)])
            self.idle.use(self.settings)
            pass_time(self.reactor, 0.05)
        return made


@pytest.mark.parametrize("at", [5, 30])
def test_another_configuration_while_a_page_is_made(at: int) -> None:
    node = Turning(*[subnet(number) for number in range(1, 500)])
    node.statistics.watch(True)
    page = MetricsPage(node)
    node.idle.add(page.prepare)
    node.at = at
    found = set(re.findall('subnet_id="([0-9]+)"', text_of(page)))
    assert node.turns > at
    assert found in ({str(number) for number in range(1, 500)}, {str(number) for number in range(500, 1000)})
    assert set(re.findall('subnet_id="([0-9]+)"', text_of(page))) == {str(number) for number in range(500, 1000)}


def test_metrics_are_prepared_only_where_they_are_switched_on() -> None:
    node = FakeNode(*[subnet(number) for number in range(1, 500)])
    pages_of(node)
    node.idle.use(settings_with({"socket-type": "http", "user-context": {"web": False}}))
    assert pass_time(node.reactor, 30) <= 2
    off = METRICS["user-context"] | {"web": False}  # type: ignore[operator]
    node.settings = load_tree(
        {"Dhcp4": {"control-sockets": [METRICS | {"user-context": off}], "subnet4": [subnet(n) for n in range(1, 500)]}}
    )
    node.idle.use(node.settings)
    assert pass_time(node.reactor, 30) > 20
