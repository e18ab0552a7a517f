"""The HA library's commands: arguments are its business, all of them."""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import Reply
from kea_twisted.errors import CommandError


def bound(name: str) -> Callable[[Context, object], Reply]:
    """Return the function of an HA command."""

    def run(context: Context, arguments: object) -> Reply:
        if context.ha is None:
            raise CommandError(f"'{name}' command not supported.", CommandError.UNSUPPORTED)
        return context.ha.command(name, arguments, context.now())

    return run
