"""A relationship together with its driver, and the interfaces that the HA library needs of adapters."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, NamedTuple, Protocol

from kea_twisted.engine.effects import Query
from kea_twisted.ha.outbox import Effect, Ticket
from kea_twisted.ha.relationship import Relationship
from kea_twisted.jsonvalue import Json


class Driver(Protocol):
    """The performer of effects: the clock and the connections are behind it."""

    def now(self) -> float:
        """Seconds on the steady clock of the timers, which is not set."""

    def perform(self, effects: list[Effect]) -> None:
        """Carry out effects, and mind the relationship's deadline."""

    def expect(self, ticket: Ticket) -> Awaitable[object]:
        """Return an awaitable of the value of the ticket. To be called before the effects are performed."""

    def notice_standstill(self) -> None:
        """Tell the relationship if this server did not run for a while."""

    def ask(self, peer: str, command: dict[str, Json], timeout: float) -> Awaitable[dict[str, Json]]:
        """Send a command of an operator's to a peer; return an awaitable of its answer."""

    def start(self) -> None:
        """Start the relationship."""

    def dhcp_side(self, ok: bool, reason: str = "") -> None:
        """This server's own DHCP side works, or does not for this reason."""

    def stop(self) -> Awaitable[Any]:
        """Stop it; return an awaitable of the end of all connections."""


class Probes(Protocol):
    """The probes of all relationships."""

    def takes(self, query: Query) -> bool:
        """Return True if a message is part of a probe, and so none for the DHCP service."""

    def stop(self) -> None:
        """Give up the probes under way."""


class HaService(NamedTuple):
    """A relationship and the driver that performs its effects, as the class of this name in Kea."""

    relationship: Relationship
    driver: Driver
