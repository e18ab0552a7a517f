"""The order of callbacks at hook points, and faults in them."""

from __future__ import annotations

import pytest

from kea_twisted.engine.departure import departs
from kea_twisted.hooks.chain import HookChain, consult
from kea_twisted.hooks.points import POINTS, Step
from tests.builders import World
from tests.fakes import RecordingLog


def test_the_first_that_does_not_want_to_go_on_decides():
    asked = []
    answers = [None, Step.CONTINUE, Step.SKIP, Step.DROP]
    callbacks = tuple(lambda word, step=step: asked.append(step) or step for step in answers)
    assert consult("pkt4_receive", callbacks, RecordingLog(), "word") is Step.SKIP
    assert asked == answers[:3]


def test_a_callback_that_fails_is_named_in_the_log_and_passed_over():
    def bad(word):
        raise ValueError(f"cannot {word}")

    log = RecordingLog()
    assert consult("pkt4_receive", (bad, lambda word: Step.DROP), log, "go") is Step.DROP
    ((identifier, text),) = log.lines
    assert identifier == "HOOKS_CALLOUT_EXCEPTION"
    assert "hook pkt4_receive registered by library with index 1" in text
    assert text.endswith("bad): ValueError: cannot go")


def test_callbacks_are_kept_in_the_order_of_registration():
    chain = HookChain()
    chain.register("pkt4_send", print)
    chain.register("pkt4_send", repr)
    assert chain.pkt4_send == (print, repr)


def test_an_unknown_point_cannot_be_registered():
    with pytest.raises(KeyError):
        HookChain().register("pkt6_receive", print)


def test_every_point_of_the_table_is_empty_at_first():
    assert all(getattr(HookChain(), point.name) == () for point in POINTS)


def test_what_a_library_does_not_want_is_counted_as_not_for_us():
    world = World()
    world.hooks.register("buffer4_receive", lambda query: Step.DROP)
    assert world.client(1).discover() is None
    assert world.log.lines == []
    counted = [world.count(f"pkt4-{what}") for what in ("received", "not-for-us", "receive-drop", "discover-received")]
    assert counted == [1, 1, 1, 0]


@pytest.mark.parametrize("step", [Step.SKIP, Step.DROP])
def test_a_library_can_stop_an_accepted_query(step):
    world = World()
    world.hooks.register("pkt4_receive", lambda query: step)
    assert world.client(1).discover() is None
    said = [
        "DHCP4_BUFFER_UNPACK", "DHCP4_QUERY_LABEL", "DHCP4_PACKET_RECEIVED", "DHCP4_QUERY_DATA",
        "DHCP4_HOOK_PACKET_RCVD_SKIP",
    ]  # fmt: skip
    assert (world.log.identifiers(), world.count("pkt4-receive-drop")) == (said, 1)


def test_a_failing_library_does_not_stop_a_packet():
    world = World()
    for point in ("buffer4_receive", "pkt4_receive", "subnet4_select", "pkt4_send"):
        world.hooks.register(point, lambda *arguments: 1 / 0)
    assert world.client(1).discover() is not None
    assert world.log.identifiers().count("HOOKS_CALLOUT_EXCEPTION") == 4


def test_a_held_back_reply_is_neither_logged_nor_counted():
    world = World()
    world.client(1).discover()
    world.log.clear()
    world.hooks.register("pkt4_send", lambda query, reply: Step.DROP)
    assert not departs(world.last, world.hooks, world.log, world.statistics)
    said = world.log.identifiers()
    assert (said, world.count("pkt4-sent")) == (["DHCP4_HOOK_PACKET_SEND_DROP"], 1)
