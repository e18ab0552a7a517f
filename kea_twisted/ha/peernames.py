"""Names and roles of the peers that do not fit together in the two configurations.

A server that does not know the name of the sender refuses its heartbeats, as a Kea does. Two servers may also have one
role, each in its own configuration: two primaries would both serve all clients, of two standbys neither would begin.
Then neither may take the other for dead: the one that serves all clients goes on, and where none does, the primary
begins; of two with one role, the one whose name, then whose URL comes first in the alphabet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted import events as E
from kea_twisted.ha.messages import EXTENSIONS, HeartbeatStatus, Kind, Reply
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import BACKUP, PRIMARY, HaSettings
from kea_twisted.ha.states import State
from kea_twisted.jsonvalue import Json

STRANGE_HEARTBEATS: Final = 3
"""Heartbeats with an unknown name in a row, none of the partner's between them, that are the partner's."""

_REFUSAL: Final = "{} matches no configured 'server-name'"


class PeerNames:
    """The signs that the partner has other names in its configuration, or the role of this server."""

    def __init__(self, settings: HaSettings, words: RelationshipLog) -> None:
        self._settings = settings
        self._words = words
        self._refused = ""  # why the partner refuses the heartbeats of this server
        self._strange = ""  # the unknown name in heartbeats to this server
        self._strange_count = 0
        self._said = ""
        self._rival: tuple[str, str] | None = None  # name and URL of a partner with this server's role
        self.reached = False  # the names or roles do not fit, and the partner has answered the last heartbeat

    @property
    def conflict(self) -> str:
        """The role that both servers have, in words, "" when they have different ones."""
        if self._rival is None:
            return ""
        name, url = self._rival
        me = self._settings.me
        return f"{name} ({url}) is {me.role} in its configuration, as {me.label} is in the one here"

    @property
    def goes_first(self) -> bool:
        """True if this server serves where neither serves yet."""
        me = self._settings.me
        if self._rival is None:
            return me.role == PRIMARY
        return (me.name, me.url.text) < self._rival

    @property
    def difference(self) -> str:
        """The difference of the names in words, "" when none is known."""
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

    def answered(self, reply: Reply, status: HeartbeatStatus | None) -> State | None:
        """Take note of the outcome of a heartbeat. Return the state to believe instead of the partner's, if any."""
        self._refused = self._reason(reply) if status is None else ""
        if reply.kind is not Kind.UNREACHABLE:
            self._rival = self._rival_in(_extensions(reply))
        found = self.conflict or self.difference
        if found and found != self._said:
            event = E.HA_PEER_ROLES_CONFLICT if self._rival else E.HA_PEER_NAMES_DIFFER
            self._words.say(event, self._settings.partner.label, found)
        self._said = found
        self.reached = bool(found) and reply.kind is not Kind.UNREACHABLE
        if not self.reached:
            return None
        serves = (
            status.state is State.PARTNER_DOWN if status is not None else _extensions(reply).get("serves-all") is True
        )
        return State.PARTNER_DOWN if serves else State.UNAVAILABLE

    def refusal(self, serves_all: bool, unable: str) -> dict[str, object]:
        """Return the arguments of the answer to a heartbeat with an unknown name, which a Kea does not read."""
        names = [peer.name for peer in self._settings.peers]
        found: dict[str, Json] = {EXTENSIONS: {"serves-all": serves_all, "names": names} | self.introduction}
        return found | {"unable": unable} if unable else found

    @property
    def introduction(self) -> dict[str, str]:
        """The name, URL and role of this server in its own configuration, for the partner."""
        me = self._settings.me
        return {"name": me.name, "url": me.url.text, "role": me.role}

    def _rival_in(self, introduction: Mapping[str, object]) -> tuple[str, str] | None:
        name, url, role = (introduction.get(key) for key in ("name", "url", "role"))
        if role != self._settings.me.role or role == BACKUP:
            return None
        return (name, url) if isinstance(name, str) and isinstance(url, str) else None

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


def _extensions(reply: Reply) -> Mapping[str, object]:
    found = reply.arguments.get(EXTENSIONS) if isinstance(reply.arguments, Mapping) else None
    return found if isinstance(found, Mapping) else {}
