"""Types of the values in a subnet, or a part of one, that a command brings, with Kea's texts for wrong ones.

Kea reads it before it looks at what it is to do with it: values that a removal does not need count, too.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.config.keywords import OLD_NAMES, SCOPES
from kea_twisted.config.kinds import Boolean, Free, Integer, Kind, ListOf, ListOfMaps, MapOf, Real
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json

_TYPES: Final[tuple[tuple[tuple[type[Kind], ...], type, str], ...]] = (
    ((Boolean,), bool, "a boolean"),
    ((Integer,), int, "an integer"),
    ((Real,), float, "a real"),
    ((ListOf, ListOfMaps), list, "a list"),
    ((Free, MapOf), dict, "a map"),
)
"""Kinds of keywords, the type of their values, and its name; the values of all others are strings."""

_NEEDED: Final = {
    "pool": (("pool",), "Mandatory 'pool' entry missing in definition:"),
    "option-data": (
        ("code", "name"), "option data configuration requires one of 'code' or 'name' parameters to be specified",
    ),
    "relay": (("ip-addresses", "ip-address"), "ip-addresses is required"),
}  # fmt: skip
"""By scope: keywords of which one must be there, and what Kea says where none is."""


def check_types(part: dict[str, object], command: str, scope: str = "subnet") -> None:
    """Refuse unknown keywords in a subnet or a part of one, and values of another type than theirs: CommandError."""
    names, text = _NEEDED.get(scope, ((), ""))
    if names and not any(name in part for name in names):
        raise CommandError(text)
    for name, value in part.items():
        if (name, scope) == ("reservations", "subnet"):
            remedy = " Use 'reservation-add' to add a reservation to a subnet" if command == "subnet4-add" else ""
            raise CommandError(f"must not specify host reservations with '{command}'.{remedy}")
        row = SCOPES[scope].get(name)
        if row is not None:
            _check_type(row.kind, name, value)
            _check_below(row.kind, value, command)
        elif name not in OLD_NAMES[scope]:
            raise CommandError(f"spurious '{name}' parameter")


def _check_type(kind: Kind, name: str, value: object) -> None:
    expected, text = next(
        ((expected, text) for kinds, expected, text in _TYPES if isinstance(kind, kinds)), (str, "a string")
    )
    if expected is bool or type(value) is not bool:
        allowed = (int, float) if expected is float else expected  # 1 for 1.0 is refused later, with how to write it
        if isinstance(value, allowed):
            return
    raise CommandError(f"'{name}' parameter is not {text}")


def _check_below(kind: Kind, value: Json, command: str) -> None:
    if isinstance(kind, MapOf):
        check_types(value, command, kind.scope)
    elif isinstance(kind, ListOfMaps):
        for item in value:
            if not isinstance(item, dict):
                raise CommandError("mapValue() called on non-map Element in")
            check_types(item, command, kind.scope)
