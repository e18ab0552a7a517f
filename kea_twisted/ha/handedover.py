"""Clients that this server has just left to its partner, some of which still hold its offers.

Their REQUESTs name this server, so the partner leaves them alone. A NAK makes them ask anew at once; without an answer
they would repeat the REQUEST for seconds (RFC 2131 section 4.3.2: the server that is named refuses what it cannot
give).
"""

from __future__ import annotations

from typing import Final

from kea_twisted.engine.effects import Query
from kea_twisted.ha.scopes import Scopes
from kea_twisted.wire.constants import OPT_MESSAGE_TYPE, OPT_SERVER_IDENTIFIER, REQUEST
from kea_twisted.wire.identity import client_id
from kea_twisted.wire.message import Message

PERIOD: Final = 10.0
"""Seconds for which clients go on asking for what they were offered."""

_REQUEST: Final = bytes((REQUEST,))


class HandedOver:
    """The scopes that were left, and until when their clients are answered."""

    __slots__ = ("names", "_end")

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self._end = 0.0

    def note(self, names: frozenset[str], now: float) -> None:
        """Take note that these scopes are no longer served."""
        if names:
            self.names, self._end = names, now + PERIOD

    def forget(self) -> None:
        """Answer none of their clients any more."""
        self.names = frozenset()

    def active(self, now: float) -> bool:
        """Return whether there may be such clients."""
        if self.names and now >= self._end:
            self.forget()
        return bool(self.names)

    def holds(self, message: Message, scopes: Scopes) -> bool:
        """Return whether the client belongs to one of the scopes."""
        return scopes.scope_of(client_id(message) or message.chaddr) in self.names


def is_request(message: Message) -> bool:
    """Return whether a message is a DHCPREQUEST."""
    return message.options.get(OPT_MESSAGE_TYPE) == _REQUEST


def accepts_own_offer(query: Query) -> bool:
    """Return whether a query is a REQUEST that names this server, by its address and not by a shared identifier."""
    options = query.message.options
    named = options.get(OPT_SERVER_IDENTIFIER)
    return named is not None and is_request(query.message) and named == query.local.to_bytes(4, "big")
