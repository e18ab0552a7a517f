"""Control commands over HTTP: the listener a HA partner talks to, or a control socket with other permissions.

Any path, POST with ``application/json``, one command per request; the answer is a list of one map with
status 200, independent of the command's result. What is no such request gets 400, what is not permitted 403 or,
where credentials would help, 401 (RFC 7617), each with Kea's body. Credentials are checked when the headers
have been read: where nothing is permitted without them, a body is neither kept nor parsed.

GET of the path of a page (``pages``) is answered with the page. What a browser sends for a page of another server is
refused (``browsers``).
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from klein import Klein
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.control.access import (
    AccessPolicy,
    Dispatch,
    Entry,
    Logins,
    Permits,
    everything,
    nothing,
)
from kea_twisted.adapters.control.admission import OTHER
from kea_twisted.adapters.control.browsers import is_foreign_command, is_foreign_reading
from kea_twisted.adapters.control.httprequest import JSON, PIECE, READING, CommandRequest, in_pieces
from kea_twisted.adapters.control.httpsite import CommandSite
from kea_twisted.adapters.control.pages import (
    NO_PAGES,
    WEB,
    FormSource,
    Headers,
    Page,
    Pages,
    PageSource,
    Sender,
    Stream,
)
from kea_twisted.adapters.control.requestqueue import RequestQueue
from kea_twisted.adapters.control.roles import filtered, user_of, with_role
from kea_twisted.adapters.log.redact import redacted
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.commands.envelope import Answer, parse, render_parts
from kea_twisted.interfaces import Log

_OK: Final = "HTTP/1.1 200 OK"


class HttpChannel:
    """Takes commands out of HTTP requests and puts answers into responses.

    ``dispatch`` carries out a request (a JSON value) and never raises; ``policy`` has the access rules. It can be
    replaced while the channel is in use.
    """

    app = Klein()

    def __init__(
        self,
        dispatch: Dispatch,
        policy: AccessPolicy,
        log: Log,
        reactor: Reactor | None = None,
        pages: Pages = NO_PAGES,
    ) -> None:
        self._dispatch = dispatch
        self._log = log
        self._pages = pages
        self._streams: dict[Deferred[bytes], None] = {}
        self.site = CommandSite(self.app.resource(), self._entry_of, log, reactor, self._has_page)
        self.use(policy)

    def use(self, policy: AccessPolicy) -> None:
        """Take other access rules into force; open connections stay, but for streams, whose readers ask anew."""
        self._policy = policy
        self.end_streams()
        self.site.use(policy.partners, policy.headers)

    def end_streams(self) -> None:
        """End the streams of events."""
        for ended in list(self._streams):
            ended.callback(b"")

    @app.route("/")
    def command(self, request: CommandRequest) -> bytes | Deferred[bytes]:
        """Answer one request."""
        entry, body = request.entry, request.body
        if entry.problem is not None and not entry.max_body:
            if request.received > OTHER.body:
                request.channel.persistent = False
            return self._unauthorized(request, entry.problem)
        if body is None:
            request.channel.persistent = False
            return self._refused(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too long")
        if request.method.upper() != b"POST":
            return self._refused(request, HTTPStatus.BAD_REQUEST, "the method is not POST")
        if not _is_json(request):
            return self._refused(request, HTTPStatus.BAD_REQUEST, "the content type is not application/json")
        if is_foreign_command(request):
            return self._forbidden(request, "for a page of another server")
        queue = self.site.queue_of(request.channel)
        return _in_turn(request, queue, lambda: self._carry_out(request, body, queue))

    @app.route("/<name>")
    def page(self, request: CommandRequest, name: str) -> bytes | Deferred[bytes]:
        """Answer a request for a page."""
        source, entry = self._pages[request.path], request.entry
        if not all(map(entry.permits, source.needs)):
            if entry.problem is not None:
                return self._unauthorized(request, entry.problem)
            return self._forbidden(request, f"{request.method.decode()} {request.path.decode()}")
        if isinstance(source, FormSource):
            return self._taken(request, source)
        if source.needs and is_foreign_reading(request, source.group == WEB):
            return self._forbidden(request, f"{request.path.decode()} for a page of another server")
        if not source.needs:
            return self._made(request, source.make(), None)
        queue = self.site.queue_of(request.channel)
        return _in_turn(request, queue, lambda: self._made(request, source.make(), queue))

    def _taken(self, request: CommandRequest, form: FormSource) -> bytes | Deferred[bytes]:
        """Answer a form."""
        body = request.body
        if body is None or not _is_json(request):
            request.channel.persistent = body is not None
            return self._refused(request, HTTPStatus.BAD_REQUEST, "no form in JSON, or a body that is too long")
        if is_foreign_command(request):
            return self._forbidden(request, f"{request.path.decode()} for a page of another server")
        login = request.requestHeaders.getRawHeaders(b"Authorization", (b"",))[0].strip().partition(b" ")[2].strip()
        sender = Sender(request.entry.permits, login, getattr(request.getHost(), "port", 0))
        queue = self.site.queue_of(request.channel)
        return _in_turn(request, queue, lambda: self._made(request, form.answer(body, sender), queue))

    def _has_page(self, path: bytes, method: bytes) -> bool:
        source = self._pages.get(path)
        if (method in READING) != isinstance(source, PageSource):
            return False
        if source is None or not source.needs:
            return source is not None
        return path in self._policy.pages or source.group in self._policy.pages

    def _carry_out(self, request: CommandRequest, body: bytes, queue: RequestQueue) -> bytes | Deferred[bytes]:
        try:
            value = parse(body)
        except ValueError as error:
            return self._refused(request, HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}")
        self._log_request(request, body)
        refusal = self._refusal(request, value)
        if refusal is not None:
            return refusal
        reply = filtered(request.entry.role, value, self._dispatch(value))
        if type(reply) is dict:
            return self._answered(request, reply, queue)
        return self._awaited(request, reply, queue, lambda answer: self._answered(request, answer, queue))

    # --- access -------------------------------------------------------------------------------------------------

    def _entry_of(self, request: CommandRequest) -> Entry:
        """Find out who sends a request, from its headers."""
        entry, rules = self._sender_of(request), self._policy.roles
        return entry if rules is None else with_role(rules, request, entry)

    def _sender_of(self, request: CommandRequest) -> Entry:
        policy = self._policy
        share = self.site.admission.share(request.channel.host)
        if policy.trusted:
            request.channel.trusted = True
            return Entry(policy.permits, policy.max_request, is_open=policy.tls is None)
        if policy.logins is None:
            return Entry(policy.permits, share.body, share.requests)
        problem, known = self._examine(request, policy.logins)
        if problem is None:
            request.channel.trusted = True
            permits = _either(policy.permits, policy.logins.limits.get(known))
            return Entry(permits, policy.max_request, user=user_of(known) if policy.roles is not None else "")
        max_body = 0 if policy.permits is nothing else share.body
        return Entry(policy.permits, max_body, share.requests, problem)

    def _refusal(self, request: CommandRequest, value: object) -> bytes | None:
        """Return the answer to a command that is not permitted; None for one that is."""
        name = value.get("command") if type(value) is dict else None
        # what has no name is no command: saying so needs no permission, but may need credentials
        name = name if isinstance(name, str) and name else None
        entry = request.entry
        if name is not None and entry.permits(name):
            return None
        if entry.problem is not None:
            return self._unauthorized(request, entry.problem)
        return None if name is None else self._forbidden(request, name)

    def _examine(self, request: CommandRequest, logins: Logins) -> tuple[tuple[object, ...] | None, bytes]:
        """Return the fault of a request's credentials, as an event with its arguments; those that are known."""
        header = request.requestHeaders.getRawHeaders(b"Authorization")
        if not header:
            return (E.HTTP_CLIENT_REQUEST_NO_AUTH_HEADER,), b""
        scheme, _, credentials = header[0].strip().partition(b" ")
        if scheme.lower() != b"basic":
            return (E.HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER, "not basic authentication"), b""
        known = logins.find(credentials.strip())
        if known is None:
            return (E.HTTP_CLIENT_REQUEST_NOT_AUTHORIZED,), b""
        self._log.emit(E.HTTP_CLIENT_REQUEST_AUTHORIZED, logins.users[known])
        return None, known

    # --- answers ------------------------------------------------------------------------------------------------

    def _awaited(
        self, request: CommandRequest, reply: object, queue: RequestQueue, finish: Callable[[Any], Any]
    ) -> Deferred[bytes]:
        """Answer later. When the sender goes, Klein cancels what it waits for; the command continues, and counts."""
        waiting: Deferred[Any] = Deferred()
        queue.begin(request, request.peer)

        def done(result: object) -> None:
            if isinstance(result, Failure):
                waiting.errback(result)
            elif not waiting.called:
                waiting.callback(finish(result))
            queue.end(request)

        answered: Any = reply
        (answered if isinstance(answered, Deferred) else ensureDeferred(answered)).addBoth(done)
        return waiting

    def _answered(self, request: CommandRequest, answer: Answer, queue: RequestQueue) -> bytes | Deferred[bytes]:
        parts = [b"[ ", *render_parts(answer), b" ]"]
        length = sum(map(len, parts))
        request.set_headers(length)
        self._log_answer(request, parts)
        return _written(request, parts, length, queue)

    def _made(self, request: CommandRequest, page: object, queue: RequestQueue | None) -> bytes | Deferred[bytes]:
        """Answer with a page, which may be an awaitable where there is a queue."""
        if not isinstance(page, Page):
            assert queue is not None
            if isinstance(page, Stream):
                return self._streamed(request, page)
            return self._awaited(request, page, queue, lambda made: self._made(request, made, queue))
        length = sum(map(len, page.parts))
        request.setResponseCode(page.status, page.status.phrase.encode())
        request.set_headers(length, page.content_type)
        _set(request, page.headers)
        if page.ends:
            request.channel.persistent = False
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        return _written(request, page.parts, length, queue)

    def _streamed(self, request: CommandRequest, stream: Stream) -> Deferred[bytes]:
        """Write events until the client leaves (Klein cancels then) or the access rules change."""
        request.set_headers(None, b"text/event-stream")
        _set(request, stream.headers)
        ended: Deferred[bytes] = Deferred()
        end = stream.begin(request.write, request.entry.permits)
        self._streams[ended] = None

        def over(result: object) -> object:
            del self._streams[ended]
            end()
            return result

        return ended.addBoth(over)

    def _unauthorized(self, request: CommandRequest, problem: tuple[Any, ...]) -> bytes:
        event, *arguments = problem
        host = request.channel.host
        self.site.refusals.emit(host, event, *arguments, host)
        if self._policy.logins is not None:
            realm = self._policy.logins.realm.encode("latin-1")
            request.setHeader(b"WWW-Authenticate", b'Basic realm="%s"' % realm)
        return request.refuse(HTTPStatus.UNAUTHORIZED)

    def _refused(self, request: CommandRequest, status: HTTPStatus, why: str) -> bytes:
        self._log.emit(E.HTTP_BAD_CLIENT_REQUEST_RECEIVED, request.peer, why)
        return request.refuse(status)

    def _forbidden(self, request: CommandRequest, name: str) -> bytes:
        self._log.emit(E.COMMAND_HTTP_LISTENER_COMMAND_REJECTED, ascii(name)[1:-1][:100], request.peer)
        return request.refuse(HTTPStatus.FORBIDDEN)

    def _log_request(self, request: CommandRequest, body: bytes) -> None:
        log = self._log
        if E.HTTP_CLIENT_REQUEST_RECEIVED in log.enabled:
            log.emit(E.HTTP_CLIENT_REQUEST_RECEIVED, request.peer)
        if E.HTTP_CLIENT_REQUEST_RECEIVED_DETAILS in log.enabled:
            log.emit(E.HTTP_CLIENT_REQUEST_RECEIVED_DETAILS, request.peer, redacted(body.decode()))

    def _log_answer(self, request: CommandRequest, parts: Iterable[bytes]) -> None:
        log = self._log
        if E.HTTP_SERVER_RESPONSE_SEND in log.enabled:
            log.emit(E.HTTP_SERVER_RESPONSE_SEND, _OK, request.peer)
        if E.HTTP_SERVER_RESPONSE_SEND_DETAILS in log.enabled:
            log.emit(E.HTTP_SERVER_RESPONSE_SEND_DETAILS, request.peer, redacted(b"".join(parts).decode()))


def _set(request: CommandRequest, headers: Headers) -> None:
    """Set the headers of a page, which is never kept: it is as old as the answer."""
    request.responseHeaders.setRawHeaders(b"Cache-Control", [b"no-store"])
    for name, value in headers:
        request.responseHeaders.setRawHeaders(name, [value])


def _in_turn(
    request: CommandRequest, queue: RequestQueue, act: Callable[[], bytes | Deferred[bytes]]
) -> bytes | Deferred[bytes]:
    """Act when the request may be carried out."""
    turn: Deferred[Any] | None = queue.enter(request.channel)
    return act() if turn is None else turn.addCallback(lambda _: act())


def _written(
    request: CommandRequest, parts: Iterable[bytes], length: int, queue: RequestQueue | None
) -> bytes | Deferred[bytes]:
    """Return the body, or write it as the client takes it; it holds a place in the queue until then."""
    if length <= PIECE or queue is None:
        return b"".join(parts)
    request.channel.begin(queue)
    return _Pieces(request, in_pieces(parts)).start()


@implementer(IPushProducer)
class _Pieces:
    """The body of a big answer, written as the client takes it."""

    def __init__(self, request: CommandRequest, pieces: Iterator[bytes]) -> None:
        self._request = request
        self._left = pieces
        self._paused = False
        self._done: Deferred[bytes] = Deferred()

    def start(self) -> Deferred[bytes]:
        """Write; fires with the rest, which is empty."""
        self._request.registerProducer(self, True)
        self.resumeProducing()
        return self._done

    def resumeProducing(self) -> None:
        """Write until the connection has enough for the moment."""
        self._paused = False
        while not self._paused:
            piece = next(self._left, None)
            if piece is None:
                self._end()
                return
            self._request.write(piece)

    def _end(self) -> None:
        if not self._done.called:
            self._request.unregisterProducer()
            self._done.callback(b"")

    def pauseProducing(self) -> None:
        """The connection has enough for the moment."""
        self._paused = True

    def stopProducing(self) -> None:
        """The client is gone."""
        self._left = iter(())
        self._paused = True


def _either(permits: Permits, limit: Permits | None) -> Permits:
    """Permit what one of them permits; no limit permits everything."""
    if limit is None:
        return everything
    return limit if permits is nothing else lambda name: permits(name) or limit(name)


def _is_json(request: CommandRequest) -> bool:
    """Return whether the content type is JSON; parameters such as a charset do not matter."""
    kind = request.requestHeaders.getRawHeaders(b"Content-Type", (b"",))[0]
    return kind == JSON or kind.partition(b";")[0].strip().lower() == JSON
