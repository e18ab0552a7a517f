"""Reading arguments: each look-up says what is wrong in the words Kea uses for it.

Kea has two families of sentences: those of its JSON parser (``missing parameter 'x'``) and those written
by hand in its core commands (``Missing mandatory 'x' parameter.``). Both are texts that tools match on.
"""

from __future__ import annotations

from typing import Final, TypeVar

from kea_twisted.config.filenames import must_be_data
from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json

UINT32_MAX: Final = 0xFFFFFFFF

Arguments = dict[str, Json]
Found = TypeVar("Found")


def as_map(arguments: object, missing: str, wrong: str) -> Arguments:
    """Return the arguments when they are a map. Raises CommandError with the one text or the other when not."""
    if type(arguments) is dict:
        return arguments
    raise CommandError(missing if arguments is None else wrong)


def file_name(text: str) -> str:
    """Return a file name that a command may write to. Raises ValueError for one that is none, or that of a program."""
    if "\0" in text:
        raise ValueError("a file name must not contain a NUL character")
    must_be_data(text)
    return text


def optional_map(arguments: object, wrong: str) -> Arguments:
    """Return the arguments, where they may be left out."""
    return {} if arguments is None else as_map(arguments, wrong, wrong)


def value(arguments: Arguments, name: str, kind: type[Found]) -> Found:
    """Return a mandatory value of a lease: ``missing parameter``, ``invalid type specified for parameter``."""
    if name not in arguments:
        raise CommandError(f"missing parameter '{name}'")
    found: Found = arguments[name]
    if type(found) is not kind:
        raise CommandError(f"invalid type specified for parameter '{name}'")
    return found


def number(arguments: Arguments, name: str, default: int, largest: int = UINT32_MAX) -> int:
    """Return an optional unsigned number of a lease; ``out of range value`` outside 0 to ``largest``."""
    if name not in arguments:
        return default
    found: int = value(arguments, name, int)
    if not 0 <= found <= largest:
        raise CommandError(f"out of range value ({found}) specified for parameter '{name}'")
    return found


def mandatory(arguments: object, name: str, kind: type[Found], kind_name: str) -> Found:
    """Return a mandatory argument of a core command: ``Missing mandatory 'name' parameter.`` and its like.

    ``kind_name`` is "a string", "an integer", "a boolean" or "a map".
    """
    if type(arguments) is not dict or name not in arguments:
        raise CommandError(f"Missing mandatory '{name}' parameter.")
    found: Found = arguments[name]
    if type(found) is not kind:
        raise CommandError(f"'{name}' parameter expected to be {kind_name}.")
    return found


def only_one(arguments: Arguments, name: str, command: str, kind: str, kinds: str, wrong: str) -> Arguments:
    """Return the one map in the list that an argument of an editing command must be.

    ``kind`` and ``kinds`` name its subject; ``wrong`` begins the error text for an item that is not a map.
    """
    if name not in arguments:
        raise CommandError(f"missing '{name}' argument for the '{command}' command")
    items = arguments[name]
    if type(items) is not list:
        raise CommandError(f"'{name}' argument specified for the '{command}' command is not a list")
    if len(items) != 1:
        text = f"invalid number of {kinds} specified for the '{command}' command. Expected one {kind}"
        raise CommandError(text)
    entry = items[0]
    if type(entry) is not dict:
        raise CommandError(f"{wrong}'{command}' command. Expected a map")
    return entry
