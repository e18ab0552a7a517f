"""Queries for another server that were only counted: the latest are kept, to be handled when it is gone."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.adapters.net import counted
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.ha.states import State
from kea_twisted.wire.constants import DISCOVER, INFORM, REQUEST
from tests.adapters.net.test_bulk_drops import LEASEQUERY, REST, World, frame, read_by_bpf
from tests.builders import mac


def xids(port: Any) -> list[int]:
    return [query.message.xid for _, query in port.take_counted()]


def test_the_latest_that_were_counted_can_be_decoded_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(counted, "monotonic", world.now)
    world.arrive(frame(DISCOVER, 1), frame(LEASEQUERY, 2), frame(REQUEST, 3))
    world.reactor.advance(2)
    world.arrive(frame(INFORM, 4))
    found = world.port.take_counted()
    assert [(age, query.message.xid) for age, query in found] == [(2, 1), (2, 3), (0, 4)]
    assert found[0][1].interface.name == "em1" and found[0][1].source_mac == mac(1)
    assert world.decoded == [2]  # none of them was handled
    assert world.port.take_counted() == []


def test_with_bpf_they_can_be_decoded_later_too() -> None:
    world = World()
    port = read_by_bpf(world, (frame(DISCOVER, 1), frame(LEASEQUERY, 2), frame(REQUEST, 3)))
    assert xids(port) == [1, 3]


def test_the_number_of_those_that_are_kept_is_bounded() -> None:
    world = World()
    for first in range(1, 1000, 3):
        world.arrive(*[frame(DISCOVER, number) for number in range(first, first + 3)])
        world.reactor.advance(REST)
    found = xids(world.port)
    assert counted.MOST <= len(found) < counted.MOST + 3
    assert found[-1] == 999


def test_they_are_handled_as_a_batch_of_their_own() -> None:
    world = World()
    ports = OpenPorts(world.log)
    ports.add(world.port)
    world.arrive(frame(DISCOVER, 1), frame(DISCOVER, 2))
    world.enter(State.PARTNER_DOWN)
    queries = [query for _, query in ports.take_counted()]
    elsewhere = queries[1]._replace(interface=queries[1].interface._replace(name="em2"))
    ports.receive_again([queries[0], elsewhere])
    assert [int.from_bytes(reply.payload[4:8], "big") for reply in world.sent] == [1]
    world.port.stopListening()
    ports.receive_again(queries)
    assert len(world.sent) == 1
