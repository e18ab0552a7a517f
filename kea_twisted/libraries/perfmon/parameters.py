"""The parameters of the library, and its alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.hooks.library import REQUIRED, Parameter, is_of
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.perfmon.alarms import AlarmSettings
from kea_twisted.libraries.perfmon.durations import ALL_SUBNETS, ANY_TYPE, Key, check_types
from kea_twisted.wire.constants import TYPE_NAMES as MESSAGE_NAMES

ALARMS: Final = "alarms"
_KEY: Final = "duration-key"
ROWS: Final = (
    Parameter("enable-monitoring", bool, False, "durations are summed up; without it they are only logged"),
    Parameter("interval-width-secs", int, 60, "seconds of an interval"),
    Parameter("stats-mgr-reporting", bool, True, "the means become statistics"),
    Parameter("alarm-report-secs", int, 300, "seconds until a triggered alarm is logged again"),
    Parameter(ALARMS, list, (), "alarms for durations"),
)
_ALARM: Final = (
    Parameter(_KEY, dict),
    Parameter("enable-alarm", bool, True),
    Parameter("high-water-ms", int),
    Parameter("low-water-ms", int),
)
_DURATION: Final = (
    Parameter("query-type", str),
    Parameter("response-type", str),
    Parameter("start-event", str),
    Parameter("stop-event", str),
    Parameter("subnet-id", int, ALL_SUBNETS),
)
_TYPES: Final = {"": ANY_TYPE, "*": ANY_TYPE} | {name: number for number, name in MESSAGE_NAMES.items()}
_KINDS: Final = {bool: "a boolean", int: "an integer", str: "a string", list: "a list", dict: "a map"}
_LARGEST: Final = 0xFFFFFFFF


def check(parameters: Mapping[str, Json], problems: Problems) -> None:
    """Report faults of parameters whose types are right, in Kea's words."""
    width = parameters.get("interval-width-secs", 1)
    if is_of(width, int) and width <= 0:
        place = place_of(parameters, "interval-width-secs")
        problems.error(place, f"invalid interval-width-secs: '{width}', must be greater than 0")
    again = parameters.get("alarm-report-secs", 0)
    if is_of(again, int) and again < 0:
        place = place_of(parameters, "alarm-report-secs")
        problems.error(place, f"invalid alarm-report-secs: '{again}', cannot be less than 0")
    alarms_of(parameters, problems)


def alarms_of(parameters: Mapping[str, object], problems: Problems) -> dict[Key, AlarmSettings]:
    """Return the alarms by their durations; those with faults are reported and left out."""
    entries = parameters.get(ALARMS, ())
    found: dict[Key, AlarmSettings] = {}
    if not isinstance(entries, list):
        return found
    for index, entry in enumerate(entries):
        with problems.catching(place_of(entries, index)):
            try:
                key, alarm = _alarm(entry)
                if key in found:
                    raise ValueError(f"AlarmStore::addAlarm: alarm already exists for: {key.label}")
            except ValueError as error:
                raise ValueError(f"cannot add Alarm to store: {error}") from error
            found[key] = alarm
    return found


def check_keywords(rows: Iterable[Parameter], found: Mapping[str, object]) -> None:
    """Raise ValueError in Kea's words for a value of the wrong type, and for one that is not known."""
    types = {row.name: row.type for row in rows}
    for name, value in found.items():
        if name in types and not is_of(value, types[name]):
            raise ValueError(f"'{name}' parameter is not {_KINDS[types[name]]}")
    spurious = [name for name in sorted(found) if name not in types]
    if spurious:
        raise ValueError(f"spurious '{spurious[0]}' parameter")


def _alarm(entry: object) -> tuple[Key, AlarmSettings]:
    given = _filled(entry, "an alarm", _ALARM)
    key = _key(given[_KEY])
    high, low = given["high-water-ms"], given["low-water-ms"]
    for name, mark in (("high-water-ms", high), ("low-water-ms", low)):
        if mark <= 0:
            raise ValueError(f"{name}: '{mark}', must be greater than 0")
    if low >= high:
        raise ValueError(f"'low-water-ms': {low}, must be less than 'high-water-ms': {high}")
    return key, AlarmSettings(low, high, given["enable-alarm"])


def _key(entry: object) -> Key:
    given = _filled(entry, f"'{_KEY}'", _DURATION)
    query, response = _type(given, "query-type"), _type(given, "response-type")
    if not 0 <= given["subnet-id"] <= _LARGEST:
        raise ValueError(f"'subnet-id' must be between 0 and {_LARGEST}, not {given['subnet-id']}")
    check_types(query, response)
    return Key(query, response, given["start-event"], given["stop-event"], given["subnet-id"])


def _filled(entry: object, what: str, rows: tuple[Parameter, ...]) -> dict[str, Json]:
    """Return a map with its defaults. Raises ValueError."""
    if not isinstance(entry, Mapping):
        raise ValueError(f"{what} must be a map")
    check_keywords(rows, entry)
    for row in rows:
        if row.default is REQUIRED and row.name not in entry:
            raise ValueError(f"'{row.name}' parameter is required")
    return {row.name: entry.get(row.name, row.default) for row in rows}


def _type(entry: Mapping[str, object], name: str) -> int:
    text = entry[name]
    if text not in _TYPES:
        raise ValueError(f"'{name}' parameter is invalid, '{text}' is not a valid DHCP message type")
    return _TYPES[text]
