"""DHCPv4 over DHCPv6 by configuration: the socket to the DHCPv6 server, and the way of the replies to it."""

from __future__ import annotations

from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.over6socket import Over6Socket
from kea_twisted.adapters.net.ports import Reactor
from kea_twisted.engine.effects import Reply
from kea_twisted.interfaces import Log
from kea_twisted.server.channels import Change
from kea_twisted.server.perform import Performer


class Over6:
    """The socket of ``dhcp4o6-port``, if that is configured."""

    def __init__(self, reactor: Reactor, log: Log, ports: OpenPorts, performer: Performer) -> None:
        self._reactor = reactor
        self._log = log
        self._ports = ports
        self._performer = performer
        self._socket: Over6Socket | None = None

    def prepare(self, port: int) -> Change:
        """Open the socket of another configuration, 0: none. Raises OSError: nothing has changed."""
        if port == (self._socket.port if self._socket is not None else 0):
            return Change(_nothing, _nothing)
        if not port:
            return Change(self.close, _nothing)
        opened = Over6Socket(self._reactor, port, self._ports, self._log)
        opened.open()
        return Change(lambda: self._replace(opened), opened.close)

    def close(self) -> None:
        """Take no more queries."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _replace(self, opened: Over6Socket) -> None:
        self.close()
        self._socket = opened
        opened.start()
        self._performer.send_by(self._send)  # for good: replies may still wait when the socket is closed

    def _send(self, reply: Reply) -> None:
        if reply.interface.envelope is None:
            self._ports.send(reply)
        elif self._socket is not None:
            self._socket.send(reply)


def _nothing() -> None:
    """Do nothing."""
