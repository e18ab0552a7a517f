"""Queries of the partner's clients that are kept for a takeover."""

from __future__ import annotations

import pytest

from kea_twisted.engine.effects import Query
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha import recent
from kea_twisted.ha.messages import HeartbeatStatus
from kea_twisted.ha.outbox import AnswerRecent, Effect, RenewLeases
from kea_twisted.ha.recent import RecentQueries
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, RELEASE, REQUEST
from tests.fakes import RecordingLog
from tests.scenarios.pairworld import START, balanced, query, tutorial


def kept(*queries: tuple[float, Query]) -> RecentQueries:
    made = RecentQueries(True)
    for at, each in queries:
        made.add(each, at)
    return made


def test_the_latest_query_of_each_client_is_answered_in_the_order_in_which_they_came() -> None:
    first, second, third, again = query(1, DISCOVER), query(2, DISCOVER), query(3, DISCOVER), query(1, DISCOVER)
    queries = kept((10.0, first), (10.1, second), (10.2, third), (10.3, again))
    assert queries.take(9.0) == [second, third, again]
    assert queries.take(9.0) == []


def test_clients_that_accept_an_offer_come_first_lest_another_one_is_offered_that_address() -> None:
    queries = kept((10.0, query(1, DISCOVER)), (10.1, query(2, REQUEST)), (10.2, query(3, REQUEST)))
    assert queries.take(9.0) == [query(2, REQUEST), query(3, REQUEST), query(1, DISCOVER)]


def test_a_query_from_before_does_not_count() -> None:
    assert kept((10.0, query(1, DISCOVER)), (11.0, query(2, DISCOVER))).take(10.5) == [query(2, DISCOVER)]


def test_a_client_that_awaits_no_answer_gets_none() -> None:
    queries = [
        (10.0, query(1, DISCOVER)),
        (11.0, query(1, RELEASE)),
        (12.0, query(2, DECLINE)),
        (13.0, query(3, INFORM)),
    ]
    assert kept(*queries).take(0.0) == [query(3, INFORM)]


def test_those_that_were_only_counted_are_put_in_between() -> None:
    queries = kept((10.0, query(1, DISCOVER)), (12.0, query(2, DISCOVER)))
    others = [(11.0, query(3, DISCOVER)), (13.0, query(1, REQUEST)), (1.0, query(4, DISCOVER))]
    assert queries.take(5.0, others) == [query(1, REQUEST), query(3, DISCOVER), query(2, DISCOVER)]


def test_a_query_is_as_it_came() -> None:
    asked = query(1, DISCOVER)
    changed = asked._replace(message=query(2, DISCOVER).message, arrived=asked.message, classes=("ALL",))
    assert kept((10.0, changed)).take(0.0) == [asked]


def test_their_number_is_bounded() -> None:
    queries = [(float(number), query(number % 250, DISCOVER)) for number in range(recent.MOST + 10)]
    found = kept(*queries).take(0.0, queries)
    assert len(found) <= recent.MOST and found[-1] == queries[-1][1]
    made = kept(*queries)
    assert len(made.take(0.0)) <= 250


def test_without_a_partner_that_is_watched_nothing_is_kept() -> None:
    made = RecentQueries(False)
    made.add(query(1), 10.0)
    assert made.take(0.0) == []


def test_those_that_are_still_the_partners_are_not_kept_anew() -> None:
    made = kept((10.0, query(1)))
    made.handle_again(made.take(0.0), lambda queries: [made.add(each, 12.0) for each in queries])
    assert made.take(0.0) == []
    made.add(query(2), 13.0)
    assert made.take(0.0) == [query(2)]


def effects_of(relationship: Relationship, state: State, now: float) -> list[Effect]:
    relationship.step(state, now)
    return [each for each in relationship.outbox.take() if isinstance(each, AnswerRecent)]


def watched(name: str = "server2", balances: bool = False) -> Relationship:
    settings = (balanced if balances else tutorial)(name, watch=Watch(enabled=True))
    return Relationship(settings, ServiceState(), lambda address: None, RecordingLog(), START)


def test_they_are_answered_when_scopes_are_added() -> None:
    relationship = watched(balances=True)
    relationship.start(START)
    assert effects_of(relationship, State.LOAD_BALANCING, START + 1) == [AnswerRecent(START)]
    assert effects_of(relationship, State.COMMUNICATION_RECOVERY, START + 2) == []
    assert effects_of(relationship, State.PARTNER_DOWN, START + 20) == [AnswerRecent(START + 20 - recent.PERIOD)]
    assert effects_of(relationship, State.LOAD_BALANCING, START + 30) == []


def test_a_query_that_a_partner_heard_while_it_served_is_not_answered() -> None:
    relationship = watched()
    relationship.step(State.HOT_STANDBY, START)
    relationship.outbox.take()
    relationship.link.last_good = START + 9.5
    assert effects_of(relationship, State.PARTNER_DOWN, START + 10) == [AnswerRecent(START + 9.5)]


def test_with_kea_s_rules_alone_the_clients_ask_again() -> None:
    relationship = Relationship(tutorial("server2"), ServiceState(), lambda address: None, RecordingLog(), START)
    assert effects_of(relationship, State.PARTNER_DOWN, START + 1) == []


@pytest.mark.parametrize("ahead", [0, -11, 11])
def test_leases_of_before_a_takeover_are_renewed_and_not_confirmed_as_they_are(ahead: int) -> None:
    relationship = watched(balances=True)
    status = HeartbeatStatus(State.LOAD_BALANCING, int(START) + ahead, ("server1",), 0)
    relationship.link.good(status, START)  # the partner gave them by this clock
    for state, takes in ((State.LOAD_BALANCING, False), (State.PARTNER_DOWN, True), (State.LOAD_BALANCING, False)):
        relationship.step(state, START + 1.5)
        found = [each for each in relationship.outbox.take() if isinstance(each, RenewLeases)]
        assert found == ([RenewLeases(int(START) + abs(ahead) + 1)] if takes else [])
