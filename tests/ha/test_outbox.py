"""Wishes that become effects."""

from __future__ import annotations

from kea_twisted.ha.lacking import Lacking
from kea_twisted.ha.outbox import Apply, Outbox
from tests.scenarios.pairworld import START, as_json, lease_of


def test_leases_of_subnets_of_another_relationship_are_left_out() -> None:
    outbox = Outbox()
    outbox.subnets = frozenset((1,))
    own, other = as_json(lease_of(1, START)), as_json(lease_of(2, START)) | {"subnet-id": 2}
    outbox.apply([own, other, "no lease"], Lacking(()), True, lambda *_: None)
    (effect,) = outbox.take()
    assert isinstance(effect, Apply) and effect.items == [own, "no lease"]
