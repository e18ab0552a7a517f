"""Signatures of update messages and of usual responses (TSIG, RFC 8945), apart because their speed matters.

What depends on the key alone is made once: its names on the wire, the head of the record, the state of the hash behind
the secret.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from functools import lru_cache
from typing import Final

import dns.tsig

from kea_twisted.ddns.settings import TsigKey

FUDGE: Final = 300  # seconds that two clocks may differ
_HEADER_SIZE: Final = 12
_CLASS_ANY: Final = 255
_HEAD: Final = bytes((0, 250, 0, _CLASS_ANY, 0, 0, 0, 0))  # type, class, TTL
_HASHES: Final = {"hmac-md5": "md5"}
_ALGORITHMS: Final = {"hmac-md5": dns.tsig.HMAC_MD5}
_TIMES: Final = 8  # bytes of the time of the signature and its fudge
_NO_ERROR: Final = bytes(4)  # no error, no other data
_USUAL_COUNTS: Final = b"\0\1\0\0\0\0\0\1"  # one zone, one additional record


@lru_cache(maxsize=64)
def dnspython_key(key: TsigKey) -> dns.tsig.Key:
    """Return a key in dnspython's form."""
    algorithm = _ALGORITHMS.get(key.algorithm, key.algorithm)
    return dns.tsig.Key(key.label, b64encode(key.secret).decode(), algorithm)


def cut(mac: bytes, key: TsigKey) -> bytes:
    """Return a MAC as long as the key wants it."""
    return mac[: key.digest_bits // 8] if key.digest_bits else mac


class Signer:
    """One key, ready to sign."""

    __slots__ = ("key", "_secret", "_variables", "_record", "_length", "_length_wire")

    def __init__(self, key: TsigKey) -> None:
        found = dnspython_key(key)
        # in the form that is signed (RFC 8945 section 4.3.3)
        name, algorithm = found.name.to_digestable(), found.algorithm.to_digestable()
        self.key = key
        hash_name = _HASHES.get(key.algorithm) or key.algorithm.removeprefix("hmac-")
        self._secret = hmac.new(key.secret, digestmod=hash_name)
        self._variables = name + bytes((0, _CLASS_ANY, 0, 0, 0, 0)) + algorithm
        self._length = key.digest_bits // 8 or self._secret.digest_size
        self._length_wire = self._length.to_bytes(2, "big")
        data_length = len(algorithm) + _TIMES + 2 + self._length + 2 + len(_NO_ERROR)
        self._record = name + _HEAD + data_length.to_bytes(2, "big") + algorithm

    def sign(self, wire: bytes, now: int) -> tuple[bytes, bytes]:
        """Return a message with the signature as its last record, and the MAC."""
        times = now.to_bytes(6, "big") + FUDGE.to_bytes(2, "big")
        mac = self._mac(wire, times)
        parts = wire[:10], b"\0\1", wire[12:], self._record, times, self._length_wire, mac, wire[:2], _NO_ERROR
        return b"".join(parts), mac

    def is_usual(self, response: bytes, zone: bytes, request_mac: bytes, now: int) -> bool:
        """Return True for a response as BIND signs it: the zone, and a signature by the key that is right and recent.

        All others are left to dnspython, which takes ten times as long.
        """
        start = _HEADER_SIZE + len(zone) + len(self._record)
        behind = start + _TIMES + 2 + self._length
        if len(response) != behind + 6 or response[4:start] != _USUAL_COUNTS + zone + self._record:
            return False
        times, length, end = response[start : start + 8], response[start + 8 : start + 10], response[behind:]
        if length != self._length_wire or end != response[:2] + _NO_ERROR:
            return False
        unsigned = response[:10] + b"\0\0" + response[_HEADER_SIZE : _HEADER_SIZE + len(zone)]
        made = self._mac(length + request_mac + unsigned, times)
        is_recent = abs(int.from_bytes(times[:6], "big") - now) <= int.from_bytes(times[6:], "big")
        return hmac.compare_digest(made, response[start + 10 : behind]) and is_recent

    def _mac(self, message: bytes, times: bytes) -> bytes:
        """Return the signature of a message (RFC 8945 section 4.3), for a request or a response without error."""
        signed = self._secret.copy()
        signed.update(b"".join((message, self._variables, times, _NO_ERROR)))
        return cut(signed.digest(), self.key)


@lru_cache(maxsize=64)
def signer_of(key: TsigKey) -> Signer:
    """Return the signer of a key."""
    return Signer(key)
