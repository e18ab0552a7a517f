"""One name change on its way through the DNS servers: forward first, then reverse (Kea: nc_trans.cc).

Results of updates go in, the next update comes out. A server gets three tries for a step before the next one is
asked, from the first step of the plan on.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from kea_twisted.ddns.names import reverse_name
from kea_twisted.ddns.request import ADD, NameChange
from kea_twisted.ddns.settings import DnsServer, Domain
from kea_twisted.ddns.steps import FORWARD, REVERSE, Plan, Step
from kea_twisted.events import ddns as D
from kea_twisted.events.event import Event
from kea_twisted.interfaces import Log
from kea_twisted.records import new

TRIES: Final = 3  # per server and step, as in Kea
TURNS: Final = 4
"""Changes between the steps of a plan; a Kea has no limit for a server that contradicts itself."""


class Outcome(Enum):
    """Results of an update, in Kea's words."""

    SUCCESS = "SUCCESS"
    TIMEOUT = "TIMEOUT"
    OTHER = "OTHER"
    INVALID_RESPONSE = "INVALID_RESPONSE"


class Update(NamedTuple):
    """An update to be sent to a server."""

    step: Step
    name: str
    domain: Domain
    server: DnsServer


class Transaction:
    """The state of one name change. ``start`` and ``answered`` return the next update, None at the end."""

    __slots__ = (
        "request", "is_complete", "_log", "_ways", "_way", "_step", "_server", "_tries", "_turned", "_completed",
    )  # fmt: skip

    def __init__(self, request: NameChange, forward: Domain | None, reverse: Domain | None, log: Log) -> None:
        self.request = request
        self.is_complete = False
        self._log = log
        kind = request.change_type, request.mode
        self._ways: list[tuple[bool, Domain, str, Plan]] = []
        if forward is not None:
            self._ways.append((True, forward, request.fqdn, FORWARD[kind]))
        if reverse is not None:
            self._ways.append((False, reverse, reverse_name(request.address), REVERSE[kind]))
        self._way = self._step = self._server = self._tries = self._turned = 0
        self._completed: set[bool] = set()

    def start(self) -> Update | None:
        """Return the first update."""
        if D.DHCP_DDNS_STARTING_TRANSACTION in self._log.enabled:
            self._log.emit(D.DHCP_DDNS_STARTING_TRANSACTION, self.request.request_id)
        return self._next()

    def answered(self, outcome: Outcome, code: int = 0) -> Update | None:
        """Take the result of the update that was returned last; ``code`` is the response code of a success."""
        if outcome is Outcome.SUCCESS:
            return self._responded(code)
        reports = self._current[0].reports
        request = self.request
        if outcome is Outcome.INVALID_RESPONSE:
            self._say(reports.corrupt, request.request_id, self._current[1].text, request.fqdn)
        else:
            event = reports.timeout if outcome is Outcome.TIMEOUT else reports.io_error
            self._say(event, request.request_id, request.fqdn, self._current[1].text)
        return self._again()

    def failed(self, reason: str = "UPDATE_FAILED_EVT") -> None:
        """End without success."""
        request = self.request
        event = D.DHCP_DDNS_ADD_FAILED if request.change_type == ADD else D.DHCP_DDNS_REMOVE_FAILED
        if event in self._log.enabled:
            self._log.emit(event, request.request_id, self._outcome(reason))

    @property
    def _current(self) -> tuple[Step, DnsServer]:
        _, domain, _, plan = self._ways[self._way]
        return plan[self._step], domain.servers[self._server]

    def _next(self) -> Update:
        self._tries += 1
        _, domain, name, plan = self._ways[self._way]
        return new(Update, (plan[self._step], name, domain, domain.servers[self._server]))

    def _responded(self, code: int) -> Update | None:
        step, server = self._current
        turn = step.turns.get(code)
        if turn is not None and self._turned < TURNS:
            self._turned += 1
            self._step, self._tries = turn, 0
            return self._next()
        if code not in step.accepted:
            self._say(step.reports.rejected, self.request.request_id, server.text, self.request.fqdn, code)
            self.failed()
            return None
        self._completed.add(self._ways[self._way][0])
        self._way += 1
        self._step = self._server = self._tries = self._turned = 0
        if self._way < len(self._ways):
            return self._next()
        self._succeeded()
        return None

    def _again(self) -> Update | None:
        """Try the same server again, or the next one."""
        if self._tries < TRIES:
            return self._next()
        step, _ = self._current
        if not step.tries_other_servers:
            self.failed("SERVER_IO_ERROR_EVT")
            return None
        if self._server + 1 >= len(self._ways[self._way][1].servers):
            self.failed("NO_MORE_SERVERS_EVT")
            return None
        self._server += 1
        self._step = self._tries = self._turned = 0
        return self._next()

    def _succeeded(self) -> None:
        self.is_complete = True
        request = self.request
        event = D.DHCP_DDNS_ADD_SUCCEEDED if request.change_type == ADD else D.DHCP_DDNS_REMOVE_SUCCEEDED
        if event in self._log.enabled:
            self._log.emit(event, request.request_id, request.text)

    def _outcome(self, reason: str) -> str:
        parts = [f"Status: Failed, Event: {reason}, "]
        for is_forward, label in ((True, "Forward"), (False, "Reverse")):
            if any(way[0] is is_forward for way in self._ways):
                state = "completed" if is_forward in self._completed else "failed"
                parts.append(f" {label} change: {state}, ")
        return f"{''.join(parts)} request: {self.request.text}"

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
