"""DHCPv4 over DHCPv6 by configuration, with real sockets at ::1 and without a reactor."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kea_twisted.engine.effects import Reply
from kea_twisted.server.over6 import Over6
from kea_twisted.wire.message import encode
from tests.adapters.net.readers import ReaderReactor
from tests.builders import EM1, message
from tests.engine.test_over6 import envelope
from tests.fakes import RecordingLog

PAYLOAD = encode(message(2))


class Reactor(ReaderReactor):
    """As the real one it overlooks who does not want to be read."""

    def removeReader(self, reader: Any) -> None:
        if reader in self.readers:
            super().removeReader(reader)


class Bench(Over6):
    """The socket, and what its collaborators got."""

    def __init__(self) -> None:
        self.log, self.reactor = RecordingLog(), Reactor()
        self.by_port: list[Reply] = []
        self.send: Callable[[Reply], None] | None = None
        either: Any = self
        super().__init__(self.reactor, self.log, either, either)
        self._ports = type("Ports", (), {"send": self.by_port.append})  # type: ignore[assignment]

    def send_by(self, send: Callable[[Reply], None]) -> None:
        self.send = send


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.fixture
def servers() -> Iterator[list[socket.socket]]:
    """Sockets at two ports of ::1 behind which the next one is free."""
    found: list[socket.socket] = []
    while len(found) < 2:
        made, behind = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2))
        made.settimeout(5)
        try:
            made.bind(("::1", 0))
            behind.bind(("::1", made.getsockname()[1] + 1))
        except OSError:
            made.close()
        else:
            found.append(made)
        behind.close()
    yield found
    for each in found:
        each.close()


def reply(over6: bool) -> Reply:
    interface = EM1._replace(envelope=envelope()) if over6 else EM1
    return Reply(PAYLOAD, interface, 1, 2, 68, b"")


def test_replies_go_the_way_of_their_queries(bench: Bench, servers: list[socket.socket]) -> None:
    first, second = servers
    bench.prepare(0).commit()
    assert bench.send is None  # nothing is in the way of the usual reply
    bench.prepare(first.getsockname()[1]).commit()
    assert bench.send is not None and len(bench.reactor.readers) == 1
    bench.send(reply(False))
    bench.send(reply(True))
    assert bench.by_port == [reply(False)] and first.recv(999).endswith(PAYLOAD.rstrip(b"\0"))
    bench.prepare(second.getsockname()[1]).commit()
    bench.send(reply(True))
    assert second.recv(999).endswith(PAYLOAD.rstrip(b"\0")) and len(bench.reactor.readers) == 1
    bench.prepare(0).commit()
    bench.send(reply(True))
    assert not bench.reactor.readers and len(bench.by_port) == 1


def test_a_change_that_is_called_off_leaves_its_port_free(bench: Bench, servers: list[socket.socket]) -> None:
    first, second = (each.getsockname()[1] for each in servers)
    bench.prepare(first).commit()
    change = bench.prepare(second)
    with pytest.raises(OSError, match="Failed to bind DHCP4o6 socket"):
        bench.prepare(second)
    change.cancel()
    bench.prepare(second).cancel()
    assert len(bench.reactor.readers) == 1
