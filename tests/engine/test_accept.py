"""What is dropped, why, and how it is counted."""

from __future__ import annotations

import pytest

from kea_twisted.engine.accept import CONTRADICTIONS, REASONS
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, RELEASE, REQUEST
from tests.builders import EM1, World, ip, message, option_set, packed, settings, subnet, tutorial_settings

FOREIGN = {54: packed("10.0.0.99")}
OURS = {54: packed("10.0.0.1")}


@pytest.mark.parametrize(
    ("what", "identifier", "statistic"),
    [
        (message(0), "DHCP4_PACKET_DROP_0009", "pkt4-rfc-violation"),
        (message(99), "DHCP4_PACKET_DROP_0005", "pkt4-rfc-violation"),
        (message(2), "DHCP4_PACKET_DROP_0006", "pkt4-rfc-violation"),
        (message(10), "DHCP4_PACKET_DROP_0006", "pkt4-rfc-violation"),
        (message(INFORM), "DHCP4_PACKET_DROP_0002", "pkt4-rfc-violation"),
        (message(REQUEST, FOREIGN), "DHCP4_PACKET_DROP_0003", "pkt4-not-for-us"),
        (message(RELEASE, FOREIGN), "DHCP4_PACKET_DROP_0003", "pkt4-not-for-us"),
        (message(DISCOVER, op=2), "DHCP4_PACKET_DROP_0007", "pkt4-rfc-violation"),
        (message(DISCOVER, OURS), "DHCP4_PACKET_DROP_0007", "pkt4-rfc-violation"),
        (message(DISCOVER, chaddr=b""), "DHCP4_PACKET_DROP_0007", "pkt4-rfc-violation"),
        (message(DECLINE, OURS), "DHCP4_PACKET_DROP_0007", "pkt4-rfc-violation"),
    ],
)
def test_what_cannot_be_processed_is_dropped_logged_and_counted(what, identifier, statistic):
    world = World()
    assert world.ask(what) is None
    assert identifier in world.log.identifiers()
    assert (world.count(statistic), world.count("pkt4-receive-drop"), world.count("pkt4-received")) == (
        1,
        1,
        1,
    )
    assert len(world.store) == 0


def test_every_reason_of_the_table_counts_under_a_known_name():
    names = World().statistics.names()
    assert {reason.statistic for reason in (*REASONS, *CONTRADICTIONS)} <= set(names)


def test_a_client_identifier_alone_is_enough_to_know_a_client():
    assert World().ask(message(DISCOVER, {61: b"\0abc"}, chaddr=b"")) is not None


@pytest.mark.parametrize("server", ["10.0.0.1", "10.0.0.2", "203.0.113.9", "10.0.0.77", "0.0.0.0"])
def test_a_request_may_name_any_identifier_of_this_server(server):
    """The interface's, that of another port, a configured option 54, a relay's override (RFC 5107), none at all."""
    here = subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", id=1)
    configured = settings(here, options=option_set({54: packed("203.0.113.9")}))
    world = World(configured, served=lambda: frozenset((ip("10.0.0.2"),)))
    relayed = {82: b"\x0b\x04" + packed("10.0.0.77")}
    wanted = {50: packed("10.0.0.10"), 54: packed(server)}
    assert world.ask(message(REQUEST, {**wanted, **relayed})) is not None


@pytest.mark.parametrize("server", ["127.0.0.1", "255.255.255.255", "10.0.1.1"])
def test_an_address_that_is_not_listened_on_is_foreign(server):
    world = World()
    assert world.ask(message(REQUEST, {50: packed("10.0.0.10"), 54: packed(server)})) is None
    assert world.count("pkt4-not-for-us") == 1


def test_a_broadcast_is_answered_from_the_address_that_it_names():
    second = EM1._replace(addresses=(ip("10.0.0.1"), ip("10.0.0.2")))
    world = World()
    wanted = {50: packed("10.0.0.10"), 54: packed("10.0.0.2")}
    answer = world.ask(message(REQUEST, wanted), interface=second)
    assert answer.options[54] == packed("10.0.0.2")
    assert world.last.reply.source == ip("10.0.0.2")
    answer = world.ask(message(REQUEST, wanted), interface=second, destination=ip("10.0.0.1"))
    assert world.last.reply.source == ip("10.0.0.1")  # but the address that was asked comes first


def test_a_foreign_identifier_is_accepted_where_compatibility_says_so():
    world = World(settings(*World().settings.subnets, ignore_dhcp_server_identifier=True))
    assert world.ask(message(REQUEST, {**FOREIGN, 50: packed("10.0.0.10")})) is not None


@pytest.mark.parametrize("options", [{}, {3: b"\x0a\0\0"}], ids=["sound", "too short for its type"])
def test_a_disabled_service_drops_everything_before_looking_at_it(options):
    world = World()
    world.service_state.disable("user")
    assert world.ask(message(0, options)) is None
    assert world.log.identifiers() == ["DHCP4_PACKET_DROP_0008"]
    for what in ("received", "service-disabled", "receive-drop"):
        assert world.count(f"pkt4-{what}") == 1
    assert world.count("pkt4-unknown-received") == world.count("pkt4-parse-failed") == 0


def test_a_message_with_an_option_too_short_for_its_type_is_counted_and_dropped():
    world = World()
    assert world.client(1).send(1, {3: b"\x0a\0\0"}) is None
    assert [world.count(f"pkt4-{what}") for what in ("received", "parse-failed", "receive-drop")] == [1, 1, 1]
    assert world.count("pkt4-discover-received") == 0
    assert "option 3 of 3 bytes" in world.log.texts("DHCP4_PACKET_DROP_0001")[0]


def test_a_text_without_a_character_is_passed_over():
    world = World()
    assert world.client(1).send(1, {60: b"\0\0"}) is not None


@pytest.mark.parametrize("lenient", [False, True])
def test_a_domain_name_that_is_none_is_passed_over_by_the_lenient(lenient):
    world = World(tutorial_settings(lenient_option_parsing=lenient))
    assert (world.client(1).send(1, {119: b"\x05abc"}) is not None) == lenient
