"""The bounds in the user context of classes and subnets: read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from kea_twisted.config.model import Settings
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json

LIMITS: Final = "limits"
RATE: Final = "rate-limit"
ADDRESSES: Final = "address-limit"
_LARGEST: Final = 0xFFFFFFFF
_SECONDS: Final = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000,
}  # fmt: skip
_FORM: Final = re.compile(r"\s*(-?\d+)\S* packets? per (.*)", re.DOTALL)


Key = TypeVar("Key", str, int)


class Rate(NamedTuple):
    """So many queries in so many seconds. ``text`` is how it is written."""

    number: int
    seconds: int
    text: str


class Bounds(NamedTuple):
    """All bounds of a configuration. ``templates`` are the classes that spawn others: each spawned one counts alone."""

    class_rates: dict[str, Rate]
    subnet_rates: dict[int, Rate]
    class_addresses: dict[str, int]
    subnet_addresses: dict[int, int]
    templates: frozenset[str]


def read(settings: Settings, problems: Problems) -> Bounds:
    """Return the bounds of a configuration; those with faults are reported and left out."""
    found = Bounds({}, {}, {}, {}, frozenset(row.name for row in settings.classes if row.template is not None))
    for name, context in _of_classes(settings):
        _read(context, f"client class '{name}'", name, found.class_rates, found.class_addresses, problems)
    for subnet in settings.subnets:
        key, where = subnet.id, f"subnet with ID {subnet.id}"
        _read(subnet.user_context, where, key, found.subnet_rates, found.subnet_addresses, problems)
    return found


def rate_of(text: str) -> Rate:
    """Return the rate in a text. Raises ValueError in Kea's words."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"expected rate limit of format <n> packet[s] per <time-unit>, got: {text}")
    number = _within(int(form[1]))
    if form[2] not in _SECONDS:
        raise ValueError(f"invalid time period {form[2]}")
    return Rate(number, _SECONDS[form[2]], text)


def _within(number: int) -> int:
    if number < 0:
        raise ValueError(f"expected positive limit configured, got negative limit {number}")
    if number > _LARGEST:
        raise ValueError(f"expected limit in range [0, {_LARGEST}], got limit {number}")
    return number


def _of_classes(settings: Settings) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for section in settings.tree.get("client-classes", ()):
        context = section.get("user-context")
        if isinstance(context, Mapping):
            yield section["name"], context


def _read(
    context: Mapping[str, object],
    where: str,
    key: Key,
    rates: dict[Key, Rate],
    addresses: dict[Key, int],
    problems: Problems,
) -> None:
    limits = context.get(LIMITS)
    if limits is None:
        return
    if not isinstance(limits, Mapping):
        problems.error(place_of(context, LIMITS), f"'{LIMITS}' in the user-context of {where} must be a map")
        return
    if RATE in limits:
        with problems.catching(place_of(limits, RATE)):
            if not isinstance(limits[RATE], str):
                raise ValueError(f"'{RATE}' of {where} must be a string")
            rates[key] = rate_of(limits[RATE])
    if ADDRESSES in limits:
        with problems.catching(place_of(limits, ADDRESSES)):
            if type(limits[ADDRESSES]) is not int:
                raise ValueError(f"'{ADDRESSES}' of {where} must be an integer")
            addresses[key] = _within(limits[ADDRESSES])
