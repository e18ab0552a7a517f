"""The table of a packet's steps is true: nothing is asked in another order, and nothing outside of it.

And a step that is left out would have done nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kea_twisted import events as E
from kea_twisted.config import load_tree
from kea_twisted.engine.effects import Parked
from kea_twisted.engine.server import Server
from kea_twisted.engine.steps import ARRIVAL, RECEPTION, needed, step_conditions, way
from kea_twisted.hooks.points import POINTS, Step
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import ACK, DECLINE, DISCOVER, RELEASE, REQUEST
from tests.builders import World, mac, message, packed, query
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
    world.hooks.register("lease4_offer", lambda query, lease: Step.SKIP if query.message.chaddr == mac(2) else None)
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
        (DISCOVER, {}, {"chaddr": mac(2)}),  # its address is in use
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
    assert world.resume(parked, None) is not None
    assert world.count("pkt4-received") == 1
    after = world.log.identifiers()[len(before) :]
    assert "DHCP4_SUBNET_SELECTED" in after and not {"DHCP4_QUERY_LABEL", "DHCP4_PACKET_RECEIVED"} & set(after)


SUBNET = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.20"}]}
RESERVED = {"hw-address": "02:00:00:00:00:01", "ip-address": "10.0.0.200"}
NEEDED: dict[str, dict[str, Any]] = {
    "restore_relay_options": {"stash-agent-options": True, "store-extended-info": True},
    "classify": {"client-classes": [{"name": "a", "test": "member('KNOWN')"}]},
    "find_global_reservation": {"early-global-reservations-lookup": True, "reservations-global": True},
    "find_reservation": {"reservations": [RESERVED]},
    "classify_by_reservation": {"reservations": [{**RESERVED, "client-classes": ["b"]}]},
}
"""The step that a key of the configuration needs; without any of them none of these steps is taken."""


def quiet_world(more: dict[str, Any]) -> World:
    """A server that logs INFO lines only."""
    reservations = more.get("reservations")
    subnet = SUBNET if reservations is None else {**SUBNET, "reservations": reservations}
    own = {key: value for key, value in more.items() if key != "reservations"}
    world = World(load_tree({"Dhcp4": {"subnet4": [subnet], **own}}))
    world.log.enabled = frozenset(event for event in world.log.enabled if event.severity >= E.INFO)
    world.reconfigure(world.settings)  # classes are not evaluated for the log alone
    return world


def taken(world: World) -> set[str]:
    """The names of the steps that are taken in a batch."""
    world.server.core.read_levels()
    arrival, reception = needed(step_conditions(world.server.parts))
    return {take.__name__ for take in (*arrival, *reception)}


def test_a_plain_configuration_takes_the_steps_that_every_query_needs() -> None:
    world = quiet_world({})
    always = {"unpack_options", "count_received", "refuse", "refuse_contradictions", "choose_subnet"}
    assert taken(world) == {*always, "log_accepted"}
    world.log.enabled = frozenset()
    assert taken(world) == always
    world.service_state.disable("user")
    assert taken(world) == {*always, "check_service"}


@pytest.mark.parametrize("name", NEEDED)
def test_a_step_is_taken_where_the_configuration_needs_it(name: str) -> None:
    assert name in taken(quiet_world(NEEDED[name]))
    assert name not in taken(quiet_world({}))


@pytest.mark.parametrize("point", ["buffer4_receive", "pkt4_receive"])
def test_a_step_is_taken_from_the_next_batch_on_when_a_library_needs_it(point: str) -> None:
    world = quiet_world({})
    assert world.ask(message(DISCOVER)) is not None
    heard: list[str] = []
    world.hooks.register(point, lambda query: heard.append(point))
    assert world.ask(message(DISCOVER)) is not None
    assert heard == [point]


def test_queries_are_traced_from_the_next_batch_on_when_the_levels_change() -> None:
    world = quiet_world({})
    assert world.ask(message(DISCOVER)) is not None
    world.log.enabled = frozenset(E.QUERY_STEPS)
    assert world.ask(message(DISCOVER)) is not None
    assert "DHCP4_QUERY_DATA" in world.log.identifiers()


class AllSteps:
    """A server that leaves no step out."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def begin_batch(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


@pytest.mark.parametrize("name", ["", *NEEDED])
def test_the_steps_that_are_left_out_would_have_done_nothing(name: str) -> None:
    def conversation(world: World) -> list[Any]:
        client = world.client(1)
        client.obtain()
        client.renew()
        client.inform(client.address)
        client.release()
        world.client(2).obtain()
        return [world.decisions, world.log.lines, world.statistics.get_all()]

    short, whole = quiet_world(NEEDED.get(name, {})), quiet_world(NEEDED.get(name, {}))
    whole.loop.use(AllSteps(whole.server), 0)  # type: ignore[arg-type]
    for ours, theirs in zip(conversation(short), conversation(whole), strict=True):
        assert ours == theirs


def test_no_line_about_a_hostile_client_needs_a_look_at_its_plain_arguments() -> None:
    world = World(load_tree(CONFIGURATION))
    evil = b"\n\x1b[2J\0evil"
    options = {12: evil, 60: evil, 61: b"\x01" + evil, 77: evil, 81: b"\0\0\0" + evil}
    offer = world.ask(message(DISCOVER, options, sname=evil, file=evil))
    assert offer is not None
    chosen = {**options, 54: MINE, 50: offer.yiaddr.to_bytes(4, "big")}
    for kind in (REQUEST, REQUEST, DECLINE):
        world.ask(message(kind, chosen))
    plain = {event.identifier for event in vars(E).values() if isinstance(event, E.Event) and event.plain}
    assert plain <= set(world.log.identifiers())  # RecordingLog has looked at them


def test_a_message_that_servers_send_to_each_other_is_none_for_the_dhcp_service() -> None:
    world = quiet_world({})
    heard: list[Any] = []
    world.hooks.take_probes(lambda query: heard.append(query) or True)  # type: ignore[func-returns-value]
    relayed, direct = query(message(DISCOVER), source_port=67), query(message(DISCOVER), source_port=68)
    world.loop.handle(relayed)
    world.loop.handle(direct)
    world.loop.batch_done()
    assert heard == [relayed]
    assert world.count("pkt4-received") == 1 and len(world.decisions) == 1
