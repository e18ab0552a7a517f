"""One TCP port on which commands come in over HTTP, plain or in TLS; who may ask what can change meanwhile.

A control socket and the listener for a HA partner may share a port (``access.AccessPolicy``).
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.protocols.tls import TLSMemoryBIOFactory

from kea_twisted import events as E
from kea_twisted.adapters.control.access import AccessPolicy, Dispatch
from kea_twisted.adapters.control.httpchannel import HttpChannel
from kea_twisted.adapters.control.httpsite import CommandSite
from kea_twisted.adapters.control.pages import NO_PAGES, Pages
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.interfaces import Log


class WebListener:
    """An open port. Opening one raises OSError in words that name the address."""

    def __init__(
        self,
        reactor: Reactor,
        address: str,
        port: int,
        policy: AccessPolicy,
        dispatch: Dispatch,
        log: Log,
        pages: Pages = NO_PAGES,
    ) -> None:
        self.address = address
        self.port = port
        self._log = log
        self._channel = HttpChannel(dispatch, policy, log, reactor, pages)
        self._site = self._channel.site
        self._factory = _Switch(self._site)
        self.use(policy)
        try:
            self._listening: IListeningPort = reactor.listenTCP(port, self._factory, interface=address)
        except CannotListenError as error:
            inner = error.socketError
            text = getattr(inner, "strerror", None) or inner
            raise OSError(getattr(inner, "errno", 0), f"{address} port {port}: {text}") from None
        self._say(E.HTTP_COMMAND_MGR_SERVICE_STARTED)

    def use(self, policy: AccessPolicy) -> None:
        """Take other access rules into force; open connections stay, TLS is for the new ones."""
        self._channel.use(policy)
        had_tls = self._factory.tls
        self._factory.use(policy)
        if had_tls != self._factory.tls:
            self._site.retire()

    def close(self, *, at_once: bool = False) -> Deferred[None] | None:
        """Listen no more."""
        self._say(E.HTTP_COMMAND_MGR_SERVICE_STOPPING)
        ended = self._listening.stopListening()
        self._channel.end_streams()
        if at_once:
            self._site.drop()
        else:
            self._site.retire()
        return ended

    def _say(self, event: E.Event) -> None:
        self._log.emit(event, "HTTPS" if self._factory.tls else "HTTP", self.address, self.port)


class _Switch(ServerFactory):
    """A factory whose connections are made by another one, which can be exchanged."""

    noisy = False

    def __init__(self, site: CommandSite) -> None:
        self.tls = False
        self._site = site
        self._build: Callable[[IAddress | None], Protocol | None] = site.buildProtocol

    def use(self, policy: AccessPolicy) -> None:
        """Make connections with TLS or without it, as the access rules want it."""
        self.tls = policy.tls is not None
        self._build = self._site.buildProtocol
        if policy.tls is not None:
            self._build = TLSMemoryBIOFactory(policy.tls, False, self._site).buildProtocol

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        """Return a connection of the factory in force."""
        return self._build(addr)
