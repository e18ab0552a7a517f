"""The HA library's commands: what they have in common is checked here, the rest is the library's business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kea_twisted.commands.arguments import Arguments
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import Reply, type_name
from kea_twisted.errors import CommandError

_NEED_ARGUMENTS: Final = frozenset(("ha-scopes", "ha-sync"))


def bound(name: str) -> Callable[[Context, Any], Reply]:
    """The function of an HA command."""

    def run(context: Context, arguments: Any) -> Reply:
        if context.ha is None:
            raise CommandError(f"'{name}' command not supported.", CommandError.UNSUPPORTED)
        return context.ha.command(name, _checked(name, arguments), context.now())

    return run


def _checked(name: str, arguments: Any) -> Arguments:
    if name == "ha-maintenance-notify":
        return _never_empty(name, arguments)
    if arguments is None:
        if name in _NEED_ARGUMENTS:
            raise CommandError(f"arguments not found in the '{name}' command")
        return {}
    if type(arguments) is not dict:
        raise CommandError(f"arguments in the '{name}' command are not a map")
    return arguments


def _never_empty(name: str, arguments: Any) -> Arguments:
    if arguments is None:
        raise CommandError(f"invalid command '{name}': no arguments specified")
    if type(arguments) is not dict:
        got = type_name(arguments)
        raise CommandError(f"invalid command '{name}': expected 'arguments' to be a map, got {got} instead")
    if not arguments:
        raise CommandError(f"invalid command '{name}': 'arguments' is empty")
    return arguments
