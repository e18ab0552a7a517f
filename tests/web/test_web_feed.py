"""The events of the page: made once for all readers, and not for none."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.control.access import everything, nothing
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.statistics import Statistics
from kea_twisted.web.feed import Feed, Section
from kea_twisted.web.rates import Rates, quantile


class Source:
    """Counts how often it is asked."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        return self.content


class Reader:
    """Keeps what is written to it."""

    def __init__(self, feed: Feed, permits: Callable[[str], bool] = everything) -> None:
        self.data = b""
        self.end = feed.begin(self.write, permits)

    def write(self, data: bytes) -> None:
        self.data += data

    def take(self) -> list[tuple[str, Any]]:
        """The events since the last call."""
        data, self.data = self.data, b""
        blocks = [block for block in data.decode().split("\n\n") if block.startswith("event")]
        return [(name[7:], json.loads(text[6:])) for name, text in (block.split("\n") for block in blocks)]


def feed(clock: Clock, watched: list[bool], **sections: Section) -> Feed:
    return Feed(sections, clock, watched.append)


def test_a_reader_gets_everything_and_then_what_has_changed() -> None:
    clock, watched = Clock(), []  # type: tuple[Clock, list[bool]]
    pair, slow = Source("a"), Source(1)
    made = feed(clock, watched, pair=Section(pair), pools=Section(slow, period=5))
    reader = Reader(made)
    assert reader.data.startswith(b"retry: 1000\n\n")
    assert reader.take() == [("pair", "a"), ("pools", 1)] and watched == [True]
    clock.advance(1)
    assert reader.take() == []
    pair.content, slow.content = "b", 2
    clock.advance(1)
    assert reader.take() == [("pair", "b")]
    clock.pump([1] * 3)
    assert reader.take() == [("pools", 2)]


def test_five_readers_cost_what_one_costs_and_none_nothing() -> None:
    clock, watched = Clock(), []  # type: tuple[Clock, list[bool]]
    pair = Source("a")
    made = feed(clock, watched, pair=Section(pair))
    readers = [Reader(made) for _ in range(5)]
    assert pair.asked == 1 and all(reader.take() == [("pair", "a")] for reader in readers)
    pair.content = "b"
    clock.advance(1)
    assert pair.asked == 2 and all(reader.take() == [("pair", "b")] for reader in readers)
    for reader in readers:
        reader.end()
        reader.end()
    assert not clock.getDelayedCalls() and watched == [True, False]


def test_news_go_to_those_who_have_the_rest() -> None:
    clock, watched = Clock(), []  # type: tuple[Clock, list[bool]]
    log, news = Source(["one", "two"]), Source(None)
    made = feed(clock, watched, log=Section(log, news=news))
    first = Reader(made)
    assert first.take() == [("log", ["one", "two"])]
    clock.advance(1)
    assert first.take() == []
    news.content = ["three"]
    clock.advance(1)
    second = Reader(made)
    assert first.take() == [("log-news", ["three"])] and second.take() == [("log", ["one", "two"])]


def test_a_section_is_kept_from_readers_without_permission() -> None:
    clock = Clock()
    pair, secret, news = Source("a"), Source(["one"]), Source(None)
    closed = {"leases": Section(Source("x"), needs="y"), "log": Section(secret, news=news, needs="y")}
    made = feed(clock, [], pair=Section(pair), **closed)
    stranger = Reader(made, nothing)
    assert sorted(stranger.take()) == [("leases", None), ("log", None), ("pair", "a")] and not secret.asked
    reader = Reader(made, lambda name: name == "y")
    assert reader.take() == [("pair", "a"), ("leases", "x"), ("log", ["one"])]
    news.content = ["two"]
    clock.advance(1)
    assert reader.take() == [("log-news", ["two"])]
    assert stranger.data == b": \n\n", "the connection is kept open"
    pair.content = "b"
    clock.advance(1)
    assert stranger.take() == [("pair", "b")] and reader.take() == [("pair", "b"), ("log-news", ["two"])]


def test_a_fault_in_one_second_does_not_end_the_feed() -> None:
    clock, watched = Clock(), []  # type: tuple[Clock, list[bool]]
    pair = Source("a")
    reader = Reader(feed(clock, watched, pair=Section(pair)))
    reader.take()
    pair.content = object()
    with suppress(TypeError):
        clock.advance(1)
    pair.content = "b"
    clock.advance(1)
    assert reader.take() == [("pair", "b")]


def test_a_fault_at_the_first_reader_leaves_nothing_behind() -> None:
    for news in (None, Source(None)):
        clock, watched = Clock(), []  # type: tuple[Clock, list[bool]]
        part = Source(object())
        made = feed(clock, watched, part=Section(part, news=news))
        for _ in range(3):
            with pytest.raises(TypeError):
                Reader(made)
        assert not clock.getDelayedCalls() and watched == [True, False] * 3
        part.content = "a"
        assert Reader(made).take() == [("part", "a")]


class Measured:
    """Measurements as a test sets them."""

    def __init__(self) -> None:
        self.reply_times = Histogram((0.001, 0.01, 0.1))


def test_rates_are_of_the_last_second() -> None:
    statistics, measured = Statistics(0.0), Measured()
    rates = Rates(statistics, measured)  # type: ignore[arg-type]
    statistics.count("pkt4-ack-sent", 1000)
    rates.begin(100.0)
    assert rates.shown() == [] and rates.latest() is None
    statistics.count("pkt4-ack-sent", 50)
    statistics.count("pkt4-received", 200)
    measured.reply_times.observe(0.0005, 90)
    measured.reply_times.observe(0.05, 10)
    rates.sample(102.0)
    latest = rates.latest()
    assert latest is not None
    assert (latest["acks"], latest["queries"], latest["naks"]) == (25.0, 100.0, 0.0)
    assert latest["mean"] == 5.45 and 10 < latest["most"] < 100
    rates.sample(103.0)
    assert rates.latest() == {
        "at": 103.0,
        "queries": 0.0,
        "acks": 0.0,
        "offers": 0.0,
        "naks": 0.0,
        "mean": None,
        "most": None,
    }


def test_counters_that_are_set_back_give_no_negative_rate() -> None:
    statistics = Statistics(0.0)
    rates = Rates(statistics, Measured())  # type: ignore[arg-type]
    statistics.count("pkt4-ack-sent", 10)
    rates.begin(1.0)
    statistics.reset_all()
    rates.sample(2.0)
    assert rates.latest() is not None and rates.latest()["acks"] == 0.0  # type: ignore[index]


def test_a_quantile_lies_between_two_bounds() -> None:
    assert quantile((1.0, 2.0, 4.0), [0, 0, 0, 0], 0.95) is None
    assert quantile((1.0, 2.0, 4.0), [10, 20, 20, 20], 0.5) == 1.0
    assert quantile((1.0, 2.0, 4.0), [0, 10, 10, 10], 0.95) == 1.95
    assert quantile((1.0, 2.0, 4.0), [0, 0, 0, 10], 0.95) == 4.0
