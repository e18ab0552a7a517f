"""The reading of name change requests: Kea's JSON format (Kea: ncr_msg.cc), and what of it is refused."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

import dns.exception

from kea_twisted.ddns.names import LONGEST, absolute
from kea_twisted.ddns.request import ADD, CHECK_WITH_DHCID, MODES, NO_CHECK_WITH_DHCID, REMOVE, NameChange
from kea_twisted.jsonvalue import Json
from kea_twisted.records import new
from kea_twisted.wire.address import address_number, address_text

_MAX32: Final = 0xFFFFFFFF
_NO_TIME: Final = "19700101000000"
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_TRUE: Final = b"true"
_MODES: Final = {mode.encode(): mode for mode in MODES}
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_FORM: Final = re.compile(
    r"""\{ ?"change-type": ?([01]), ?"forward-change": ?(true|false), ?"reverse-change": ?(true|false),"""
    r""" ?"fqdn": ?"((?:[A-Za-z0-9_-]{1,63}\.)+)","""
    rf""" ?"ip-address": ?"((?:{_OCTET}\.){{3}}{_OCTET})", ?"dhcid": ?"([0-9A-Fa-f]+)","""
    r"""(?: ?"lease-expires-on": ?"(\d{14})",)? ?"lease-length": ?(0|[1-9]\d{0,9}),"""
    r""" ?"conflict-resolution-mode": ?"([a-z-]+)" ?\}""".encode()
)
"""A request for an IPv4 address, its members in Kea's order (``NameChangeRequest::toJSON``)."""


class InvalidRequest(ValueError):
    """The fault of the sender of a name change request, in Kea's words where it has some."""


def parse(datagram: bytes) -> NameChange:
    """Read a name change request. Raises InvalidRequest."""
    if len(datagram) < 2:
        raise _unreadable("InputBuffer::readUint16 read beyond end of buffer")
    length = int.from_bytes(datagram[:2], "big")
    body = datagram[2 : 2 + length]
    if len(body) < length:
        raise _unreadable("InputBuffer::peekVector read beyond end of buffer")
    usual = _usual(body)
    if usual is not None:
        return usual
    try:
        members = _decoder.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"Malformed NameChangeRequest JSON: {error}") from None
    if type(members) is not dict:
        raise _unreadable("a NameChangeRequest is a map")
    return _checked(members)


def _usual(body: bytes) -> NameChange | None:
    """Return a request in the form in which Kea and ``request.render`` write it; None: it has another, or a fault.

    All members with their types and ranges are in the pattern, so that this takes a third of the time of what follows.
    """
    found = _FORM.fullmatch(body)
    if found is None:
        return None
    kind, forward, reverse, fqdn, address, dhcid, expires, length, mode = found.groups()
    seconds, name = int(length), fqdn.decode()
    is_forward, is_reverse = forward == _TRUE, reverse == _TRUE
    if (
        not (is_forward or is_reverse)
        or seconds > _MAX32
        or len(name) > LONGEST
        or mode not in _MODES
        or len(dhcid) % 2
    ):
        return None
    end = _NO_TIME if expires is None else _checked_time(expires.decode())
    hexadecimal = bytes.fromhex(dhcid.decode())
    return new(
        NameChange,
        (int(kind), is_forward, is_reverse, name, address.decode(), hexadecimal, seconds, _MODES[mode], end),
    )


def _checked(members: dict[str, Json]) -> NameChange:
    """Take the values in the order in which Kea checks them, so that the first fault is the same."""
    change_type = _value(members, "change-type", int, "change_type")
    if change_type not in (ADD, REMOVE):
        raise _unreadable(f"Invalid data value for change_type: {change_type}")
    forward = _value(members, "forward-change", bool)
    reverse = _value(members, "reverse-change", bool)
    fqdn = _name(_value(members, "fqdn", str))
    address = _address(_value(members, "ip-address", str))
    dhcid = _hex(_value(members, "dhcid", str))
    expires = _time(members)
    length = _value(members, "lease-length", int, "lease_length")
    if length > _MAX32:
        raise _unreadable(f"lease_length value {length}is too large for unsigned 32-bit integer.")
    if length < 0:
        raise _unreadable(f"lease_length value {length}is negative. It must greater than or equal to zero ")
    mode = _mode(members)
    if not dhcid:
        raise _unreadable("DHCID cannot be blank")
    if not forward and not reverse:
        raise _unreadable("Invalid Request, forward and reverse flags are both false")
    return new(NameChange, (change_type, forward, reverse, fqdn, address, dhcid, length, mode, expires))


def _time(members: dict[str, object]) -> str:
    """Return the end of the lease; Kea up to 3.0 sends and checks it."""
    return _checked_time(_value(members, "lease-expires-on", str)) if "lease-expires-on" in members else _NO_TIME


@lru_cache(maxsize=16)
def _checked_time(text: str) -> str:
    try:
        if len(text) != 14 or not text.isdecimal() or not text.isascii():
            raise ValueError
        month, day, hour, minute, second = (int(text[place : place + 2]) for place in range(4, 14, 2))
        datetime(int(text[:4]), month, day, hour, minute, second)
    except ValueError:
        raise _unreadable(f"Invalid date-time: [{text}]") from None
    return text


def _mode(members: dict[str, object]) -> str:
    """Return the mode of conflict resolution; Kea up to 2.4 sends ``use-conflict-resolution``."""
    if "conflict-resolution-mode" in members:
        mode: str = _value(members, "conflict-resolution-mode", str)
        if mode not in MODES:
            raise _unreadable(f"Invalid ConflictResolutionMode: {mode}")
        return mode
    if "use-conflict-resolution" in members:
        return CHECK_WITH_DHCID if _value(members, "use-conflict-resolution", bool) else NO_CHECK_WITH_DHCID
    return CHECK_WITH_DHCID


def _value(members: dict[str, object], key: str, kind: type, name: str = "") -> Json:
    if key not in members:
        raise _unreadable(f"NameChangeRequest value missing for: {key}")
    value = members[key]
    if type(value) is not kind:
        raise _unreadable(f"Wrong data type for {name or key}: {value!r}")
    return value


def _name(text: str) -> str:
    if not text:
        raise _unreadable("Invalid FQDN value: , reason: it is empty")
    try:
        return absolute(text)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise _unreadable(f"Invalid FQDN value: {text}, reason: {error}") from None


def _address(text: str) -> str:
    try:
        if ":" not in text:
            return address_text(address_number(text))
        if "%" in text:
            raise ValueError
        return str(ip_address(text))
    except ValueError:
        raise _unreadable(f"Invalid ip address string for ip_address: {text}") from None


def _hex(text: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise _unreadable(f"Invalid data in Dhcid: {text} is not hexadecimal")
    return bytes.fromhex(text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


_decoder: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _unreadable(text: str) -> InvalidRequest:
    return InvalidRequest(f"fromFormat: buffer read error: {text}")
