"""The part of a relationship that the guards of the state table and the rules of handover read."""

from __future__ import annotations

from typing import Protocol

from kea_twisted.ha.failure import Link
from kea_twisted.ha.fetch import Fetch
from kea_twisted.ha.heartbeat import HeartbeatTimer
from kea_twisted.ha.messages import Cause
from kea_twisted.ha.recovery import Recovery
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.updates import Updates
from kea_twisted.ha.watch import PartnerWatch


class RelationshipView(Protocol):
    """A read-only view of a relationship."""

    @property
    def settings(self) -> HaSettings:
        """The configuration."""

    @property
    def link(self) -> Link:
        """The connection to the partner."""

    @property
    def watch(self) -> PartnerWatch:
        """The evidence about the partner."""

    @property
    def heartbeat(self) -> HeartbeatTimer:
        """The heartbeats."""

    @property
    def fetch(self) -> Fetch:
        """The fetch of the partner's leases."""

    @property
    def updates(self) -> Updates:
        """The lease updates."""

    @property
    def recovery(self) -> Recovery:
        """The communication recovery."""

    @property
    def state(self) -> State:
        """The state."""

    @property
    def previous(self) -> State:
        """The state before."""

    @property
    def cause(self) -> Cause:
        """The cause of the state."""

    @property
    def serves(self) -> bool:
        """True if this server serves clients."""

    @property
    def unable(self) -> str:
        """The reason why this server cannot serve, empty if it can."""
