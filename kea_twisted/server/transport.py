"""The way to the clients: the open ports, and what opens and closes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import Sockets, port_maker
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.engine.statistics import Statistics
from kea_twisted.interfaces import Log
from kea_twisted.server.packetloop import PacketLoop


class Receivers(NamedTuple):
    """The collaborators of sockets: open ports, receiver of queries, counters, log; callbacks as in ``Sockets``."""

    ports: OpenPorts
    loop: PacketLoop
    statistics: Statistics
    log: Log
    give_up: Callable[[], object]
    readdressed: Callable[[], object]


MakeSockets = Callable[[Receivers], Sockets]
"""Makes the sockets of a server; none is open yet."""


def sockets_of(reactor: Reactor, server_port: int) -> MakeSockets:
    """Return a function that makes the sockets of this machine."""

    def make(of: Receivers) -> Sockets:
        return Sockets(
            reactor, port_maker(reactor, server_port), of.ports, of.loop.handle, of.loop.batch_done, of.statistics,
            of.log, bulk_drops=of.loop, give_up=of.give_up, readdressed=of.readdressed,
        )  # fmt: skip

    return make
