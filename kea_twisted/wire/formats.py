"""What the options of a client must look like for its message to be taken at all.

Kea unpacks every option it has a definition for before it looks at a message, and drops the message with one
that cannot be unpacked. A text without a single character is passed over instead, and with
``lenient-option-parsing`` so is a domain name that is none. What is too long is fine: the beginning counts.
Options 43 and 224 to 254 mean what a class says, and are not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.constants import (
    OPT_AGENT_OPTIONS,
    OPT_CLASSLESS_STATIC_ROUTE,
    OPT_FQDN,
    OPT_V4_DNR,
    OPT_V4_SZTP_REDIRECT,
    OPT_VENDOR_ENCAPSULATED,
    OPT_VIVCO_SUBOPTIONS,
    OPT_VIVSO_SUBOPTIONS,
)
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnsname import label_count, read_labels
from kea_twisted.wire.fqdn import FLAG_E, FLAG_N, FLAG_S, unpack_fqdn
from kea_twisted.wire.optiondefs import AGENT_SPACE, DHCP4_SPACE, STANDARD, OptionDefinition
from kea_twisted.wire.options import unpack_suboptions

Check = Callable[[bytes, bool], bytes | None]
"""Payload and leniency in; out the payload to go on with, None to pass the option over; MalformedPacket."""

_SIZES: Final = {
    "boolean": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "ipv4-address": 4,
    "ipv6-address": 16, "psid": 3,
}  # fmt: skip
# 43 and 224 to 254 are decoded late, when the classes are known; 124 and 125 never fail.
_NO_SIZE: Final = 1 << 32
_UNSEEN: Final = frozenset(
    (OPT_VENDOR_ENCAPSULATED, OPT_VIVCO_SUBOPTIONS, OPT_VIVSO_SUBOPTIONS, *range(224, 255))
)


class Formats:
    """The checks for the options of a configuration: the standard ones and those of ``option-def``."""

    __slots__ = ("_checks", "_least", "_lenient")

    def __init__(self, user: Iterable[OptionDefinition] = (), lenient: bool = False) -> None:
        rows = (*user, *STANDARD[DHCP4_SPACE])  # the standard ones win
        checked = {
            row.code: (row, check)
            for row in rows
            if row.space == DHCP4_SPACE and row.code not in _UNSEEN and (check := _check(row)) is not None
        }
        self._checks = {code: check for code, (_, check) in checked.items()}
        # Those with nothing but a smallest size, most of what clients send, are compared on the spot.
        self._least = {code: size for code, (row, _) in checked.items() if (size := _least(row))}
        self._lenient = lenient

    def sift(self, options: dict[int, bytes]) -> None:
        """Take out or cut what Kea does not take as it is; MalformedPacket where it drops the message."""
        checks, least = self._checks, self._least
        changed: list[tuple[int, bytes | None]] = []
        for code, payload in options.items():
            if len(payload) >= least.get(code, _NO_SIZE):
                continue
            check = checks.get(code)
            if check is not None:
                kept = check(payload, self._lenient)
                if kept is not payload:
                    changed.append((code, kept))
        for code, kept in changed:
            if kept is None:
                del options[code]
            else:
                options[code] = kept


def format_of(row: OptionDefinition) -> Check | None:
    """The check for an option of this definition, whatever its code; None where anything goes."""
    return _check(row)


def _check(row: OptionDefinition) -> Check | None:
    """The check for an option; None where anything goes."""
    special = _SPECIAL.get(row.code) if row.space == DHCP4_SPACE else None
    if special is not None:
        return special
    if row.type == "record":
        return _record(row)
    if row.type == "string":
        return _text
    if row.type == "fqdn":
        return _names if row.array else _name
    size = _SIZES.get(row.type)
    if size is None:
        return None
    if row.array:
        return _list(row.code, size, 0 if row.type == "ipv4-address" else 1)
    return _at_least(row.code, size)


def _least(row: OptionDefinition) -> int:
    """The smallest size of an option of which nothing else is checked; 0 for any other."""
    if row.code in _SPECIAL and row.space == DHCP4_SPACE:
        return 0
    size = _SIZES.get(row.type, 0)
    return size if not row.array or size == 1 else 0


def _at_least(code: int, size: int) -> Check:
    def check(payload: bytes, lenient: bool) -> bytes:
        if len(payload) < size:
            raise MalformedPacket(f"option {code} of {len(payload)} bytes, at least {size} needed")
        return payload

    return check


def _list(code: int, size: int, least: int) -> Check:
    def check(payload: bytes, lenient: bool) -> bytes:
        if len(payload) % size or len(payload) < least:
            raise MalformedPacket(f"option {code} of {len(payload)} bytes, values have {size} each")
        return payload

    return check


def _record(row: OptionDefinition) -> Check:
    """The fields one after the other; only domain names have to be read to know where they end."""

    def check(payload: bytes, lenient: bool) -> bytes | None:
        cursor = Cursor(payload)
        for kind in row.record_types:
            if kind in ("string", "binary"):
                break
            if kind != "fqdn":
                cursor.take(_SIZES[kind])
            elif not _read_name(cursor, lenient):
                return None
        return payload

    return check


def _text(payload: bytes, lenient: bool) -> bytes | None:
    if payload[-1:] not in b"\0":
        return payload
    return payload.rstrip(b"\0") or None


def _read_name(cursor: Cursor, lenient: bool) -> bool:
    try:
        read_labels(cursor)
    except MalformedPacket:
        if not lenient:
            raise
        return False
    return True


def _name(payload: bytes, lenient: bool) -> bytes | None:
    return payload if _read_name(Cursor(payload), lenient) else None


def _names(payload: bytes, lenient: bool) -> bytes | None:
    if not payload:
        raise MalformedPacket("list of domain names without any")
    cursor = Cursor(payload)
    while cursor:
        if not _read_name(cursor, lenient):
            return None
    return payload


def _client_name(payload: bytes, lenient: bool) -> bytes | None:
    if len(payload) < 3:
        raise MalformedPacket(f"option 81 of {len(payload)} bytes, at least 3 needed")
    try:
        asked = unpack_fqdn(payload)
        if asked.name and not asked.flags & FLAG_E:
            label_count(asked.name)
    except (MalformedPacket, ValueError) as error:
        if not lenient or payload[0] & (FLAG_N | FLAG_S) == FLAG_N | FLAG_S:
            raise MalformedPacket(f"option 81: {error}") from None
        return None
    return payload


def _routes(payload: bytes, lenient: bool) -> bytes:
    cursor = Cursor(payload)
    while cursor or not payload:
        width = cursor.uint(1)
        if width > 32:
            raise MalformedPacket(f"width {width} of a route in option 121")
        cursor.take((width + 7) // 8 + 4)
    return payload


def _tuples(payload: bytes, lenient: bool) -> bytes:
    cursor = Cursor(payload)
    while cursor:
        size = cursor.uint(2)
        cursor.take(min(size, cursor.remaining) if lenient else size)
    return payload


def _resolvers(payload: bytes, lenient: bool) -> bytes:
    """Option 162 (RFC 9463 section 5.1): instances, each with its length, a priority, a name, addresses."""
    cursor = Cursor(payload)
    while cursor:
        instance = Cursor(cursor.take(cursor.uint(2)))
        instance.take(2)
        name = Cursor(instance.take(instance.uint(1)))
        read_labels(name)
        if instance:
            size = instance.uint(1)
            if size % 4 or not size:
                raise MalformedPacket(f"addresses of {size} bytes in option 162")
            instance.take(size)
    return payload


def _agent(payload: bytes, lenient: bool) -> bytes:
    for code, value in unpack_suboptions(payload).items():
        check = _AGENT_CHECKS.get(code)
        if check is not None:
            check(value, lenient)
    return payload


_SPECIAL: Final[dict[int, Check]] = {
    OPT_FQDN: _client_name,
    OPT_AGENT_OPTIONS: _agent,
    OPT_CLASSLESS_STATIC_ROUTE: _routes,
    OPT_V4_SZTP_REDIRECT: _tuples,
    OPT_V4_DNR: _resolvers,
}
_AGENT_CHECKS: Final = {
    row.code: check for row in STANDARD[AGENT_SPACE] if (check := _check(row)) is not None
}
