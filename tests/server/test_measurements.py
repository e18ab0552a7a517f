"""The times that are measured while a page shows them."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from kea_twisted.config import load_tree
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.server.measurements import INTERVAL, POOL_INTERVAL, Measurements
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import DISCOVER, REQUEST
from tests.builders import World, message, packed, query
from tests.fakes import RecordingLog
from tests.fakestorage import MemoryStorage

ON = load_tree(
    {"Dhcp4": {"control-sockets": [{"socket-type": "http", "user-context": {"metrics": True, "web": False}}]}}
)
OFF = load_tree({"Dhcp4": {}})


class Stage:
    """A server that replies into a list; its clock is moved by hand."""

    def __init__(self) -> None:
        world = World()
        self.clock = Clock()
        self.clock.wall = lambda: 1_700_000_000.0 + self.clock.seconds()  # type: ignore[attr-defined]
        self.sent: list[Any] = []
        self.hooks = HookChain()
        performer = Performer(MemoryStorage(), self._send, self.hooks, RecordingLog(), world.statistics, 67)
        self.takes = 0.0
        clock: Any = self.clock
        self.loop = PacketLoop(clock, world.server, performer)
        self.measurements = Measurements(clock, self.loop, world.statistics)

    def _send(self, reply: Any) -> None:
        self.clock.advance(self.takes)
        self.sent.append(reply)

    def ask(self, *kinds: int, first: int = 0) -> None:
        """A batch of queries, each of another client."""
        for number, kind in enumerate(kinds, first):
            options = {50: bytes((10, 0, 0, 20 + number))} | ({54: packed("10.0.0.1")} if kind == REQUEST else {})
            of = message(kind, options, chaddr=bytes((2, 0, 0, 0, 0, number)))
            self.loop.handle(query(of))
        self.loop.batch_done()


def test_a_histogram_counts_up_to_its_bounds() -> None:
    found = Histogram((1.0, 2.0))
    for value, number in ((0.5, 1), (1.0, 2), (1.5, 1), (9.0, 3)):
        found.observe(value, number)
    assert (found.cumulative(), found.total) == ([3, 4, 7], 31.0)


def test_replies_are_measured_from_the_reading_of_their_query() -> None:
    stage = Stage()
    stage.measurements.use(ON)
    stage.takes = 0.004
    stage.ask(DISCOVER, DISCOVER)
    times = stage.measurements.reply_times
    assert len(stage.sent) == 2 and times.cumulative()[-1] == 2
    assert abs(times.total - 2 * 0.008) < 1e-6


def test_the_partner_s_time_counts() -> None:
    stage = Stage()
    stage.measurements.use(ON)
    answer: Deferred[Any] = Deferred()
    stage.hooks.register("leases4_committed", lambda decision: answer if decision.lease is not None else None)
    stage.ask(DISCOVER)
    stage.ask(REQUEST)
    assert stage.measurements.reply_times.cumulative()[-1] == 1
    stage.clock.advance(0.03)
    stage.ask(DISCOVER, first=1)
    answer.callback(Step.CONTINUE)
    assert len(stage.sent) == 3
    assert abs(stage.measurements.reply_times.total - 0.03) < 1e-6


def test_nothing_is_measured_unless_a_page_shows_it() -> None:
    stage = Stage()
    stage.measurements.use(OFF)
    stage.ask(DISCOVER)
    stage.clock.advance(10)
    assert stage.measurements.reply_times.cumulative()[-1] == stage.measurements.lag.cumulative()[-1] == 0
    assert not stage.clock.getDelayedCalls()


def test_the_lag_is_measured_until_it_is_switched_off() -> None:
    stage = Stage()
    stage.measurements.use(ON)
    stage.measurements.use(ON)
    assert len(stage.clock.getDelayedCalls()) == 1
    stage.clock.advance(INTERVAL)
    stage.clock.advance(INTERVAL + 0.2)
    lag = stage.measurements.lag
    assert lag.cumulative()[-1] == 2 and abs(lag.total - 0.2) < 1e-6
    stage.measurements.use(OFF)
    assert not stage.clock.getDelayedCalls()


def test_changed_names_are_collected_while_they_are_watched() -> None:
    statistics = Statistics(0.0)
    statistics.count("a")
    assert statistics.changed is None
    statistics.watch(True)
    changed, replaced = statistics.changed, statistics.replaced
    statistics.count("a")
    statistics.count("b")
    statistics.count_all(("c", "pkt4-sent"))
    statistics.reset("pkt4-received")
    statistics.remove("a")
    statistics.count_all(("c", "pkt4-sent"))
    assert changed == {("a",), ("b",), ("c", "pkt4-sent")}, "as they were counted"
    assert replaced == {"a", "b", "c", "pkt4-received"}, "new, set or removed"
    statistics.watch(True)
    assert statistics.changed is changed and statistics.replaced is replaced
    assert statistics.values(["b", "a", "c", "pkt4-sent"]) == [1, 0, 2, 2] and "a" not in statistics
    statistics.watch(False)
    assert statistics.changed is None and statistics.replaced is None


def test_samples_grow_until_a_name_is_replaced() -> None:
    statistics = Statistics(0.0)
    statistics.watch(True)
    names = ("pkt4-sent", "later")
    sent, later = statistics.samples(names)
    assert (sent[-1][0], later[-1][0]) == (0, 0)
    for _ in range(200):
        statistics.count("pkt4-sent")
    assert sent[-1][0] == 200 and statistics.replaced == set()
    statistics.count("later")
    assert later[-1][0] == 0 and statistics.replaced == {"later"}
    assert [each[-1][0] for each in statistics.samples(names)] == [200, 1]


def test_people_who_look_are_a_reason_to_measure_and_pools_are_sampled_for_them() -> None:
    stage = Stage()
    stage.measurements.use(load_tree({"Dhcp4": {"control-sockets": [{"socket-type": "http"}]}}))
    assert len(stage.clock.getDelayedCalls()) == 1, "the next sample of the pools"
    stage.ask(DISCOVER)
    assert stage.measurements.reply_times.cumulative()[-1] == 0
    stage.measurements.watch(True)
    stage.ask(DISCOVER, first=1)
    assert stage.measurements.reply_times.cumulative()[-1] == 1
    stage.measurements.watch(False)
    assert len(stage.clock.getDelayedCalls()) == 1
    stage.measurements.use(OFF)
    assert not stage.clock.getDelayedCalls()


def test_pools_are_sampled_without_a_page() -> None:
    stage = Stage()
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.1-10.0.0.100"}]}
    stage.measurements.use(load_tree({"Dhcp4": {"subnet4": [subnet]}}))
    for _ in range(60):
        stage.clock.advance(POOL_INTERVAL)
        stage.clock.advance(0)
    assert stage.measurements.pools.span > 86400
    assert stage.measurements.pools.forecast("subnet[1].pool[0].", 100) is not None
    stage.measurements.use(OFF)
    assert not stage.clock.getDelayedCalls()
