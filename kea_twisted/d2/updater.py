"""From name change requests to updates on their way: what is waiting, what is under way, and the counters."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from kea_twisted.ddns import messages
from kea_twisted.ddns import statistics as counters
from kea_twisted.ddns.messages import InvalidResponse, Sent
from kea_twisted.ddns.names import reverse_name
from kea_twisted.ddns.ncr import InvalidRequest, parse
from kea_twisted.ddns.queue import MAX_QUEUE, MAX_TRANSACTIONS, RESUME_AT, Queue
from kea_twisted.ddns.request import NameChange
from kea_twisted.ddns.settings import DdnsSettings, DnsServer, Domain, Domains
from kea_twisted.ddns.transaction import Outcome, Transaction, Update
from kea_twisted.engine.statistics import Statistics
from kea_twisted.events import ddns as D
from kea_twisted.events.event import Event
from kea_twisted.interfaces import Log


class Client(Protocol):
    """The way to the DNS servers."""

    def identifier(self, server: DnsServer) -> int:
        """Return an identifier that no update to this server has at present."""
        ...

    def send(self, server: DnsServer, wire: bytes, timeout: float, done: Callable[[Outcome, bytes], object]) -> None:
        """Send an update; ``done`` is called later."""
        ...


class Updater:
    """The requests of a server. ``filled`` is called when the queue is full, ``drained`` when it has room again."""

    def __init__(
        self,
        settings: DdnsSettings,
        client: Client,
        log: Log,
        statistics: Statistics,
        now: Callable[[], float],
        filled: Callable[[], object],
        drained: Callable[[], object],
    ) -> None:
        self.queue = Queue()
        self._ended: Deferred[None] | None = None  # fires when the last transaction has ended
        self._is_stopping = False
        self._settings = settings
        self._client = client
        self._log = log
        self._statistics = statistics
        self._now = now
        self._filled = filled
        self._drained = drained
        self._was_full = False
        statistics.remove_all()
        for name in (*counters.NCR, *counters.UPDATE):
            statistics.put(name, 0)
        self.use(settings)

    def use(self, settings: DdnsSettings) -> None:
        """Take a configuration for the transactions to come. The counters of keys begin anew, as Kea's do."""
        for key in self._settings.keys:
            for name in counters.KEY:
                self._statistics.remove(counters.of_key(key, name))
        self._settings = settings
        for key in settings.keys:
            for name in counters.KEY:
                self._statistics.put(counters.of_key(key, name), 0)

    def receive(self, datagram: bytes) -> None:
        """Take a datagram with a name change request."""
        self._statistics.now = self._now()
        try:
            request = parse(datagram)
        except InvalidRequest as error:
            self._statistics.count("ncr-invalid")
            self._say(D.DHCP_DDNS_INVALID_NCR, error)
            return
        self._statistics.count("ncr-received")
        self.queue.put(request)
        if D.DHCP_DDNS_QUEUE_MGR_QUEUE_RECEIVE in self._log.enabled:
            self._log.emit(D.DHCP_DDNS_QUEUE_MGR_QUEUE_RECEIVE, request.request_id)
        self.start()
        if self.queue.is_full and not self._was_full:
            self._was_full = True
            self._statistics.count("queue-mgr-queue-full")
            self._say(D.DHCP_DDNS_QUEUE_MGR_QUEUE_FULL, MAX_QUEUE)
            self._filled()

    def stop(self, *, drains: bool) -> Deferred[None]:
        """Start no more transactions, unless the queue ``drains`` first. The Deferred fires when none is under way."""
        self._is_stopping = not drains
        if not self.queue.active:
            return succeed(None)
        self._ended = Deferred()
        return self._ended

    def start(self) -> None:
        """Start as many transactions as may run."""
        queue = self.queue
        while queue.waiting and not self._is_stopping:
            if not queue.has_room:
                self._say(D.DHCP_DDNS_AT_MAX_TRANSACTIONS, len(queue.waiting), MAX_TRANSACTIONS)
                return
            request = queue.take()
            if request is None:
                self._say(D.DHCP_DDNS_NO_ELIGIBLE_JOBS, len(queue.waiting), len(queue.active))
                return
            self._start(request)
        if self._was_full and queue.can_resume:
            self._was_full = False
            self._say(D.DHCP_DDNS_QUEUE_MGR_RESUMING, RESUME_AT, MAX_QUEUE)
            self._drained()

    # --- transactions

    def _start(self, request: NameChange) -> None:
        found = self._domains(request)
        if found is None:
            return
        request, forward, reverse = found
        transaction = Transaction(request, forward, reverse, self._log)
        self.queue.active[request.dhcid] = transaction
        self._go_on(transaction, transaction.start)

    def _domains(self, request: NameChange) -> tuple[NameChange, Domain | None, Domain | None] | None:
        """Return the request without the directions that are switched off, and its domains; None if it is dropped."""
        settings, forward, reverse = self._settings, None, None
        if request.forward and not settings.forward.by_name:
            request = request._replace(forward=False)
            self._report(D.DHCP_DDNS_FWD_REQUEST_IGNORED, request)
        elif request.forward:
            forward = self._match(settings.forward, request.fqdn)
            if forward is None:
                self._report(D.DHCP_DDNS_NO_FWD_MATCH_ERROR, request)
                return None
        if request.reverse and not settings.reverse.by_name:
            request = request._replace(reverse=False)
            self._report(D.DHCP_DDNS_REV_REQUEST_IGNORED, request)
        elif request.reverse:
            reverse = self._match(settings.reverse, reverse_name(request.address))
            if reverse is None:
                self._report(D.DHCP_DDNS_NO_REV_MATCH_ERROR, request)
                return None
        if forward is None and reverse is None:
            self._report(D.DHCP_DDNS_REQUEST_DROPPED, request)
            return None
        return request, forward, reverse

    def _match(self, domains: Domains, name: str) -> Domain | None:
        found = domains.match(name)
        if found is None:
            self._say(D.DHCP_DDNS_NO_MATCH, name)
        return found

    def _go_on(self, transaction: Transaction, step: Callable[[], Update | None]) -> None:
        """Send the next update of a transaction, or end it; a fault of ours ends this transaction alone."""
        try:
            update = step()
            if update is not None:
                self._send(transaction, update)
                return
        except Exception:
            reason = traceback.format_exc()
            self._say(D.DHCP_DDNS_STATE_MODEL_UNEXPECTED_ERROR, transaction.request.request_id, reason)
            transaction.failed()
        self.queue.active.pop(transaction.request.dhcid, None)

    def _send(self, transaction: Transaction, update: Update) -> None:
        server, request = update.server, transaction.request
        try:
            sent = messages.render(update, request, self._client.identifier(server), int(self._now()))
        except ValueError as error:
            self._say(D.DHCP_DDNS_TRANS_SEND_ERROR, request.request_id, error)
            transaction.failed()
            self.queue.active.pop(request.dhcid, None)
            return

        def done(outcome: Outcome, response: bytes) -> None:
            self._answered(transaction, update, sent, outcome, response)

        self._client.send(server, sent.wire, self._settings.dns_server_timeout / 1000, done)
        self._count("update-sent", server, ("update-unsigned",) if server.key is None else ("update-signed",))
        if D.DHCP_DDNS_UPDATE_REQUEST_SENT in self._log.enabled:
            self._log.emit(D.DHCP_DDNS_UPDATE_REQUEST_SENT, request.request_id, update.step.comment, server.text)

    def _answered(
        self, transaction: Transaction, update: Update, sent: Sent, outcome: Outcome, response: bytes
    ) -> None:
        self._statistics.now = now = self._now()
        code = 0
        if outcome is Outcome.SUCCESS:
            try:
                code = messages.response_code(response, sent, int(now))
            except InvalidResponse as error:
                outcome = Outcome.INVALID_RESPONSE
                self._say(D.DHCP_DDNS_INVALID_RESPONSE, error)
        self._count(_COUNTERS[outcome], update.server)
        if D.DHCP_DDNS_UPDATE_RESPONSE_RECEIVED in self._log.enabled:
            words = f"SUCCESS, rcode: {messages.code_text(code)}" if outcome is Outcome.SUCCESS else outcome.value
            arguments = transaction.request.request_id, update.server.text, words
            self._log.emit(D.DHCP_DDNS_UPDATE_RESPONSE_RECEIVED, *arguments)
        self._go_on(transaction, lambda: transaction.answered(outcome, code))
        self.start()
        if not self.queue.active and self._ended is not None:
            ended, self._ended = self._ended, None
            ended.callback(None)

    # --- counters and the log

    def _count(self, name: str, server: DnsServer, also: tuple[str, ...] = ()) -> None:
        key = server.key
        self._statistics.count_all((name, *also) if key is None else (name, *also, counters.of_key(key, name)))

    def _report(self, event: Event, request: NameChange) -> None:
        if event in self._log.enabled:
            self._log.emit(event, request.request_id, request.text)

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


_COUNTERS = {
    Outcome.SUCCESS: "update-success",
    Outcome.TIMEOUT: "update-timeout",
    Outcome.OTHER: "update-error",
    Outcome.INVALID_RESPONSE: "update-error",
}
