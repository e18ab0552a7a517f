"""The ports that are open now, by interface, and sending through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kea_twisted import events as E
from kea_twisted.adapters.net.nics import route_source
from kea_twisted.adapters.net.ports import Port, system_text
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.interfaces import Log
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import decode


class OpenPorts:
    """The open ports of one server; ``Sockets`` adds and removes them."""

    def __init__(self, log: Log, route: Callable[[int], int | None] = route_source) -> None:
        self._log = log
        self._route_source = route
        self._by_name: dict[str, Port] = {}
        self._addresses: frozenset[int] = frozenset()
        self._deaf: frozenset[int] = frozenset()
        self._timing = 0

    def __iter__(self) -> Iterator[Port]:
        return iter(tuple(self._by_name.values()))

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    @property
    def listening(self) -> tuple[str, ...]:
        """The names of the interfaces that are listened on; empty: no query is received."""
        return tuple(name for name, port in self._by_name.items() if port.alive)

    def addresses(self) -> frozenset[int]:
        """Return the addresses that are listened on."""
        return self._addresses

    def deaf_addresses(self) -> frozenset[int]:
        """Return the addresses of configured interfaces that receive nothing at present."""
        return self._deaf

    def note_deaf(self, addresses: Iterable[int]) -> None:
        """Take note of the addresses of interfaces that receive nothing at present."""
        self._deaf = frozenset(addresses)

    def add(self, port: Port) -> None:
        """Send replies of this port's interface through it."""
        self._by_name[port.nic.name] = port
        if self._timing:
            port.time_queries(True)
        self._note_addresses()

    def close(self, name: str) -> None:
        """Close the port of an interface."""
        self._by_name.pop(name).stopListening()
        self._note_addresses()

    def send(self, reply: Reply) -> None:
        """Send by the port of the reply's interface; a failure is logged, never raised."""
        port = self._by_name.get(reply.interface.name)
        try:
            if port is None or not port.alive:
                raise OSError(f"no socket is open on interface {reply.interface.name}")
            port.send(reply)
        except OSError as error:
            if E.DHCP4_PACKET_SEND_FAIL in self._log.enabled:
                self._log.emit(E.DHCP4_PACKET_SEND_FAIL, label(decode(reply.payload)), system_text(error))

    def source_for(self, destination: int) -> int | None:
        """Return the address of an open socket from which a datagram reaches a destination; None if none does."""
        source = self._route_source(destination)
        return source if source is not None and self._at(source) is not None else None

    def send_datagram(self, payload: bytes, source: int, destination: int) -> None:
        """Send from the socket of an address to the server port of another host. Raises OSError."""
        port = self._at(source)
        if port is None:
            raise OSError(f"no socket is open at {address_text(source)}")
        port.send(Reply(payload, port.protocol.interface, source, destination, port.port, b""))

    def take_counted(self) -> Sequence[tuple[float, Query]]:
        """Return recent queries that were only counted, as another server's, each with its age in seconds."""
        return [each for port in self for each in port.take_counted()]

    def receive_again(self, queries: Sequence[Query]) -> None:
        """Handle queries as if they came now; those of ports that were closed meanwhile are forgotten."""
        for name, port in tuple(self._by_name.items()):
            own = [query for query in queries if query.interface.name == name]
            if own and port.alive:
                port.protocol.receive_again(own)

    def time_queries(self, on: bool) -> None:
        """Note the moments of queries until as many callers as wanted it have taken that back."""
        self._timing += 1 if on else -1
        for port in self:
            port.time_queries(self._timing > 0)

    def _at(self, address: int) -> Port | None:
        return next((port for port in self if port.alive and address in port.nic.addresses), None)

    def _note_addresses(self) -> None:
        self._addresses = frozenset(address for port in self for address in port.nic.addresses)
