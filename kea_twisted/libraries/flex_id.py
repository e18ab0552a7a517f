"""``libdhcp_flex_id``: clients are identified by the value of an expression.

The value of ``identifier-expression`` is looked up among the reservations by ``flex-id``. With ``replace-client-id``
it also takes the place of the client identifier (option 61) while the server works; the client sees its own in the
reply. An empty value identifies no client: the others of its identifiers are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kea_twisted import events as E
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Query
from kea_twisted.errors import Problems
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import Parameter
from kea_twisted.hooks.points import Step
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.wire.constants import OPT_AGENT_OPTIONS, OPT_CLIENT_IDENTIFIER, OPT_MESSAGE_TYPE
from kea_twisted.wire.message import Message
from kea_twisted.wire.optiondefs import Definitions

EXPRESSION: Final = "identifier-expression"
REPLACES: Final = "replace-client-id"
_TYPE: Final = b"\0"  # of a client identifier that is no hardware address (RFC 2132 section 9.14)


class FlexId(KeaLibrary):
    """Reservations by the value of an expression, also in place of the client identifier."""

    parameters = (
        Parameter(EXPRESSION, str, meaning="its value is the `flex-id` of a client"),
        Parameter(REPLACES, bool, False, "it takes the place of the client identifier, too"),
        Parameter("ignore-iaid", bool, False, "of DHCPv6 only"),
    )

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self._evaluate: Callable[[Subject], bytes] = _nothing

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report an expression that cannot be used."""
        text = entry.parameters.get(EXPRESSION)
        place = place_of(entry.parameters, EXPRESSION)
        if text == "":
            problems.warning(place, f"'{EXPRESSION}' of {cls.name()} is empty: the library does nothing")
        elif isinstance(text, str):
            try:
                _compiled(text, settings)
            except ValueError as error:
                problems.error(place, f"'{EXPRESSION}' of {cls.name()}: {error}")

    def register(self, hooks: HookChain) -> None:
        """Take part where there is something to do."""
        if not self.values[EXPRESSION]:
            return
        hooks.register("host4_identifier", self.host4_identifier)
        hooks.register("dhcp4_srv_configured", self.dhcp4_srv_configured)
        if "member" in self.values[EXPRESSION]:
            hooks.read_classes()
        if self.values[REPLACES]:
            hooks.register("pkt4_receive", self.pkt4_receive)
            hooks.register("pkt4_send", self.pkt4_send)

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Compile the expression, which uses options and classes of the configuration."""
        self._evaluate = _compiled(self.values[EXPRESSION], settings)

    def host4_identifier(self, query: Query, identifier: bytes) -> bytes:
        """Return the identifier to search reservations for."""
        return self._value(query, "host4_identifier") or b""

    def pkt4_receive(self, query: Query) -> Query | Step | None:
        """Return the query as if the client had the value as its client identifier; None: as it came.

        A query for which there is no value is dropped: it would get the lease of another client.
        """
        value = self._value(query, "pkt4_receive")
        if value is None:
            return Step.DROP
        if not value:
            return None
        message = query.message
        options = {**message.options, OPT_CLIENT_IDENTIFIER: _TYPE + value}
        return query._replace(message=message._replace(options=options), arrived=query.arrived or message)

    def pkt4_send(self, query: Query, response: Message) -> Message | None:
        """Return the reply with the client's own identifier, even where ``echo-client-id`` is false; None: as it is."""
        arrived = query.arrived
        if arrived is None:
            return None
        options = {code: data for code, data in response.options.items() if code != OPT_CLIENT_IDENTIFIER}
        own = arrived.options.get(OPT_CLIENT_IDENTIFIER)
        if own is not None:
            options[OPT_CLIENT_IDENTIFIER] = own
        return response._replace(options=dict(sorted(options.items(), key=_order)))

    def _value(self, query: Query, point: str) -> bytes | None:
        """Return the value of the expression for the client's message; None: it has none, which is logged."""
        message = query.arrived or query.message
        subject = Subject(message, query.interface.name, query.source, query.destination, query.classes, True)
        try:
            return self._evaluate(subject)
        except EvaluationError as error:
            if E.HOOKS_CALLOUT_EXCEPTION in self.host.log.enabled:
                self.host.log.emit(E.HOOKS_CALLOUT_EXCEPTION, point, self.host.number, self.name(), error)
            return None


def _nothing(subject: Subject) -> bytes:
    return b""


def _compiled(text: str, settings: Settings) -> Callable[[Subject], bytes]:
    from kea_twisted.expr.compile import compile_template  # with its parser, for who uses it

    return compile_template(text, Definitions(configured_definitions(settings.tree))).evaluate


def _order(option: tuple[int, bytes]) -> tuple[bool, bool, int]:
    """Return the rank of an option in a reply: the message type first, relay information last."""
    code = option[0]
    return code != OPT_MESSAGE_TYPE, code == OPT_AGENT_OPTIONS, code
