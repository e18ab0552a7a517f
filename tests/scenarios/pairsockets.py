"""The sockets of a modelled server, as far as other parts of the server look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kea_twisted.engine.effects import Query


class Ears:
    """As much of Sockets as Health looks at."""

    def __init__(self, deaf: bool) -> None:
        self.deaf = ""
        self._observers: list[Callable[[], object]] = []
        self.hear(not deaf)

    def hear(self, well: bool) -> None:
        self.deaf = "" if well else "em1 has no carrier"
        for observer in self._observers:
            observer()

    def subscribe(self, observer: Callable[[], object]) -> None:
        self._observers.append(observer)


class Ports:
    """As much of OpenPorts as the driver of a relationship needs."""

    def __init__(self, receive: Callable[[Query], None]) -> None:
        self._receive = receive

    def take_counted(self) -> list[tuple[float, Query]]:
        return []

    def receive_again(self, queries: Sequence[Query]) -> None:
        for query in queries:
            self._receive(query)
