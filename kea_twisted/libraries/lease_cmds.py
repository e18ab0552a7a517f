"""``libdhcp_lease_cmds``: the lease commands, and ``binding-variables``.

Binding variables are values of expressions that are kept in a lease with each ACK: the member ``binding-variables`` of
``ISC`` in the user context of the lease. Kea writes a lease twice, without and with them; here they are made before the
lease is written, so that the lease file and the partner get one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.commands.context import READ, WRITE, Command
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.errors import Place, Problems
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost, Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.context import with_isc
from kea_twisted.lease.lease import DEFAULT, Change, Lease
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.wire.message import Message, decode
from kea_twisted.wire.optiondefs import Definitions

VARIABLES: Final = "binding-variables"
SOURCES: Final = ("query", "response")
_KEYS: Final = ("name", "source", "expression")


class Variable(NamedTuple):
    """One of ``binding-variables``: the expression is about the query or the response."""

    name: str
    source: str
    evaluate: Callable[[Subject], bytes]


class LeaseCommands(KeaLibrary):
    """Commands that show and change leases, and values of expressions in their user context."""

    parameters = (Parameter(VARIABLES, list, (), "expressions whose values are kept in a lease"),)

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self.variables: tuple[Variable, ...] = ()

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report faults of the variables."""
        _variables(cls.name(), entry.parameters.get(VARIABLES, []), settings, problems)

    @classmethod
    def command_table(cls) -> tuple[Command, ...]:
        """The commands."""
        from kea_twisted.commands import (
            bulk,
            freequeues,
            hostsystem,
            leasenames,
            leasequeries,
            leases,
        )  # for servers with a control channel

        return (
            Command("lease4-add", WRITE, leases.lease4_add, "create a lease"),
            Command("lease4-update", WRITE, leases.lease4_update, "replace a lease, or create it", partner_may=True),
            Command("lease4-del", WRITE, leases.lease4_del, "delete a lease", partner_may=True),
            Command(
                "lease4-bulk-apply",
                WRITE,
                bulk.lease4_bulk_apply,
                "delete, create and replace leases",
                partner_may=True,
                stands_for=("lease4-update", "lease4-del"),
            ),
            Command("lease4-wipe", WRITE, leases.lease4_wipe, "delete all leases of a subnet"),
            Command("lease4-get", READ, leasequeries.lease4_get, "the lease of an address or a client"),
            Command(
                "lease4-get-all", READ, leasequeries.lease4_get_all, "all leases, or some subnets'", partner_may=True
            ),
            Command(
                "lease4-get-page", READ, leasequeries.lease4_get_page, "the next leases by address", partner_may=True
            ),
            Command(
                "lease4-get-by-hw-address", READ, leasequeries.lease4_get_by_hw_address, "the same by hardware address"
            ),
            Command(
                "lease4-get-by-client-id", READ, leasequeries.lease4_get_by_client_id, "the same by client identifier"
            ),
            Command("lease4-get-by-hostname", READ, leasequeries.lease4_get_by_hostname, "the same by host name"),
            Command("lease4-get-by-state", READ, leasequeries.lease4_get_by_state, "the same by state"),
            Command("lease4-write", WRITE, hostsystem.lease4_write, "write all leases to another file"),
            Command(
                "lease4-resend-ddns", WRITE, leasenames.lease4_resend_ddns, "send the names of a lease to the DNS again"
            ),
            Command(
                "sflq-pool4-get-all", READ, freequeues.sflq_pool4_get_all, "all queues of the allocator shared-flq"
            ),
            Command("sflq-pool4-get-by-subnet", READ, freequeues.sflq_pool4_get_by_subnet, "those of a subnet"),
            Command("sflq-pool4-get-by-range", READ, freequeues.sflq_pool4_get_by_range, "those that overlap a range"),
            Command("sflq-pool4-rebuild", WRITE, freequeues.sflq_pool4_rebuild, "make the queue of a pool anew"),
            Command("sflq-pool4-del", WRITE, freequeues.sflq_pool4_del, "delete a queue that no configured pool has"),
        )

    def load(self, host: HookHost) -> None:
        """Log that the commands are available, as Kea's library does."""
        super().load(host)
        self._say(E.LEASE_CMDS_INIT_OK)

    def unload(self) -> None:
        """Log that the commands are gone."""
        self._say(E.LEASE_CMDS_DEINIT_OK)

    def _say(self, event: E.Event) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event)

    def register(self, hooks: HookChain) -> None:
        """Take part if there are variables."""
        if self.values[VARIABLES]:
            super().register(hooks)
            if "member" in str(self.values[VARIABLES]):
                hooks.read_classes()
            hooks.add("lease_contexts", self.described)

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Compile the expressions, which use options and classes of the configuration."""
        self.variables = _variables(self.name(), self.values[VARIABLES], settings, Problems())

    def described(self, decision: Decision) -> Decision:
        """Return the decision with the variables in the leases that it gives to the client."""
        if decision.reply is None or decision.lease is None or not decision.changes:
            return decision
        try:
            values = self._values(decision.query, decode(decision.reply.payload))
        except EvaluationError as error:
            if E.HOOKS_CALLOUT_EXCEPTION in self.host.log.enabled:
                place = ("leases4_committed", self.host.number, self.name())
                self.host.log.emit(E.HOOKS_CALLOUT_EXCEPTION, *place, error)
            return decision
        changes = tuple(self._change(change, decision.lease, values) for change in decision.changes)
        lease = next((each.lease for each in changes if _is_given(each, decision.lease)), decision.lease)
        return decision._replace(changes=changes, lease=lease)

    def _change(self, change: Change, given: Lease, values: Mapping[str, str]) -> Change:
        if not _is_given(change, given):
            return change
        lease = change.lease._replace(user_context=with_isc(change.lease.user_context, VARIABLES, values))
        self.host.table.store.put(lease)
        return Change(lease)

    def _values(self, query: Query, response: Message) -> dict[str, str]:
        interface, source, destination = query.interface.name, query.source, query.destination
        subjects = {
            "query": Subject(query.message, interface, source, destination, query.classes, True),
            "response": Subject(response, interface, query.local, destination, query.classes, True),
        }
        return {row.name: row.evaluate(subjects[row.source]).decode("latin-1") for row in self.variables}


def _variables(library: str, entries: object, settings: Settings, problems: Problems) -> tuple[Variable, ...]:
    if not isinstance(entries, list):
        return ()  # which has been reported
    found: dict[str, Variable] = {}
    for index, entry in enumerate(entries):
        where = f"{VARIABLES}[{index}] of {library}"
        variable = _variable(entry, where, place_of(entries, index), settings, problems)
        if variable is not None and found.setdefault(variable.name, variable) is not variable:
            text = f"{where} has the name '{variable.name}', which an earlier one has: the earlier one is used"
            problems.warning(place_of(entry, "name"), text)
    return tuple(found.values())


def _variable(
    entry: object, where: str, place: Place | None, settings: Settings, problems: Problems
) -> Variable | None:
    if not isinstance(entry, Mapping):
        problems.error(place, f"{where} must be a map with {', '.join(_KEYS)}")
        return None
    before = len(problems.errors)
    for key, value in entry.items():
        if key not in _KEYS:
            problems.error(place_of(entry, key), f"unknown keyword '{key}' in {where}; there are {', '.join(_KEYS)}")
        elif not isinstance(value, str) or not value:
            problems.error(place_of(entry, key), f"'{key}' in {where} must be a string that is not empty")
    for key in _KEYS:
        if key not in entry:
            problems.error(place, f"missing parameter '{key}' in {where}")
    source = entry.get("source")
    if isinstance(source, str) and source and source not in SOURCES:
        text = f"invalid source '{source}', must be either 'query' or 'response', in {where}"
        problems.error(place_of(entry, "source"), text)
    if len(problems.errors) > before:
        return None
    try:
        return Variable(entry["name"], entry["source"], _compiled(entry["expression"], settings))
    except ValueError as error:
        problems.error(place_of(entry, "expression"), f"error parsing expression in {where}: {error}")
        return None


def _compiled(text: str, settings: Settings) -> Callable[[Subject], bytes]:
    from kea_twisted.expr.compile import compile_template  # with its parser, for who uses it

    return compile_template(text, Definitions(configured_definitions(settings.tree))).evaluate


def _is_given(change: Change, given: Lease) -> bool:
    return not change.deleted and change.lease.state == DEFAULT and change.lease.address == given.address
