"""The agent for one server: what Twisted's own would work out anew for each request is made once."""

# twisted.web.client is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer, IResponse

from kea_twisted.adapters.partner.limits import LimitedEndpoint
from kea_twisted.adapters.system.reactor import Reactor


class ServerAgent(Agent):
    """An agent of one URL, with a path of ``/``, one endpoint, and ``headers`` that all requests have.

    It offers no compression and keeps no cookies; redirections are answers like any other.
    """

    def __init__(
        self, reactor: Reactor, url: bytes, headers: Headers, endpoint: LimitedEndpoint, pool: HTTPConnectionPool
    ) -> None:
        super().__init__(reactor, pool=pool)
        self._uri = uri = URI.fromBytes(url)
        self._key = (uri.scheme, uri.host, uri.port)
        self._headers = headers.copy()
        self._headers.setRawHeaders(b"host", [self._computeHostValue(uri.scheme, uri.host, uri.port)])
        self._way = endpoint

    def post(self, body: IBodyProducer) -> Deferred[IResponse]:
        """Send a POST request."""
        sent: Deferred[IResponse] = self._requestWithEndpoint(
            self._key, self._way, b"POST", self._uri, self._headers, body, b"/"
        )
        return sent
