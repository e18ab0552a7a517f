"""``libdhcp_bootp``: BOOTP clients are served (RFC 951 with the vendor area of RFC 1497; RFC 1534 section 3).

A request without message type becomes a DHCPREQUEST in the class BOOTP, whose members get leases without end. Its reply
loses what only DHCP clients understand.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.engine.effects import Query
from kea_twisted.events.event import DEBUG, INFO, Event
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.wire.constants import (
    BOOTREQUEST,
    OPT_CLIENT_IDENTIFIER,
    OPT_LEASE_TIME,
    OPT_MAX_MESSAGE_SIZE,
    OPT_MESSAGE,
    OPT_MESSAGE_TYPE,
    OPT_OVERLOAD,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_REBINDING_TIME,
    OPT_RENEWAL_TIME,
    OPT_REQUESTED_ADDRESS,
    OPT_SERVER_IDENTIFIER,
    REQUEST,
)
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message

CLASS: Final = "BOOTP"
_LOGGER: Final = "bootp-hooks"
_REQUEST: Final = bytes((REQUEST,))
DHCP_ONLY: Final = frozenset((
    OPT_REQUESTED_ADDRESS, OPT_LEASE_TIME, OPT_OVERLOAD, OPT_MESSAGE_TYPE, OPT_SERVER_IDENTIFIER,
    OPT_PARAMETER_REQUEST_LIST, OPT_MESSAGE, OPT_MAX_MESSAGE_SIZE, OPT_RENEWAL_TIME, OPT_REBINDING_TIME,
    OPT_CLIENT_IDENTIFIER,
))  # fmt: skip
"""Options that a BOOTP client is not sent."""

LOADED: Final = Event(
    "BOOTP_LOAD", INFO, _LOGGER, "Bootp hooks library has been loaded", "BOOTP clients are served from now on"
)
UNLOADED: Final = Event(
    "BOOTP_UNLOAD", INFO, _LOGGER, "Bootp hooks library has been unloaded", "BOOTP clients are ignored from now on"
)
FOUND: Final = Event(
    "BOOTP_BOOTP_QUERY", DEBUG, _LOGGER, "recognized a BOOTP query: {}", "it becomes a DHCPREQUEST in the class BOOTP",
    debuglevel=40,
)  # fmt: skip
PACKED: Final = Event(
    "BOOTP_PACKET_PACK", DEBUG, _LOGGER, "{}: preparing on-wire format of the packet to be sent",
    "the options of DHCP are removed", debuglevel=40,
)  # fmt: skip


class Bootp(KeaLibrary):
    """Leases without end for BOOTP clients."""

    events = (LOADED, UNLOADED, FOUND, PACKED)

    def load(self, host: HookHost) -> None:
        """Log the beginning."""
        super().load(host)
        self._log(LOADED)

    def register(self, hooks: HookChain) -> None:
        """Take part, and have every query classified."""
        super().register(hooks)
        hooks.add("query_classes", _classes)
        hooks.read_classes()

    def buffer4_receive(self, query: Query) -> Query | None:
        """Return the message of a BOOTP client as a DHCPREQUEST; None: it is of another client."""
        message = query.message
        if OPT_MESSAGE_TYPE in message.options or message.op != BOOTREQUEST:
            return None
        self._log(FOUND, label(message))
        request = message._replace(options={OPT_MESSAGE_TYPE: _REQUEST, **message.options})
        return query._replace(message=request, arrived=message)

    def pkt4_send(self, query: Query, response: Message) -> Message | None:
        """Return the reply to a BOOTP client as it understands it; None: it is to another client."""
        if CLASS not in query.classes:
            return None
        self._log(PACKED, label(query.message))
        options = {code: data for code, data in response.options.items() if code not in DHCP_ONLY}
        return response._replace(options=options)

    def unload(self) -> None:
        """Log the end."""
        self._log(UNLOADED)

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


def _classes(query: Query) -> tuple[str, ...]:
    arrived = query.arrived
    return (CLASS,) if arrived is not None and OPT_MESSAGE_TYPE not in arrived.options else ()
