"""``libdhcp_run_script`` as the library table names it: starts the script at its hook points."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from twisted.internet.defer import Deferred

from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.programs import Bounds, Ending, ProgramRunner
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.errors import Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.library import HookHost, Parameter
from kea_twisted.hooks.points import Step
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Lease
from kea_twisted.libraries.base import KeaLibrary, NamedFile
from kea_twisted.libraries.run_script import environment
from kea_twisted.libraries.run_script import messages as M
from kea_twisted.libraries.run_script.environment import Variables
from kea_twisted.wire.constants import DISCOVER, OPT_MESSAGE_TYPE

NAME: Final = "name"
DROP_STATUS: Final = 100
"""The exit status by which a script that is waited for has the reply dropped."""

_AT_LEAST_ONE: Final = ("max-processes", "timeout")


class RunScript(KeaLibrary):
    """A script of the operator at hook points."""

    parameters = (
        Parameter(NAME, str, meaning="the script, in the folder for scripts"),
        Parameter("sync", bool, False, "a client waits for its answer until the script has ended"),
        Parameter("max-processes", int, 8, "scripts at a time; ours"),
        Parameter("max-queued", int, 10000, "runs that wait for one of them; ours"),
        Parameter("timeout", int, 60, "seconds after which a script is ended; ours"),
    )
    events = M.EVENTS
    own_events = M.OWN

    def __init__(
        self, parameters: Mapping[str, Json], make_runner: Callable[..., ProgramRunner] = ProgramRunner
    ) -> None:
        super().__init__(parameters)
        self._make_runner = make_runner
        self._runner: ProgramRunner | None = None
        self._known: Settings | None = None
        self._subnets: Mapping[int, Subnet] = {}

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report bounds that let no script run."""
        super().check(parameters, problems)
        for name in _AT_LEAST_ONE:
            value = parameters.get(name)
            if isinstance(value, int) and value < 1:
                problems.error(place_of(parameters, name), f"'{name}' of {cls.name()} must be at least 1")

    @classmethod
    def files(cls, parameters: Mapping[str, Json]) -> Sequence[NamedFile]:
        """Return the script."""
        return [NamedFile(NAME, parameters[NAME], True)] if isinstance(parameters.get(NAME), str) else []

    def load(self, host: HookHost) -> None:
        """Prepare to run the script."""
        super().load(host)
        path = Folders.of(os.environ).script(self.values[NAME])
        bounds = Bounds(self.values["max-processes"], max(0, self.values["max-queued"]), self.values["timeout"])
        self._runner = self._make_runner(host.reactor, path, bounds, self._said)
        self._log(M.LOADED)

    def lease4_renew(self, query: Query, lease: Lease) -> None:
        """Run the script for a lease that is renewed."""
        self._run("lease4_renew", {
            **environment.of_query(query), **environment.of_subnet(self._subnet(lease.subnet_id)),
            **environment.of_client(query.message), **environment.of_lease(lease),
        })  # fmt: skip

    def lease4_expire(self, lease: Lease) -> None:
        """Run the script for an expired lease."""
        expired = self.host.settings.expired_leases_processing
        is_removed = not expired.flush_reclaimed_timer_wait_time
        self._run("lease4_expire", {**environment.of_lease(lease), "REMOVE_LEASE": "true" if is_removed else "false"})

    def lease4_recover(self, lease: Lease) -> None:
        """Run the script for an address whose probation is over."""
        self._run("lease4_recover", environment.of_lease(lease))

    def lease4_release(self, query: Query, lease: Lease) -> None:
        """Run the script for a lease that its client gives up."""
        self._run("lease4_release", {**environment.of_query(query), **environment.of_lease(lease)})

    def lease4_decline(self, query: Query, lease: Lease) -> None:
        """Run the script for a lease that its client declines."""
        self._run("lease4_decline", {**environment.of_query(query), **environment.of_lease(lease)})

    def leases4_committed(self, decision: Decision) -> Deferred[Step | None] | None:
        """Run the script for leases that are stored; with ``sync`` the client waits for it."""
        if decision.query.message.options.get(OPT_MESSAGE_TYPE) == bytes((DISCOVER,)):
            return None  # the address of an offer is kept: in Kea this is another hook point
        ending = self._run("leases4_committed", environment.of_decision(decision))
        if ending is None or not self.values["sync"]:
            return None
        return ending.addCallback(lambda ending: Step.DROP if ending.status == DROP_STATUS else None)

    def unload(self) -> None:
        """Drop what waits; scripts under way continue."""
        dropped = self._runner.close() if self._runner is not None else 0
        if dropped:
            self._log(M.GAVE_UP, dropped)
        self._log(M.UNLOADED)

    def _run(self, point: str, variables: Variables) -> Deferred[Ending] | None:
        assert self._runner is not None
        ending = self._runner.run(point, (point,), variables)
        if ending is None:
            self._log(M.OVERFULL, point, self._runner.bounds.queued)
            return None
        return ending.addCallback(self._ended, point)

    def _ended(self, ending: Ending, point: str) -> Ending:
        if ending.timed_out:
            self._log(M.TIMED_OUT, point, self.values["timeout"])
        elif ending.not_started:
            self._log(M.NOT_STARTED, point, ending.reason)
        elif ending.reason and not (self.values["sync"] and ending.status == DROP_STATUS):
            self._log(M.FAILED, point, ending.reason)
        else:
            self._log(M.ENDED, point, ending.status)
        return ending

    def _said(self, point: str, line: str) -> None:
        self._log(M.OUTPUT, point, line)

    def _subnet(self, number: int) -> Subnet | None:
        settings = self.host.settings
        if settings is not self._known:
            self._known, self._subnets = settings, {subnet.id: subnet for subnet in settings.subnets}
        return self._subnets.get(number)

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)
