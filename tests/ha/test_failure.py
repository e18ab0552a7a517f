"""Knowledge about the partner over time."""

from __future__ import annotations

import pytest

from kea_twisted.ha.failure import Link, waiting_seconds
from kea_twisted.ha.messages import HeartbeatStatus
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import START, query, tutorial


def link(**changes: object) -> Link:
    return Link(tutorial("server2", **changes), START)


def status(now: float, skew: int = 0, state: State = State.HOT_STANDBY, unsent: int = 0) -> HeartbeatStatus:
    return HeartbeatStatus(state, int(now) + skew, ("server1",), unsent)


@pytest.mark.parametrize(
    ("secs", "seconds"), [(0, 0), (5, 5), (255, 255), (256, 1), (0x0500, 5), (0x0501, 0x0501), (0xFF00, 255)]
)
def test_seconds_with_swapped_bytes_are_understood(secs: int, seconds: int) -> None:
    assert waiting_seconds(secs) == seconds


def test_the_link_is_interrupted_after_more_than_the_delay() -> None:
    known = link()
    assert not known.interrupted(START + 10)
    assert known.interrupted(START + 10.001)
    known.good(status(START + 20), START + 20)
    assert not known.interrupted(START + 30)


def test_only_heartbeats_refresh_the_link_clock() -> None:
    known = link()
    known.heard(State.READY, START + 9)
    known.unavailable(START + 10)
    assert known.interrupted(START + 11)


def test_a_failure_is_detected_when_strictly_more_clients_wait() -> None:
    known = link(max_unacked_clients=2)
    for client in (1, 2):
        known.analyze(query(client, secs=6).message)
    assert (known.unacked, known.unacked_left, known.failure_detected) == (2, 1, False)
    known.analyze(query(3, secs=6).message)
    assert (known.unacked, known.unacked_left, known.failure_detected) == (3, 0, True)


def test_with_zero_unacked_clients_none_is_waited_for() -> None:
    assert link(max_unacked_clients=0).failure_detected


def test_a_client_counts_once_and_only_after_the_ack_delay() -> None:
    known = link(max_unacked_clients=2)
    assert known.analyze(query(1, secs=5).message) == (True, False)
    assert known.analyze(query(1, secs=6).message) == (False, True)
    assert known.analyze(query(1, secs=7).message) == (False, False)
    assert known.analyze(query(1, secs=0).message) == (False, False)
    assert (known.connecting, known.unacked, known.analyzed) == (1, 1, 4)


def test_a_good_heartbeat_forgets_the_clients() -> None:
    known = link()
    known.analyze(query(1, secs=60).message)
    known.good(status(START + 1), START + 1)
    assert (known.connecting, known.unacked, known.analyzed) == (0, 0, 0)


def test_rejects_are_counted_by_client_until_they_are_old_or_accepted() -> None:
    known = link(max_rejected_lease_updates=2)
    known.rejected(query(1).message, START)
    known.rejected(query(1).message, START)
    assert not known.too_many_rejects(START)
    known.rejected(query(2).message, START + 10)
    assert known.too_many_rejects(START + 10)
    assert not known.too_many_rejects(START + 86400)
    known.rejected(query(1).message, START + 86400)
    assert known.too_many_rejects(START + 86400)
    known.accepted(query(1).message)
    assert not known.too_many_rejects(START + 86400)


def test_no_number_of_rejects_is_too_many_when_switched_off() -> None:
    known = link(max_rejected_lease_updates=0)
    known.rejected(query(1).message, START)
    assert not known.too_many_rejects(START)


@pytest.mark.parametrize(
    ("skew", "words"),
    [(0, "synchronized"), (31, "31s ahead"), (-90, "90s behind")],
)
def test_the_skew_is_put_in_words(skew: int, words: str) -> None:
    known = link()
    assert known.skew_text == "skew not initialized"
    known.good(status(START, skew), START)
    assert known.skew == skew
    assert known.skew_text.endswith(f"partner's clock is {words}")
    assert known.skew_text.startswith("my time: 2026-11-22 10:50:50, partner's time: 2026-11-22 10:")


@pytest.mark.parametrize(("skew", "apart"), [(0, 1), (11, 12), (-11, 12), (86400, 61)])
def test_how_far_the_clocks_may_be_apart_is_remembered_while_the_link_is_broken(skew: int, apart: int) -> None:
    known = link()
    assert known.apart == 1
    known.good(status(START, skew), START)
    known.unavailable(START + 1)
    assert (known.skew, known.apart) == (0, apart)


def test_the_skew_is_warned_of_once_a_minute_from_31_seconds_on() -> None:
    known = link()
    known.good(status(START, 30), START)
    assert not known.should_warn_of_skew(START)
    known.good(status(START, -31), START)
    assert [known.should_warn_of_skew(START + at) for at in (0, 10, 60, 61, 62)] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_updates_the_partner_kept_to_itself_are_noticed() -> None:
    known = link()
    known.good(status(START, unsent=5), START)
    known.good(status(START, unsent=5), START)
    assert known.missed_updates()  # Kea looks at the last two heartbeats only
    known.caught_up()
    assert not known.missed_updates()
    known.good(status(START, unsent=0), START)  # restarted
    assert not known.missed_updates()


def test_before_the_first_heartbeat_the_report_is_empty() -> None:
    assert link().report(START + 3) == {
        "age": 0,
        "analyzed-packets": 0,
        "clock-skew": None,
        "communication-interrupted": False,
        "connecting-clients": 0,
        "in-touch": False,
        "last-scopes": [],
        "last-state": "",
        "system-time": None,
        "unacked-clients": 0,
        "unacked-clients-left": 0,
    }


def test_the_report_counts_what_is_left_until_the_failure_is_certain() -> None:
    known = link(max_unacked_clients=10)
    known.good(status(START), START)
    known.unavailable(START + 10)
    known.analyze(query(1, secs=60).message)
    report = known.report(START + 11)
    assert report["communication-interrupted"] is True
    assert (report["age"], report["last-state"], report["last-scopes"]) == (11, "unavailable", ["server1"])
    assert (report["unacked-clients"], report["unacked-clients-left"]) == (1, 10)
