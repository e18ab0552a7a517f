"""The client of RADIUS servers on real sockets of the loopback interface."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

from kea_twisted.adapters.hooklibraries.radiusclient import OK, REJECT, TIMEOUT, Client
from kea_twisted.libraries.radius import messages as M
from kea_twisted.libraries.radius.attributes import Attribute
from kea_twisted.libraries.radius.parameters import RadiusSettings, Server, Service
from tests.fakes import RecordingLog
from tests.hooks.radiusworld import packets

SECRET = b"s"


class Answering(DatagramProtocol):
    """A server that answers with a code, or is silent."""

    noisy = False

    def __init__(self, code: int) -> None:
        self.code = code
        self.senders: list[Any] = []

    def datagramReceived(self, data: bytes, addr: Any) -> None:
        """Answer."""
        self.senders.append(addr)
        reply = packets.AuthPacket(packet=data, secret=SECRET).CreateReply()
        reply.code = self.code
        if self.code:
            self.transport.write(reply.ReplyPacket(), addr)  # type: ignore[union-attr]


def made(*servers: tuple[str, int], **more: Any) -> tuple[Client, RecordingLog]:
    """A client of servers."""
    log = RecordingLog()
    log.add(M.EVENTS)
    host: Any = SimpleNamespace(log=log, timers=reactor, reactor=reactor)
    chosen = Service(servers=tuple(Server(name, port, SECRET) for name, port in servers))
    client = Client(host, RadiusSettings(access=chosen, **{"retries": 0, "timeout": 20, **more}))
    client.start()
    return client, log


def ask(client: Client) -> Deferred[int]:
    """The result of a request."""
    done: Deferred[int] = Deferred()
    client.send(1, [Attribute(1, b"name")], lambda result, found: done.callback(result))
    return done


@pytest_twisted.inlineCallbacks
def test_answers_come_back_and_sockets_are_closed() -> Any:
    port: Any = reactor.listenUDP(0, Answering(REJECT + 1), "127.0.0.1")  # type: ignore[attr-defined]
    client, _ = made(("127.0.0.1", port.getHost().port))
    assert (yield ask(client)) == REJECT
    assert (yield ask(client)) == REJECT
    assert len(set(port.protocol.senders)) == 2, "another port for each"
    assert client._peers[1][0].channels == []
    yield port.stopListening()


@pytest.mark.parametrize("listens", [False, True])
@pytest_twisted.inlineCallbacks
def test_a_closed_port_costs_no_time_whatever_the_reactor_makes_of_it(listens: bool) -> Any:
    """The first request waits for a server that is silent, until it is gone: the second one finds that out."""
    silent: Any = reactor.listenUDP(0, Answering(0), "127.0.0.1")  # type: ignore[attr-defined]
    other: Any = reactor.listenUDP(0, Answering(2), "127.0.0.1")  # type: ignore[attr-defined]
    names = [("127.0.0.1", silent.getHost().port), ("127.0.0.1", other.getHost().port)]
    client, log = made(*(names if listens else names[:1]))
    first = ask(client)
    yield silent.stopListening()
    second = ask(client)
    results = [(yield first), (yield second)]
    assert results == [OK if listens else TIMEOUT] * 2
    assert len(log.texts("RADIUS_EXCHANGE_RECEIVE_FAILED")) == 2
    yield other.stopListening()


@pytest_twisted.inlineCallbacks
def test_host_names_are_resolved_while_the_server_serves() -> Any:
    port: Any = reactor.listenUDP(0, Answering(2), "127.0.0.1")  # type: ignore[attr-defined]
    client, _ = made(("localhost", port.getHost().port))
    peer = client._peers[1][0]
    assert (yield ask(client)) != OK and peer.address == "", "not yet"
    while not peer.address:
        waits: Deferred[None] = Deferred()
        reactor.callLater(0.01, waits.callback, None)  # type: ignore[attr-defined]
        yield waits
    peer.address = "127.0.0.1"  # wherever localhost is here
    assert (yield ask(client)) == OK
    client.close()
    yield port.stopListening()


def test_a_name_that_cannot_be_resolved_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client, log = made()
    peer: Any = SimpleNamespace(address="", server=Server("nowhere", 1, SECRET))
    from twisted.python.failure import Failure

    client._resolved(Failure(socket.gaierror(-2, "Name or service not known")), peer, "access")
    [line] = log.texts("RADIUS_SERVER_UNRESOLVED")
    assert line.startswith("the name of the access server 'nowhere' cannot be resolved")
    assert client._retry is not None and client._retry.active()
    client.close()
    assert not client._retry.active()
