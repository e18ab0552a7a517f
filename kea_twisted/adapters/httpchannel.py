"""Control commands over HTTP: the listener a HA partner talks to, or a control socket with other permissions.

Any path, POST with ``application/json``, one command per request; the answer is a list of one map with
status 200, whatever the command's result. What is no such request gets 400, what is not permitted 403, both
with Kea's body.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from klein import Klein
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.adapters.httpsite import JSON, CommandRequest, CommandSite
from kea_twisted.commands.envelope import Answer, Reply, parse, render

Dispatch = Callable[[Any], Reply]
Permits = Callable[[str], bool]

_OK: Final = "HTTP/1.1 200 OK"


class HttpChannel:
    """Takes commands out of HTTP requests and puts answers into responses.

    ``dispatch`` carries out a request (a JSON value) and never raises; ``permits`` says whether a command
    of this name may come this way.
    """

    app = Klein()

    def __init__(self, dispatch: Dispatch, permits: Permits, log: Any) -> None:
        self._dispatch = dispatch
        self._permits = permits
        self._log = log

    def site(self, reactor: Any = None) -> CommandSite:
        """The factory to listen with."""
        return CommandSite(self.app.resource(), self._log, reactor)

    @app.route("/")
    def command(self, request: CommandRequest) -> bytes | Deferred[bytes]:
        """Answer one request."""
        body = request.body
        if body is None:
            request.channel.persistent = False
            return self._refused(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too long")
        if request.method.upper() != b"POST":
            return self._refused(request, HTTPStatus.BAD_REQUEST, "the method is not POST")
        if not _is_json(request):
            return self._refused(request, HTTPStatus.BAD_REQUEST, "the content type is not application/json")
        try:
            value = parse(body)
        except ValueError as error:
            return self._refused(request, HTTPStatus.BAD_REQUEST, f"the body is no JSON: {error}")
        self._log_request(request, body)
        name = value.get("command") if type(value) is dict else None
        if type(name) is str and name and not self._permits(name):
            return self._forbidden(request, name)
        reply = self._dispatch(value)
        return self._answered(request, reply) if type(reply) is dict else self._awaited(request, reply)

    def _awaited(self, request: CommandRequest, reply: Any) -> Deferred[bytes]:
        """Answer later. When the sender goes, Klein cancels what it waits for; the command goes on."""
        waiting: Deferred[bytes] = Deferred()

        def done(result: Answer | Failure) -> None:
            if isinstance(result, Failure):
                waiting.errback(result)
            elif not waiting.called:
                waiting.callback(self._answered(request, result))

        (reply if isinstance(reply, Deferred) else ensureDeferred(reply)).addBoth(done)
        return waiting

    def _answered(self, request: CommandRequest, answer: Any) -> bytes:
        body = request.sized(f"[ {render(answer)} ]".encode())
        log = self._log
        if E.HTTP_SERVER_RESPONSE_SEND in log.enabled:
            log.emit(E.HTTP_SERVER_RESPONSE_SEND, _OK, request.peer)
        if E.HTTP_SERVER_RESPONSE_SEND_DETAILS in log.enabled:
            log.emit(E.HTTP_SERVER_RESPONSE_SEND_DETAILS, request.peer, body.decode())
        return body

    def _refused(self, request: CommandRequest, status: HTTPStatus, why: str) -> bytes:
        if E.HTTP_BAD_CLIENT_REQUEST_RECEIVED in self._log.enabled:
            self._log.emit(E.HTTP_BAD_CLIENT_REQUEST_RECEIVED, request.peer, why)
        return request.refuse(status)

    def _forbidden(self, request: CommandRequest, name: str) -> bytes:
        if E.COMMAND_HTTP_LISTENER_COMMAND_REJECTED in self._log.enabled:
            self._log.emit(E.COMMAND_HTTP_LISTENER_COMMAND_REJECTED, ascii(name)[1:-1][:100], request.peer)
        return request.refuse(HTTPStatus.FORBIDDEN)

    def _log_request(self, request: CommandRequest, body: bytes) -> None:
        log = self._log
        if E.HTTP_CLIENT_REQUEST_RECEIVED in log.enabled:
            log.emit(E.HTTP_CLIENT_REQUEST_RECEIVED, request.peer)
        if E.HTTP_CLIENT_REQUEST_RECEIVED_DETAILS in log.enabled:
            log.emit(E.HTTP_CLIENT_REQUEST_RECEIVED_DETAILS, request.peer, body.decode())


def _is_json(request: CommandRequest) -> bool:
    """Whether the content type is JSON; parameters such as a charset do not matter."""
    kind = request.requestHeaders.getRawHeaders(b"Content-Type", (b"",))[0]
    return kind == JSON or kind.partition(b";")[0].strip().lower() == JSON
