"""Domain names as DNS writes them (RFC 1035 section 3.1), in options 81, 88, 119, 137, 141, 146, 162 and 213.

Kea reads compressed lists (RFC 3397) and writes them without compression; so do we.
"""

from __future__ import annotations

import re

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor

_SPECIAL = frozenset(b'".();\\@$')  # written with a backslash by Kea's name printer
_TOKEN = re.compile(r"\\(\d{3})|\\(.)|([^\\])", re.DOTALL)
_MAX_NAME = 255
_MAX_LABEL = 63


def pack_name(text: str) -> bytes:
    r"""``"www.example.org"`` (with or without a last dot) to labels with their lengths and the root's zero.

    ``\.`` is a dot inside a label, ``\065`` the byte 65. ValueError for what is no domain name.
    """
    return pack_labels(_labels(text)) + b"\0"


def unpack_name(cursor: Cursor) -> str:
    """Return the name at the cursor as text with a dot at the end; the inverse of ``pack_name``."""
    return labels_text(read_labels(cursor)) + "."


def pack_labels(labels: list[bytes]) -> bytes:
    """Labels with their lengths, without the root. ValueError when one or all together are too long."""
    for label in labels:
        if not 0 < len(label) <= _MAX_LABEL:
            raise ValueError(f"label of {len(label)} bytes in a domain name, 1 to {_MAX_LABEL} possible")
    data = b"".join([bytes((len(label),)) + label for label in labels])
    if len(data) + 1 > _MAX_NAME:
        raise ValueError(f"domain name of {len(data) + 1} bytes, at most {_MAX_NAME} possible")
    return data


def read_labels(cursor: Cursor) -> list[bytes]:
    """Return the labels up to the root at the cursor, which ends up behind them.

    A pointer (RFC 1035 section 4.1.4) may only lead backwards, so following them comes to an end.
    """
    labels: list[bytes] = []
    size, lowest, reader = 1, cursor.position, cursor
    while length := reader.uint(1):
        if length & 0xC0 == 0xC0:
            target = (length & 0x3F) << 8 | reader.uint(1)
            if target >= lowest:
                raise MalformedPacket("compression pointer in a domain name that does not lead backwards")
            lowest, reader = target, Cursor(cursor.data, target, cursor.end)
            continue
        if length > _MAX_LABEL:
            raise MalformedPacket(f"unknown label type {length:#x} in a domain name")
        size += length + 1
        if size > _MAX_NAME:
            raise MalformedPacket(f"domain name longer than {_MAX_NAME} bytes")
        labels.append(reader.take(length))
    return labels


def labels_text(labels: list[bytes]) -> str:
    """Labels joined with dots; what would be mistaken is written with a backslash."""
    return ".".join(["".join([_escaped(byte) for byte in label]) for label in labels])


def text_labels(text: str) -> list[bytes]:
    """Return the inverse of ``labels_text``; one dot at the end is allowed, ``"."`` and ``""`` have no labels."""
    labels: list[bytes] = []
    label = bytearray()
    position = 0
    for match in _TOKEN.finditer(text):
        position = match.end()
        number, escaped, plain = match.groups()
        if number:
            if int(number) > 255:
                raise ValueError(f"invalid domain name '{text}': no byte \\{number}")
            label.append(int(number))
        elif plain == ".":
            labels.append(bytes(label))
            label.clear()
        else:
            label += (escaped or plain).encode("utf-8", "surrogateescape")
    if position != len(text):
        raise ValueError(f"invalid domain name '{text}': backslash at the end")
    if label:
        labels.append(bytes(label))
    return [] if text == "." else labels


def label_count(text: str) -> int:
    """Return the number of labels of a name written as text, 0 for the root. Raises ValueError if it is none."""
    if text == ".":
        return 0
    labels = _labels(text)
    pack_labels(labels)
    return len(labels)


def raw_text(text: str) -> str:
    """Return the text of a name with its backslashes resolved: a dot inside a label cannot be told any more."""
    return b".".join(text_labels(text)).decode("latin-1")


def _labels(text: str) -> list[bytes]:
    if not text:
        raise ValueError("empty domain name")
    labels = text_labels(text)
    if not all(labels):
        raise ValueError(f"invalid domain name '{text}': empty label")
    return labels


def _escaped(byte: int) -> str:
    if byte in _SPECIAL:
        return "\\" + chr(byte)
    return chr(byte) if 0x20 < byte < 0x7F else f"\\{byte:03d}"
