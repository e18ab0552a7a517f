"""The claims of a server to addresses that its partner gives to others."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.commands.leases import HELD, IN_USE
from kea_twisted.ha.messages import HeartbeatStatus
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.lease.lease import RELEASED
from tests.scenarios.pairworld import ACK, NO_ACK, Node, World, balanced, lease_of

PROMISED, WITHHELD, NEITHER = "promised", "withheld", "neither"


def pair() -> tuple[World, Node, Node]:
    """Both share the work, and the first one's client 1 has a lease of before."""
    world = World()
    values: dict[str, Any] = {"peers": balanced("server1").peers, "mode": "load-balancing"}
    one, two = (world.boot(name, watch=Watch(enabled=True), **values) for name in ("server1", "server2"))
    world.probes = True
    world.advance(4.0)
    return world, one, two


def claim(node: Node) -> str:
    """The claim to the address of client 1."""
    claims, address = node.relationship.claims, lease_of(1, 0).address
    if claims.has_withheld(address):
        assert not claims.has_promised(address) and not claims.owes(address)
        return WITHHELD
    assert not claims.has_promised(address) or claims.owes(address)
    return PROMISED if claims.has_promised(address) else NEITHER


def refuse(node: Node, text: str) -> None:
    """Let a server refuse all leases with this text; "": take them again."""
    refusal = {"result": 4, "text": text}
    node.answer_with = lambda command: refusal if text and command["command"].startswith("lease4-") else None


def test_a_lease_is_promised_from_the_answer_to_its_client_to_that_of_the_partner() -> None:
    world, one, two = pair()
    assert claim(one) == NEITHER
    two.hung = True
    ticket = one.client(lease_of(1, world.now))
    assert ticket is not None and claim(one) == NEITHER
    while ticket not in one.results:
        world.advance(0.05)
    assert one.results[ticket] is ACK and claim(one) == PROMISED
    two.hung = False
    world.advance(12.0)
    assert claim(one) == NEITHER and two.leases == one.leases


def test_one_whose_address_the_partner_has_given_away_is_withheld_until_the_partner_takes_it() -> None:
    world, one, two = pair()
    for _ in range(2):
        refuse(two, f"{IN_USE}: 10.0.0.10 was given to another client meanwhile")
        ticket = one.client(lease_of(1, world.now))
        assert ticket is not None and claim(one) == NEITHER
        world.advance(0.1)
        assert one.results[ticket] is NO_ACK and claim(one) == WITHHELD
    refuse(two, "")
    world.advance(12.0)
    assert claim(one) == NEITHER and two.leases == one.leases


@pytest.mark.parametrize(("refusal", "after"), [(HELD, NEITHER), (IN_USE, PROMISED)])
def test_of_two_promised_ones_the_newer_counts(refusal: str, after: str) -> None:
    world, one, two = pair()
    refuse(two, f"{refusal}: 10.0.0.10 was given to another client meanwhile")
    two.hung = True
    one.client(lease_of(1, world.now))
    world.advance(0.7)
    assert claim(one) == PROMISED
    two.hung = False
    world.advance(12.0)
    assert claim(one) == after
    ticket = one.client(lease_of(1, world.now))  # renewed: the client has the lease of before
    assert ticket is not None
    world.advance(0.2)
    assert one.results[ticket] is NO_ACK and claim(one) == after


def test_what_an_earlier_process_gave_out_of_touch_may_be_unknown_to_the_partner_until_both_work_together() -> None:
    """That process cannot report which updates the partner had not confirmed."""
    world = World()
    lease = lease_of(1, world.now)
    ended = lease._replace(state=RELEASED)
    for apart_since, unknown in ((0, False), (int(world.now) + 1, True), (int(world.now) + 2, False)):
        one = world.boot("server1", watch=Watch(enabled=True))
        one.relationship.recall("hot-standby", (), apart_since)
        claims = one.relationship.claims
        assert claims.one_is_unknown(lease, ended) is claims.one_is_unknown(ended, lease) is unknown
        two = world.boot("server2", watch=Watch(enabled=True))
        world.advance(8.0)
        assert one.state is two.state is State.HOT_STANDBY
        assert not claims.one_is_unknown(lease, ended) and not claims.apart_since


def test_a_server_is_out_of_touch_from_the_first_failure_until_both_work_together() -> None:
    world, one, two = pair()
    assert one.relationship.claims.apart_since == 0
    two.hung = True
    world.advance(3.0)
    since = one.relationship.claims.apart_since
    assert 0 <= world.now - since <= 5
    world.advance(20.0)
    assert one.relationship.claims.apart_since == since
    lease = lease_of(1, since)
    assert one.relationship.claims.one_is_unknown(lease._replace(state=RELEASED), lease)
    assert not one.relationship.claims.one_is_unknown(lease, lease._replace(state=RELEASED))  # it owes nothing
    two.hung = False
    world.advance(12.0)
    assert one.relationship.claims.apart_since == 0


def test_a_server_that_owes_what_it_promised_is_out_of_touch_though_the_partner_answers() -> None:
    world, one, two = pair()
    claims = one.relationship.claims
    claims.lose_touch(int(world.now) - 5)
    claims.lose_touch(int(world.now) - 3)
    assert claims.apart_since == int(world.now) - 5
    one.relationship.updates.owe((lease_of(1, 0).address,))
    claims.work_together()
    assert claims.apart_since
    one.relationship.updates.owed.clear()
    claims.work_together()
    assert not claims.apart_since


def test_a_partner_that_served_alone_unnoticed_was_out_of_touch_since_it_was_heard_before() -> None:
    world, one, two = pair()
    one.hung = True  # and asks nothing meanwhile
    before = world.now
    world.advance(30.0)
    assert two.state is State.PARTNER_DOWN
    one.relationship.link.last_good = before  # as long as it stood still
    one.relationship.link.good(
        HeartbeatStatus(State.PARTNER_DOWN, int(world.now), ("server1", "server2"), 1), world.now
    )
    one.perform(one.relationship.tick(world.now))
    assert one.relationship.claims.apart_since == int(before)
