"""The registry of users: a line of JSON for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

HARDWARE: Final = "HW_ADDR"
DUID: Final = "DUID"
_LONGEST: Final = {HARDWARE: 20, DUID: 130}
DEFAULT: Final = (HARDWARE, bytes(4))
"""The user whose properties count for clients that are not in the registry."""

Key = tuple[str, bytes]
Properties = Mapping[str, str]
Registry = Mapping[Key, Properties]


class User(NamedTuple):
    """An entry: the type and value of its identifier, and everything else."""

    key: Key
    properties: Properties


def read(text: str) -> Registry:
    """Return the users of a registry. Raises ValueError, with the number of the line."""
    users: dict[Key, Properties] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            user = read_user(line)
            if user.key in users:
                raise ValueError(f"UserRegistry duplicate user: {user.key[0]}={user.key[1].hex()}")
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        users[user.key] = user.properties
    return users


def read_user(line: str) -> User:
    """Return the user of a line. Raises ValueError in Kea's words."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"UserFile entry is malformed JSON: {error}") from error
    if not isinstance(entry, dict):
        raise ValueError("UserFile entry is malformed JSON: it is not a map")
    for name, value in entry.items():
        if not isinstance(value, str):
            raise ValueError(f"UserFile entry: {line}has non-string value for : {name}")
    kind, identifier = entry.pop("type", ""), entry.pop("id", "")
    if kind not in _LONGEST:
        raise ValueError(f"UserFile entry has invalid type: {line} Invalid UserIdType string:{kind}")
    return User((kind, _identifier(kind, identifier, line)), entry)


def _identifier(kind: str, text: str, line: str) -> bytes:
    what = f"UserFile cannot create user form entry: {line}"
    try:
        found = bytes.fromhex(text.replace(":", ""))
    except ValueError as error:
        raise ValueError(f"{what} '{text}' is not hexadecimal") from error
    if not found:
        raise ValueError(f"{what} UserId id string may not be blank")
    if len(found) > _LONGEST[kind]:
        raise ValueError(f"{what} '{text}' is longer than {_LONGEST[kind]} bytes")
    return found
