"""How long clients stay with the partner after a fault."""

from __future__ import annotations

from kea_twisted.ha.takingback import CALM, TakingBack


def flap(back: TakingBack, now: float) -> float:
    """A fault of a second; return for how long the clients stay with the partner after it."""
    back.left(now)
    back.wait(now + 1)
    assert back.reason and back.deadline is not None
    return back.deadline - now - 1


def test_each_hand_over_doubles_the_time_up_to_five_minutes_until_there_was_none_for_a_while() -> None:
    back, now, waits = TakingBack(10.0), 100.0, []
    for _ in range(7):
        waits.append(flap(back, now))
        now += 400.0
        back.taken(now)
        assert not back.reason and back.deadline is None
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    assert flap(back, now + CALM + 1) == 10


def test_a_fault_while_it_waits_makes_it_wait_anew_but_is_no_hand_over() -> None:
    back = TakingBack(10.0)
    assert flap(back, 100.0) == 10
    back.left(105.0)
    assert not back.reason and back.deadline is None and back.left_at == 100.0
    back.wait(106.0)
    assert back.deadline == 116.0
