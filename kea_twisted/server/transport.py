"""The way to the clients: the open ports, and what opens and closes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import Sockets, port_maker
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.engine.statistics import Statistics
from kea_twisted.interfaces import Log
from kea_twisted.server.packetloop import PacketLoop


class MakeSockets(Protocol):
    """A function that makes the sockets of a server; none is open yet."""

    def __call__(
        self,
        ports: OpenPorts,
        loop: PacketLoop,
        statistics: Statistics,
        log: Log,
        give_up: Callable[[], object],
        readdressed: Callable[[], object],
    ) -> Sockets:
        """``give_up`` and ``readdressed`` are called as ``Sockets`` says."""


def sockets_of(reactor: Reactor, server_port: int) -> MakeSockets:
    """Return a function that makes the sockets of this machine."""

    def make(
        ports: OpenPorts,
        loop: PacketLoop,
        statistics: Statistics,
        log: Log,
        give_up: Callable[[], object],
        readdressed: Callable[[], object],
    ) -> Sockets:
        return Sockets(
            reactor, port_maker(reactor, server_port), ports, loop.handle, loop.batch_done, statistics, log,
            unseen=loop, give_up=give_up, readdressed=readdressed,
        )  # fmt: skip

    return make
