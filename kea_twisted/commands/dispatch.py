"""From a request to its answer. Every request has one, in Kea's form."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable
from typing import Final

from kea_twisted import events as E
from kea_twisted.commands import envelope
from kea_twisted.commands.context import Command, Context
from kea_twisted.commands.envelope import Answer, Reply
from kea_twisted.engine.leases import Progress
from kea_twisted.errors import CommandError
from kea_twisted.hooks.chain import consult
from kea_twisted.jsonvalue import Json

_HEARTBEAT: Final = "ha-heartbeat"

_ABOUT_LEASES: Final = ("lease4-", "leases-", "stat-lease4-", "extended-info4-", "explain")
"""Commands that wait while the leases of a database are still read."""


def dispatch(context: Context, request: object) -> Reply:
    """Carry out a request (any JSON value). The answer, or an awaitable of one; never raises."""
    try:
        command, arguments = envelope.split(request)
    except CommandError as error:
        if E.COMMAND_PROCESS_ERROR2 in context.log.enabled:
            context.log.emit(E.COMMAND_PROCESS_ERROR2, error.text)
        return envelope.answer(CommandError.ERROR, f"Error during command processing: {error.text}")
    _log_received(context, command, arguments)
    row = context.commands.get(command)
    if row is None:
        return envelope.answer(CommandError.UNSUPPORTED, f"'{command}' command not supported.")
    context.statistics.now = context.now()
    if command.startswith(_ABOUT_LEASES) and (progress := context.table.progress) is not None:
        return _awaited(context, command, arguments, _when_read(context, row, arguments, progress))
    try:
        reply = row.function(context, arguments)
        if type(reply) is not dict:
            return _awaited(context, command, arguments, reply)  # type: ignore[arg-type]
    except CommandError as error:
        reply = envelope.failed(error)
    except Exception as error:
        reply = _unexpected(context, command, error)
    return _processed(context, command, arguments, reply)


def _log_received(context: Context, command: str, arguments: Json) -> None:
    log = context.log
    if command == _HEARTBEAT and context.ha is not None and not context.ha.heartbeat_is_due(arguments):
        if E.HA_HEARTBEAT_RECEIVED in log.enabled:
            log.emit(E.HA_HEARTBEAT_RECEIVED, _printable(str(arguments["server-name"])))
    elif E.COMMAND_RECEIVED in log.enabled:
        log.emit(E.COMMAND_RECEIVED, _printable(command))


async def _when_read(context: Context, row: Command, arguments: Json, progress: Progress) -> Answer:
    """Carry out a command when all leases are read."""
    await progress.until()
    reply = row.function(context, arguments)
    return reply if isinstance(reply, dict) else await reply


async def _awaited(context: Context, command: str, arguments: object, pending: Awaitable[Answer]) -> Answer:
    try:
        answer = await pending
    except CommandError as error:
        answer = envelope.failed(error)
    except Exception as error:
        answer = _unexpected(context, command, error)
    return _processed(context, command, arguments, answer)


def _processed(context: Context, command: str, arguments: object, answer: Answer) -> Answer:
    """Return the answer, after the hook libraries that watch commands have seen it."""
    callbacks = context.hooks.command_processed
    if callbacks:
        consult("command_processed", callbacks, context.log, command, arguments, answer)
    return answer


def _unexpected(context: Context, command: str, error: Exception) -> Answer:
    """Return a fault of ours: the sender learns that it failed, the log learns where."""
    context.log.emit(E.COMMAND_FAILED_UNEXPECTEDLY, command, "".join(traceback.format_exception(error)))
    text = f"Error during command processing: {type(error).__name__}: {error}"
    return envelope.answer(CommandError.ERROR, text)


def _printable(command: str) -> str:
    """Return a name as one line of a log can bear it."""
    return command if command.isprintable() and len(command) <= 100 else ascii(command[:100])[1:-1]
