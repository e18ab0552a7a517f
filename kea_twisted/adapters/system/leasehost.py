"""The server as a lease backend sees it."""

from __future__ import annotations

from typing import Protocol

from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.interfaces import Log


class LeaseHost(Protocol):
    """The part of a server that every lease backend needs."""

    @property
    def reactor(self) -> Reactor:
        """The reactor, for what the backend does beside its commits."""

    @property
    def log(self) -> Log:
        """The log of the server."""

    @property
    def folders(self) -> Folders:
        """The folders of the files."""
