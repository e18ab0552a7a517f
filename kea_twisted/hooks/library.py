"""The base of a hook library written in Python.

    from kea_twisted.hooks.library import HookLibrary, Parameter, Step

    class Doorkeeper(HookLibrary):
        parameters = (Parameter("blocked", list, meaning="hardware addresses"),)

        def pkt4_receive(self, query):
            if query.message.chaddr.hex(":") in self.values["blocked"]:
                return Step.DROP

A library overrides the methods of the hook points it wants to take part in, and nothing else: a point nobody
overrides costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, NamedTuple

from zope.interface import implementer

from kea_twisted.errors import CommandError, Problems
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import IHookLibrary, IHookPoints

__all__ = ["CommandError", "HookLibrary", "Parameter", "Step", "REQUIRED"]

CONTINUE: Final = "continue"
DROP: Final = "drop"
REQUIRED: Final[Any] = object()

_TYPE_NAMES: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a map",
}


class Parameter(NamedTuple):
    """One key of a library's ``parameters``. ``type`` is a type of JSON values; float accepts integers."""

    name: str
    type: type
    default: Any = REQUIRED
    meaning: str = ""


@implementer(IHookLibrary, IHookPoints)
class HookLibrary:
    """A library that takes part in nothing: the base of those that do.

    ``values`` holds the parameters as configured, with the defaults of the others. ``on_error`` says what
    becomes of a packet when a method of the library fails, or takes longer than ``timeout`` seconds:
    "continue" or "drop".
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    on_error: ClassVar[str] = CONTINUE
    timeout: ClassVar[float] = 10.0

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.values = {row.name: parameters.get(row.name, row.default) for row in self.parameters}

    @classmethod
    def check(cls, parameters: Mapping[str, Any], problems: Problems) -> None:
        """Report what is wrong with parameters. To be extended by libraries that know more rules."""
        check_parameters(cls.parameters, parameters, problems)

    def load(self, host: Any) -> None:
        """Nothing to prepare."""

    def unload(self) -> Any:
        """Nothing to let go of."""

    def commands(self) -> Mapping[str, Callable[[Any], Any]]:
        """No commands."""
        return {}

    def buffer4_receive(self, query: Any) -> Any:
        """Nothing to say."""

    def pkt4_receive(self, query: Any) -> Any:
        """Nothing to say."""

    def subnet4_select(self, query: Any, subnet: Any) -> Any:
        """Nothing to say."""

    def host4_identifier(self, query: Any, identifier: bytes) -> Any:
        """Nothing to say."""

    def lease4_select(self, query: Any, lease: Any, offered: bool) -> Any:
        """Nothing to say."""

    def lease4_renew(self, query: Any, lease: Any) -> Any:
        """Nothing to say."""

    def lease4_offer(self, query: Any, lease: Any) -> Any:
        """Nothing to say."""

    def lease4_decline(self, query: Any, lease: Any) -> Any:
        """Nothing to say."""

    def lease4_release(self, query: Any, lease: Any) -> Any:
        """Nothing to say."""

    def leases4_committed(self, decision: Any) -> Any:
        """Nothing to say."""

    def pkt4_send(self, query: Any, response: Any) -> Any:
        """Nothing to say."""

    def buffer4_send(self, query: Any, reply: Any) -> Any:
        """Nothing to say."""

    def dhcp4_srv_configured(self, settings: Any) -> Any:
        """Nothing to say."""

    def lease4_expire(self, lease: Any) -> Any:
        """Nothing to say."""

    def lease4_recover(self, lease: Any) -> Any:
        """Nothing to say."""

    def command_processed(self, command: str, arguments: Any, answer: Any) -> Any:
        """Nothing to say."""


def check_parameters(rows: Iterable[Parameter], parameters: Mapping[str, Any], problems: Problems) -> None:
    """Report unknown, missing and mistyped parameters."""
    rows = tuple(rows)
    known = {row.name: row for row in rows}
    for name, value in parameters.items():
        row = known.get(name)
        if row is None:
            have = f"; there are: {', '.join(known)}" if known else "; there are none"
            problems.error(_place(parameters, name), f"unknown parameter '{name}'{have}")
        elif not _is_of(value, row.type):
            kind = _TYPE_NAMES.get(row.type, row.type.__name__)
            problems.error(_place(parameters, name), f"parameter '{name}' must be {kind}")
    for row in rows:
        if row.default is REQUIRED and row.name not in parameters:
            place = getattr(parameters, "place", None)
            problems.error(place, f"parameter '{row.name}' is missing")


def _is_of(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _place(parameters: Any, name: str) -> Any:
    place_of = getattr(parameters, "place_of", None)
    return place_of(name) if place_of is not None else None
