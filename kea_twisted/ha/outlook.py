"""The conduct of a server if its partner failed now, in words: the first row of a table that fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import BACKUP, PASSIVE_BACKUP, PRIMARY, HaSettings, Peer
from kea_twisted.ha.states import STATES, Serves, State
from kea_twisted.ha.statesets import WATCHING

_WATCHES: Final = frozenset((*WATCHING, State.WAITING, State.SYNCING, State.READY))


class Standpoint(NamedTuple):
    """A server as far as its conduct depends on it. ``unable``: the reason why it cannot serve, "" if it can."""

    settings: HaSettings
    server: Peer
    state: State | None
    unable: str = ""
    paused: bool = False

    @property
    def delay(self) -> str:
        """The time until the failure counts, in words."""
        settings = self.settings
        timers = f"{settings.max_response_delay:g} s without an answer"
        if settings.max_unacked_clients and STATES[self.state or State.WAITING].service:
            timers += f", and more than {settings.max_unacked_clients} clients that wait in vain"
        if settings.watch.enabled:
            return f"within about 2 s if the failure is proved, else after {timers}"
        return f"after {timers}"


class Row(NamedTuple):
    """A case: whether the partner's clients would be served, and the sentence about it."""

    fits: Callable[[Standpoint], bool]
    serves: bool
    text: str


TABLE: Final = (
    Row(lambda at: at.state is None, False, "It has not been heard yet."),
    Row(lambda at: at.server.role == BACKUP, False, "A backup never serves clients by itself."),
    Row(lambda at: at.settings.mode == PASSIVE_BACKUP, True, "It serves all clients, whatever happens to the backups."),
    Row(lambda at: at.state is State.UNAVAILABLE, False, "It does not answer: nothing can be expected of it."),
    Row(lambda at: at.unable != "", False, "It could not take over: {unable}."),
    Row(lambda at: at.paused, False, "Its state machine is paused: it would stay as it is until ha-continue."),
    Row(
        lambda at: at.state is State.PARTNER_DOWN and not at.server.auto_failover,
        False,
        "It is on its own and serves only its own clients: auto-failover is false for it.",
    ),
    Row(
        lambda at: at.state is not None and STATES[at.state].serves is Serves.ALL,
        True,
        "It serves all clients already.",
    ),
    Row(
        lambda at: at.state is State.HOT_STANDBY and at.server.role == PRIMARY,
        True,
        "It serves all clients already, and would go on without its partner {delay}.",
    ),
    Row(
        lambda at: at.state is State.IN_MAINTENANCE and not at.settings.watch.enabled,
        False,
        "It would stay silent: it is in maintenance.",
    ),
    Row(
        lambda at: at.state is State.TERMINATED and not at.settings.watch.enabled,
        False,
        "It would go on with its own clients only: the relationship is terminated.",
    ),
    Row(
        lambda at: not at.server.auto_failover,
        False,
        "It would not serve its partner's clients: auto-failover is false for it.",
    ),
    Row(lambda at: at.state in _WATCHES, True, "It would serve all clients, {delay}."),
    Row(lambda at: True, False, "It would stay as it is."),
)


def outlook(at: Standpoint) -> tuple[bool, str]:
    """Return True if all clients would be served, and the sentence about it."""
    row = next(row for row in TABLE if row.fits(at))
    return row.serves, row.text.format(unable=at.unable, delay=at.delay if "{delay}" in row.text else "")


def standpoints(relationship: Relationship) -> tuple[Standpoint, Standpoint | None]:
    """Return this server's standpoint, and the partner's as far as it is known."""
    settings = relationship.settings
    # one that is deaf in part, or has been able to serve for a short time only, serves if its partner fails
    unable = relationship.watch.evidence.own_fault and relationship.unable
    own = Standpoint(settings, settings.me, relationship.state, unable, relationship.paused)
    if relationship.alone:
        return own, None
    return own, Standpoint(settings, settings.partner, relationship.link.partner_state)
