"""The functions of expressions, on bytes: an expression's text is a string of bytes, as in Kea."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final

_LARGEST_INT: Final = 0x7FFFFFFF


class EvaluationError(ValueError):
    """A function met bytes it cannot work on. The test counts as not fulfilled; the caller logs it."""


def substring(text: bytes, start: int, length: int | None) -> bytes:
    """Part of a text. A negative start counts from the end, a negative length goes back from the start.

    ``length`` None is all the rest. A start outside the text gives nothing.
    """
    size = len(text)
    if not size:
        return b""
    for number, name in ((start, "starting position"), (length or 0, "length")):
        if abs(number) > _LARGEST_INT:
            raise EvaluationError(
                f"the parameter '{number}' for the {name} of the substring couldn't be converted to an integer."
            )
    if start < 0:
        start += size
    if not 0 <= start < size:
        return b""
    if length is None:
        return text[start:]
    if length < 0:
        return text[max(start + length, 0) : start]
    return text[start : start + length]


def split(text: bytes, delimiters: bytes, field: int) -> bytes:
    """Return the field with this number, from 1, between any of the delimiters; all of the text without any."""
    if not text or not delimiters:
        return text
    if abs(field) > _LARGEST_INT:
        raise EvaluationError(
            f"the parameter '{field}' for the field field for split couldn't be converted to an integer."
        )
    fields = re.split(b"[" + re.escape(delimiters) + b"]", text)
    return fields[field - 1] if 0 < field <= len(fields) else b""


def hexstring(data: bytes, separator: bytes) -> bytes:
    """``0a:0b`` with the separator between bytes."""
    return separator.join([b"%02x" % byte for byte in data])


def address_to_text(data: bytes) -> bytes:
    """Return an IPv4 or IPv6 address as people write it."""
    if not data:
        return b""
    if len(data) == 4:
        return b"%d.%d.%d.%d" % tuple(data)
    if len(data) == 16:
        return str(IPv6Address(data)).encode()
    raise EvaluationError("Can not convert to valid address.")


def _number_to_text(size: int, signed: bool) -> Callable[[bytes], bytes]:
    name = f"{'' if signed else 'u'}int{size * 8}"

    def convert(data: bytes) -> bytes:
        if not data:
            return b""
        if len(data) != size:
            raise EvaluationError(f"Can not convert to valid {name}.")
        return b"%d" % int.from_bytes(data, "big", signed=signed)

    return convert


CONVERSIONS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "addrtotext": address_to_text,
    "int8totext": _number_to_text(1, True),
    "int16totext": _number_to_text(2, True),
    "int32totext": _number_to_text(4, True),
    "uint8totext": _number_to_text(1, False),
    "uint16totext": _number_to_text(2, False),
    "uint32totext": _number_to_text(4, False),
    "lcase": bytes.lower,
    "ucase": bytes.upper,
}

_POSIX: Final = {
    "alnum": "A-Za-z0-9", "alpha": "A-Za-z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9",
    "d": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
    "s": r" \t-\r", "space": r" \t-\r", "upper": "A-Z", "w": "A-Za-z0-9_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


def regular_expression(text: str) -> Callable[[bytes], object]:
    """Make a function that returns True if all of a text matches. Raises ValueError for an invalid regular expression.

    Kea uses ECMAScript's; what is written in practice means the same to Python, but for ``[:alpha:]`` and its
    kind.
    """
    translated = re.sub(r"\[:(\w+):\]", lambda found: _POSIX.get(found[1], found[0]), text)
    try:
        return re.compile(translated.encode()).fullmatch
    except re.error as error:
        raise ValueError(f"'{text}' is not a regular expression: {error}") from None
