"""The table of a packet's steps is true: nothing is asked in another order, and nothing outside of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kea_twisted.config import load_tree
from kea_twisted.engine.effects import Parked
from kea_twisted.engine.steps import ARRIVAL, RECEPTION, way
from kea_twisted.hooks.points import POINTS
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import ACK, DECLINE, DISCOVER, RELEASE, REQUEST
from tests.builders import World, message, packed, query
from tests.fakestorage import MemoryStorage

OF_A_PACKET = [point.name for point in POINTS[: [point.name for point in POINTS].index("dhcp4_srv_configured")]]
MINE, HELD = packed("10.0.0.1"), packed("10.0.0.10")
CONFIGURATION = {"Dhcp4": {
    "host-reservation-identifiers": ["flex-id"],
    "subnet4": [{
        "id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.20"}],
        "reservations": [{"flex-id": "'desk'", "ip-address": "10.0.0.200"}],
    }],
}}  # fmt: skip
ASKED = [point for _, points in way() for point in points]


def asked_points() -> tuple[list[list[str]], list[Any]]:
    """The hook points that the packets of one client came to, and the replies."""
    world = World(load_tree(CONFIGURATION))
    heard: list[str] = []

    def listen(point: str) -> Callable[..., None]:
        return lambda *arguments: heard.append(point)

    for point in OF_A_PACKET:
        world.hooks.register(point, listen(point))
    sent: list[Any] = []
    performer = Performer(MemoryStorage(), sent.append, world.hooks, world.log, world.statistics, 67)
    loop = PacketLoop(world, world.server, performer)
    packets = []
    for kind, options, fields in (
        (DISCOVER, {}, {}),
        (REQUEST, {54: MINE, 50: HELD}, {}),
        (REQUEST, {}, {"ciaddr": 0x0A00000A}),
        (RELEASE, {54: MINE}, {"ciaddr": 0x0A00000A}),
        (REQUEST, {54: MINE, 50: HELD}, {}),
        (DECLINE, {54: MINE, 50: HELD}, {}),
    ):
        heard.clear()
        loop.handle(query(message(kind, options, **fields)))
        loop.batch_done()
        packets.append(list(heard))
    return packets, sent


def test_every_hook_point_of_a_packet_is_in_a_step() -> None:
    assert set(ASKED) == set(OF_A_PACKET)


def test_hook_points_are_asked_in_the_order_of_the_steps() -> None:
    packets, sent = asked_points()
    assert [reply.payload[242] for reply in sent] == [2, ACK, ACK, ACK]
    for packet in packets:
        place = 0
        for point in packet:
            place = ASKED.index(point, place)  # fails for one that is asked too early
    assert {point for packet in packets for point in packet} == set(OF_A_PACKET)


def test_each_step_is_a_function_with_a_name_of_its_own() -> None:
    steps = [step.take for step in (*ARRIVAL, *RECEPTION)]
    assert len({step.__name__ for step in steps}) == len(steps)


def test_a_parked_query_goes_on_with_the_step_behind_the_one_it_waits_in() -> None:
    class Promise:
        def __await__(self) -> Any:
            yield

    world = World()
    world.hooks.register("pkt4_receive", lambda query: Promise())
    world.hooks.register("subnet4_select", lambda query, subnet: None)
    parked = world.server.receive(query(message(DISCOVER)), world.now)
    assert isinstance(parked, Parked)
    before = world.log.identifiers()
    assert world.server.resume(parked, None, world.now) is not None
    assert world.count("pkt4-received") == 1
    after = world.log.identifiers()[len(before) :]
    assert "DHCP4_SUBNET_SELECTED" in after and not {"DHCP4_QUERY_LABEL", "DHCP4_PACKET_RECEIVED"} & set(after)
