"""The option field: codes, lengths and payloads, nothing of what they mean (RFC 2132 section 2, RFC 3396).

``unpack_options`` runs for every packet, hence the bare indexes; a code maps to its payload, parts joined.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_twisted.wire.constants import (
    OPT_AGENT_OPTIONS,
    OPT_BOOT_FILE_NAME,
    OPT_END,
    OPT_MESSAGE_TYPE,
    OPT_PAD,
)

_BYTE = tuple(bytes((number,)) for number in range(256))


def unpack_options(data: bytes, position: int = 0, options: dict[int, bytes] | None = None) -> dict[int, bytes]:
    """Return the options from ``position`` to the end option, added to ``options`` if given.

    Options of the same code are joined in order (RFC 3396 section 7). Like Kea (``LibDHCP::unpackOptions4``)
    it does not insist on the end option; one that runs past the data ends the list without complaint.
    """
    if options is None:
        options = {}
    end = len(data)
    try:
        while (code := data[position]) != OPT_END:
            if code == OPT_PAD:
                position += 1
                continue
            start = position + 2
            position = start + data[position + 1]
            if position > end:
                break
            if code in options:
                options[code] += data[start:position]
            else:
                options[code] = data[start:position]
    except IndexError:
        pass  # cheaper than asking before every option whether there is one
    return options


def pack_options(options: Mapping[int, bytes]) -> bytes:
    """Return the option field, end option included: 53 first, 82 last (RFC 3046 section 2.1), others in order.

    A pad option follows the boot file name: there are PXE loaders that read it up to the next zero.
    """
    parts: list[bytes] = []
    message_type = options.get(OPT_MESSAGE_TYPE)
    if message_type is not None:
        parts = [b"\x35", _BYTE[len(message_type)], message_type]
    agent = None
    for code, payload in options.items():
        if code == OPT_AGENT_OPTIONS:
            agent = payload
        elif code != OPT_MESSAGE_TYPE:
            length = len(payload)
            if length > 255:
                parts.append(pack_option(code, payload))
            else:
                parts += (_BYTE[code], _BYTE[length], payload)
            if code == OPT_BOOT_FILE_NAME:
                parts.append(b"\0")
    if agent is not None:
        parts.append(pack_option(OPT_AGENT_OPTIONS, agent))
    parts.append(b"\xff")
    return b"".join(parts)


def unpack_suboptions(data: bytes) -> dict[int, bytes]:
    """Options inside an option, where 0 and 255 are codes like any other (option 82, vendor spaces).

    A truncated one ends the list, the same code again is joined, as on the top level.
    """
    options: dict[int, bytes] = {}
    position, end = 0, len(data)
    while position + 2 <= end:
        code, start = data[position], position + 2
        position = start + data[position + 1]
        if position > end:
            break
        options[code] = options[code] + data[start:position] if code in options else data[start:position]
    return options


def pack_suboptions(options: Mapping[int, bytes]) -> bytes:
    """Options for the inside of an option, in their order, without an end option."""
    return b"".join([pack_option(code, payload) for code, payload in options.items()])


def pack_option(code: int, payload: bytes) -> bytes:
    """Return one option, in as many parts as its payload needs (RFC 3396 section 5); one part when it is empty."""
    if len(payload) <= 255:
        return _BYTE[code] + _BYTE[len(payload)] + payload
    parts = [payload[start : start + 255] for start in range(0, len(payload), 255)]
    return b"".join([_BYTE[code] + _BYTE[len(part)] + part for part in parts])
