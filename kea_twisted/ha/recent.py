"""Recent queries of the partner's clients: they are answered at once if this server begins to serve them.

A client repeats its message after some seconds (RFC 2131 section 4.1), and so would wait for that long after the
takeover. A query that a partner answered just before it died does no harm: it is decided about like one that comes
again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Final

from kea_twisted.engine.effects import Query
from kea_twisted.wire.constants import DISCOVER, INFORM, OPT_MESSAGE_TYPE, REQUEST
from kea_twisted.wire.identity import Client, client_of

MOST: Final = 256
"""The number of queries that are kept."""

PERIOD: Final = 3.0
"""Seconds for which a query is kept: a client that got no answer may have given up later."""

_AWAIT_ANSWER: Final = frozenset(bytes((kind,)) for kind in (DISCOVER, REQUEST, INFORM))
_DISCOVER: Final = bytes((DISCOVER,))
_time_of = itemgetter(0)


class RecentQueries:
    """Queries that were dropped as the partner's, with the time at which they came, the oldest first."""

    __slots__ = ("_queries", "_is_enabled")

    def __init__(self, is_enabled: bool) -> None:
        self._is_enabled = is_enabled
        self._queries: deque[tuple[float, Query]] = deque(maxlen=MOST)

    def add(self, query: Query, now: float) -> None:
        """Keep a query."""
        if self._is_enabled:
            self._queries.append((now, query))

    def take(self, since: float, others: Iterable[tuple[float, Query]] = ()) -> list[Query]:
        """Return the latest query of each client that waits for an answer, as it came, and keep none.

        ``since`` is the earliest time that counts, ``others`` are queries of which this server learns only now.
        """
        kept: list[tuple[float, Query]] = [*self._queries, *others]
        self._queries.clear()
        latest: dict[Client, Query] = {}
        for at, query in sorted(kept, key=_time_of):
            if at >= since:
                client = client_of(query.message)
                latest.pop(client, None)
                latest[client] = query
        found = [_as_it_came(each) for each in latest.values() if _awaits_answer(each)][-MOST:]
        return sorted(found, key=_seeks_offer)  # first those that accept an offer of the partner, or it is given away

    def handle_again(self, queries: list[Query], handle: Callable[[list[Query]], object]) -> None:
        """Have taken queries handled; those that are still the partner's are not kept anew, as they are old."""
        is_enabled, self._is_enabled = self._is_enabled, False
        try:
            handle(queries)
        finally:
            self._is_enabled = is_enabled


def _awaits_answer(query: Query) -> bool:
    return query.message.options.get(OPT_MESSAGE_TYPE) in _AWAIT_ANSWER


def _seeks_offer(query: Query) -> bool:
    return query.message.options.get(OPT_MESSAGE_TYPE) == _DISCOVER


def _as_it_came(query: Query) -> Query:
    """Return a query without the changes of hook libraries."""
    message = query.message if query.arrived is None else query.arrived
    return query._replace(message=message, arrived=None, classes=())
