"""Changes of interfaces are noticed as the kernel tells of them."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from kea_twisted.adapters.net.linkwatch import REST, SETTLING, LinkWatch, open_notices


class Reactor(Clock):
    """A clock that keeps its readers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)


def test_several_notices_are_one_change() -> None:
    reactor, calls = Reactor(), []
    ours, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    watch = LinkWatch(reactor, lambda: calls.append(reactor.seconds()), lambda: ours)
    watch.start()
    verifyObject(IReadDescriptor, watch)
    assert reactor.readers == [watch]
    for _ in range(2):
        kernels.send(b"a link is down")
        kernels.send(b"an address is gone")
        watch.doRead()
    reactor.advance(SETTLING)
    assert calls == [SETTLING]
    kernels.send(b"containers come and go")
    watch.doRead()
    reactor.advance(REST - 0.01)
    assert len(calls) == 1
    reactor.advance(0.02)
    assert len(calls) == 2
    watch.stop()
    assert reactor.readers == [] and ours.fileno() == -1
    kernels.close()


def test_a_system_that_refuses_is_no_fault() -> None:
    def refuse() -> socket.socket:
        raise OSError("not here")

    reactor = Reactor()
    watch = LinkWatch(reactor, lambda: None, refuse)
    watch.start()
    assert reactor.readers == [] and watch.fileno() == -1
    watch.stop()


def test_this_system_has_notices() -> None:
    notices = open_notices()
    assert notices.gettimeout() == 0.0
    notices.close()
