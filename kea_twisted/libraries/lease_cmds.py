"""``libdhcp_lease_cmds``: ``binding-variables``, values of expressions that are kept in a lease with each ACK.

They are the member ``binding-variables`` of ``ISC`` in the user context of the lease. Kea writes a lease twice, without
and with them; here they are made before the lease is written, so that the lease file and the partner get one row. The
commands of the library are in ``commands``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.errors import Place, Problems
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.context import with_isc
from kea_twisted.lease.lease import DEFAULT, Change, Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.message import Message, decode
from kea_twisted.wire.optiondefs import Definitions

LIBRARY: Final = "libdhcp_lease_cmds"
VARIABLES: Final = "binding-variables"
SOURCES: Final = ("query", "response")
_KEYS: Final = ("name", "source", "expression")


class Variable(NamedTuple):
    """One of ``binding-variables``: the expression is about the query or the response."""

    name: str
    source: str
    evaluate: Callable[[Subject], bytes]


class BindingVariables(NamedTuple):
    """The variables of the library, which is the ``number``th of the configuration. ``log`` is an ILog."""

    variables: tuple[Variable, ...]
    store: LeaseStore
    number: int
    log: Any

    def register(self, hooks: HookChain) -> None:
        """Take part if there are variables."""
        if self.variables:
            hooks.lease_contexts = (*hooks.lease_contexts, self.described)

    def described(self, decision: Decision) -> Decision:
        """Return the decision with the variables in the leases that it gives to the client."""
        if decision.reply is None or decision.lease is None or not decision.changes:
            return decision
        try:
            values = self._values(decision.query, decode(decision.reply.payload))
        except EvaluationError as error:
            if E.HOOKS_CALLOUT_EXCEPTION in self.log.enabled:
                self.log.emit(E.HOOKS_CALLOUT_EXCEPTION, "leases4_committed", self.number, LIBRARY, error)
            return decision
        changes = tuple(self._change(change, decision.lease, values) for change in decision.changes)
        lease = next((each.lease for each in changes if _is_given(each, decision.lease)), decision.lease)
        return decision._replace(changes=changes, lease=lease)

    def _change(self, change: Change, given: Lease, values: Mapping[str, str]) -> Change:
        if not _is_given(change, given):
            return change
        lease = change.lease._replace(user_context=with_isc(change.lease.user_context, VARIABLES, values))
        self.store.put(lease)
        return Change(lease)

    def _values(self, query: Query, response: Message) -> dict[str, str]:
        interface, source, destination = query.interface.name, query.source, query.destination
        subjects = {
            "query": Subject(query.message, interface, source, destination, query.classes, True),
            "response": Subject(response, interface, query.local, destination, query.classes, True),
        }
        return {row.name: row.evaluate(subjects[row.source]).decode("latin-1") for row in self.variables}


def check(settings: Settings, problems: Problems) -> None:
    """Report what is wrong with the variables, where the library is configured."""
    for library in settings.hooks_libraries:
        if library.base_name == LIBRARY:
            _variables(library, settings, problems)


def make(library: HookLibrary, settings: Settings, store: LeaseStore, number: int, log: Any) -> BindingVariables:
    """Return the library as configured; its parameters have been checked."""
    return BindingVariables(_variables(library, settings, Problems()), store, number, log)


def _variables(library: HookLibrary, settings: Settings, problems: Problems) -> tuple[Variable, ...]:
    entries = library.parameters.get(VARIABLES, [])
    if not isinstance(entries, list):
        problems.error(place_of(library.parameters, VARIABLES), f"'{VARIABLES}' of {LIBRARY} must be a list")
        return ()
    found: dict[str, Variable] = {}
    for index, entry in enumerate(entries):
        where = f"{VARIABLES}[{index}] of {LIBRARY}"
        variable = _variable(entry, where, place_of(entries, index), settings, problems)
        if variable is not None and found.setdefault(variable.name, variable) is not variable:
            text = f"{where} has the name '{variable.name}', which an earlier one has: the earlier one is used"
            problems.warning(place_of(entry, "name"), text)
    return tuple(found.values())


def _variable(entry: Any, where: str, place: Place | None, settings: Settings, problems: Problems) -> Variable | None:
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
