"""Probes before an offer: who is probed, what answers mean, that offers wait no longer than configured."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.hooklibraries.ping_check import PingCheck
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.lease.lease import DECLINED
from kea_twisted.libraries import lookup
from kea_twisted.libraries.ping_check.checks import Checks
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.constants import DISCOVER, REQUEST
from kea_twisted.wire.probes import ECHO_REPLY, UNREACHABLE, Answer
from tests.builders import EM1, World, mac, message, packed
from tests.hooks.kealibraries import put_to_work

SUBNET = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}]}


def settings(subnet: Any = (), **parameters: Any) -> Settings:
    """One subnet, and the library."""
    library = {"library": "libdhcp_ping_check.so", "parameters": parameters}
    tree = {"subnet4": [{**SUBNET, **dict(subnet)}], "hooks-libraries": [library], "valid-lifetime": 600}
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Channel:
    """Keeps the probes; ``fault`` is raised instead."""

    def __init__(self) -> None:
        self.echoes: list[int] = []
        self.arps: list[tuple[str, bytes, int]] = []
        self.fault: OSError | None = None

    def send_echo(self, address: int, identifier: int, sequence: int) -> None:
        """Keep it."""
        if self.fault is not None:
            raise self.fault
        self.echoes.append(address & 0xFF)

    def send_arp(self, interface: str, mac: bytes, address: int) -> None:
        """Keep it."""
        self.arps.append((interface, mac, address & 0xFF))

    def opened(self, reactor: Any, icmp: Any, arp: Any, fail: Callable[[OSError], None]) -> Channel:
        """This channel as a library opens it; ``fail`` breaks it."""
        self.fail = fail
        return self

    def close(self) -> None:
        """Nothing is open."""


class Probing(World):
    """A server with the library at work on a channel in memory."""

    def __init__(self, configuration: Settings) -> None:
        super().__init__(configuration)
        self.clock, self.channel = Clock(), Channel()
        self.checks = Checks(self.channel, self.clock, self.log, 7)
        library = put_to_work(
            self.settings, self.hooks, self.log, self.table,
            partial(PingCheck, make_channel=self.channel.opened, make_checks=lambda *_: self.checks),
            now=lambda: self.now, settings=self.settings, timers=self.clock,
        )  # fmt: skip
        assert isinstance(library, PingCheck)
        self.library = library

    def callLater(self, delay: float, function: Any) -> Any:
        """Replies of queries that go on leave at once."""
        function()

    def discover(self, number: int, **more: Any) -> Any:
        """The decisions since a DISCOVER of a client: empty while it waits."""
        before = len(self.decisions)
        self.decide(message(DISCOVER, chaddr=mac(number), **more))
        return self.decisions[before:]

    def offers(self) -> list[int]:
        """The address that was offered."""
        return [int.from_bytes(each.reply.payload[16:20], "big") & 0xFF for each in self.decisions if each.reply]


@pytest.fixture
def make() -> Any:
    """Makes a server."""
    return lambda *arguments, **more: Probing(settings(*arguments, **more))


def reply(last: int, kind: int = ECHO_REPLY) -> Answer:
    """An answer from 10.0.0.<last>."""
    return Answer(kind, ip("10.0.0.0") + last, 7, 1)


def test_an_offer_waits_for_the_timeout_and_then_leaves(make: Any) -> None:
    world = make(**{"reply-timeout": 250})
    assert world.discover(1) == [] and world.channel.echoes == [10]
    world.clock.advance(0.249)
    assert world.offers() == []
    world.clock.advance(0.001)
    assert world.offers() == [10] and len(world.checks) == 0


def test_so_many_probes_are_sent_as_configured(make: Any) -> None:
    world = make(**{"min-ping-requests": 3})
    world.discover(1)
    world.clock.pump([0.1, 0.1])
    assert (world.channel.echoes, world.offers()) == ([10, 10, 10], [])
    world.clock.advance(0.1)
    assert world.offers() == [10]


def test_an_address_that_answers_is_declined_and_another_one_is_offered(make: Any) -> None:
    world = make()
    world.discover(1)
    world.checks.answered(reply(10))
    lease = world.store.get(ip("10.0.0.10"))
    assert lease is not None and (lease.state, lease.valid_lifetime) == (DECLINED, 86400)
    assert world.offers() == [] and world.decisions[-1].changes[0].lease == lease
    assert world.statistics.value("subnet[1].declined-addresses") == 1
    assert world.statistics.value("cumulative-assigned-addresses") == 0
    assert world.log.texts("DHCP4_SERVER_INITIATED_DECLINE")[0].endswith("unavailable for 86400 seconds.")
    world.discover(1)
    world.clock.advance(0.1)
    assert world.offers() == [11]


def test_an_address_that_another_client_got_meanwhile_is_not_declined(make: Any) -> None:
    world = make()
    world.discover(1)
    world.decide(message(REQUEST, {50: packed("10.0.0.10"), 54: packed("10.0.0.1")}, chaddr=mac(2)))
    held = world.store.get(ip("10.0.0.10"))
    world.checks.answered(reply(10))
    assert world.store.get(ip("10.0.0.10")) == held and held is not None


def test_an_unreachable_address_is_free_at_once(make: Any) -> None:
    world = make()
    world.discover(1)
    world.checks.answered(reply(10, UNREACHABLE))
    assert world.offers() == [10]


def test_an_address_that_cannot_be_probed_is_free(make: Any) -> None:
    world = make()
    world.channel.fault = OSError(101, "Network is unreachable")
    world.discover(1)
    assert world.offers() == [10]


def test_late_and_foreign_answers_change_nothing(make: Any) -> None:
    world = make()
    world.discover(1)
    world.clock.advance(0.1)
    for kind in (ECHO_REPLY, UNREACHABLE):
        world.checks.answered(reply(10, kind))
    world.checks.claimed(ip("10.0.0.10"))
    assert world.offers() == [10] and len(world.store) == 0


def test_a_client_is_not_probed_for_its_own_lease_until_it_is_over_for_long(make: Any) -> None:
    world = make(**{"ping-cltt-secs": 1000})
    request = message(REQUEST, {50: packed("10.0.0.10"), 54: packed("10.0.0.1")}, chaddr=mac(1))
    world.decide(request)
    for age, probes in ((1, 0), (601, 0), (999, 0), (1001, 1)):
        world.now += age - (world.now - world.store.get(ip("10.0.0.10")).cltt)
        world.discover(1)
        assert len(world.channel.echoes) == probes, age


def test_a_reserved_address_is_not_probed(make: Any) -> None:
    world = make({"reservations": [{"hw-address": mac(1).hex(":"), "ip-address": "10.0.0.15"}]}.items())
    world.discover(1)
    assert (world.offers(), world.channel.echoes) == ([15], [])


def test_two_checks_of_one_address_are_one(make: Any) -> None:
    world = make()
    world.discover(1)
    asked = message(DISCOVER, {50: packed("10.0.0.10")}, chaddr=mac(2))
    world.decide(asked)
    world.clock.advance(0.1)
    assert world.offers() == [10]
    assert world.log.identifiers().count("PING_CHECK_DUPLICATE_CHECK") == 1


def test_an_offer_that_is_kept_is_probed_and_its_address_declined(make: Any) -> None:
    world = make({"offer-lifetime": 60}.items())
    world.discover(1)
    assert world.channel.echoes == [10] and world.store.get(ip("10.0.0.10")).valid_lifetime == 60
    world.checks.answered(reply(10))
    assert world.store.get(ip("10.0.0.10")).state == DECLINED


def test_a_subnet_has_its_own_parameters(make: Any) -> None:
    own = {"user-context": {"ping-check": {"reply-timeout": 500}}}
    world = make(own.items(), **{"min-ping-requests": 2})
    world.discover(1)
    world.clock.pump([0.499, 0.001, 0.499])
    assert (world.channel.echoes, world.offers()) == ([10, 10], [])
    off = make({"user-context": {"ping-check": {"enable-ping-check": False}}}.items())
    off.discover(1)
    assert (off.channel.echoes, off.offers()) == ([], [10])


def test_arp_finds_a_host_that_does_not_answer_ping(make: Any) -> None:
    world = make(**{"arp-probe": True})
    world.discover(1)
    assert world.channel.arps == [("em1", EM1.mac, 10)]
    world.checks.answered(reply(10, UNREACHABLE))  # as a local host that drops ping would not
    world.checks.claimed(ip("10.0.0.10"))
    assert world.store.get(ip("10.0.0.10")).state == DECLINED
    world.decide(message(DISCOVER, chaddr=mac(2), giaddr=ip("10.0.0.200"), hops=1))
    assert len(world.channel.arps) == 1  # a relayed client is on another link


def test_all_offers_leave_when_the_socket_breaks(make: Any) -> None:
    world = make()
    world.discover(1)
    world.channel.fail(OSError(9, "Bad file descriptor"))
    world.discover(2)
    assert world.offers() == [10, 11]
    assert "PING_CHECK_MGR_CHANNEL_DOWN" in world.log.identifiers()


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"min-ping-requests": 0}, "invalid min-ping-requests: '0', must be greater than 0"),
        ({"reply-timeout": -1}, "invalid reply-timeout: '-1', must be greater than 0"),
        ({"ping-cltt-secs": -1}, "invalid ping-cltt-secs: '-1', cannot be less than 0"),
        ({"enable-ping-check": 1}, "'enable-ping-check' parameter of .* must be true or false"),
    ],
)
def test_faulty_parameters_are_refused_everywhere(parameters: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        settings(**parameters)
    with pytest.raises(ConfigError, match=text):
        settings({"user-context": {"ping-check": parameters}}.items())


def test_an_unknown_parameter_of_a_subnet_is_refused() -> None:
    with pytest.raises(ConfigError, match="spurious 'reply-time' parameter of subnet 10.0.0.0/24"):
        settings({"user-context": {"ping-check": {"reply-time": 1}}}.items())


def test_the_parameters_of_a_subnet_are_a_map() -> None:
    with pytest.raises(ConfigError, match="'ping-check' in the user-context of subnet 10.0.0.0/24 must be a map"):
        settings({"user-context": {"ping-check": 7}}.items())
