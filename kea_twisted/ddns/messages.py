"""Update messages on the wire (RFC 2136), signed where a key is configured (RFC 8945), and their responses.

dnspython reads responses and verifies their signatures. Updates are written here, byte by byte: with its objects a
request took 1,300 us of CPU, of which 1,000 were theirs. The tests read them with dnspython.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from operator import itemgetter
from struct import Struct
from typing import Any, Final, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.tsig
import dns.wire

from kea_twisted.ddns.names import address_wire, labels_wire, name_wire
from kea_twisted.ddns.request import NameChange
from kea_twisted.ddns.settings import TsigKey
from kea_twisted.ddns.signing import Signer, dnspython_key, signer_of
from kea_twisted.ddns.steps import ADDRESS, ANY, DHCID, PTR, Step
from kea_twisted.ddns.transaction import Update
from kea_twisted.records import new

_TYPES: Final = {"A": 1, PTR: 12, "AAAA": 28, DHCID: 49, ANY: 255}
_CLASS_IN: Final = 1
_CLASS_NONE: Final = 254
_CLASS_ANY: Final = 255
_UPDATE: Final = 0x2800  # flags of the header: the operation
_HEADER: Final = Struct("!HHHHHH")
_ZONE: Final = bytes((0, 6, 0, _CLASS_IN))  # type SOA
_POINTER: Final = 0xC000  # RFC 1035 section 4.1.4
_TO_ZONE: Final = (_POINTER | _HEADER.size).to_bytes(2, "big")
_RESPONSES: Final = frozenset(bytes((_UPDATE >> 8 | 0x80 | flags,)) for flags in range(8))
"""The third byte of a response, with any flags."""
_sign: Final[Any] = dns.tsig.sign  # dnspython has no types for it


class InvalidResponse(ValueError):
    """A response that is malformed, of another kind, or not signed by the key."""


class Sent(NamedTuple):
    """An update on its way: what is needed to understand the response."""

    wire: bytes
    zone: bytes
    signer: Signer | None = None
    mac: bytes = b""


def render(update: Update, request: NameChange, identifier: int, now: int) -> Sent:
    """Write an update; ``now`` is the time of the signature in seconds since the epoch."""
    step, zone_name, is_ipv4 = update.step, update.domain.name, request.is_ipv4
    form = _forms.get((id(step), zone_name, is_ipv4)) or _form(step, zone_name, is_ipv4)
    values = (
        identifier.to_bytes(2, "big"),
        _owner(update.name, zone_name),
        request.lease_length.to_bytes(4, "big"),
        address_wire(request.address),
        _with_length(request.dhcid),
        _with_length(_name(request.fqdn)) if form.points else b"",
    )
    wire = form.text % form.variables(values)
    key = update.server.key
    if key is None:
        return new(Sent, (wire, form.zone, None, b""))
    signer = signer_of(key)
    signed, mac = signer.sign(wire, now)
    return new(Sent, (signed, form.zone, signer, mac))


def response_code(response: bytes, sent: Sent, now: int) -> int:
    """Return the response code of a response. Raises InvalidResponse."""
    if _is_usual(response, sent, now):
        return response[3] & 0x0F
    signer = sent.signer
    key = signer.key if signer is not None else None
    try:
        keyring = dnspython_key(key) if key is not None and not key.digest_bits else False
        message = dns.message.from_wire(response, keyring=keyring, request_mac=sent.mac)
        if key is not None:
            if not message.had_tsig:
                raise InvalidResponse("TSIG verification failed: it is not signed")
            if key.digest_bits:
                _verify_cut(response, message, key, sent.mac, now)
    except (dns.exception.DNSException, ValueError, KeyError, NotImplementedError) as error:
        raise InvalidResponse(str(error) or type(error).__name__) from None
    if message.opcode() != dns.opcode.UPDATE:
        raise InvalidResponse(f"received message is not a DDNS update, its code is {int(message.opcode())}")
    if not message.flags & dns.flags.QR:
        raise InvalidResponse("received message should have QR flag set")
    return int(message.rcode())


def _is_usual(response: bytes, sent: Sent, now: int) -> bool:
    """Return True for a response as BIND makes it; all others are read by dnspython."""
    if response[2:3] not in _RESPONSES:
        return False
    if sent.signer is None:
        return response[4:] == b"\0\1\0\0\0\0\0\0" + sent.zone
    return sent.signer.is_usual(response, sent.zone, sent.mac, now)


def _owner(name: str, zone: str) -> bytes:
    """Return the name of the first record; behind it all others are pointers to it.

    It points to the zone, as Kea's does: so a new name gets the zone's capital letters, not the client's.
    """
    inside = len(name) - len(zone)
    if inside > 0 and name.endswith(zone) and name[inside - 1] == "." and "\\" not in name:
        return labels_wire(name[:inside]) + _TO_ZONE
    if inside > 0 and "\\" not in name and name[inside - 1 :].lower() == f".{zone.lower()}":
        return name_wire(name[:inside])[:-1] + _TO_ZONE
    return name_wire(name)


def _name(fqdn: str) -> bytes:
    """Return the name of a request, whose labels are known to be no longer than allowed."""
    return labels_wire(fqdn) + b"\0" if len(fqdn) > 1 and "\\" not in fqdn else name_wire(fqdn)


def _with_length(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


class _Form(NamedTuple):
    """The updates of a step in a zone. ``variables`` takes from the values in ``render`` those that ``text`` lacks.

    Names, numbers and the order of the records are the same in all of them.
    """

    step: Step  # kept, as its identity is the key
    zone: bytes
    text: bytes
    variables: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]
    points: bool  # a record has the name of the request


_IDENTIFIER, _OWNER, _TTL, _ADDRESS, _DHCID, _NAME = range(6)  # the values in ``render``
_NO_TTL: Final = bytes(4)
_NO_DATA: Final = bytes(2)
_MOST_FORMS: Final = 1024
_forms: Final[dict[tuple[int, str, bool], _Form]] = {}


def _form(step: Step, zone_name: str, is_ipv4: bool) -> _Form:
    """Make the form of a step, and keep it."""
    if len(_forms) >= _MOST_FORMS:
        _forms.clear()
    zone = name_wire(zone_name) + _ZONE
    required, changes = _records(step, is_ipv4)
    pointer = (_POINTER | _HEADER.size + len(zone)).to_bytes(2, "big")  # to the name of the first record
    numbers = _HEADER.pack(0, _UPDATE, 1, len(required), len(changes), 0)[2:]
    parts: list[bytes | int] = [_IDENTIFIER, numbers + zone]
    name: bytes | int = _OWNER
    for record in (*required, *changes):
        parts += name, *record
        name = pointer
    text = b"".join([b"%b" if isinstance(part, int) else part.replace(b"%", b"%%") for part in parts])
    places = [part for part in parts if isinstance(part, int)]
    form = _Form(step, zone, text, itemgetter(*places), _NAME in places)
    _forms[id(step), zone_name, is_ipv4] = form
    return form


_Record = tuple[bytes | int, ...]


def _records(step: Step, is_ipv4: bool) -> tuple[list[_Record], list[_Record]]:
    """Return the prerequisites and the updates of a step, each without its name; numbers stand for values."""
    required = [_bare(ANY, is_ipv4, _CLASS_NONE)] * step.absent
    required += [_bare(ANY, is_ipv4, _CLASS_ANY)] * step.present
    required += [_bare(kind, is_ipv4, _CLASS_ANY) for kind in step.present_sets]
    required += [_with_data(kind, is_ipv4, _CLASS_IN) for kind in step.equal]
    required += [_bare(kind, is_ipv4, _CLASS_NONE) for kind in step.absent_sets]
    changes = [_bare(kind, is_ipv4, _CLASS_ANY) for kind in step.delete]
    changes += [_with_data(kind, is_ipv4, _CLASS_NONE) for kind in step.delete_records]
    changes += [_with_data(kind, is_ipv4, _CLASS_IN, _TTL) for kind in step.add]
    return required, changes


def _bare(kind: str, is_ipv4: bool, record_class: int) -> _Record:
    return (_head(kind, is_ipv4, record_class) + _NO_TTL + _NO_DATA,)


def _with_data(kind: str, is_ipv4: bool, record_class: int, ttl: bytes | int = _NO_TTL) -> _Record:
    head = _head(kind, is_ipv4, record_class)
    if kind == ADDRESS:
        return head, ttl, (4 if is_ipv4 else 16).to_bytes(2, "big"), _ADDRESS
    return head, ttl, _DHCID if kind == DHCID else _NAME


def _head(kind: str, is_ipv4: bool, record_class: int) -> bytes:
    """Return the type and the class of a record."""
    if kind == ADDRESS:
        kind = "A" if is_ipv4 else "AAAA"
    return _TYPES[kind].to_bytes(2, "big") + record_class.to_bytes(2, "big")


# --- signatures


def _verify_cut(wire: bytes, message: dns.message.Message, key: TsigKey, request_mac: bytes, now: int) -> None:
    """Verify a MAC that is cut to ``digest-bits``, which dnspython refuses. Raises InvalidResponse, ValueError."""
    assert message.tsig is not None
    tsig_key, found = dnspython_key(key), message.tsig[0]
    if found.error:
        raise InvalidResponse(f"TSIG verification failed: {dns.rcode.to_text(found.error, True)}")
    if message.tsig.name != tsig_key.name or found.algorithm != tsig_key.algorithm:
        raise InvalidResponse("TSIG verification failed: BADKEY")
    count = int.from_bytes(wire[10:12], "big") - 1
    unsigned = wire[:10] + count.to_bytes(2, "big") + wire[12 : _last_record(wire)]
    expected, _ = _sign(unsigned, tsig_key, found, found.time_signed, request_mac)
    if len(found.mac) < key.digest_bits // 8 or not hmac.compare_digest(expected.mac[: len(found.mac)], found.mac):
        raise InvalidResponse("TSIG verification failed: BADSIG")
    if abs(found.time_signed - now) > found.fudge:
        raise InvalidResponse("TSIG verification failed: BADTIME")


def _last_record(wire: bytes) -> int:
    """Return the position of the last record of a message."""
    parser = dns.wire.Parser(wire, 4)
    questions, *records = parser.get_struct("!HHHH")
    for _ in range(questions):
        parser.get_name()
        parser.get_struct("!HH")
    for _ in range(sum(records) - 1):
        parser.get_name()
        *_, length = parser.get_struct("!HHIH")
        parser.get_bytes(length)
    return parser.current


def code_text(code: int) -> str:
    """Return the name of a response code."""
    return dns.rcode.to_text(dns.rcode.Rcode(code))
