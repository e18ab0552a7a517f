"""Dropped messages, by reason, and their counters."""

from __future__ import annotations

import pytest

from kea_twisted.engine.accept import CONTRADICTIONS, REASONS
from kea_twisted.engine.effects import completed
from kea_twisted.events import DEBUG
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, RELEASE, REQUEST
from tests.builders import EM1, World, ip, message, option_set, packed, settings, subnet
from tests.fakes import RecordingLog

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


@pytest.mark.parametrize(
    "options",
    [
        *({code: b""} for code in (1, 50, 51, 55, 61, 81, 93, 97, 116, 119, 121)),
        {28: b"\x0a"}, {57: b"\5"}, {94: b"\1\2"}, {61: b"\1"}, {3: b"\x0a\0\0"}, {119: b"\x05abc"}, {121: b"\x21"},
        {81: b"\x09\0\0\x05moca1"}, {143: b"\0\5a"},
    ],
    ids=str,
)  # fmt: skip
def test_an_option_that_does_not_fit_its_type_is_ignored_and_counted(options):
    world = World()
    reply = world.ask(message(DISCOVER, options))
    assert reply.yiaddr == ip("10.0.0.10")
    assert [world.count(f"pkt4-{what}") for what in ("options-ignored", "parse-failed", "receive-drop")] == [1, 0, 0]
    assert f"ignoring options {next(iter(options))}" in world.log.texts("DHCP4_OPTIONS_IGNORED")[0]


@pytest.mark.parametrize("options", [{82: b"\5\2\0\0"}, {82: b"\x0b\0"}], ids=["link selection", "server identifier"])
def test_an_option_that_chooses_subnet_or_server_drops_the_message_where_it_does_not_fit(options):
    world = World()
    assert world.ask(message(DISCOVER, options)) is None
    for what in ("received", "malformed-option", "parse-failed", "receive-drop"):
        assert world.count(f"pkt4-{what}") == 1
    assert "of option 82" in world.log.texts("DHCP4_PACKET_DROP_0001")[0]


def test_an_empty_source_port_of_a_relay_means_the_port_it_sent_from():
    """RFC 8357 section 4: sub-option 19 is empty in DHCPv4."""
    world = World()
    relayed = message(DISCOVER, {82: b"\x13\0\1\1a"}, giaddr=ip("10.0.0.9"))
    decision = world.decide(relayed, source_port=7777)
    reply = completed(decision).reply
    assert (reply.destination, reply.port) == (ip("10.0.0.9"), 7777)


class DefaultLog(RecordingLog):
    """Without debug messages."""

    def __init__(self):
        super().__init__()
        self.enabled = frozenset(event for event in self.enabled if event.severity > DEBUG)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (message(DISCOVER, {82: b"\x0b\0"}), "failed to parse packet from 0.0.0.0"),
        (message(0), "Option 53 missing"),
        (message(DISCOVER, op=2), "op 2 is not a request"),
    ],
)
def test_a_drop_shows_at_the_default_log_level_once_a_minute_for_each_reason(what, words):
    world = World()
    world.log = DefaultLog()
    world.reconfigure(world.settings)
    for _ in range(3):
        world.ask(what)
    world.ask(message(DISCOVER, {82: b"\5\0"}, chaddr=b""))
    (line, *others) = world.log.texts("DHCP4_PACKET_DROPPED")
    assert words in line and line.endswith(" (0 more for this reason since the last such line)")
    assert not [text for text in others if words in text]
    world.now += 61
    world.ask(what)
    assert "more for this reason" in world.log.texts("DHCP4_PACKET_DROPPED")[-1]
    assert " (0 more" not in world.log.texts("DHCP4_PACKET_DROPPED")[-1]


def test_a_message_for_another_server_is_no_line_at_the_default_log_level():
    world = World()
    world.log = DefaultLog()
    world.reconfigure(world.settings)
    world.ask(message(REQUEST, FOREIGN))
    assert not world.log.texts("DHCP4_PACKET_DROPPED")


def test_a_text_without_a_character_is_passed_over():
    world = World()
    assert world.client(1).send(1, {60: b"\0\0"}) is not None
