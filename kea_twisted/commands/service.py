"""Commands that switch the DHCP service off and on.

Each sender of such commands has an origin, a name or a number; the service is on while no origin has disabled it.
"""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted.commands.arguments import Arguments, optional_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.engine.service_state import HA_LOCAL, USER
from kea_twisted.errors import CommandError


def dhcp_disable(context: Context, arguments: object) -> Answer:
    """Switch the service off for an origin, for ``max-period`` seconds, if given, from now."""
    found = optional_map(arguments, "arguments for the 'dhcp-disable' command must be a map")
    period = _max_period(found)
    until = context.steady() + period if period else None
    sender = found.get("server-name")  # of a HA partner of our own kind
    _for_origin(found, lambda origin: context.service_state.disable(origin, until, sender))
    return answer(SUCCESS, "DHCPv4 service disabled" + (f" for {period} seconds" if period else ""))


def dhcp_enable(context: Context, arguments: object) -> Answer:
    """Take an origin's veto away. The service is on again when it was the last one."""
    found = optional_map(arguments, "arguments for the 'dhcp-enable' command must be a map")
    _for_origin(found, context.service_state.enable)
    return answer(SUCCESS, "DHCP service successfully enabled")


def _max_period(arguments: Arguments) -> int:
    if "max-period" not in arguments:
        return 0
    period = arguments["max-period"]
    if type(period) is not int:
        raise CommandError("'max-period' argument must be a number")
    if period <= 0:
        raise CommandError("'max-period' must be positive integer")
    return period


def _for_origin(arguments: Arguments, act: Callable[[str | int], object]) -> None:
    try:
        act(_origin(arguments))
    except ValueError as error:
        raise CommandError(str(error)) from None


def _origin(arguments: Arguments) -> str | int:
    """Return the origin: ``origin-id`` before ``origin``, the operator if both are absent."""
    if "origin-id" in arguments:
        origin = arguments["origin-id"]
        if type(origin) is not int:
            raise CommandError("'origin-id' argument must be a number")
        return _number(origin)
    origin = arguments.get("origin", USER)
    if type(origin) is int:
        return _number(origin)
    if type(origin) is not str:
        raise CommandError("'origin' argument must be a string or a number")
    if origin not in ("user", "ha-partner"):
        raise CommandError(f"invalid value used for 'origin' parameter: {origin or '(empty string)'}")
    return origin


def _number(origin: int) -> int:
    """Kea takes every small number for the operator (measured with 0, 2 and 999)."""
    return USER if 0 <= origin < HA_LOCAL else origin
