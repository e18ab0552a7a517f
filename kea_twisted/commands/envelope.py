"""Requests and answers of Kea's control channel, as text and as values.

A request is ``{"command": …, "arguments": …, "service": […]}``, an answer
``{"result": …, "text": …, "arguments": …}``.
The UNIX socket's leniency towards comments and trailing text is in ``commands.feed``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Final

from kea_twisted.errors import CommandError
from kea_twisted.jsonvalue import Json

SUCCESS: Final = 0
EMPTY: Final = CommandError.EMPTY

Answer = dict[str, Json]
Reply = Answer | Awaitable[Answer]

# Kea refuses deeper JSON, too; it also keeps every later recursion over a request within Python's stack.
MAX_NESTING: Final = 100

_TOO_DEEP: Final = "elements nested too deeply"

# the control agent says for whom it asks
KEYS: Final = frozenset(("command", "arguments", "service", "remote-address"))

_TYPE_NAMES: Final = {
    dict: "map",
    list: "list",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "real",
    type(None): "null",
}


class Rendered(str):
    """JSON text that stands for its value in an answer: a big one is written once, not built first."""

    __slots__ = ()


class Parts(list[bytes]):
    """JSON text that stands for its value in an answer, made part by part because it is big."""

    __slots__ = ()


def parse(body: bytes) -> Json:
    """Return the JSON value of a body. Raises ValueError for anything that is not exactly one value in UTF-8."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if body.count(b"[") + body.count(b"{") > MAX_NESTING and _is_deep(value):
        raise ValueError(_TOO_DEEP)
    if b"\\u" in body:
        # Half a surrogate pair is no character: ValueError.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def split(request: object) -> tuple[str, object]:
    """Return the command's name and its arguments (None if absent). Raises CommandError for a malformed request."""
    if type(request) is not dict:
        raise _invalid(f"expected toplevel entry to be a map, got {type_name(request)} instead")
    if "command" not in request:
        raise _invalid("does not contain mandatory 'command'")
    command = request["command"]
    if type(command) is not str:
        raise _invalid(f"expected 'command' to be a string, got {type_name(command)} instead")
    if not KEYS.issuperset(request):
        unknown = next(key for key in request if key not in KEYS)
        raise _invalid(f"unsupported parameter '{unknown}'")
    return command, request.get("arguments")


def answer(result: int, text: str | None = None, arguments: object = None) -> Answer:
    """Return an answer; ``text`` and ``arguments`` are left out when None."""
    made: Answer = {}
    if arguments is not None:
        made["arguments"] = arguments
    made["result"] = result
    if text is not None:
        made["text"] = text
    return made


def listed(arguments: object, count: int, kind: str, kinds: str) -> Answer:
    """Return the answer to a command that lists ``count`` things; 3 where there are none."""
    return answer(SUCCESS if count else EMPTY, f"{count} {kind if count == 1 else kinds} found", arguments)


def failed(error: CommandError) -> Answer:
    """Return the answer for the caller's mistake."""
    return answer(error.result, error.text, error.arguments)


def render(made: Answer) -> str:
    """Return the JSON text of an answer, non-ASCII characters escaped."""
    arguments = made.get("arguments")
    if type(arguments) is Parts:
        return b"".join(render_parts(made)).decode()
    if type(arguments) is not Rendered:
        return _encode(made)
    return f'{{"arguments": {arguments}, {_rest(made)}'


def render_parts(made: Answer) -> list[bytes]:
    """Return the same in parts, so that a big one need not be joined."""
    arguments = made.get("arguments")
    if type(arguments) is not Parts:
        return [render(made).encode()]
    return [b'{"arguments": ', *arguments, b", ", _rest(made).encode()]


def _rest(made: Answer) -> str:
    """Return the members behind ``arguments``, and the closing bracket."""
    return _encode({key: value for key, value in made.items() if key != "arguments"})[1:]


def type_name(value: object) -> str:
    """Return Kea's name of the type of a JSON value."""
    return _TYPE_NAMES.get(type(value), "unknown")


def _invalid(text: str) -> CommandError:
    return CommandError(f"invalid command: {text}")


def _is_deep(value: object) -> bool:
    """Return True if lists and maps are nested deeper than MAX_NESTING. Walks level by level, without recursion."""
    level = [value] if type(value) is dict or type(value) is list else []
    for _ in range(MAX_NESTING):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"number overflow: {text[:40]}")
    return value


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_encode: Final = json.JSONEncoder().encode
