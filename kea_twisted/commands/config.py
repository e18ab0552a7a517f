"""Commands about the configuration: show, check, replace, read again, write to a file."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath
from typing import Final

from kea_twisted.commands.arguments import file_name, optional_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import SUCCESS, Answer, Reply, answer
from kea_twisted.config.refusal import log_refusal
from kea_twisted.errors import CommandError, ConfigError

_SANE: Final = (
    "Configuration seems sane. Control-socket, hook-libraries, and D2 configuration were sanity checked, "
    "but not applied."
)
_DONE: Final = "Configuration successful."


def config_get(context: Context, arguments: object) -> Answer:
    """Return the configuration in force with every default filled in, and its hash."""
    return answer(SUCCESS, None, {**context.config, "hash": context.config_hash})


def config_hash_get(context: Context, arguments: object) -> Answer:
    """Return the hash alone: tools see by it whether they know the configuration."""
    return answer(SUCCESS, None, {"hash": context.config_hash})


def config_test(context: Context, arguments: object) -> Answer:
    """Check a configuration without using it."""
    tree = _tree(arguments)
    try:
        context.test_config(tree)
    except ConfigError as error:
        _log_failure(context, error)
        raise CommandError(error.answer) from None
    return answer(SUCCESS, _SANE)


def config_set(context: Context, arguments: object) -> Reply:
    """Put a configuration into force; what is wrong with it leaves the old one as it is."""
    tree = _tree(arguments)
    return _applied(context, lambda: context.set_config(tree))


def config_reload(context: Context, arguments: object) -> Reply:
    """Read the configuration file again."""
    return _applied(context, context.reload, "Config reload failed: ")


def config_write(context: Context, arguments: object) -> Answer:
    """Write the configuration in force to ``filename`` beside the file it came from, or over that file."""
    filename = optional_map(arguments, "Argument must be a map").get("filename", context.config_file)
    if type(filename) is not str:
        raise CommandError("passed parameter 'filename' is not a string")
    path = _beside(filename or context.config_file, context.config_file)  # as Kea, which takes "" for none
    if path != context.config_file:
        try:
            file_name(path)
        except ValueError as error:
            raise CommandError(f"not allowed to write config into {filename}: {error}") from None
    text = json.dumps(context.config, indent=4) + "\n"
    try:
        context.write_file(path, text)
    except OSError as error:
        raise CommandError(f"Error during config-write: {error.strerror or error}: {path}") from None
    arguments = {"filename": path, "size": len(text.encode())}
    return answer(SUCCESS, f"Configuration written to {path} successful", arguments)


def _tree(arguments: object) -> dict[str, object]:
    if arguments is None:
        raise CommandError("Missing mandatory 'arguments' parameter.")
    if type(arguments) is not dict or "Dhcp4" not in arguments:
        raise CommandError("Missing mandatory 'Dhcp4' parameter.")
    if type(arguments["Dhcp4"]) is not dict:
        raise CommandError("'Dhcp4' parameter expected to be a map.")
    others = [name for name in arguments if name != "Dhcp4"]
    if others:
        also = "".join(f" (and '{name}')" for name in others[1:])
        raise CommandError(f"Unsupported '{others[0]}' parameter{also}.")
    return arguments


def _applied(context: Context, act: Callable[[], Awaitable[None] | None], before: str = "") -> Reply:
    """Return the answer to a change of configuration, which may take a while."""
    try:
        pending = act()
    except ConfigError as error:
        _log_failure(context, error, before)
        raise CommandError(f"{before}{error.answer}") from None
    return _success(context) if pending is None else _awaited(context, pending, before)


async def _awaited(context: Context, pending: Awaitable[None], before: str) -> Answer:
    try:
        await pending
    except ConfigError as error:
        _log_failure(context, error, before)
        raise CommandError(f"{before}{error.answer}") from None
    return _success(context)


def _log_failure(context: Context, error: ConfigError, before: str = "") -> None:
    if not before:
        log_refusal(context.log, error.problems)


def _success(context: Context) -> Answer:
    return answer(SUCCESS, _DONE, {"hash": context.config_hash})


def _beside(filename: str, config_file: str) -> str:
    """Return a path in the folder of the configuration file. Raises CommandError for any other folder."""
    folder = PurePosixPath(config_file).parent
    path = PurePosixPath(filename)
    if str(path) == path.name:
        path = folder / path
    if path.parent != folder or path.name in ("", ".."):
        text = f"file {filename} must be in the same directory as the config file ({config_file})"
        raise CommandError(f"not allowed to write config into {filename}: {text}")
    return str(path)
