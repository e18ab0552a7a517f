"""Two servers choose the same of two leases, and do not take an update under way for a difference."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.deletions import Deletions
from kea_twisted.ha.difference import decide, lasting
from kea_twisted.ha.precedence import both_hold, prevails, replaces
from kea_twisted.ha.stalestates import PERIOD, StaleStates
from kea_twisted.ha.states import State
from kea_twisted.lease.lease import CLOCK_ERROR, DECLINED, INFINITE, RECLAIMED, RELEASED, Lease
from kea_twisted.lease.packed import pack
from tests.scenarios.pairworld import START, lease_of

LEASE = lease_of(1, START)


@pytest.mark.parametrize("state", [RELEASED, DECLINED])
@pytest.mark.parametrize("lifetime", [0, 100000])
def test_a_lease_that_ended_follows_the_one_it_was(state: int, lifetime: int) -> None:
    ended = LEASE._replace(state=state, valid_lifetime=lifetime)
    assert replaces(ended, LEASE, START) and not replaces(LEASE, ended, START)
    newer = LEASE._replace(cltt=LEASE.cltt + 1)
    assert replaces(newer, ended, START) and not replaces(ended, newer, START)


@pytest.mark.parametrize("other", [LEASE._replace(hostname="a"), lease_of(2, START, address=LEASE.address)])
def test_exactly_one_of_two_leases_of_one_second_is_kept(other: Lease) -> None:
    assert prevails(LEASE, other, START) is not prevails(other, LEASE, START)


def test_what_changes_between_two_looks_is_an_update_under_way() -> None:
    assert lasting({1: (b"a", b"b"), 2: (None, b"c")}, {1: (b"a", b"d"), 2: (None, b"c"), 3: (b"e", None)}) == {
        2: (None, b"c")
    }


def test_a_state_from_before_is_not_believed_for_a_while() -> None:
    stale = StaleStates()
    assert not stale.covers(State.READY, 100.0)
    stale.begin((State.READY,), 100.0)
    assert stale.covers(State.READY, 100.0 + PERIOD / 2)
    assert not stale.covers(State.WAITING, 100.0)
    assert not stale.covers(State.READY, 100.0 + PERIOD)


def test_of_two_probations_the_longer_one_counts() -> None:
    short = LEASE._replace(state=DECLINED, hwaddr=b"", client_id=b"", valid_lifetime=30)
    longer = short._replace(valid_lifetime=100)
    assert replaces(longer, short, START) and not replaces(short, longer, START)
    assert longer.covering(short, START) is longer and short.covering(longer, START) is longer


def declined(lease: Lease, **changes: Any) -> Lease:
    """Return the declined lease of its address, given now, with a probation of 30 seconds."""
    return lease._replace(state=DECLINED, hwaddr=b"", client_id=b"", cltt=int(START), valid_lifetime=30)._replace(
        **changes
    )


def test_a_probation_lasts_as_long_as_the_lease_of_a_wrong_clock_that_yields_to_it() -> None:
    given = lease_of(2, START + 86400)._replace(valid_lifetime=4000)
    now = START + 10
    longer = declined(given).covering(given, now)
    assert longer == declined(given, valid_lifetime=4010 + CLOCK_ERROR)
    # the other server does not prolong it again if the update arrives within CLOCK_ERROR
    assert longer.covering(given, now + CLOCK_ERROR) is longer
    assert longer.covering(given, now + CLOCK_ERROR + 1).expire == now + CLOCK_ERROR + 1 + 4000 + CLOCK_ERROR
    infinite = declined(given).covering(given._replace(valid_lifetime=INFINITE), now)
    assert not infinite.is_expired(now + 10**9) and infinite.covering(given, now) is infinite


def test_a_comparison_prolongs_a_probation_that_it_takes_from_the_partner() -> None:
    given = lease_of(2, START + 86400)
    (taken,) = decide({given.address: (pack(given), pack(declined(given)))}, Deletions(), START, 0).take
    assert taken == declined(given).covering(given, START) != declined(given)
    (taken,) = decide({given.address: (None, pack(declined(given)))}, Deletions(), START, 0).take
    assert taken == declined(given)


def test_a_probation_lasts_as_long_as_a_lease_that_its_server_did_not_know() -> None:
    given = lease_of(2, START - 10)
    longer = declined(given).covering(given, START, unknown=True)
    assert longer == declined(given, valid_lifetime=given.expire - int(START))
    assert longer.covering(given, START, unknown=True) is longer
    infinite = declined(given).covering(given._replace(valid_lifetime=INFINITE), START, unknown=True)
    assert infinite.valid_lifetime == INFINITE


def test_a_lease_may_follow_an_end_by_another_clock() -> None:
    ended = LEASE._replace(cltt=LEASE.cltt + 10, state=RELEASED, valid_lifetime=0)
    for apart, follows in ((11, True), (10, True), (9, False), (0, False)):
        assert replaces(LEASE, ended, START, apart) is follows
        assert replaces(ended, LEASE, START, apart) is not follows
    over = LEASE.expire + 1
    assert replaces(ended, LEASE, over, 11)


@pytest.mark.parametrize(
    ("kept", "other"),
    [
        (declined(LEASE), LEASE),  # a clock that is right
        (declined(LEASE), LEASE._replace(cltt=int(START) + CLOCK_ERROR)),
        (declined(LEASE), lease_of(2, START + 86400)._replace(state=RELEASED)),
        (declined(LEASE, valid_lifetime=86400), lease_of(2, START + 86400)),
        (LEASE, lease_of(2, START + 86400)),
    ],
)
def test_no_other_lease_is_prolonged(kept: Lease, other: Lease) -> None:
    assert kept.covering(other, START) is kept


AHEAD = lease_of(2, START + 86400, address=LEASE.address)


@pytest.mark.parametrize(
    ("regular", "stays"),
    [
        (LEASE, True),
        (LEASE._replace(state=DECLINED), True),
        (LEASE._replace(cltt=LEASE.cltt - 8000), False),  # it is over
        (LEASE._replace(state=RELEASED), False),
        (AHEAD._replace(cltt=LEASE.cltt), False),  # of the same client: the longer one is the safe one
    ],
)
def test_a_lease_from_a_wrong_clock_yields_to_one_that_another_client_has(regular: Lease, stays: bool) -> None:
    assert replaces(regular, AHEAD, START) is stays
    assert replaces(AHEAD, regular, START) is not stays
    later = START + 86400 - CLOCK_ERROR  # when its time is no longer a strange one, the newer one counts
    assert replaces(AHEAD, regular, later)


def test_a_lease_from_a_wrong_clock_is_reported_beside_another_clients() -> None:
    assert both_hold(LEASE, AHEAD, START) and both_hold(AHEAD, LEASE, START)
    assert not both_hold(LEASE, AHEAD, START + 8000)


@pytest.mark.parametrize("state", [RELEASED, RECLAIMED])
def test_what_a_client_has_counts_more_than_a_lease_that_has_ended(state: int) -> None:
    ended = lease_of(2, START + 10, address=LEASE.address)._replace(state=state)  # by the other server's clock
    assert replaces(LEASE, ended, START) and not replaces(ended, LEASE, START)
    over = START + LEASE.valid_lifetime + 1
    assert replaces(ended, LEASE, over) and not replaces(LEASE, ended, over)


def test_of_one_second_what_a_client_has_counts_more_than_a_declined_lease_of_no_client() -> None:
    declined = LEASE._replace(hwaddr=b"", client_id=b"", state=DECLINED, valid_lifetime=30)
    assert replaces(LEASE, declined, START) and not replaces(declined, LEASE, START)
    over = START + LEASE.valid_lifetime + 1
    assert not replaces(LEASE, declined, over)
