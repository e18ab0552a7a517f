"""A hostile or broken server in the place of a partner: bounds on its answers and on what is asked of it."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from kea_twisted.adapters.partner.limits import MAX_HEAD, LimitedEndpoint
from tests.scenarios.test_pair_watch import pair

INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"


class Connection:
    """A client connection that counts what reaches it."""

    def __init__(self) -> None:
        self.received = b""
        self.aborted = False
        self.transport = self

    def request(self, request: object) -> None:
        """Send a request."""

    def dataReceived(self, data: bytes) -> None:
        """Take a part of an answer."""
        self.received += data

    def connectionLost(self, reason: object) -> None:
        """The end."""

    def getPeer(self) -> IPv4Address:
        """The other end."""
        return IPv4Address("TCP", "10.0.0.2", 8000)

    def abortConnection(self) -> None:
        """End at once."""
        self.aborted = True


@pytest.fixture
def connection() -> Connection:
    """A connection whose answers may have a million bytes."""
    made = Connection()
    endpoint = LimitedEndpoint(None, 1_000_000, lambda: None, lambda address: None)
    endpoint._watch(made)
    made.request(None)
    return made


def test_interim_responses_are_bounded_like_a_head(connection: Connection) -> None:
    for _ in range(MAX_HEAD // len(INTERIM) + 1):
        connection.dataReceived(INTERIM)
    assert connection.aborted and len(connection.received) <= MAX_HEAD


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_answer_behind_some_of_them_may_be_as_long_as_any(connection: Connection, size: int) -> None:
    data = 3 * INTERIM + HEAD + b"x" * (2 * MAX_HEAD if size > 7 else 10)
    for start in range(0, len(data), size):
        connection.dataReceived(data[start : start + size])
    assert connection.received == data and not connection.aborted


def test_a_partner_that_closes_every_connection_is_not_asked_without_a_pause() -> None:
    world, _, two = pair()
    before = two.relationship.heartbeat.count
    for _ in range(300):
        two.perform(two.relationship.connection_ended(world.now))
        world.advance(0.01)
    assert two.relationship.heartbeat.count - before < 60  # in 3 seconds
