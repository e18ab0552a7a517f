"""``libdhcp_ddns_tuning``: names of clients by the values of expressions, and clients whose names are not updated.

The expression of a subnet, ``{"ddns-tuning": {"hostname-expr": …}}`` in its user context, comes before that of the
library; an empty one switches that off. An empty value leaves the name as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kea_twisted.config.model import HookLibrary, NameRules, Settings, Subnet
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.engine.clientname import qualified
from kea_twisted.engine.effects import DnsName, Query
from kea_twisted.errors import Problems
from kea_twisted.events.event import DEBUG, ERROR, INFO, Event
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost, Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.wire.dnsname import label_count
from kea_twisted.wire.identity import label
from kea_twisted.wire.optiondefs import Definitions

EXPRESSION: Final = "hostname-expr"
CONTEXT: Final = "ddns-tuning"
SKIP: Final = "SKIP_DDNS"
"""The class of clients whose names are not updated."""

_LOGGER: Final = "ddns-tuning-hooks"
CALCULATED: Final = Event(
    "DDNS_TUNING4_CALCULATED_HOSTNAME",
    DEBUG,
    _LOGGER,
    "Replacing host name: {}, with calculated host name: {}, for query: {}",
    "the client has the second one",
    debuglevel=40,
)
SKIPPED: Final = Event(
    "DDNS_TUNING4_SKIPPING_DDNS",
    DEBUG,
    _LOGGER,
    "Client is a member matches SKIP_DDNS class, skipping DDNS updates, query: {}",
    "its names are not updated",
    debuglevel=40,
)
FAILED: Final = Event(
    "DDNS_TUNING4_PROCESS_ERROR",
    ERROR,
    _LOGGER,
    "An error occurred processing query {}: {}",
    "the expression has no value, or one that is no domain name; the client keeps its name",
)
SET: Final = Event(
    "DDNS_TUNING_GLOBAL_EXPR_SET",
    INFO,
    _LOGGER,
    "Global hostname expression set to: {}",
    "it holds in subnets without an expression of their own",
)
UNLOADED: Final = Event(
    "DDNS_TUNING_UNLOAD", INFO, _LOGGER, "DDNS Tuning hooks library has been unloaded", "names stay as they are"
)

Evaluate = Callable[[Subject], bytes]


class DdnsTuning(KeaLibrary):
    """Names of clients by the values of expressions, and names that are not updated."""

    parameters = (Parameter(EXPRESSION, str, "", "its value is the name of a client"),)
    events = (CALCULATED, SKIPPED, FAILED, SET, UNLOADED)

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self._everywhere: Evaluate | None = None
        self._by_subnet: Mapping[int, Evaluate | None] = {}

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report expressions that cannot be used."""
        definitions = Definitions(configured_definitions(settings.tree))
        text = entry.parameters.get(EXPRESSION)
        if isinstance(text, str):
            try:
                _compiled(text, definitions)
            except ValueError as error:
                fault = f"global expression parsing failed: error parsing expression: [{text}] : {error}"
                problems.error(place_of(entry.parameters, EXPRESSION), fault)
        for subnet in settings.subnets:
            try:
                _compiled(_expression_of(subnet) or "", definitions)
            except ValueError as error:
                start = f"hostname expression for subnet: {subnet.text} parsing failed: error parsing expression:"
                problems.error(None, f"{start} [{_expression_of(subnet)}] : {error}")

    def load(self, host: HookHost) -> None:
        """Keep the host, and log the expression."""
        super().load(host)
        if self.values[EXPRESSION]:
            self._say(SET, self.values[EXPRESSION])

    def register(self, hooks: HookChain) -> None:
        """Take part; expressions and SKIP_DDNS depend on the classes of queries."""
        super().register(hooks)
        hooks.read_classes()

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Compile the expressions, which use options and classes of the configuration."""
        definitions = Definitions(configured_definitions(settings.tree))
        self._everywhere = _compiled(self.values[EXPRESSION], definitions)
        own = {subnet.id: _expression_of(subnet) for subnet in settings.subnets}
        self._by_subnet = {key: _compiled(text, definitions) for key, text in own.items() if text is not None}

    def ddns4_update(self, query: Query, subnet: Subnet | None, rules: NameRules, name: DnsName) -> DnsName | None:
        """Return the name by the expression of the subnet, not to be updated for members of SKIP_DDNS."""
        try:
            hostname = self._hostname(query, subnet, rules)
        except (EvaluationError, ValueError) as error:
            self._say(FAILED, label(query.message), error)
            return None
        if hostname and hostname != name.hostname:
            self._say(CALCULATED, name.hostname, hostname, label(query.message))
            name = name._replace(hostname=hostname)
        if SKIP in query.classes:
            self._say(SKIPPED, label(query.message))
            name = name._replace(forward=False, reverse=False)
        return name

    def unload(self) -> None:
        """Log the end."""
        self._say(UNLOADED)

    def _hostname(self, query: Query, subnet: Subnet | None, rules: NameRules) -> str:
        """Return the value of the expression, qualified; "" for none. Raises EvaluationError or ValueError."""
        evaluate = self._by_subnet.get(subnet.id, self._everywhere) if subnet is not None else self._everywhere
        if evaluate is None:
            return ""
        subject = Subject(query.message, query.interface.name, query.source, query.destination, query.classes, True)
        hostname = evaluate(subject).decode("latin-1")
        if hostname and label_count(hostname) == 1:
            return qualified(hostname, rules.suffix).removesuffix(".")
        return hostname

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


def _expression_of(subnet: Subnet) -> str | None:
    """Return the expression in the user context of a subnet; None if it has none."""
    section = subnet.user_context.get(CONTEXT)
    text = section.get(EXPRESSION) if isinstance(section, dict) else None
    return text if isinstance(text, str) else None


def _compiled(text: str, definitions: Definitions) -> Evaluate | None:
    """Return the compiled expression; None for an empty one. Raises ValueError."""
    if not text:
        return None
    from kea_twisted.expr.compile import compile_template  # with its parser, for who uses it

    return compile_template(text, definitions).evaluate
