"""The scopes that this server serves, and so its clients (Kea's ``query_filter.cc``).

A scope bears the name of the server whose clients it holds. In load-balancing every client belongs to one of
the two by its hash; in the other modes all belong to the primary.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kea_twisted.ha.loadbalancing import bucket
from kea_twisted.ha.settings import LOAD_BALANCING, PRIMARY, SECONDARY, HaSettings
from kea_twisted.ha.states import Serves
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, OPT_MESSAGE_TYPE, RELEASE, REQUEST
from kea_twisted.wire.identity import client_id
from kea_twisted.wire.message import Message

FILTERED: Final = frozenset(bytes((kind,)) for kind in (DISCOVER, REQUEST, DECLINE, RELEASE, INFORM))
"""The message types (payloads of option 53) that belong to a scope; both servers answer the others."""


class Scopes:
    """The scopes served at present; ``served`` are their names, sorted."""

    def __init__(self, settings: HaSettings) -> None:
        self._peers = tuple(sorted(settings.peers, key=lambda peer: peer.role != PRIMARY))
        self._own = settings.me
        active = tuple(peer.name for peer in self._peers if peer.role in (PRIMARY, SECONDARY))
        self._active = active if settings.mode == LOAD_BALANCING else active[:1]
        self.serve(Serves.OWN)

    @property
    def holds_none(self) -> bool:
        """True if no query of a FILTERED type is this server's business, and each is another's for certain."""
        return not self._served and len(self._active) == 1

    def query_class(self, message: Message) -> str:
        """The client class of a query, "" without one. A standby, too, gives it the primary's name."""
        if message.options.get(OPT_MESSAGE_TYPE) not in FILTERED:
            return f"HA_{self._own.name}"
        scope = self.scope_of(client_id(message) or message.chaddr)
        return f"HA_{scope}" if scope else ""

    def scope_of(self, identifier: bytes) -> str | None:
        """The scope of a client; None for one that cannot be told from others, where it matters."""
        active = self._active
        if len(active) == 1:
            return active[0]
        return active[bucket(identifier) % len(active)] if identifier else None

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
                raise ValueError(f"invalid server name specified '{name}' while enabling/disabling HA scopes")
        self._set(chosen)

    def holds_query(self, message: Message) -> bool:
        """Return True if a query is this server's business."""
        if self.everything or message.options.get(OPT_MESSAGE_TYPE) not in FILTERED:
            return True
        return bool(self._served) and self.scope_of(client_id(message) or message.chaddr) in self._served

    def holds_lease(self, lease: Lease) -> bool:
        """Return True if a lease belongs to a client of a served scope."""
        return self.everything or self.scope_of(lease.client_id or lease.hwaddr) in self._served

    def _set(self, names: Iterable[str]) -> None:
        self._served = frozenset(names)
        self.served = tuple(sorted(self._served))
        # A client without any identifier belongs to neither server while two share the work.
        self.everything = self._served.issuperset(self._active)
