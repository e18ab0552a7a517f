"""The answer of a running server to a control command, and the commands that an HA partner may send."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from kea_twisted.commands.dispatch import dispatch
from kea_twisted.libraries.commands import COMMANDS

PARTNER_MAY = frozenset(row.name for row in COMMANDS if row.partner_may)
"""The commands that an HA partner may send where ``restrict-commands`` is true."""


def answer_of(running: Any, name: str, arguments: Any = None) -> Any:
    """Send a command that is answered at once."""
    request = {"command": name} | ({} if arguments is None else {"arguments": arguments})
    reply: Any = dispatch(running, request)
    if isinstance(reply, dict):
        return reply
    results: list[Any] = []
    Deferred.fromCoroutine(reply).addBoth(results.append)
    return results[0]
