"""Which clients are this server's: the scopes it serves (Kea's ``query_filter.cc``).

A scope bears the name of the server whose clients it holds. In hot-standby there is one that matters, the
primary's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kea_twisted.ha.settings import PRIMARY, SECONDARY, HaSettings
from kea_twisted.ha.states import Serves
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, OPT_MESSAGE_TYPE, RELEASE, REQUEST
from kea_twisted.wire.message import Message

FILTERED: Final = frozenset(bytes((kind,)) for kind in (DISCOVER, REQUEST, DECLINE, RELEASE, INFORM))
"""The message types (payloads of option 53) that belong to a scope; others are everybody's."""


class Scopes:
    """The scopes served at present."""

    def __init__(self, settings: HaSettings) -> None:
        self._peers = tuple(sorted(settings.peers, key=lambda peer: peer.role != PRIMARY))
        self._own = settings.me
        self._primary = self._peers[0].name
        self.serve(Serves.OWN)

    @property
    def served(self) -> tuple[str, ...]:
        """Their names, sorted."""
        return tuple(sorted(self._served))

    @property
    def query_class(self) -> str:
        """The client class of a query. In hot-standby all belong to the primary's, on the standby, too."""
        return f"HA_{self._primary}"

    def serve(self, which: Serves) -> None:
        """Serve what a state asks for."""
        active = (PRIMARY, SECONDARY)
        if which is Serves.ALL:
            self._set(peer.name for peer in self._peers if peer.role in active)
        else:
            own = which is Serves.OWN and self._own.role in active
            self._set((self._own.name,) if own else ())

    def serve_names(self, names: Iterable[str]) -> None:
        """Serve these; ValueError (and no change) for a name that is no peer's."""
        chosen = tuple(names)
        known = {peer.name for peer in self._peers}
        for name in chosen:
            if name not in known:
                raise ValueError(
                    f"invalid server name specified '{name}' while enabling/disabling HA scopes"
                )
        self._set(chosen)

    def holds_query(self, message: Message) -> bool:
        """Whether a query is this server's business."""
        return self.everything or message.options.get(OPT_MESSAGE_TYPE) not in FILTERED

    def holds_lease(self, lease: Lease) -> bool:
        """Whether a lease belongs to a client of a served scope."""
        return self.everything

    def _set(self, names: Iterable[str]) -> None:
        self._served = frozenset(names)
        self.everything = self._primary in self._served
