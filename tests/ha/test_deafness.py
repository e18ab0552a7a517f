"""Which of two servers leaves its clients to the other one because an interface of it is deaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from kea_twisted.ha.deafness import SETTLING, Deafness
from kea_twisted.ha.states import State
from kea_twisted.wire.address import address_number

HS, PD = State.HOT_STANDBY, State.PARTNER_DOWN


def numbers(*texts: str) -> tuple[int, ...]:
    return tuple(map(address_number, texts))


OURS, THEIRS = numbers("10.0.1.1", "10.0.2.1", "172.16.0.1"), numbers("10.0.1.2", "10.0.2.2", "172.16.0.2")
FIRST, SECOND, BESIDE = ((address,) for address in OURS)
SUBNETS = {1: "10.0.1.0/24", 2: "10.0.2.0/24", 9: "192.0.2.0/24"}
"""The last address of each server is in no subnet, and clients of the last subnet are behind relays."""


class Fakes:
    """The partner as the heartbeats show it, and the subnets."""

    def __init__(self, theirs: Sequence[int] = THEIRS) -> None:
        self.partner_state: State | None = HS
        self.partner_ours = True
        self.partner_addresses = tuple(theirs)
        self.own: Mapping[int, str] = SUBNETS


class Server:
    """A server with these deaf addresses."""

    def __init__(self, *deaf: int, theirs: Sequence[int] = THEIRS) -> None:
        self.deaf: tuple[int, ...] = deaf
        self.doubted: tuple[State, ...] = ()  # states in which the partner is believed to serve
        self.fakes = Fakes(theirs)
        self.deafness = Deafness(self.fakes, self.fakes, lambda: self.heard, lambda: self.deaf)

    @property
    def heard(self) -> tuple[int, ...]:
        return tuple(address for address in OURS if address not in self.deaf)

    def asks(self, now: float, shares: bool = True) -> bool:
        """Return True if it leaves its clients to its partner after a heartbeat."""
        held = bool(self.deafness.reason) and self.fakes.partner_state in (HS, PD, *self.doubted)
        self.soon = self.deafness.partner_asked(now - 0.001, shares, held, now)
        return bool(self.deafness.reason)


def settled(*deaf: int, theirs: Sequence[int] = THEIRS, shares: bool = True) -> bool:
    """Return True if a server leaves its clients to its partner after some time."""
    server = Server(*deaf, theirs=theirs)
    assert not server.asks(10.0, shares)
    return server.asks(11.0, shares)


def test_a_server_yields_to_a_partner_that_hears_what_it_does_not() -> None:
    assert settled(*SECOND)
    assert settled(*FIRST, *SECOND)


@pytest.mark.parametrize(
    ("deaf", "theirs"),
    [
        ((), THEIRS),
        (BESIDE, THEIRS),  # no subnet's clients are there
        (SECOND, numbers("10.0.1.2")),  # the partner is deaf there, too, or has no interface there
        (SECOND, numbers("10.0.2.2")),  # it is deaf elsewhere
        (SECOND, ()),  # it does not say
    ],
)
def test_but_not_if_that_left_clients_worse_off_or_as_they_are(deaf: Sequence[int], theirs: Sequence[int]) -> None:
    assert not settled(*deaf, theirs=theirs)


def test_an_interface_in_the_same_network_is_enough() -> None:
    server = Server(*SECOND)
    server.fakes.own = {1: "10.0.0.0/16"}
    assert not server.asks(10.0) and not server.asks(11.0)


def test_a_server_that_serves_no_client_has_none_to_leave() -> None:
    assert not settled(*SECOND, shares=False)


def test_the_partner_is_asked_again_when_it_had_the_time_to_notice_the_same() -> None:
    server = Server(*SECOND)
    assert not server.asks(10.0) and server.soon
    assert not server.asks(10.0 + SETTLING) and server.soon  # asked before
    assert server.asks(10.002 + SETTLING) and not server.soon


def test_it_serves_again_when_it_hears_or_its_partner_does_not_serve_or_is_deaf_too() -> None:
    for state in (None, State.UNAVAILABLE, State.WAITING, State.READY, State.TERMINATED):
        server = Server(*SECOND)
        server.asks(10.0)
        assert server.asks(11.0)
        server.fakes.partner_state = PD
        assert server.asks(12.0, shares=False)
        assert server.deafness.reason == "the interface with 10.0.2.1 receives nothing"
        server.fakes.partner_state = state
        assert not server.asks(13.0, shares=False)


def test_a_partner_that_is_not_heard_for_a_moment_keeps_the_clients() -> None:
    server = Server(*SECOND)
    server.asks(10.0)
    assert server.asks(11.0)
    server.doubted = (State.UNAVAILABLE,)
    server.fakes.partner_state = State.UNAVAILABLE
    assert server.asks(12.0, shares=False)
    server.doubted = ()
    assert not server.asks(13.0, shares=False)


def test_a_partner_whose_interface_flaps_gets_the_clients_once_and_then_after_a_while() -> None:
    server, now = Server(*SECOND), 100.0
    server.asks(10.0)
    for pause in (0, 10, 20, 40, 80, 160, 300, 300):
        assert pause < 1 or not server.asks(now + pause - 0.1)
        assert server.asks(now + pause)
        server.fakes.partner_addresses = numbers("10.0.1.2")
        now += 1000.0
        assert not server.asks(now)
        server.fakes.partner_addresses = THEIRS


def test_it_serves_when_it_hears_again_or_its_partner_hears_less() -> None:
    server = Server(*SECOND)
    for now in (10.0, 11.0):
        server.asks(now)
    server.deaf = ()
    assert not server.asks(12.0)
    server.deaf = SECOND
    for now in (13.0, 14.0):
        server.asks(now)
    server.fakes.partner_addresses = numbers("10.0.1.2")
    assert not server.asks(15.0)


def test_a_kea_says_nothing_of_its_interfaces() -> None:
    server = Server(*SECOND)
    server.fakes.partner_ours = False
    assert not server.asks(10.0) and not server.asks(11.0)
