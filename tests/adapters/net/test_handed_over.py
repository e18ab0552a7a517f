"""Clients that hold an offer of a server that has just left them to its partner."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted import events as E
from kea_twisted.engine.share import Share
from kea_twisted.ha.handedover import PERIOD
from kea_twisted.ha.outbox import Send
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.ha.subnetlists import write
from kea_twisted.wire.constants import ACK, DISCOVER, NAK, OFFER, REQUEST
from tests.adapters.net.test_bulk_drops import World, frame
from tests.builders import SERVER
from tests.scenarios.pairworld import balanced, tutorial

NAMED = SERVER.to_bytes(4, "big")
OTHER = (SERVER + 1).to_bytes(4, "big")
THIRD = (SERVER + 2).to_bytes(4, "big")


class Left(World):
    """A standby that served alone, offered an address, and has left its clients to the primary."""

    def __init__(self, make: Any = tutorial, **changes: Any) -> None:
        super().__init__(ha=make("server2", **{"watch": Watch(enabled=True)} | changes))
        self.enter(State.PARTNER_DOWN)
        self.arrive(frame(DISCOVER))
        self.offered = self.sent[-1].payload[16:20]
        self.enter(State.HOT_STANDBY)

    def request(self, number: int = 1, named: bytes = NAMED) -> list[int]:
        """Have a client ask for what it was offered; the types of the replies."""
        count = len(self.sent)
        self.arrive(frame(REQUEST, number, {50: self.offered, 54: named}))
        return [kind_of(reply.payload) for reply in self.sent[count:]]


class Returned(World):
    """A primary that serves again, and a client with an offer of its standby at the address OTHER."""

    def __init__(self) -> None:
        super().__init__(ha=tutorial("server1", watch=Watch(enabled=True)))
        self.relationship.identifiers.learn([int.from_bytes(OTHER, "big")])
        self.arrive(frame(DISCOVER))
        self.offered = self.sent[-1].payload[16:20]

    request = Left.request


def kind_of(payload: bytes) -> int:
    """Return the message type of a reply."""
    return payload[payload.index(b"\x35\x01", 240) + 2]


def test_a_request_that_names_it_gets_a_nak() -> None:
    world = Left()
    assert kind_of(world.sent[-1].payload) == OFFER
    assert world.request() == [NAK]
    assert not world.performer.waiting


def test_all_else_is_the_partners() -> None:
    world = Left()
    assert world.request(named=OTHER) == []
    count = len(world.sent)
    world.arrive(frame(DISCOVER, 2), frame(REQUEST, 3, {50: world.offered}))
    assert len(world.sent) == count


def test_after_a_while_it_is_silent_again() -> None:
    world = Left()
    world.reactor.advance(PERIOD)
    assert world.request() == [] and world.relationship.scopes.holds_none


def test_alone_again_it_serves() -> None:
    world = Left()
    world.enter(State.PARTNER_DOWN)
    assert world.request() == [ACK]


@pytest.mark.parametrize("changes", [{"one_server_identifier": True}, {"watch": Watch(enabled=False)}])
def test_a_shared_identifier_and_keas_rules_leave_it_to_the_partner(changes: dict[str, Any]) -> None:
    assert Left(**changes).request() == []


def test_a_partner_that_answers_these_clients_is_not_disturbed() -> None:
    world = Left()
    world.enter(State.PARTNER_DOWN)
    world.relationship.link.partner_answers = True
    world.enter(State.HOT_STANDBY)
    assert world.request() == []


def test_the_partner_accepts_an_offer_of_the_server_that_has_left() -> None:
    world = Returned()
    assert world.request(2, named=THIRD) == []
    address = int.from_bytes(world.offered, "big")
    assert not world.relationship.lease_at(address)
    assert world.request(named=OTHER) == []  # an ACK waits for the partner
    assert world.relationship.lease_at(address)


def test_it_refuses_what_it_cannot_give_unless_its_partner_may_be_serving() -> None:
    world = Returned()
    world.arrive(frame(REQUEST, 3, {50: world.offered, 54: NAMED}))
    assert world.request(named=OTHER) == [NAK]
    world.server.parts.core.table.use_share(Share(False, names_other=world.relationship.identifiers.holds))
    before = world.counted().get("pkt4-not-for-us", 0)
    assert world.request(named=OTHER) == [] and world.request(4) == [NAK]
    assert world.counted()["pkt4-not-for-us"] == before + 1


@pytest.mark.parametrize("named", [NAMED, OTHER])
def test_a_refused_client_of_no_subnet_gets_a_nak_from_the_server_it_names(named: bytes) -> None:
    world = Returned()
    world.server.parts.core.table.use_share(Share(False, names_other=world.relationship.identifiers.holds))
    world.arrive(frame(REQUEST, 1, {50: b"\x0a\x09\x09\x09", 54: named}, giaddr=0x0A090901))
    assert [kind_of(reply.payload) for reply in world.sent[1:]] == ([NAK] if named == NAMED else [])


def test_in_load_balancing_its_own_clients_are_not_refused() -> None:
    world = Left(balanced)
    world.enter(State.PARTNER_DOWN)
    world.enter(State.LOAD_BALANCING)
    outcomes = set()
    for number in range(11, 19):
        count = len(world.sent)
        world.arrive(frame(DISCOVER, number))
        is_own = len(world.sent) > count
        if is_own:
            world.offered = world.sent[-1].payload[16:20]
        outcomes.add((is_own, *world.request(number)))
    assert outcomes == {(True,), (False, NAK)}  # an ACK waits for the partner


def test_the_refusal_is_logged_as_what_it_is() -> None:
    world = Left()
    world.log.enabled |= {E.DHCP4_PACKET_NAK_0004}
    world.request()
    assert world.log.texts("DHCP4_PACKET_NAK_0004")


def partner_has(world: World, subnets: dict[int, str]) -> None:
    """Let the partner say which subnets it has."""
    relationship = world.relationship
    relationship.outbox.take()
    relationship.subnets.heard("another digest")
    (asked,) = relationship.outbox.take()
    assert isinstance(asked, Send)
    relationship.answered(asked.token, {"result": 0, "arguments": write(subnets)}, world.now())


def test_in_a_subnet_that_the_partner_lacks_its_own_offer_is_kept() -> None:
    world = Left()
    partner_has(world, {})
    assert world.request() == []  # an ACK waits for the partner
    assert world.relationship.lease_at(int.from_bytes(world.offered, "big"))


def test_in_another_subnet_it_gets_a_nak_also_while_the_partner_lacks_one() -> None:
    world = Left()
    subnets = dict(world.relationship.subnets.own)
    world.relationship.subnets.configure(subnets | {9: "172.16.0.0/24"})
    partner_has(world, subnets)
    assert world.relationship.subnets.missing == {9}
    assert world.request() == [NAK]
