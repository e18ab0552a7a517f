"""The factory of the HTTP connections of one listener: how many there may be, and whose requests go first.

What differs from ``twisted.web.server.Site``: connections are bounded by ``admission``, requests go through queues, and
there is no access log, no session and no form parsing.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from email.utils import formatdate
from functools import partial
from typing import Final, cast

from twisted.internet.interfaces import IAddress
from twisted.web.resource import IResource
from twisted.web.server import Site

from kea_twisted import events as E
from kea_twisted.adapters.control.access import Entry
from kea_twisted.adapters.control.admission import (
    MAX_OTHERS_ACTIVE,
    OTHER,
    PARTNER,
    TRUSTED_ACTIVE,
    Admission,
)
from kea_twisted.adapters.control.httpconnection import IDLE_SECONDS, CommandChannel
from kea_twisted.adapters.control.httprequest import CommandRequest
from kea_twisted.adapters.control.requestqueue import RequestQueue
from kea_twisted.adapters.log.sparing import SparingLog
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.interfaces import Log

COMPLAINT_INTERVAL: Final = 60.0  # seconds


class CommandSite(Site):
    """The factory of the connections of one listener. ``headers`` are part of every response."""

    protocol = CommandChannel  # type: ignore[assignment]  # spares the wrapper that looks for HTTP/2
    displayTracebacks = False
    noisy = False

    def __init__(
        self,
        resource: IResource,
        entry_of: Callable[[CommandRequest], Entry],
        log: Log,
        reactor: Reactor | None = None,
        has_page: Callable[[bytes, bytes], bool] = lambda path, method: False,
    ) -> None:
        super().__init__(resource, requestFactory=CommandRequest, timeout=IDLE_SECONDS, reactor=reactor)
        self.entry_of = entry_of
        self.has_page = has_page
        self.log_to = log
        self.refusals = SparingLog(log, self.reactor, E.HTTP_REFUSALS_NOT_LOGGED)
        self.admission = Admission()
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self._trusted = RequestQueue(TRUSTED_ACTIVE, TRUSTED_ACTIVE)
        self._others = RequestQueue(MAX_OTHERS_ACTIVE, OTHER.active, partial(self.reactor.callLater, 0))
        self._partners: dict[str, RequestQueue] = {}
        self._date = (-1, b"")
        self._complaint_due = 0.0

    def use(self, hosts: Collection[str], headers: Iterable[tuple[str, str]]) -> None:
        """Give these addresses a share of their own, and send these headers with every answer."""
        self.headers = tuple((name.encode("ascii"), value.encode("latin-1")) for name, value in headers)
        self.admission.use(hosts)
        for host in hosts:
            self._partners.setdefault(host, RequestQueue(PARTNER.active, PARTNER.active))

    def queue_of(self, channel: CommandChannel) -> RequestQueue:
        """Return the queue for the requests of a connection."""
        if channel.trusted:
            return self._trusted
        return self._partners[channel.host] if channel.host in self.admission.partners else self._others

    def buildProtocol(self, addr: IAddress | None) -> CommandChannel | None:  # type: ignore[override]
        """Return a connection, unless there are too many of this address or of all."""
        host = host_of(addr)
        refused = self.admission.refused
        has_room = self.admission.makes_room(host)
        if self.admission.refused != refused:
            self._complain(host)
        if not has_room:
            return None
        channel = cast(CommandChannel, super().buildProtocol(addr))
        channel.host = host
        return channel

    def _complain(self, host: str) -> None:
        """Log that there are too many connections, once a minute at most."""
        now = self.reactor.seconds()
        if now >= self._complaint_due and E.HTTP_TOO_MANY_CONNECTIONS in self.log_to.enabled:
            self._complaint_due = now + COMPLAINT_INTERVAL
            self.log_to.emit(E.HTTP_TOO_MANY_CONNECTIONS, host, self.admission.refused)

    def drop(self) -> None:
        """End every connection at once, also those with requests under way."""
        for channel in list(self.admission.connections):
            channel.evict()

    def retire(self) -> None:
        """End the connections that wait for nothing; the others end with their answers."""
        for channel in cast("list[CommandChannel]", list(self.admission.connections)):
            if channel.requests:
                channel.persistent = False
            else:
                channel.transport.abortConnection()

    def date(self) -> bytes:
        """Now, as a Date header; made once a second."""
        now = int(wall_of(self.reactor)())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True).encode())
        return self._date[1]

    def startFactory(self) -> None:
        """No access log, so no timer for its dates."""

    def stopFactory(self) -> None:
        """Nothing was started."""

    def log(self, request: object) -> None:
        """No access log."""


def host_of(address: IAddress | None) -> str:
    """Return the address of a peer as text, an IPv4 address as such even where the socket is an IPv6 one."""
    return str(getattr(address, "host", address)).removeprefix("::ffff:")
