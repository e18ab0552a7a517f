"""Names of the peers that differ between the two configurations.

A server that does not know the name of the sender refuses its heartbeats, as a Kea does. Then neither may take the
other for dead: the one that serves all clients goes on, and where none does, the primary begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kea_twisted import events as E
from kea_twisted.ha.messages import EXTENSIONS, Kind, Pulse, Reply
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.words import Words

STRANGE_HEARTBEATS: Final = 3
"""Heartbeats with an unknown name in a row, none of the partner's between them, that are the partner's."""

_REFUSAL: Final = "{} matches no configured 'server-name'"


class PeerNames:
    """The signs that the partner has other names in its configuration."""

    def __init__(self, settings: HaSettings, words: Words) -> None:
        self._settings = settings
        self._words = words
        self._refused = ""  # why the partner refuses the heartbeats of this server
        self._strange = ""  # the unknown name in heartbeats to this server
        self._strange_count = 0
        self._said = ""
        self.reached = False  # the names differ, and the partner has answered the last heartbeat

    @property
    def difference(self) -> str:
        """The difference in words, "" when none is known."""
        if self._refused:
            return self._refused
        if self._strange_count < STRANGE_HEARTBEATS:
            return ""
        return f"it calls itself '{self._strange}', the peers here are {self._own}"

    def heard_from(self, name: str | None, is_known: bool) -> None:
        """Take note of the name in a heartbeat of another server; old ones (Kea 2.2) send none."""
        if is_known:
            self._strange_count = 0
        elif name is not None:
            self._strange_count = self._strange_count + 1 if name == self._strange else 1
            self._strange = name

    def answered(self, reply: Reply, pulse: Pulse | None) -> State | None:
        """Take note of the outcome of a heartbeat. Return the state to believe instead of the partner's, if any."""
        self._refused = self._reason(reply) if pulse is None else ""
        difference = self.difference
        if difference and difference != self._said:
            self._words.say(E.HA_PEER_NAMES_DIFFER, self._settings.partner.label, difference)
        self._said = difference
        self.reached = bool(difference) and reply.kind is not Kind.UNREACHABLE
        if not self.reached:
            return None
        serves = (
            pulse.state is State.PARTNER_DOWN if pulse is not None else _extensions(reply).get("serves-all") is True
        )
        return State.PARTNER_DOWN if serves else State.UNAVAILABLE

    def refusal(self, serves_all: bool, unable: str) -> dict[str, Any]:
        """Return the arguments of the answer to a heartbeat with an unknown name, which a Kea does not read."""
        names = [peer.name for peer in self._settings.peers]
        found: dict[str, Any] = {EXTENSIONS: {"serves-all": serves_all, "names": names}}
        return found | {"unable": unable} if unable else found

    @property
    def _own(self) -> str:
        return ", ".join(peer.name for peer in self._settings.peers)

    def _reason(self, reply: Reply) -> str:
        """Return why the partner refused a heartbeat if its name was the reason."""
        if reply.kind is Kind.UNREACHABLE:
            return self._refused
        own = self._settings.this_server_name
        if not is_name_refused(reply, own):
            return ""
        names = _extensions(reply).get("names")
        has = f", its peers are {', '.join(map(str, names))}" if isinstance(names, list) else ""
        return f"it does not know '{own}'{has}"


def is_name_refused(reply: Reply, name: str) -> bool:
    """Return True if the partner refused a command because it does not know the name of its sender."""
    return reply.kind is Kind.FAILED and reply.text.startswith(_REFUSAL.format(name))


def _extensions(reply: Reply) -> Mapping[str, Any]:
    found = reply.arguments.get(EXTENSIONS) if isinstance(reply.arguments, Mapping) else None
    return found if isinstance(found, Mapping) else {}
