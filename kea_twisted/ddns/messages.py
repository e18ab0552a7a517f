"""Update messages on the wire (RFC 2136), signed where a key is configured (RFC 8945), and their responses."""

from __future__ import annotations

import hmac
from base64 import b64encode
from functools import lru_cache
from typing import Any, Final, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.update
import dns.wire

from kea_twisted.ddns.ncr import NameChange
from kea_twisted.ddns.settings import TsigKey
from kea_twisted.ddns.steps import ADDRESS, ANY, DHCID, PTR
from kea_twisted.ddns.transaction import Update

FUDGE: Final = 300  # seconds that two clocks may differ
_ALGORITHMS: Final = {"hmac-md5": dns.tsig.HMAC_MD5}
_IN: Final = dns.rdataclass.IN
_rdata: Final[Any] = dns.rdata  # dnspython has no types for these
_TSIG: Final[Any] = _rdata.get_rdata_class(dns.rdataclass.ANY, dns.rdatatype.TSIG)
_sign: Final[Any] = dns.tsig.sign


class InvalidResponse(ValueError):
    """A response that is malformed, of another kind, or not signed by the key."""


class Sent(NamedTuple):
    """An update on its way: what is needed to understand the response."""

    wire: bytes
    key: TsigKey | None
    mac: bytes


def render(update: Update, request: NameChange, identifier: int, now: int) -> Sent:
    """Write an update; ``now`` is the time of the signature in seconds since the epoch."""
    message = dns.update.UpdateMessage(_name(update.domain.name), id=identifier)
    _fill(message, update, request)
    wire = message.to_wire()
    key = update.server.key
    if key is None:
        return Sent(wire, None, b"")
    return _signed(wire, key, identifier, now)


def response_code(response: bytes, sent: Sent, now: int) -> int:
    """Return the response code of a response. Raises InvalidResponse."""
    try:
        keyring = dnspython_key(sent.key) if sent.key is not None and not sent.key.digest_bits else False
        message = dns.message.from_wire(response, keyring=keyring, request_mac=sent.mac)
        if sent.key is not None:
            if not message.had_tsig:
                raise InvalidResponse("TSIG verification failed: it is not signed")
            if sent.key.digest_bits:
                _verify_cut(response, message, sent, now)
    except (dns.exception.DNSException, ValueError, KeyError, NotImplementedError) as error:
        raise InvalidResponse(str(error) or type(error).__name__) from None
    if message.opcode() != dns.opcode.UPDATE:
        raise InvalidResponse(f"received message is not a DDNS update, its code is {int(message.opcode())}")
    if not message.flags & dns.flags.QR:
        raise InvalidResponse("received message should have QR flag set")
    return int(message.rcode())


def _fill(message: dns.update.UpdateMessage, update: Update, request: NameChange) -> None:
    step, name, ttl = update.step, _name(update.name), request.lease_length
    if step.absent:
        message.absent(name)
    if step.present:
        message.present(name)
    for kind in step.present_sets:
        message.present(name, kind)
    for kind in step.equal:
        message.present(name, _data(kind, request))
    for kind in step.absent_sets:
        message.absent(name, kind)
    for kind in step.delete:
        if kind == ANY:
            message.delete(name)
        else:
            message.delete(name, _type(kind, request))
    for kind in step.delete_records:
        message.delete(name, _data(kind, request))
    for kind in step.add:
        message.add(name, ttl, _data(kind, request))


def _type(kind: str, request: NameChange) -> str:
    if kind == ADDRESS:
        return "A" if request.is_ipv4 else "AAAA"
    return kind


def _data(kind: str, request: NameChange) -> dns.rdata.Rdata:
    if kind == DHCID:
        return dns.rdata.from_wire(_IN, dns.rdatatype.DHCID, request.dhcid, 0, len(request.dhcid))
    text = request.fqdn if kind == PTR else request.address
    return dns.rdata.from_text(_IN, _type(kind, request), text)


@lru_cache(maxsize=256)
def _name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


# --- signatures


@lru_cache(maxsize=64)
def dnspython_key(key: TsigKey) -> dns.tsig.Key:
    """Return a key in dnspython's form."""
    algorithm = _ALGORITHMS.get(key.algorithm, key.algorithm)
    return dns.tsig.Key(key.label, b64encode(key.secret).decode(), algorithm)


def _signed(wire: bytes, key: TsigKey, identifier: int, now: int) -> Sent:
    """Add a signature as the last record. dnspython signs, but has no MAC of a length of its own."""
    tsig_key = dnspython_key(key)
    unsigned = _TSIG(dns.rdataclass.ANY, dns.rdatatype.TSIG, tsig_key.algorithm, 0, FUDGE, b"", identifier, 0, b"")
    signed, _ = _sign(wire, tsig_key, unsigned, now)
    mac = _cut(signed.mac, key)
    data = signed.replace(mac=mac).to_wire()
    assert data is not None
    record = b"".join((
        tsig_key.name.to_wire() or b"",
        dns.rdatatype.TSIG.to_bytes(2, "big"), dns.rdataclass.ANY.to_bytes(2, "big"), bytes(4),
        len(data).to_bytes(2, "big"), data,
    ))  # fmt: skip
    additional = int.from_bytes(wire[10:12], "big") + 1
    return Sent(b"".join((wire[:10], additional.to_bytes(2, "big"), wire[12:], record)), key, mac)


def _verify_cut(wire: bytes, message: dns.message.Message, sent: Sent, now: int) -> None:
    """Verify a MAC that is cut to ``digest-bits``, which dnspython refuses. Raises InvalidResponse, ValueError."""
    key = sent.key
    assert key is not None and message.tsig is not None
    tsig_key, found = dnspython_key(key), message.tsig[0]
    if found.error:
        raise InvalidResponse(f"TSIG verification failed: {dns.rcode.to_text(found.error, True)}")
    if message.tsig.name != tsig_key.name or found.algorithm != tsig_key.algorithm:
        raise InvalidResponse("TSIG verification failed: BADKEY")
    count = int.from_bytes(wire[10:12], "big") - 1
    unsigned = wire[:10] + count.to_bytes(2, "big") + wire[12 : _last_record(wire)]
    expected, _ = _sign(unsigned, tsig_key, found, found.time_signed, sent.mac)
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


def _cut(mac: bytes, key: TsigKey) -> bytes:
    return mac[: key.digest_bits // 8] if key.digest_bits else mac


def code_text(code: int) -> str:
    """Return the name of a response code."""
    return dns.rcode.to_text(dns.rcode.Rcode(code))
