"""``libdhcp_ha`` as the library table names it: the relationships with everything that they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from kea_twisted import events as E
from kea_twisted.adapters.partner import connect
from kea_twisted.adapters.partner.identity import this_host
from kea_twisted.commands import ha
from kea_twisted.commands.context import READ, WRITE, Command
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.errors import Problems
from kea_twisted.ha import keywords, ownname
from kea_twisted.ha import parameters as ha_parameters
from kea_twisted.ha.library import HaLibrary
from kea_twisted.ha.settings import HaSettings
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost, Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary


class HighAvailability(KeaLibrary):
    """High availability.

    ``build`` makes the relationships, with what they need of the outside.
    """

    parameters = (Parameter("high-availability", list, (), "the relationships with other servers"),)
    is_first = True

    def __init__(self, parameters: Mapping[str, Json], build: Callable[..., HaLibrary] = connect.connect) -> None:
        super().__init__(parameters)
        self._relationships = parameters
        self._build = build
        self._library: HaLibrary | None = None
        self._is_started = False

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report unknown parameters; ``check_settings`` reports the rest."""
        cls.warn_of_unknown(parameters, problems)

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report faults of the relationships, and those that the rest of the configuration and the machine show."""
        found = Problems()
        reasons = ownname.fill_in(entry.parameters, this_host)  # in place: from here on it is as if it were written
        ha_parameters.check(settings.hooks_libraries, found)
        ownname.check_names(entry.parameters, this_host, found)
        connect.check(settings, found)
        problems.errors += [
            each if each.event else each._replace(event=E.HA_CONFIGURATION_FAILED)
            for each in ownname.explained(found.errors, reasons)
        ]
        problems.warnings += found.warnings

    @classmethod
    def basis(cls, entry: HookLibrary, settings: Settings) -> object:
        """Return the relationships, and the contents of the files that they name."""
        relationships = cls.relationships(settings)
        return relationships, connect.files_of(relationships)

    @classmethod
    def shown(cls, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the parameters with the defaults, as a Kea shows them."""
        return keywords.with_defaults(parameters)

    @classmethod
    def relationships(cls, settings: Settings) -> tuple[HaSettings, ...]:
        """Return the relationships that are configured; none where they have faults."""
        return ha_parameters.relationships_of(settings.hooks_libraries, Problems())

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """Return the commands."""
        from kea_twisted.commands import digests

        return (
            _command("ha-heartbeat", WRITE, "our HA state, for the partner", partner_may=True),
            _command("ha-sync", WRITE, "fetch the partner's leases now"),
            _command("ha-scopes", WRITE, "serve these scopes"),
            _command("ha-continue", WRITE, "go on from a paused state"),
            _command("ha-reset", WRITE, "start the HA states anew", partner_may=True),
            _command("ha-maintenance-start", WRITE, "take over, so that the partner can be serviced"),
            _command("ha-maintenance-cancel", WRITE, "call off maintenance of the partner"),
            _command("ha-maintenance-notify", WRITE, "the partner's announcement of maintenance", partner_may=True),
            _command(
                "ha-repair",
                WRITE,
                "compare the leases with the partner's now, and repair what differs",
                stands_for=("ha-sync",),
            ),
            Command(
                "ha-digest-get",
                READ,
                digests.ha_digest_get,
                "digests of leases by subnet, for the partner",
                partner_may=True,
                stands_for=(),
            ),
            _command(
                "ha-subnets-get",
                READ,
                "the ids and prefixes of our subnets, for the partner",
                partner_may=True,
                stands_for=(),
            ),
            _command("ha-sync-complete-notify", WRITE, "the partner has fetched our leases", partner_may=True),
        )

    @property
    def availability(self) -> HaLibrary | None:
        """The relationships at work."""
        return self._library

    def load(self, host: HookHost) -> None:
        """Build the relationships; nothing is started or connected yet."""
        super().load(host)
        found = ha_parameters.parse(self._relationships, Problems())
        self._library = self._build(
            found, host.service_state, host.table, host.commit, host.log, host.reactor,
            host.sockets, host.can_serve, host.lease_file,
        )  # fmt: skip

    def register(self, hooks: HookChain) -> None:
        """Take part at the hook points that the mode of the relationships needs."""
        assert self._library is not None
        self._library.register(hooks, self.host.settings)

    def start(self) -> None:
        """Contact the partners."""
        assert self._library is not None
        self._is_started = True
        try:
            self._library.start()
        except Exception as error:
            self.host.log.emit(E.HA_DHCP4_START_SERVICE_FAILED, error)
            raise

    def health_changed(self, fault: str) -> None:
        """Let the partners know."""
        assert self._library is not None
        self._library.dhcp_side(not fault, fault)

    def unload(self) -> Deferred[Any] | None:
        """End the relationships, if they were started; the Deferred fires when the connections are closed."""
        if self._library is None or not self._is_started:
            return None
        return gatherResults(self._library.unload())


def _command(
    name: str, access: str, summary: str, *, partner_may: bool = False, stands_for: tuple[str, ...] | None = None
) -> Command:
    return Command(name, access, ha.bound(name), summary, partner_may, stands_for)
