"""The requests to a watched partner: heartbeats that ended connections bring, updates that a Kea is too busy for."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.settings import Watch
from tests.scenarios.pairworld import lease_of
from tests.scenarios.test_pair_watch import pair


def test_a_connection_that_ends_brings_a_heartbeat_at_once_but_not_one_after_the_other() -> None:
    world, one, two = pair(heartbeat_delay=1.0)
    heartbeat = one.relationship.heartbeat
    for pause, is_at_once in ((0.3, True), (0.05, False), (0.05, False), (0.3, True)):
        world.advance(pause)
        sent = heartbeat.count
        one.perform(one.relationship.connection_ended(world.now))
        assert heartbeat.count == sent + is_at_once
        world.advance(0.01)
    assert heartbeat.at is not None
    sent = heartbeat.count
    one.perform(one.relationship.connection_ended(world.now))  # one is put off, not left out
    world.advance(0.21)
    assert heartbeat.count == sent + 1


def test_a_connection_that_ends_brings_no_heartbeat_that_others_than_the_evidence_would_want() -> None:
    world, one, two = pair(watch=Watch(enabled=False))
    sent = one.relationship.heartbeat.count
    one.perform(one.relationship.connection_ended(world.now))
    world.advance(0.1)
    assert one.relationship.heartbeat.count == sent


@pytest.mark.parametrize(("busy", "is_taken"), [(3, True), (4, False)])
def test_an_update_of_an_address_that_a_kea_handles_is_sent_three_times_more(busy: int, is_taken: bool) -> None:
    world, one, two = pair()
    left = busy

    def answer(command: dict[str, Any]) -> dict[str, Any] | None:
        nonlocal left
        if command["command"] != "lease4-update" or not left:
            return None
        left -= 1
        return {"result": 4, "text": "ResourceBusy: IP address:10.0.0.10 could not be updated."}

    two.answer_with = answer
    two.received.clear()
    one.client(lease_of(1, world.now))
    world.advance(0.1)
    found = two.received if is_taken else two.received[: two.received.index("ha-heartbeat")]
    assert found.count("lease4-update") == 4  # later it is sent as one that is owed
    assert (left, bool(one.relationship.updates.owed)) == (0, False)
