"""Evidence, and the verdicts that follow."""

from __future__ import annotations

import pytest

from kea_twisted.ha.evidence import LEARNING_DELAY, Evidence, ProbeOutcome, Verdict
from kea_twisted.ha.settings import Watch

ANSWERED, UNANSWERED, IMPOSSIBLE = ProbeOutcome


def evidence(calibrated: bool = False, **watch: bool) -> Evidence:
    made = Evidence(Watch(enabled=True, **watch), 0.0)
    made.answered(0.0)
    if calibrated:
        made.probe_sent(0.0)
        made.probed(ANSWERED, 0.1)
    return made


def probe(of: Evidence, outcome: ProbeOutcome, now: float) -> None:
    of.probe_sent(now)
    of.probed(outcome, now)


def test_two_refusals_prove_the_end_of_a_partner_that_is_one_process() -> None:
    signs = evidence()
    signs.refused(10.0)
    assert signs.verdict(10.0) is Verdict.DOUBT
    signs.refused(10.1)  # of the same moment
    assert signs.verdict(10.1) is Verdict.DOUBT
    signs.refused(10.3)
    assert signs.verdict(10.3) is Verdict.GONE
    assert signs.reasons(10.3) == "after 0.3 s: connection refused twice, no probe possible"


def test_behind_a_control_agent_refusals_prove_nothing_without_a_probe() -> None:
    signs = evidence(one_process=False)
    for now in (10.0, 10.3, 10.6):
        signs.refused(now)
    assert signs.verdict(20.0) is Verdict.DOUBT


@pytest.mark.parametrize("one_process", [True, False])
def test_refusals_and_an_unanswered_probe_prove_it_in_any_case(one_process: bool) -> None:
    signs = evidence(calibrated=True, one_process=one_process)
    signs.refused(10.0)
    signs.refused(10.3)
    assert signs.verdict(10.3) is Verdict.DOUBT
    probe(signs, UNANSWERED, 10.5)
    assert signs.verdict(10.5) is Verdict.GONE


def test_a_probe_under_way_is_waited_for() -> None:
    signs = evidence()
    signs.refused(10.0)
    signs.probe_sent(10.0)
    signs.refused(10.3)
    assert signs.verdict(10.3) is Verdict.DOUBT
    assert signs.verdict(12.1) is Verdict.GONE  # but not for ever


def test_a_silent_partner_is_gone_when_probes_are_unanswered_that_were_answered_before() -> None:
    signs = evidence(calibrated=True)
    signs.silent(10.0)
    probe(signs, UNANSWERED, 10.5)
    assert signs.verdict(11.5) is Verdict.DOUBT  # one packet may get lost
    probe(signs, UNANSWERED, 11.0)
    assert signs.verdict(11.1) is Verdict.DOUBT  # not yet silent for long enough
    assert signs.verdict(11.21) is Verdict.GONE


def test_a_silent_partner_whose_probes_were_never_answered_is_not_judged() -> None:
    signs = evidence()
    signs.silent(10.0)
    for now in (10.5, 11.0, 11.5):
        probe(signs, UNANSWERED, now)
    assert signs.verdict(100.0) is Verdict.DOUBT


def test_probes_that_fail_while_all_is_well_prove_nothing_later() -> None:
    signs = evidence(calibrated=True)
    probe(signs, UNANSWERED, 40.0)
    probe(signs, UNANSWERED, 70.0)
    signs.silent(80.0)
    probe(signs, UNANSWERED, 81.0)
    probe(signs, UNANSWERED, 82.0)
    assert signs.verdict(90.0) is Verdict.DOUBT


def test_an_answered_probe_means_that_the_link_is_broken() -> None:
    signs = evidence()
    signs.refused(10.0)
    signs.refused(10.3)
    probe(signs, ANSWERED, 10.4)
    assert signs.verdict(10.4) is Verdict.LINK_BROKEN
    assert signs.verdict(13.3) is Verdict.LINK_BROKEN
    probe(signs, UNANSWERED, 13.5)
    assert signs.verdict(13.5) is Verdict.GONE


def test_what_a_calibration_saw_before_the_doubt_is_no_sign_of_life() -> None:
    signs = evidence(calibrated=True)
    signs.refused(0.5)
    signs.refused(0.8)
    assert signs.verdict(0.8) is not Verdict.LINK_BROKEN


def test_its_own_word_that_it_cannot_serve_is_enough() -> None:
    signs = evidence()
    signs.answered_badly("em1 is down", 10.0)
    assert signs.verdict(10.0) is Verdict.GONE
    assert "em1 is down" in signs.reasons(10.0)


def test_a_server_that_is_deaf_itself_judges_nobody() -> None:
    signs = evidence()
    signs.own_fault = "em1 has no carrier"
    signs.refused(10.0)
    signs.refused(10.3)
    assert signs.verdict(10.3) is Verdict.CUT_OFF
    assert not signs.short_silence(20.0)
    assert not signs.process_gone(20.0)


def test_an_answer_ends_all_doubts() -> None:
    signs = evidence()
    signs.refused(10.0)
    signs.refused(10.3)
    signs.answered(10.4)
    assert signs.verdict(10.4) is Verdict.WELL
    signs.refused(20.0)
    assert signs.verdict(20.0) is Verdict.DOUBT


def test_switched_off_there_is_no_verdict_but_keas() -> None:
    signs = Evidence(Watch(enabled=False), 0.0)
    signs.refused(10.0)
    signs.refused(10.3)
    assert signs.verdict(10.3) is Verdict.WELL
    assert signs.probe_due() is None


def test_probes_follow_each_other_quickly_only_while_that_decides_something() -> None:
    signs = evidence(calibrated=True)
    assert signs.probe_due() == pytest.approx(30.1)
    signs.silent(50.0)
    assert signs.probe_due() == pytest.approx(0.2)  # long over: at once
    signs.probe_sent(50.8)
    assert signs.probe_due() is None
    signs.probed(UNANSWERED, 51.3)
    assert signs.probe_due() == pytest.approx(51.4)
    probe(signs, ANSWERED, 51.5)
    assert signs.probe_due() == pytest.approx(52.5)
    probe(signs, IMPOSSIBLE, 53.0)
    assert signs.probe_due() == pytest.approx(83.0)


def test_a_late_heartbeat_brings_a_probe_before_it_counts_as_failed() -> None:
    signs = evidence(calibrated=True)
    signs.asked(10.0)
    assert signs.probe_due() == pytest.approx(10.3)
    probe(signs, UNANSWERED, 10.3)
    assert signs.probe_due() == pytest.approx(10.4)
    signs.silent(10.0)
    assert signs.verdict(10.8) is Verdict.DOUBT
    probe(signs, UNANSWERED, 10.9)
    assert signs.verdict(11.3) is Verdict.GONE  # the first one counts, too


def test_a_late_heartbeat_that_is_answered_leaves_probes_as_they_were() -> None:
    signs = evidence(calibrated=True)
    signs.asked(10.0)
    for now in (10.3, 10.5, 10.7):
        probe(signs, UNANSWERED, now)
    signs.answered(10.75)
    assert signs.calibrated
    assert signs.probe_due() == pytest.approx(40.7)
    signs.silent(11.0)
    probe(signs, UNANSWERED, 12.0)
    assert signs.verdict(13.0) is Verdict.DOUBT  # one packet may get lost


def test_while_a_late_partner_answers_probes_it_is_not_asked_in_a_row() -> None:
    signs = evidence(calibrated=True)
    signs.asked(10.0)
    probe(signs, ANSWERED, 10.3)
    assert signs.probe_due() == pytest.approx(11.3)


def test_an_uncalibrated_probe_is_not_hastened_by_a_late_heartbeat() -> None:
    signs = evidence()
    probe(signs, UNANSWERED, 9.9)
    signs.asked(10.0)
    assert signs.probe_due() == pytest.approx(11.9)


def test_the_first_probe_comes_as_soon_as_both_serve_and_not_before() -> None:
    signs = evidence()
    signs.learn_soon(100.0)
    assert signs.probe_due() == pytest.approx(100.0 + LEARNING_DELAY)
    signs = evidence(calibrated=True)
    due = signs.probe_due()
    signs.learn_soon(100.0)
    assert signs.probe_due() == due


def test_a_partner_that_is_started_a_little_later_is_waited_for() -> None:
    signs = evidence()
    signs.refused(10.0)
    signs.refused(10.3)
    for now, is_gone in ((10.89, False), (10.91, True)):
        assert signs.process_gone(now) is is_gone
        assert signs.short_silence(now) is is_gone


def test_the_end_of_a_process_is_proved_by_the_last_sign() -> None:
    signs = evidence()
    signs.refused(10.0)
    assert not signs.proves_end
    signs.refused(10.3)
    assert signs.proves_end
    signs.silent(10.6)  # its host is gone, or the network: it may serve out of sight
    assert not signs.proves_end
    signs.answered_badly("em1 is down", 11.0)
    assert signs.proves_end


# a client of the partner's asks


def test_a_partner_that_was_heard_of_lately_is_probed_when_it_was_not_for_a_moment() -> None:
    signs = evidence(calibrated=True)
    signs.answered(10.0)
    assert signs.client_asked(0.0, 10.1)
    assert signs.probe_due() == pytest.approx(10.25)
    assert not signs.client_asked(0.0, 10.2)  # nothing new follows from it
    signs.answered(10.2)
    assert signs.probe_due() == pytest.approx(30.1)
    assert signs.client_asked(0.0, 15.0)
    assert signs.probe_due() == pytest.approx(15.0)


def test_an_update_that_was_answered_is_a_sign_of_life() -> None:
    signs = evidence(calibrated=True)
    signs.client_asked(9.9, 10.0)
    assert signs.probe_due() == pytest.approx(10.15)
    signs.update_answered(10.0)  # that may have been before the query
    assert signs.probe_due() == pytest.approx(10.25)
    signs.update_answered(10.1)
    assert signs.probe_due() == pytest.approx(30.1)


def test_a_probe_for_a_client_is_followed_by_a_heartbeat() -> None:
    signs = evidence(calibrated=True)
    signs.client_asked(0.0, 10.0)
    assert signs.ask_due() is None
    signs.probe_sent(10.0)
    assert signs.ask_due() == pytest.approx(10.1)
    signs.asked(10.1)
    assert signs.ask_due() is None


def test_a_partner_is_out_of_reach_when_neither_a_probe_nor_a_heartbeat_is_answered() -> None:
    signs = evidence(calibrated=True)
    signs.client_asked(0.0, 10.0)
    signs.probe_sent(10.0)
    signs.asked(10.1)
    assert not signs.out_of_reach(10.45)
    signs.probed(UNANSWERED, 10.5)
    assert signs.out_of_reach(10.5)
    assert signs.verdict(10.5) is Verdict.WELL
    signs.answered(10.6)
    assert not signs.out_of_reach(10.6)


@pytest.mark.parametrize("ends", ["answered", "probe", "own", "unable"])
def test_it_is_not_where_anything_shows_otherwise(ends: str) -> None:
    signs = evidence(calibrated=True)
    signs.silent(10.0)
    assert not signs.out_of_reach(10.8)
    probe(signs, UNANSWERED, 10.8)
    assert signs.out_of_reach(10.8)
    if ends == "answered":
        signs.answered(10.9)
    elif ends == "probe":
        probe(signs, ANSWERED, 10.9)
    elif ends == "own":
        signs.own_fault = "em1 has no carrier"
    else:
        signs.answered_badly("em1 is down", 10.9)
    assert not signs.out_of_reach(10.9)


def test_a_heartbeat_that_is_late_is_needed_beside_the_probe() -> None:
    signs = evidence(calibrated=True)
    signs.client_asked(0.0, 10.0)
    probe(signs, UNANSWERED, 10.0)
    signs.asked(10.4)
    assert not signs.out_of_reach(10.6)
    assert signs.out_of_reach(10.75)


def test_where_probes_were_never_answered_a_client_brings_none() -> None:
    signs = evidence()
    assert not signs.client_asked(0.0, 10.0)
    signs.silent(10.0)
    probe(signs, UNANSWERED, 10.5)
    assert not signs.out_of_reach(20.0)


def unanswered_for_client(signs: Evidence, now: float) -> None:
    """A probe for a client is not answered, but the heartbeat that follows is."""
    signs.client_asked(0.0, now)
    signs.probe_sent(now)
    signs.asked(now + 0.1)
    signs.answered(now + 0.11)
    signs.probed(UNANSWERED, now + 0.5)


def test_probes_for_clients_that_fail_while_the_partner_is_busy_leave_the_others_their_worth() -> None:
    signs = evidence(calibrated=True)
    for tenth in range(100, 290, 7):
        unanswered_for_client(signs, tenth / 10)
        assert signs.calibrated and not signs.out_of_reach(tenth / 10 + 0.6)
    signs.silent(29.5)
    probe(signs, UNANSWERED, 30.0)
    assert signs.out_of_reach(30.0)


def test_a_partner_that_answers_no_probe_for_long_is_not_judged_by_them_even_if_clients_ask_all_the_time() -> None:
    signs = evidence(calibrated=True)
    for second in range(10, 61):
        assert signs.calibrated
        unanswered_for_client(signs, float(second))
    assert not signs.calibrated


def test_an_answered_probe_for_a_client_leaves_no_suspicion() -> None:
    signs = evidence(calibrated=True)
    signs.client_asked(0.0, 10.0)
    probe(signs, ANSWERED, 10.0)
    assert signs.ask_due() is None
    for now in (20.0, 30.0):
        probe(signs, UNANSWERED, now)
    assert not signs.calibrated


def test_a_probe_that_got_lost_now_and_then_proves_nothing_against_the_others() -> None:
    signs = evidence(calibrated=True)
    for now in (40.0, 70.0, 100.0):
        probe(signs, UNANSWERED, now)
        assert signs.calibrated
        probe(signs, ANSWERED, now + 10.0)
