"""Updates over real sockets on the loopback interface: responses, silence, truncation, forged answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as twisted_reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol, Factory
from twisted.protocols.basic import Int16StringReceiver

from kea_twisted.adapters.dns.client import DnsClient
from kea_twisted.adapters.dns.listener import Listener
from kea_twisted.ddns.settings import DnsServer
from kea_twisted.ddns.transaction import Outcome

reactor: Any = twisted_reactor
UPDATE = b"\x12\x34\x28\0" + bytes(8)


class Server(DatagramProtocol):
    """Answers every datagram with what ``answers`` makes of it."""

    def __init__(self, answers: Any) -> None:
        self.answers = answers

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        for answer in self.answers(datagram):
            self.transport.write(answer, addr)


@pytest.fixture
def client() -> Iterator[DnsClient]:
    made = DnsClient(reactor)
    yield made
    made.close()


def serve(answers: Any, address: str = "127.0.0.1") -> tuple[Any, DnsServer]:
    port = reactor.listenUDP(0, Server(answers), interface=address)
    return port, DnsServer(address, port.getHost().port)


def send(client: DnsClient, server: DnsServer, timeout: float = 10.0) -> Deferred[tuple[Outcome, bytes]]:
    done: Deferred[tuple[Outcome, bytes]] = Deferred()
    client.send(server, UPDATE, timeout, lambda outcome, response: done.callback((outcome, response)))
    return done


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_response(client: DnsClient, address: str) -> None:
    """Others come first: with another identifier, and too short."""
    response = b"\x12\x34\xa8\0" + bytes(8)
    try:
        port, server = serve(lambda datagram: [b"\x12\x35" + response[2:], response[:11], response, response], address)
    except Exception:
        pytest.skip(f"no {address} here")
    assert await send(client, server) == (Outcome.SUCCESS, response)
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_silence_and_a_closed_port_are_timeouts(client: DnsClient) -> None:
    port, server = serve(lambda datagram: [])
    assert await send(client, server, 0.05) == (Outcome.TIMEOUT, b"")
    await port.stopListening()
    assert await send(client, server, 0.05) == (Outcome.TIMEOUT, b"")


@pytest_twisted.ensureDeferred
async def test_each_update_has_its_own_deadline(client: DnsClient) -> None:
    """Whatever ends before it, and with whatever time."""
    port, server = serve(lambda datagram: [datagram[:2] + b"\xa8\0" + bytes(8)] if datagram[0] else [])
    ended: list[tuple[int, Outcome]] = []
    last: Deferred[None] = Deferred()

    def start(number: int, timeout: float) -> None:
        def done(outcome: Outcome, response: bytes) -> None:
            ended.append((number, outcome))
            if number == 4:
                last.callback(None)
            elif number == 2:
                start(4, 0.1)

        client.send(server, number.to_bytes(2, "big") + UPDATE[2:], timeout, done)

    for number, timeout in ((0x101, 0.1), (1, 0.3), (0x102, 0.1), (2, 0.1), (3, 0.1)):
        start(number, timeout)
    await last
    assert [number for number, outcome in ended if outcome is Outcome.SUCCESS] == [0x101, 0x102]
    assert [number for number, outcome in ended if outcome is Outcome.TIMEOUT] == [2, 3, 4]
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_an_answer_from_elsewhere_does_not_count(client: DnsClient) -> None:
    other = reactor.listenUDP(0, DatagramProtocol(), interface="127.0.0.1")
    port, server = serve(lambda datagram: [])
    waiting = send(client, server, 0.2)
    own = client._port(False).getHost().port
    other.write(b"\x12\x34\xa8\0" + bytes(8), ("127.0.0.1", own))
    assert await waiting == (Outcome.TIMEOUT, b"")
    for each in (port, other):
        await each.stopListening()


@pytest_twisted.ensureDeferred
async def test_a_truncated_response_is_asked_for_by_tcp(client: DnsClient) -> None:
    whole = b"\x12\x34\xa8\0" + bytes(8) + b"the rest"

    class Stream(Int16StringReceiver):
        def stringReceived(self, string: bytes) -> None:
            assert string == UPDATE
            self.sendString(whole)  # type: ignore[no-untyped-call]

    stream = reactor.listenTCP(0, Factory.forProtocol(Stream), interface="127.0.0.1")
    number = stream.getHost().port
    port = reactor.listenUDP(number, Server(lambda datagram: [b"\x12\x34\xaa\0" + bytes(8)]), interface="127.0.0.1")
    assert await send(client, DnsServer("127.0.0.1", number)) == (Outcome.SUCCESS, whole)
    await stream.stopListening()
    assert await send(client, DnsServer("127.0.0.1", number)) == (Outcome.OTHER, b"")
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_an_address_without_a_route_is_an_error(client: DnsClient) -> None:
    outcome, _ = await send(client, DnsServer("255.255.255.255", 53), 5.0)
    assert outcome is Outcome.OTHER  # not permitted without SO_BROADCAST


def test_identifiers_in_use_are_not_given_again(client: DnsClient) -> None:
    client._random = [2, 1, 1]
    server = DnsServer("127.0.0.1", 9)
    client._pending["127.0.0.1", 9, client.identifier(server)] = None  # type: ignore[assignment]
    assert client.identifier(server) == 2
    client._pending.clear()


@pytest_twisted.ensureDeferred
async def test_a_paused_listener_keeps_what_arrives() -> None:
    first: Deferred[bytes] = Deferred()
    listener = Listener(reactor, "127.0.0.1", 0, lambda datagram: first.callback(datagram))
    listener.pause()
    sender = reactor.listenUDP(0, DatagramProtocol(), interface="127.0.0.1")
    sender.write(b"request", ("127.0.0.1", listener._port.getHost().port))
    pause: Deferred[None] = Deferred()
    reactor.callLater(0.05, pause.callback, None)
    await pause
    assert not first.called
    listener.resume()
    assert await first == b"request"
    listener.close()
    await sender.stopListening()


def test_a_port_in_use_is_an_error() -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            Listener(reactor, "127.0.0.1", taken.getsockname()[1], print)
