"""The agent under treq for one server: what treq would work out anew for each request is made once."""

# twisted.web.client is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import Final

from twisted.internet.defer import Deferred
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer, IResponse

from kea_twisted.adapters.partner.limits import LimitedEndpoint
from kea_twisted.adapters.system.reactor import Reactor


class ServerAgent(Agent):
    """An agent of one URL, with a path of ``/``, and one endpoint.

    It offers no compression and lets nothing of a response but status and body through: treq decompresses what a
    response calls compressed, however large it becomes. Twisted's own would take the URL apart for each request.
    """

    def __init__(self, reactor: Reactor, url: bytes, endpoint: LimitedEndpoint, pool: HTTPConnectionPool) -> None:
        super().__init__(reactor, pool=pool)
        self._uri = uri = URI.fromBytes(url)
        self._key = (uri.scheme, uri.host, uri.port)
        self._host = [self._computeHostValue(uri.scheme, uri.host, uri.port)]
        self._way = endpoint

    def request(
        self, method: bytes, uri: bytes, headers: Headers | None = None, bodyProducer: IBodyProducer | None = None
    ) -> Deferred[IResponse]:
        """Send a request; ``headers`` is treq's own copy."""
        headers = Headers() if headers is None else headers
        headers.removeHeader(b"accept-encoding")
        headers.setRawHeaders(b"host", self._host)
        sent: Deferred[IResponse] = self._requestWithEndpoint(
            self._key, self._way, method, self._uri, headers, bodyProducer, b"/"
        )
        return sent.addCallback(_without_effects)


class _NoCookies(CookieJar):
    """A jar that stays empty: looking for cookies takes the URL apart, too."""

    def add_cookie_header(self, request: object) -> None:
        """Send none."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Keep none."""


NO_COOKIES: Final = _NoCookies()


def _without_effects(response: IResponse) -> IResponse:
    response.headers.removeHeader(b"content-encoding")
    return response
