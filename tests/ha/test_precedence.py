"""Two servers choose the same of two leases, and do not take an update under way for a difference."""

from __future__ import annotations

import pytest

from kea_twisted.ha.difference import lasting
from kea_twisted.ha.doubts import PERIOD, Doubts
from kea_twisted.ha.precedence import prevails, replaces
from kea_twisted.ha.states import State
from kea_twisted.lease.lease import DECLINED, RELEASED, Lease
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
    doubts = Doubts()
    assert not doubts.cover(State.READY, 100.0)
    doubts.begin((State.READY,), 100.0)
    assert doubts.cover(State.READY, 100.0 + PERIOD / 2)
    assert not doubts.cover(State.WAITING, 100.0)
    assert not doubts.cover(State.READY, 100.0 + PERIOD)
