"""A server that cannot serve stands aside in front of a Kea, and comes back when the Kea has moved."""

from __future__ import annotations

from kea_twisted.ha.aside import Aside
from kea_twisted.ha.failure import Link
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import START, tutorial


def test_the_way_aside_and_back() -> None:
    link = Link(tutorial("server1"), START)
    aside = Aside(link)
    assert not aside.active
    aside.begin()
    link.heard(State.HOT_STANDBY, START)
    aside.beaten(3)
    assert aside.active and aside.shown_state is State.IN_MAINTENANCE
    link.heard(State.PARTNER_IN_MAINTENANCE, START)
    aside.able(4)
    aside.beaten(4)  # sent before
    assert aside.active and aside.shown_state is None
    aside.beaten(5)
    assert aside.active
    link.heard(State.PARTNER_DOWN, START)
    aside.beaten(6)
    assert not aside.active


def test_a_kea_that_has_ended_is_not_waited_for() -> None:
    link = Link(tutorial("server1"), START)
    aside = Aside(link)
    aside.begin()
    aside.able(1)
    link.unavailable(START)
    aside.beaten(2)
    assert not aside.active
