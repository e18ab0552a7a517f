"""Commands about the process: versions, status, shutdown."""

from __future__ import annotations

from kea_twisted.commands.arguments import optional_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, answer
from kea_twisted.errors import CommandError


def version_get(context: Context, arguments: object) -> Answer:
    """Return the version, short as text and long in the arguments."""
    return answer(SUCCESS, context.version, {"extended": context.extended_version})


def build_report(context: Context, arguments: object) -> Answer:
    """Report the parts of this installation."""
    return answer(SUCCESS, context.build_report)


def status_get(context: Context, arguments: object) -> Answer:
    """Report the status of the server: process, sockets, origins that disable the service, HA relationships."""
    now = context.now()
    status: dict[str, object] = {
        "pid": context.pid,
        "uptime": max(0, int(now - context.started_at)),
        "reload": max(0, int(now - context.reloaded_at)),
        "multi-threading-enabled": False,
        "extended-info-tables": False,
        "sockets": dict(context.sockets()),
        "dhcp-state": context.service_state.describe(),
    }
    if context.ha is not None:
        status["high-availability"] = context.ha.status(now)
    return answer(SUCCESS, None, status)


def shutdown(context: Context, arguments: object) -> Answer:
    """End the process, with the exit code ``exit-value`` (0)."""
    found = optional_map(arguments, "Argument must be a map").get("exit-value", 0)
    if type(found) is not int:
        raise CommandError("parameter 'exit-value' is not an integer")
    context.shutdown(found)
    return answer(SUCCESS, "Shutting down.")
