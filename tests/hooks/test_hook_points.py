"""The effects of SKIP, DROP and other values at each point of the hook table."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.engine.effects import Parked, completed
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import DECLINED, DEFAULT
from kea_twisted.wire.constants import ACK, DISCOVER, NAK, OFFER
from tests.builders import World, kind_of, message, query, settings, subnet

SKIP, DROP = Step.SKIP, Step.DROP


class Promise:
    """An awaitable that is not awaited: the engine only carries it out."""

    def __await__(self) -> Any:
        """Not here."""
        raise AssertionError("the engine waits for nothing")


def answering(world: World, point: str, answer: Any) -> list[tuple[Any, ...]]:
    """Answer at a point; what was asked there."""
    asked: list[tuple[Any, ...]] = []

    def callback(*arguments: Any) -> Any:
        asked.append(arguments)
        return answer(*arguments) if callable(answer) else answer

    world.hooks.register(point, callback)
    return asked


@pytest.mark.parametrize("step", [SKIP, DROP])
def test_a_lease_that_is_not_wanted_is_neither_offered_nor_given(step: Step) -> None:
    world = World()
    client = world.client(1)
    asked = answering(world, "lease4_select", step)
    assert client.discover() is None
    assert kind_of(client.select("10.0.0.10")) == NAK
    assert [(lease.address & 0xFF, offered) for _, lease, offered in asked] == [(10, True), (10, False)]
    assert len(world.store) == 0


def test_a_lease_is_selected_when_it_is_new_and_renewed_when_it_is_not() -> None:
    world = World()
    selected, renewed = answering(world, "lease4_select", None), answering(world, "lease4_renew", None)
    client = world.client(1)
    client.obtain()
    world.now += 3600
    client.renew()
    assert (len(selected), len(renewed)) == (2, 1)


def test_a_renewal_can_be_given_another_lifetime() -> None:
    world = World()
    client = world.client(1)
    client.obtain()
    world.now += 3600
    answering(world, "lease4_renew", lambda query, lease: lease._replace(valid_lifetime=60))
    answer = client.renew()
    assert answer is not None
    assert answer.options[51] == (60).to_bytes(4)
    lease = world.lease("10.0.0.10")
    assert lease is not None
    assert (lease.valid_lifetime, lease.cltt) == (60, int(world.now))


def test_a_renewal_that_is_skipped_tells_the_client_what_is_left() -> None:
    world = World()
    client = world.client(1)
    client.obtain()
    before = world.lease("10.0.0.10")
    world.now += 3600
    answering(world, "lease4_renew", SKIP)
    answer = client.renew()
    assert answer is not None
    assert (kind_of(answer), answer.options[51]) == (ACK, (3600).to_bytes(4))
    assert world.lease("10.0.0.10") == before


def test_a_renewal_that_is_dropped_is_not_answered() -> None:
    world = World()
    client = world.client(1)
    client.obtain()
    world.now += 3600
    answering(world, "lease4_renew", DROP)
    assert client.renew() is None


@pytest.mark.parametrize("step", [SKIP, DROP])
@pytest.mark.parametrize("point", ["lease4_release", "lease4_decline"])
def test_a_lease_can_be_kept_against_its_client_s_will(point: str, step: Step) -> None:
    world = World()
    client = world.client(1)
    client.obtain()
    asked = answering(world, point, step)
    decision = client.release() if point == "lease4_release" else client.decline()
    lease = world.lease("10.0.0.10")
    assert decision is None
    assert lease is not None
    assert lease.state == DEFAULT
    assert asked[0][1] == lease


def test_the_end_of_probation_can_be_put_off() -> None:
    world = World()
    client = world.client(1)
    client.obtain()
    client.decline()
    asked = answering(world, "lease4_recover", SKIP)
    world.now += 86401
    assert world.reclaimer().run(world.now) == []
    lease = world.lease("10.0.0.10")
    assert lease is not None
    assert (lease.state, len(asked)) == (DECLINED, 1)


def test_another_subnet_can_be_chosen() -> None:
    first = subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.20")
    second = subnet("10.0.1.0/24", "10.0.1.10 - 10.0.1.20", id=2)
    world = World(settings(first, second))
    other = next(each for each in world.settings.subnets if each.id == 2)
    answering(world, "subnet4_select", other)
    assert world.client(1).obtain() == 0x0A00010A


@pytest.mark.parametrize("answer", ["other", None, SKIP, DROP])
def test_a_query_can_wait_for_its_subnet(answer: Any) -> None:
    first = subnet("10.0.0.0/24", "10.0.0.10 - 10.0.0.20")
    second = subnet("10.0.1.0/24", "10.0.1.10 - 10.0.1.20", id=2)
    world = World(settings(first, second))
    other = next(each for each in world.settings.subnets if each.id == 2)
    answering(world, "subnet4_select", Promise())
    behind = answering(world, "subnet4_select", None)
    parked = world.server.receive(query(message(DISCOVER, {61: b"\x01abcdef"})), world.now)
    assert isinstance(parked, Parked) and (behind, len(world.store)) == ([], 0)
    decision: Any = world.resume(parked, other if answer == "other" else answer)
    reply = completed(decision).reply if decision is not None else None
    found = int.from_bytes(reply.payload[16:20], "big") if reply is not None else 0
    assert found == {"other": 0x0A00010A, None: 0x0A00000A}.get(answer, 0)
    assert (len(behind), world.count("pkt4-not-for-us")) == (int(answer in ("other", None)), int(answer is DROP))


def test_an_offer_can_be_dropped() -> None:
    world = World()
    answering(world, "lease4_offer", DROP)
    assert world.client(1).discover() is None
    assert (world.count("pkt4-receive-drop"), len(world.store)) == (1, 0)


def test_an_address_that_a_library_found_in_use_is_shown_when_it_is_declined() -> None:
    world = World()
    shown = answering(world, "lease4_server_decline", SKIP)
    answering(world, "lease4_offer", DROP)
    assert world.client(1).discover() is None
    assert shown == []
    world = World()
    shown = answering(world, "lease4_server_decline", DROP)
    answering(world, "lease4_offer", SKIP)
    assert world.client(1).discover() is None
    ((asked, lease),) = shown
    assert asked.message.options[53] == bytes((DISCOVER,))
    assert (lease.state, lease.hwaddr, lease) == (DECLINED, b"", world.store.get(lease.address))


def test_a_parked_query_changes_nothing_until_it_goes_on() -> None:
    world = World()
    answering(world, "pkt4_receive", Promise())
    asked = query(message(DISCOVER, {61: b"\x01abcdef"}))
    parked = world.server.receive(asked, world.now)
    assert isinstance(parked, Parked)
    assert (parked.query.message, world.log.identifiers()[-1]) == (asked.message, "DHCP4_QUERY_DATA")
    decision: Any = completed(world.resume(parked, None, 5))
    assert decision.reply is not None


def test_a_query_can_be_parked_twice() -> None:
    world = World()
    answering(world, "pkt4_receive", Promise())
    answering(world, "lease4_offer", Promise())
    parked = world.server.receive(query(message(DISCOVER, {61: b"\x01abcdef"})), world.now)
    assert isinstance(parked, Parked)
    again = world.resume(parked, None)
    assert isinstance(again, Parked)
    decision: Any = completed(world.resume(again, Step.CONTINUE))
    assert decision.reply.payload[242] == OFFER


def test_those_behind_one_that_waits_are_asked_afterwards() -> None:
    world = World()
    answering(world, "pkt4_receive", Promise())
    behind = answering(world, "pkt4_receive", DROP)
    parked = world.server.receive(query(message(DISCOVER, {61: b"\x01abcdef"})), world.now)
    assert isinstance(parked, Parked)
    assert behind == []
    assert world.resume(parked, None) is None
    assert len(behind) == 1


def test_a_parked_query_that_fails_goes_on_and_is_logged() -> None:
    world = World()
    answering(world, "pkt4_receive", Promise())
    parked = world.server.receive(query(message(DISCOVER, {61: b"\x01abcdef"})), world.now)
    assert isinstance(parked, Parked)
    assert world.resume(parked, OSError("unplugged")) is not None
    assert world.log.texts("HOOKS_CALLOUT_EXCEPTION")[0].endswith("OSError: unplugged")


def test_a_service_that_was_switched_off_meanwhile_answers_nobody() -> None:
    world = World()
    answering(world, "pkt4_receive", Promise())
    parked = world.server.receive(query(message(DISCOVER, {61: b"\x01abcdef"})), world.now)
    assert isinstance(parked, Parked)
    world.service_state.disable("user", None)
    assert world.resume(parked, None) is None
    assert world.count("pkt4-service-disabled") == 1


def test_a_query_that_was_made_invalid_is_refused_as_any_other() -> None:
    world = World()
    answering(world, "pkt4_receive", lambda query: query._replace(message=message(77, {61: b"\x01abcdef"})))
    assert world.client(1).discover() is None
    assert world.log.identifiers()[-1] == "DHCP4_PACKET_DROP_0005"
