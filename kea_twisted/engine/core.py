"""The objects that every step of a packet works with, for one configuration."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.config.model import Settings
from kea_twisted.engine.classify import Classifier, make_classifier
from kea_twisted.engine.dropreport import DropReport, RateLimit
from kea_twisted.engine.hostlookup import HostLookup
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.nameupdates import NameUpdates
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.interfaces import Log
from kea_twisted.wire.constants import CLIENT_PORT, SERVER_PORT

STEPS: Final = frozenset((
    *E.QUERY_STEPS, E.DHCP4_SUBNET_SELECTED, E.DHCP4_DISCOVER, E.DHCP4_REQUEST,
    E.DHCP4_DHCP4O6_SUBNET_SELECTED, E.DHCP4_DHCP4O6_SUBNET_DATA,
))  # fmt: skip
"""Debug messages that nearly every query causes: ``Core.traces`` is False if none of them is enabled."""


class Core:
    """The settings, leases, hooks, log and counters that all steps of the server share.

    ``client_port`` and ``server_port`` are where clients listen and where this server does; ``names`` updates the DNS,
    None where the configuration has no ``dhcp-ddns`` at work; ``host_lookup`` finds reservations that are not in the
    configuration, None where there are no such.
    """

    __slots__ = (
        "settings",
        "table",
        "hooks",
        "log",
        "statistics",
        "service_state",
        "client_port",
        "server_port",
        "names",
        "host_lookup",
        "classifier",
        "drops",
        "shortened",
        "levels",
        "traces",
    )

    def __init__(
        self,
        settings: Settings,
        table: LeaseTable,
        hooks: HookChain,
        log: Log,
        statistics: Statistics,
        service_state: ServiceState,
        client_port: int = CLIENT_PORT,
        server_port: int = SERVER_PORT,
        names: NameUpdates | None = None,
        host_lookup: HostLookup | None = None,
    ) -> None:
        self.settings = settings
        self.table = table
        self.hooks = hooks
        self.log = log
        self.statistics = statistics
        self.service_state = service_state
        self.client_port = client_port
        self.server_port = server_port
        self.names = names
        self.host_lookup = host_lookup
        self.drops = DropReport(log, statistics)
        self.shortened = RateLimit()  # of lines about replies that had to be shortened
        self.classifier = make_classifier(settings, hooks, log)  # None: no query needs to be classified
        self.levels: frozenset[E.Event]  # ``log.enabled`` when ``traces`` was set
        self.traces: bool  # some event of STEPS is enabled
        self.read_levels()

    @property
    def has_reservations(self) -> bool:
        """True if there may be reservations, in the configuration or elsewhere."""
        return bool(self.settings.hosts.by_subnet) or self.host_lookup is not None

    @property
    def updates_names(self) -> bool:
        """True if names in the DNS are updated at present."""
        return self.names is not None and self.names.enabled

    def read_levels(self) -> None:
        """Find out anew whether the steps of a query are logged: loggers were configured."""
        self.levels = self.log.enabled
        self.traces = not STEPS.isdisjoint(self.levels)

    def classify_from_now_on(self) -> Classifier:
        """Return the classifier, made now if no query needed it before: a reservation has classes."""
        if self.classifier is None:
            self.classifier = Classifier(self.settings, self.hooks, self.log)
        return self.classifier
