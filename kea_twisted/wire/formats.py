"""The checks that the options of a client's message pass before anything reads them.

An option that does not fit its definition is ignored, as if it had not been sent: a client must not lose its address
over a value that nothing depends on. Kea drops such a message (and ignores a text without a single character, and with
``lenient-option-parsing`` an invalid domain name). The message is dropped here, too, where the option decides which
subnet or which server is meant (DECISIVE). What is too long is fine: the beginning counts. Options 43 and 224 to 254
get their meaning from classes, and are not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.constants import (
    AGENT_LINK_SELECTION,
    AGENT_SERVER_ID_OVERRIDE,
    OPT_AGENT_OPTIONS,
    OPT_CLASSLESS_STATIC_ROUTE,
    OPT_CLIENT_IDENTIFIER,
    OPT_FQDN,
    OPT_MESSAGE_TYPE,
    OPT_SERVER_IDENTIFIER,
    OPT_SUBNET_SELECTION,
    OPT_V4_DNR,
    OPT_V4_SZTP_REDIRECT,
    OPT_VENDOR_ENCAPSULATED,
    OPT_VIVCO_SUBOPTIONS,
    OPT_VIVSO_SUBOPTIONS,
)
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnsname import label_count, read_labels
from kea_twisted.wire.fqdn import FLAG_E, unpack_fqdn
from kea_twisted.wire.optiondefs import DHCP4_SPACE, STANDARD, OptionDefinition
from kea_twisted.wire.options import unpack_suboptions
from kea_twisted.wire.optiontypes import LONG_TUPLE, TYPES, OptionType

Check = Callable[[bytes, bool], bytes | None]
"""Payload and leniency in; out the payload to continue with, None to ignore the option. Raises MalformedPacket."""

DECISIVE: Final = frozenset((OPT_MESSAGE_TYPE, OPT_SERVER_IDENTIFIER, OPT_AGENT_OPTIONS, OPT_SUBNET_SELECTION))
"""Options whose absence would change what is asked, or of which server or for which subnet."""

_SHORTEST_CLIENT_ID: Final = 2  # RFC 2132 section 9.14
_MOST_SHAPES: Final = 1024
_NONE_IGNORED: Final[tuple[int, ...]] = ()
# 43 and 224 to 254 are decoded late, when the classes are known; 124 and 125 never fail.
_NO_SIZE: Final = 1 << 32
_UNSEEN: Final = frozenset((OPT_VENDOR_ENCAPSULATED, OPT_VIVCO_SUBOPTIONS, OPT_VIVSO_SUBOPTIONS, *range(224, 255)))


class Formats:
    """The checks for the options of a configuration: the standard ones and those of ``option-def``."""

    __slots__ = ("_checks", "_least", "_lenient", "_doubtful")

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
        # By codes and sizes of a message's options, which few kinds of clients share: those that take a closer look.
        self._doubtful: dict[tuple[int, ...], tuple[int, ...]] = {}

    def sift(self, options: dict[int, bytes]) -> tuple[int, ...]:
        """Take out or cut what does not fit; the codes of those taken out. MalformedPacket: drop the message."""
        shape = (*options, *map(len, options.values()))
        doubtful = self._doubtful.get(shape)
        if doubtful is None:
            doubtful = self._examine(shape, options)
        changed: list[tuple[int, bytes | None]] | None = None
        for code in doubtful:
            payload, check = options[code], self._checks[code]
            try:
                kept = check(payload, self._lenient)
            except MalformedPacket:
                if code in DECISIVE:
                    raise
                kept = None
            if kept is not payload:
                changed = [*(changed or ()), (code, kept)]
        return _NONE_IGNORED if changed is None else _put(options, changed)

    def _examine(self, shape: tuple[int, ...], options: Mapping[int, bytes]) -> tuple[int, ...]:
        """Return the codes of options that their size alone does not make valid; kept for messages of this shape."""
        if len(self._doubtful) >= _MOST_SHAPES:
            self._doubtful.clear()
        least = self._least
        found = [code for code in options if code in self._checks and len(options[code]) < least.get(code, _NO_SIZE)]
        self._doubtful[shape] = doubtful = tuple(found)
        return doubtful


def _put(options: dict[int, bytes], changed: list[tuple[int, bytes | None]]) -> tuple[int, ...]:
    for code, kept in changed:
        if kept is None:
            del options[code]
        else:
            options[code] = kept
    return tuple([code for code, kept in changed if kept is None])


def fixed_size(row: OptionDefinition) -> int | None:
    """Return the size in bytes of any value of an option without array; None if values differ in size."""
    if row.type == "empty":
        return 0
    kind = TYPES.get(row.type)
    return kind.size if kind is not None else None


def format_of(row: OptionDefinition) -> Check | None:
    """Return the check for an option of this definition, with any code; None if every payload is valid."""
    return _check(row)


def _check(row: OptionDefinition) -> Check | None:
    """Return the check for an option; None where anything goes."""
    special = _SPECIAL.get(row.code) if row.space == DHCP4_SPACE else None
    if special is not None:
        return special
    if row.type == "record":
        return _fields(row)
    if row.type == "string":
        return _text
    kind = TYPES.get(row.type)
    if kind is None or kind.open_ended:
        return None
    if kind.size is None:
        return _values(kind) if row.array else _value(kind)
    if row.array:
        return _list(row.code, kind.size, 0 if row.type == "ipv4-address" else 1)
    return _at_least(row.code, kind.size)


def _least(row: OptionDefinition) -> int:
    """Return the smallest size of an option of which nothing else is checked; 0 for any other."""
    if row.code in _SPECIAL and row.space == DHCP4_SPACE:
        return _SHORTEST_CLIENT_ID if row.code == OPT_CLIENT_IDENTIFIER else 0
    size = fixed_size(row) or 0
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


def _fields(row: OptionDefinition) -> Check:
    """Return the fields one after the other, up to one that takes the rest."""
    kinds = [TYPES[name] for name in row.record_types]

    def check(payload: bytes, lenient: bool) -> bytes:
        cursor = Cursor(payload)
        for kind in kinds:
            kind.skip(cursor)
        while row.array and cursor:
            kinds[-1].skip(cursor)
        return payload

    return check


def _text(payload: bytes, lenient: bool) -> bytes | None:
    if payload[-1:] not in b"\0":
        return payload
    return payload.rstrip(b"\0") or None


def _value(kind: OptionType) -> Check:
    def check(payload: bytes, lenient: bool) -> bytes:
        kind.skip(Cursor(payload))
        return payload

    return check


def _values(kind: OptionType) -> Check:
    def check(payload: bytes, lenient: bool) -> bytes:
        if not payload:
            raise MalformedPacket("a list without a value")
        cursor = Cursor(payload)
        while cursor:
            kind.skip(cursor)
        return payload

    return check


def _client_id(payload: bytes, lenient: bool) -> bytes | None:
    return payload if len(payload) >= _SHORTEST_CLIENT_ID else None


def _client_name(payload: bytes, lenient: bool) -> bytes | None:
    try:
        asked = unpack_fqdn(payload)
        if asked.name and not asked.flags & FLAG_E:
            label_count(asked.name)
    except ValueError:
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
        if lenient:
            cursor.take(min(cursor.uint(2), cursor.remaining))
        else:
            LONG_TUPLE.skip(cursor)
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
    """Of the relay's sub-options only those count that choose the subnet or name the server.

    What else is in there goes back to the relay unchanged (RFC 3046 section 2.2), in any size.
    """
    suboptions = unpack_suboptions(payload)
    for code in _ADDRESSES_OF_RELAYS:
        if len(suboptions.get(code, _AN_ADDRESS)) < len(_AN_ADDRESS):
            raise MalformedPacket(f"sub-option {code} of option 82 with {len(suboptions[code])} bytes, 4 needed")
    return payload


_AN_ADDRESS: Final = bytes(4)
_ADDRESSES_OF_RELAYS: Final = (AGENT_LINK_SELECTION, AGENT_SERVER_ID_OVERRIDE)
_SPECIAL: Final[dict[int, Check]] = {
    OPT_CLIENT_IDENTIFIER: _client_id,
    OPT_FQDN: _client_name,
    OPT_AGENT_OPTIONS: _agent,
    OPT_CLASSLESS_STATIC_ROUTE: _routes,
    OPT_V4_SZTP_REDIRECT: _tuples,
    OPT_V4_DNR: _resolvers,
}
