"""The parameters, of all subnets and of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kea_twisted.config.model import Settings
from kea_twisted.config.text import place_of
from kea_twisted.errors import Problems
from kea_twisted.hooks.library import TYPE_NAMES, Parameter, is_of
from kea_twisted.jsonvalue import Json

CONTEXT: Final = "ping-check"
"""The key of a subnet's parameters in its user context."""

ROWS: Final = (
    Parameter("enable-ping-check", bool, True, "addresses are probed"),
    Parameter("min-ping-requests", int, 1, "probes without answer after which an address counts as free"),
    Parameter("reply-timeout", int, 100, "milliseconds to wait for the answer to a probe"),
    Parameter("ping-cltt-secs", int, 60, "seconds after which an address is probed that its former owner gets again"),
    Parameter("ping-channel-threads", int, 0, "of Kea only"),
    Parameter("arp-probe", bool, False, "ARP probes on the local link, too; ours"),
)
_LEAST: Final = {"min-ping-requests": 1, "reply-timeout": 1, "ping-cltt-secs": 0, "ping-channel-threads": 0}


class PingSettings(NamedTuple):
    """The parameters in force somewhere."""

    is_enabled: bool = True
    requests: int = 1
    timeout: int = 100  # milliseconds
    cltt_seconds: int = 60
    uses_arp: bool = False


def check(where: str, parameters: Mapping[str, Json], problems: Problems, refuses_unknown: bool = False) -> None:
    """Report faults in Kea's words."""
    rows = {row.name: row for row in ROWS}
    for name, value in parameters.items():
        row = rows.get(name)
        if row is None:
            if refuses_unknown and name not in ("user-context", "comment"):
                problems.error(place_of(parameters, name), f"spurious '{name}' parameter of {where}")
        elif not is_of(value, row.type):
            problems.error(place_of(parameters, name), f"'{name}' parameter of {where} must be {TYPE_NAMES[row.type]}")
        elif name in _LEAST and value < _LEAST[name]:
            rule = "must be greater than 0" if _LEAST[name] else "cannot be less than 0"
            problems.error(place_of(parameters, name), f"invalid {name}: '{value}', {rule}")


def check_subnets(settings: Settings, problems: Problems) -> None:
    """Report faults in the user context of subnets."""
    for subnet in settings.subnets:
        own = subnet.user_context.get(CONTEXT)
        if isinstance(own, Mapping):
            check(f"subnet {subnet.text}", own, problems, True)
        elif own is not None:
            place = place_of(subnet.user_context, CONTEXT)
            problems.error(place, f"'{CONTEXT}' in the user-context of subnet {subnet.text} must be a map")


def settings_of(parameters: Mapping[str, Json], outer: PingSettings | None = None) -> PingSettings:
    """Return the settings; those of a subnet are completed with the ``outer`` ones."""
    base = outer or PingSettings()
    return PingSettings(
        parameters.get("enable-ping-check", base.is_enabled),
        parameters.get("min-ping-requests", base.requests),
        parameters.get("reply-timeout", base.timeout),
        parameters.get("ping-cltt-secs", base.cltt_seconds),
        parameters.get("arp-probe", base.uses_arp),
    )


def by_subnet(settings: Settings, outer: PingSettings) -> dict[int, PingSettings]:
    """Return the settings of the subnets that have some of their own."""
    return {
        subnet.id: settings_of(subnet.user_context[CONTEXT], outer)
        for subnet in settings.subnets
        if isinstance(subnet.user_context.get(CONTEXT), Mapping)
    }
