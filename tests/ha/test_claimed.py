"""The partner's own word that it serves, in its heartbeats, as evidence against its end."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.evidence import Evidence, Verdict
from kea_twisted.ha.messages import EXTENSIONS, says_it_serves
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.ha.test_evidence import UNANSWERED, evidence, probe
from tests.scenarios.pairworld import World


def doubted() -> Evidence:
    """Return the evidence about a partner that has not answered for 1.3 seconds."""
    signs = evidence(calibrated=True)
    signs.asked(10.0)
    signs.silent(10.0)
    return signs


def test_a_partner_that_says_that_it_serves_is_not_gone_because_its_answers_get_lost() -> None:
    signs = doubted()
    signs.asked_by_partner(True, 10.9)
    for now in (10.9, 11.1):
        probe(signs, UNANSWERED, now)
    assert signs.verdict(11.3) is Verdict.CLAIMED and not signs.out_of_reach(11.3)
    assert signs.reasons(11.3).endswith("probe unanswered twice, it says that it serves")
    assert not signs.nothing_answers(11.3) and not signs.short_silence(11.3)
    assert signs.verdict(13.8) is Verdict.CLAIMED
    assert signs.verdict(13.9) is Verdict.GONE and signs.out_of_reach(13.9)
    assert signs.nothing_answers(13.9) and signs.short_silence(13.9)


def test_nor_because_connections_to_it_are_refused() -> None:
    signs = evidence()
    signs.refused(10.0)
    signs.refused(10.3)
    assert signs.verdict(11.0) is Verdict.GONE and signs.proves_end and signs.process_gone(11.0)
    signs.asked_by_partner(True, 11.0)
    assert signs.verdict(11.0) is Verdict.CLAIMED and not signs.process_gone(11.0)
    assert signs.verdict(14.1) is Verdict.GONE and not signs.proves_end  # it may be elsewhere


def test_what_it_said_before_the_doubt_or_took_back_does_not_count() -> None:
    for said in ((9.9,), (10.05,), (10.9, False)):
        signs = doubted()
        signs.asked_by_partner(True, said[0])
        if said[1:]:
            signs.asked_by_partner(False, 11.0)
        for now in (11.0, 11.2):
            probe(signs, UNANSWERED, now)
        assert signs.verdict(11.3) is Verdict.GONE


def test_its_word_that_it_does_not_serve_holds_for_a_moment() -> None:
    signs = doubted()
    assert not signs.denies(11.0)
    signs.asked_by_partner(False, 11.0)
    assert signs.denies(13.9) and not signs.denies(14.0)
    signs.asked_by_partner(False, 15.0)
    signs.asked_by_partner(True, 15.1)
    assert not signs.denies(15.2)


def test_clients_are_unserved_if_that_is_said_for_a_while_and_requests_fail() -> None:
    for said, silences, unserved in (
        ((10.2,), 2, True),
        ((10.2,), 1, False),
        ((9.0,), 2, False),  # before the doubt
        ((10.5,), 2, False),  # for a shorter time
        ((10.2, 11.2), 2, True),
        ((), 2, False),
    ):
        signs = evidence()
        for _ in range(silences):
            signs.asked(10.0)
            signs.silent(10.0)
        for at in said:
            signs.asked_by_partner(False, at)
        assert not signs.unserved(11.1)
        assert signs.unserved(11.3) is unserved
    signs.asked_by_partner(False, 10.2)
    signs.own_fault = "deaf"
    assert not signs.unserved(11.3)
    signs.own_fault = ""
    assert signs.unserved(11.3)
    signs.asked_by_partner(True, 11.3)
    signs.asked_by_partner(False, 11.4)
    assert not signs.unserved(12.3) and signs.unserved(12.5)
    signs.answered(12.5)
    assert not signs.unserved(12.5)


def test_a_partner_whose_heartbeat_is_late_is_not_stood_in_for_while_it_says_that_it_serves() -> None:
    signs = evidence(calibrated=True)
    signs.asked(10.0)
    probe(signs, UNANSWERED, 10.35)
    assert signs.out_of_reach(10.8)
    signs.asked_by_partner(True, 10.8)
    assert not signs.out_of_reach(10.8)


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_heartbeat_says_if_its_sender_serves_to_a_partner_of_our_own_kind_only(is_ours: bool) -> None:
    world = World()
    one = world.boot("server1", watch=Watch(enabled=True))
    two = world.boot("server2", watch=Watch(enabled=is_ours))
    said: list[Any] = []

    def note(command: dict[str, Any]) -> None:
        if command["command"] == "ha-heartbeat":
            said.append(command["arguments"].get(EXTENSIONS))

    two.answer_with = note
    world.advance(5.0)
    if is_ours:
        assert said[-1] == {"serves": True}
        one.answer_with, said[:] = note, []
        two.answer_with = lambda command: None
        world.advance(5.0)
        assert said[-1] == {"serves": False}  # the standby
    else:
        assert said and not any(said)


def test_a_partner_that_says_that_it_serves_is_replaced_only_if_clients_wait_in_vain() -> None:
    world = World()
    world.boot("server1", watch=Watch(enabled=True))
    two = world.boot("server2", watch=Watch(enabled=True))
    world.advance(5.0)
    world.cut = True
    for _ in range(90):
        world.advance(1.0)
        two.relationship.heartbeat_status("server1", world.now, True)
    assert two.state is State.HOT_STANDBY
    for number in range(two.relationship.settings.max_unacked_clients + 1):
        assert two.state is State.HOT_STANDBY
        two.asked(number, secs=60)
        two.relationship.heartbeat_status("server1", world.now, True)
    world.advance(2.0)
    assert two.state is State.PARTNER_DOWN


@pytest.mark.parametrize("arguments", [None, {}, {EXTENSIONS: 1}, {EXTENSIONS: {}}, {EXTENSIONS: {"serves": "yes"}}])
def test_other_heartbeats_say_nothing_of_that(arguments: object) -> None:
    assert says_it_serves(arguments) is None


def test_only_the_word_of_the_partner_counts() -> None:
    world = World()
    one = world.boot("server1", watch=Watch(enabled=True))
    for sender, counts in (("server1", False), (None, False), ("server2", True)):
        one.relationship.watch.evidence.silent(world.now - 3)
        one.relationship.heartbeat_status(sender, world.now, True)
        assert (one.relationship.watch.evidence.verdict(world.now) is Verdict.CLAIMED) is counts
