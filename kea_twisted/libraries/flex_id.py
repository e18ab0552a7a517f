"""``libdhcp_flex_id``: a client is who an expression says it is.

The value of ``identifier-expression`` is looked for among the reservations by ``flex-id``. With ``replace-client-id``
it also takes the place of the client identifier (option 61) while the server works; the client sees its own in the
reply. An empty value says nothing, and the client is looked for by what else is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.wire.constants import OPT_AGENT_OPTIONS, OPT_CLIENT_IDENTIFIER, OPT_MESSAGE_TYPE
from kea_twisted.wire.message import Message
from kea_twisted.wire.optiondefs import Definitions

LIBRARY: Final = "libdhcp_flex_id"
EXPRESSION: Final = "identifier-expression"
REPLACES: Final = "replace-client-id"
PARAMETERS: Final = (EXPRESSION, REPLACES, "ignore-iaid")
_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    EXPRESSION: (str, "a string"),
    REPLACES: (bool, "true or false"),
    "ignore-iaid": (bool, "true or false"),  # of DHCPv6 only
    "user-context": (dict, "a map"),
    "comment": (str, "a string"),
}
_TYPE: Final = b"\0"  # of a client identifier that is no hardware address (RFC 2132 section 9.14)


class FlexId(NamedTuple):
    """The library at work, the ``number``th of the configuration.

    ``evaluate`` is None for an empty expression, which is as good as no library; ``log`` is an ILog.
    """

    evaluate: Callable[[Subject], bytes] | None
    replaces: bool
    number: int
    log: Any

    def register(self, hooks: HookChain) -> None:
        """Take part where there is something to do."""
        if self.evaluate is None:
            return
        hooks.register("host4_identifier", self.host4_identifier)
        if self.replaces:
            hooks.register("pkt4_receive", self.pkt4_receive)
            hooks.register("pkt4_send", self.pkt4_send)

    def host4_identifier(self, query: Any, identifier: bytes) -> bytes:
        """Return the identifier to search reservations for."""
        return self._value(query, "host4_identifier") or b""

    def pkt4_receive(self, query: Any) -> Any:
        """The query as if the client had the value as its client identifier; None: as it came.

        A query for which there is no value is dropped: it would get the lease of somebody else.
        """
        value = self._value(query, "pkt4_receive")
        if value is None:
            return Step.DROP
        if not value:
            return None
        message = query.message
        options = {**message.options, OPT_CLIENT_IDENTIFIER: _TYPE + value}
        return query._replace(message=message._replace(options=options), arrived=query.arrived or message)

    def pkt4_send(self, query: Any, response: Message) -> Message | None:
        """The reply with what the client calls itself, even where ``echo-client-id`` is false; None: as it is."""
        arrived = query.arrived
        if arrived is None:
            return None
        options = {code: data for code, data in response.options.items() if code != OPT_CLIENT_IDENTIFIER}
        own = arrived.options.get(OPT_CLIENT_IDENTIFIER)
        if own is not None:
            options[OPT_CLIENT_IDENTIFIER] = own
        return response._replace(options=dict(sorted(options.items(), key=_order)))

    def _value(self, query: Any, point: str) -> bytes | None:
        """The value of the expression for what the client sent; None: it has none, which is logged."""
        assert self.evaluate is not None
        message = query.arrived or query.message
        subject = Subject(message, query.interface.name, query.source, query.destination, query.classes, True)
        try:
            return self.evaluate(subject)
        except EvaluationError as error:
            if E.HOOKS_CALLOUT_EXCEPTION in self.log.enabled:
                self.log.emit(E.HOOKS_CALLOUT_EXCEPTION, point, self.number, LIBRARY, error)
            return None


def check(settings: Settings, problems: Problems) -> None:
    """Report what is wrong with the parameters of the library, where it is configured."""
    for library in settings.hooks_libraries:
        if library.base_name == LIBRARY:
            _check(library, settings, problems)


def make(library: HookLibrary, settings: Settings, number: int, log: Any) -> FlexId:
    """The library as configured; its parameters have been checked."""
    text = library.parameters[EXPRESSION]
    return FlexId(_compiled(text, settings) if text else None, library.parameters.get(REPLACES, False), number, log)


def _check(library: HookLibrary, settings: Settings, problems: Problems) -> None:
    parameters = library.parameters
    for name, value in parameters.items():
        if name in _TYPES and not isinstance(value, _TYPES[name][0]):
            problems.error(place_of(parameters, name), f"parameter '{name}' of {LIBRARY} must be {_TYPES[name][1]}")
    text = parameters.get(EXPRESSION)
    if text is None:
        problems.error(library.place, f"{LIBRARY} needs the parameter '{EXPRESSION}'")
    elif text == "":
        place = place_of(parameters, EXPRESSION)
        problems.warning(place, f"'{EXPRESSION}' of {LIBRARY} is empty: the library does nothing")
    elif isinstance(text, str):
        try:
            _compiled(text, settings)
        except ValueError as error:
            problems.error(place_of(parameters, EXPRESSION), f"'{EXPRESSION}' of {LIBRARY}: {error}")


def _compiled(text: str, settings: Settings) -> Callable[[Subject], bytes]:
    from kea_twisted.expr.compile import compile_template  # with its parser, for who uses it

    return compile_template(text, Definitions(configured_definitions(settings.tree))).evaluate


def _order(option: tuple[int, bytes]) -> tuple[bool, bool, int]:
    """Return the rank of an option in a reply: the message type first, relay information last."""
    code = option[0]
    return code != OPT_MESSAGE_TYPE, code == OPT_AGENT_OPTIONS, code
