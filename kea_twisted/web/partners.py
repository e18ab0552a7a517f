"""The partners' own reports (status-get, which a partner may ask for), fetched while the page is looked at."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from kea_twisted.jsonvalue import Json
from kea_twisted.web.node import Node

PERIOD: Final = 15.0
"""Seconds between two questions to a partner, each of which is a line in its log; a change of its state is one more."""

TIMEOUT: Final = 2.0

_SHOWN: Final = ("uptime", "reload", "sockets", "dhcp-state")


class PartnerReports:
    """The last report of each partner, by name."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._reports: dict[str, dict[str, Json]] = {}
        self._asked: dict[str, float] = {}
        self._states: dict[str, object] = {}

    def of(self, name: str) -> dict[str, Json] | None:
        """Return the last report of a partner; None: it was not asked yet."""
        return self._reports.get(name)

    def ask(self) -> None:
        """Ask every partner whose last report is some seconds old."""
        if self._node.ha is None:
            return
        now = self._node.now()
        for service in self._node.ha.services:
            if service.relationship.alone:
                continue
            name = service.relationship.settings.partner.name
            state = service.relationship.link.partner_state
            if now - self._asked.get(name, 0.0) >= PERIOD or self._states.get(name) is not state:
                self._asked[name], self._states[name] = now, state
                answer = service.driver.ask(name, {"command": "status-get", "service": ["dhcp4"]}, TIMEOUT)
                pending = answer if isinstance(answer, Deferred) else Deferred.fromCoroutine(_awaited(answer))
                pending.addBoth(partial(self._answered, name))

    def _answered(self, name: str, found: object) -> None:
        now = round(self._node.now(), 1)
        if isinstance(found, Failure):
            self._reports[name] = {"at": now, "error": found.getErrorMessage()}
            return
        answer = found[0] if isinstance(found, list) and found else found
        if not isinstance(answer, dict) or answer.get("result") != 0 or not isinstance(answer.get("arguments"), dict):
            text = answer.get("text") if isinstance(answer, dict) else None
            self._reports[name] = {"at": now, "error": str(text or "an answer that is not one of a Kea server")}
            return
        arguments = answer["arguments"]
        self._reports[name] = {"at": now} | {key: arguments[key] for key in _SHOWN if key in arguments}


async def _awaited(answer: Awaitable[dict[str, Json]]) -> dict[str, Json]:
    return await answer
