"""The control commands of the server that updates the DNS: kea-dhcp-ddns' own, and those of every Kea."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Protocol, cast

from kea_twisted.commands import config, daemon, statistics
from kea_twisted.commands.arguments import optional_map
from kea_twisted.commands.context import READ, WRITE, Command, Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Reply, answer
from kea_twisted.ddns.keywords import TOP
from kea_twisted.errors import CommandError, ConfigError
from kea_twisted.events import ddns as D
from kea_twisted.jsonvalue import Json

NORMAL: Final = "normal"
DRAIN_FIRST: Final = "drain_first"
NOW: Final = "now"


class Process(Protocol):
    """The part of the server that only these commands use."""

    def end(self, kind: str, exit_value: int) -> None:
        """End the process soon."""
        ...


def list_commands(context: Context, arguments: object) -> Answer:
    """The names of all commands, sorted."""
    return answer(SUCCESS, None, sorted(BY_NAME))


def status_get(context: Context, arguments: object) -> Answer:
    """Report the status of the process."""
    now = context.now()
    return answer(
        SUCCESS,
        None,
        {
            "pid": context.pid,
            "uptime": max(0, int(now - context.started_at)),
            "reload": max(0, int(now - context.reloaded_at)),
        },
    )


def config_test(context: Context, arguments: object) -> Answer:
    """Check a configuration without using it."""
    tree = _tree(arguments)
    try:
        context.test_config(tree)
    except ConfigError as error:
        context.log.emit(D.DHCP_DDNS_CONFIG_CHECK_FAIL, error.answer)
        raise CommandError(error.answer) from None
    return answer(SUCCESS, "Configuration check successful")


def config_set(context: Context, arguments: object) -> Answer:
    """Put a configuration into force; what is wrong with it leaves the old one as it is."""
    tree = _tree(arguments)
    try:
        context.set_config(tree)
    except ConfigError as error:
        context.log.emit(D.DHCP_DDNS_CONFIG_FAIL, error.answer)
        raise CommandError(error.answer) from None
    return _applied(context)


def config_reload(context: Context, arguments: object) -> Reply:
    """Read the configuration file again."""
    try:
        context.reload()
    except ConfigError as error:
        raise CommandError(f"Configuration parsing failed: {error.answer}") from None
    return _applied(context)


def shutdown(context: Context, arguments: object) -> Answer:
    """End the process: ``type`` says what is waited for, ``exit-value`` is its exit code."""
    found = optional_map(arguments, "Argument must be a map")
    exit_value, kind = found.get("exit-value", 0), found.get("type", NORMAL)
    if type(exit_value) is not int:
        raise CommandError("parameter 'exit-value' is not an integer")
    if D.DHCP_DDNS_SHUTDOWN_COMMAND in context.log.enabled:
        text = "(no arguments)" if arguments is None else json.dumps(arguments)
        context.log.emit(D.DHCP_DDNS_SHUTDOWN_COMMAND, text)
    if kind not in (NORMAL, DRAIN_FIRST, NOW):
        raise CommandError(f"Invalid Shutdown type: {kind}")
    cast(Process, context).end(kind, exit_value)
    return answer(SUCCESS, f"Shutdown initiated, type is: {kind}")


def _applied(context: Context) -> Answer:
    return answer(SUCCESS, "Configuration applied successfully.", {"hash": context.config_hash})


def _tree(arguments: object) -> dict[str, Json]:
    if arguments is None:
        raise CommandError("Missing mandatory 'arguments' parameter.")
    if type(arguments) is not dict or TOP not in arguments:
        raise CommandError(f"Missing mandatory '{TOP}' parameter.")
    if type(arguments[TOP]) is not dict:
        raise CommandError(f"'{TOP}' parameter expected to be a map.")
    others = [name for name in arguments if name != TOP]
    if others:
        also = "".join(f" (and '{name}')" for name in others[1:])
        raise CommandError(f"'arguments' parameter contains unsupported '{others[0]}' parameter{also}")
    return arguments


COMMANDS: Final = (
    Command("build-report", READ, daemon.build_report, "how the server was put together"),
    Command("config-get", READ, config.config_get, "the configuration in force, defaults filled in"),
    Command("config-hash-get", READ, config.config_hash_get, "the hash of the configuration in force"),
    Command("config-reload", WRITE, config_reload, "read the configuration file again"),
    Command("config-set", WRITE, config_set, "put a configuration into force"),
    Command("config-test", WRITE, config_test, "check a configuration without using it"),
    Command("config-write", WRITE, config.config_write, "write the configuration in force to a file"),
    Command("list-commands", READ, list_commands, "the names of all commands"),
    Command("shutdown", WRITE, shutdown, "end the process"),
    Command("statistic-get", READ, statistics.statistic_get, "the value of a counter"),
    Command("statistic-get-all", READ, statistics.statistic_get_all, "the values of all counters"),
    Command("statistic-reset", WRITE, statistics.statistic_reset, "set a counter back to zero"),
    Command("statistic-reset-all", WRITE, statistics.statistic_reset_all, "set all counters back to zero"),
    Command("status-get", READ, status_get, "process id and times"),
    Command("version-get", READ, daemon.version_get, "the version"),
)

BY_NAME: Final[Mapping[str, Command]] = {row.name: row for row in COMMANDS}
