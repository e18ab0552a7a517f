"""The way to and from a DHCPv6 server that passes on the queries of clients over DHCPv6 (Kea: ``dhcp4to6_ipc.cc``).

It is a UDP socket at ::1 on ``dhcp4o6-port`` + 1, connected to ``dhcp4o6-port``. A query takes the same way through the
server as those of the other ports. It is answered with an address of the interface at which the DHCPv6 server heard it,
as server identifier; where that interface is not listened on, with one of another interface.
"""

from __future__ import annotations

import socket
from typing import Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.ports import BATCH, BUFFER_SIZE, Port, Reactor, system_text
from kea_twisted.engine.effects import Reply
from kea_twisted.engine.statistics import TYPE_OFFSET
from kea_twisted.errors import MalformedPacket
from kea_twisted.interfaces import Log
from kea_twisted.wire.constants import BROADCAST, CLIENT_PORT, OPT_MESSAGE_TYPE, SERVER_PORT, TYPE_NAMES
from kea_twisted.wire.dhcp4o6 import DHCPV4_RESPONSE, Envelope, read, response
from kea_twisted.wire.frame import Datagram
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import decode

_LARGEST: Final = 65536
_LOOPBACK: Final = "::1"
_WHOLE: Final = 0xFFFF  # the message does not travel in a frame of the interface


@implementer(IReadDescriptor)
class Over6Socket:
    """Reads queries from the DHCPv6 server, and sends the responses to it. ``port`` is ``dhcp4o6-port``."""

    def __init__(self, reactor: Reactor, port: int, ports: OpenPorts, log: Log) -> None:
        self.port = port
        self._reactor = reactor
        self._ports = ports
        self._log = log
        self._socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)

    def open(self) -> None:
        """Bind it. Raises OSError, with Kea's text, and is closed then."""
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_SIZE)
            self._socket.bind((_LOOPBACK, self.port + 1))
            self._socket.connect((_LOOPBACK, self.port))
        except OSError as error:
            self._socket.close()
            text = f"Failed to bind DHCP4o6 socket to {_LOOPBACK} port {self.port + 1}: {system_text(error)}"
            raise OSError(error.errno, text) from error

    def start(self) -> None:
        """Read from now on."""
        self._reactor.addReader(self)

    def close(self) -> None:
        """Read no more."""
        self._reactor.removeReader(self)
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor to watch."""
        return self._socket.fileno()

    def logPrefix(self) -> str:
        """Return the name for twisted.logger."""
        return "DHCPv4 over DHCPv6"

    def connectionLost(self, reason: Failure) -> None:
        """The reactor gives up on the descriptor."""
        self.close()

    def doRead(self) -> None:
        """Deliver what has arrived, up to a batch."""
        used: dict[DhcpProtocol, None] = {}
        try:
            for _ in range(BATCH):
                protocol = self._receive(self._socket.recv(_LARGEST))
                if protocol is not None:
                    used[protocol] = None
        except BlockingIOError:
            pass
        except OSError as error:  # no DHCPv6 server listens: a response could not be delivered
            self._say(E.DHCP4_DHCP4O6_RECEIVE_FAIL, system_text(error))
        for protocol in used:
            protocol.batch_done()

    def send(self, reply: Reply) -> None:
        """Send a reply to the DHCPv6 server; a failure is logged, never raised."""
        envelope, payload = reply.interface.envelope, reply.payload
        assert envelope is not None
        if E.DHCP4_DHCP4O6_PACKET_SEND in self._log.enabled:
            self._log_sent(envelope, payload)
        try:
            self._socket.send(response(envelope, payload))
        except OSError as error:
            if E.DHCP4_DHCP4O6_PACKET_SEND_FAIL in self._log.enabled:
                self._log.emit(E.DHCP4_DHCP4O6_PACKET_SEND_FAIL, label(decode(payload)), system_text(error))

    def _receive(self, data: bytes) -> DhcpProtocol | None:
        """Hand a query to the protocol of a port, and return that; None if it is dropped."""
        self._say(E.DHCP4_DHCP4O6_RECEIVING)
        try:
            envelope, messages = read(data)
            port = self._port_for(envelope)
        except MalformedPacket as error:
            self._say(E.DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET, error)
            return None
        sender = socket.inet_ntop(socket.AF_INET6, envelope.address)
        self._say(E.DHCP4_DHCP4O6_PACKET_RECEIVED, envelope.type, sender, envelope.interface)
        if len(messages) != 1:
            fault = "more than one DHCPv4 message option" if messages else "DHCPv4 message option not present"
            self._say(E.DHCP4_DHCP4O6_BAD_PACKET, sender, fault)
            return None
        protocol = port.protocol
        index = _index(envelope.interface)
        interface = protocol.interface._replace(name=envelope.interface, index=index, mtu=_WHOLE, envelope=envelope)
        if port.timed:
            protocol.received(0.0)
        protocol.frame_received(Datagram(b"", 0, BROADCAST, CLIENT_PORT, SERVER_PORT, messages[0]), interface)
        return protocol

    def _port_for(self, envelope: Envelope) -> Port:
        """Return the port of the interface, or any. Raises MalformedPacket if no address can be the identifier."""
        _index(envelope.interface)
        ports = sorted([port for port in self._ports if port.alive], key=lambda port: port.nic.name)
        for port in ports:
            if port.nic.name == envelope.interface:
                return port
        if not ports:
            raise MalformedPacket("no interface is listened on, so there is no address for the server identifier")
        return ports[0]

    def _log_sent(self, envelope: Envelope, payload: bytes) -> None:
        kind = payload[TYPE_OFFSET] if payload[TYPE_OFFSET - 2] == OPT_MESSAGE_TYPE else 0
        who = label(decode(payload))
        self._log.emit(
            E.DHCP4_DHCP4O6_PACKET_SEND, who, "DHCPV4_RESPONSE", DHCPV4_RESPONSE,
            socket.inet_ntop(socket.AF_INET6, envelope.address), envelope.port, envelope.interface,
            who, TYPE_NAMES.get(kind, "UNKNOWN"), kind,
        )  # fmt: skip

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _index(name: str) -> int:
    """Return the index of an interface. Raises MalformedPacket if this machine has none of that name."""
    try:
        return socket.if_nametoindex(name)
    except (OSError, ValueError):  # ValueError: a name that no interface can have, as with a NUL
        raise MalformedPacket(f"can't get interface {name}") from None
