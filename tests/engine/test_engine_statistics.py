"""Names, samples and the shape in which they are shown."""

from __future__ import annotations

from datetime import datetime

from kea_twisted.engine.statistics import NAMES, Statistics
from tests.builders import NOW, World, tutorial_settings

T0 = datetime.fromtimestamp(NOW).strftime("%Y-%m-%d %H:%M:%S.%f")
T1 = datetime.fromtimestamp(NOW + 1.5).strftime("%Y-%m-%d %H:%M:%S.%f")


def test_every_name_exists_from_the_start():
    statistics = Statistics(NOW)
    assert set(statistics.names()) == set(NAMES)
    assert statistics.get("pkt4-received") == [[0, T0]]
    assert statistics.get("no-such") is None


def test_samples_are_kept_with_their_times_newest_first():
    statistics = Statistics(NOW)
    statistics.now += 1.5
    statistics.count("pkt4-received")
    assert statistics.get("pkt4-received") == [[1, T1], [0, T0]]


def test_twenty_samples_are_kept():
    statistics = Statistics(NOW)
    for _ in range(500):
        statistics.count("pkt4-received")
    assert [value for value, _ in statistics.get("pkt4-received")] == list(range(500, 480, -1))


def test_what_nobody_will_ask_for_is_forgotten():
    statistics = Statistics(NOW)
    for _ in range(1000):
        statistics.count("pkt4-received")
    assert len(statistics._samples["pkt4-received"]) <= 64


def test_the_number_of_samples_can_be_set_for_one_or_for_all():
    statistics = Statistics(NOW, sample_count=3)
    assert statistics.keep_by_count(1, "pkt4-sent")
    assert not statistics.keep_by_count(1, "no-such")
    for _ in range(5):
        statistics.count("pkt4-sent")
        statistics.count("pkt4-received")
    assert (len(statistics.get("pkt4-sent")), len(statistics.get("pkt4-received"))) == (1, 3)
    statistics.keep_by_count(2)
    assert len(statistics.get("pkt4-received")) == 2


def test_samples_can_be_kept_by_age():
    statistics = Statistics(NOW)
    statistics.keep_by_age(10, "pkt4-received")
    for second in range(60):
        statistics.now = NOW + second
        statistics.count("pkt4-received")
    assert len(statistics.get("pkt4-received")) == 11


def test_the_configuration_says_how_many_samples_are_kept():
    world = World(tutorial_settings(statistic_default_sample_count=2))
    for number in range(5):
        world.client(number).discover()
    assert [value for value, _ in world.statistics.get("pkt4-received")] == [5, 4]
    world.reconfigure(tutorial_settings(statistic_default_sample_count=0, statistic_default_sample_age=60))
    world.now += 100
    world.client(9).discover()
    assert [value for value, _ in world.statistics.get("pkt4-received")] == [6]


def test_reset_and_remove():
    statistics = Statistics(NOW)
    statistics.count("pkt4-received", 5)
    assert statistics.reset("pkt4-received")
    assert statistics.get("pkt4-received") == [[0, T0]]
    assert statistics.remove("pkt4-received")
    assert not statistics.remove("pkt4-received")
    assert not statistics.reset("pkt4-received")
    statistics.count("pkt4-received")
    assert statistics.value("pkt4-received") == 1
    statistics.reset_all()
    assert set(statistics.get_all()) == set(NAMES)
    statistics.remove_all()
    assert statistics.get_all() == {}


def test_a_subnet_has_kea_s_names():
    shown = World().statistics.get_all()
    of_subnet = {name.removeprefix("subnet[1].") for name in shown if name.startswith("subnet[1].")}
    addresses = {
        "total-addresses",
        "assigned-addresses",
        "cumulative-assigned-addresses",
        "declined-addresses",
        "reclaimed-declined-addresses",
        "reclaimed-leases",
    }
    assert of_subnet == {
        *addresses,
        *(f"pool[0].{name}" for name in addresses),
        "v4-lease-reuses",
        "v4-reservation-conflicts",
    }
    assert shown["subnet[1].total-addresses"][0][0] == 101


def test_an_exchange_is_counted_by_type():
    world = World()
    client = world.client(1)
    client.obtain()
    world.client(2).select("10.0.0.10")
    client.release()
    counts = {name: world.count(name) for name in NAMES if world.count(name)}
    assert counts == {
        "pkt4-received": 4,
        "pkt4-discover-received": 1,
        "pkt4-request-received": 2,
        "pkt4-release-received": 1,
        "pkt4-sent": 3,
        "pkt4-offer-sent": 1,
        "pkt4-ack-sent": 1,
        "pkt4-nak-sent": 1,
        "cumulative-assigned-addresses": 1,
    }


def test_a_clock_that_is_set_back_does_not_keep_samples_for_longer():
    statistics = Statistics(100_000.0)
    statistics.keep_by_age(10, "pkt4-received")
    for _ in range(3):
        statistics.count("pkt4-received")
    statistics.now = 10_000.0
    for _ in range(100):
        statistics.now += 1
        statistics.count("pkt4-received")
    assert len(statistics.get("pkt4-received")) == 11
    assert statistics.value("pkt4-received") == 103
