"""Control commands over HTTP: the listener a HA partner talks to, or a control socket with other permissions.

Any path, POST with ``application/json``, one command per request; the answer is a list of one map with
status 200, whatever the command's result. What is no such request gets 400, what is not permitted 403 or,
where credentials would help, 401 (RFC 7617), each with Kea's body.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from klein import Klein
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.adapters.control.access import Dispatch, Members, Permits
from kea_twisted.adapters.control.httpsite import JSON, CommandRequest, CommandSite
from kea_twisted.commands.envelope import Answer, parse, render

_OK: Final = "HTTP/1.1 200 OK"


class HttpChannel:
    """Takes commands out of HTTP requests and puts answers into responses.

    ``dispatch`` carries out a request (a JSON value) and never raises; ``permits`` says whether a command
    of this name may come this way from anybody, ``members`` who may send others. Both can be set anew while
    the channel is in use.
    """

    app = Klein()

    def __init__(
        self, dispatch: Dispatch, permits: Permits, log: Any, members: Members | None = None
    ) -> None:
        self.permits = permits
        self.members = members
        self._dispatch = dispatch
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
        refusal = self._refusal(request, value)
        if refusal is not None:
            return refusal
        reply = self._dispatch(value)
        return self._answered(request, reply) if type(reply) is dict else self._awaited(request, reply)

    def _refusal(self, request: CommandRequest, value: Any) -> bytes | None:
        """The answer to somebody who may not ask this; None for who may."""
        name = value.get("command") if type(value) is dict else None
        # what has no name is no command: saying so needs no permission, but may need credentials
        name = name if isinstance(name, str) and name else None
        if self.members is None:
            return None if name is None or self.permits(name) else self._forbidden(request, name)
        problem, permits = self._examine(request, self.members)
        if name is not None and self.permits(name):
            return None
        if problem is None:
            within = name is None or permits is None or permits(name)
            return None if within else self._forbidden(request, str(name))
        if problem[0] in self._log.enabled:
            self._log.emit(*problem)
        request.setHeader(b"WWW-Authenticate", b'Basic realm="%s"' % self.members.realm.encode("latin-1"))
        return request.refuse(HTTPStatus.UNAUTHORIZED)

    def _examine(
        self, request: CommandRequest, members: Members
    ) -> tuple[tuple[Any, ...] | None, Permits | None]:
        """What is wrong with the credentials of a request, as an event with its arguments; their limit."""
        header = request.requestHeaders.getRawHeaders(b"Authorization")
        if not header:
            return (E.HTTP_CLIENT_REQUEST_NO_AUTH_HEADER,), None
        scheme, _, credentials = header[0].strip().partition(b" ")
        if scheme.lower() != b"basic":
            return (E.HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER, "not basic authentication"), None
        known = members.find(credentials.strip())
        if known is None:
            return (E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED,), None
        if E.HTTP_CLIENT_REQUEST_AUTHORIZED in self._log.enabled:
            self._log.emit(E.HTTP_CLIENT_REQUEST_AUTHORIZED, members.users[known])
        return None, members.limits.get(known)

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
