"""One row of Kea's lease file ``kea-leases4.csv``, schema 3.0: from a lease to text and back.

Older schemas have the same columns, only fewer of them; what is missing gets the value it had before the
column existed. A row whose lifetime is 0 says that the address has no lease any more. Text in a column is
bytes: a character is one byte (Latin-1), and what would disturb the table is written as ``&#xHH`` (Kea's
``CSVRow``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Final, TypeAlias

from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import DEFAULT, INFINITE, Change, LeaseRow
from kea_twisted.lease.packed import LONGEST_CLIENT_ID, LONGEST_HWADDR
from kea_twisted.wire.address import address_number, address_text, hex_bytes

COLUMNS: Final = (
    "address",
    "hwaddr",
    "client_id",
    "valid_lifetime",
    "expire",
    "subnet_id",
    "fqdn_fwd",
    "fqdn_rev",
    "hostname",
    "state",  # since Kea 2.0
    "user_context",  # since Kea 2.1
    "pool_id",  # since Kea 3.0
)
HEADER: Final = ",".join(COLUMNS)
VERSION: Final = "3.0"
FEWEST: Final = 9  # columns of the oldest schema
DEFAULTS: Final = ("0", "", "0")  # of the columns that came later

_UNSAFE: Final = re.compile(r"[^ -%'-+\--~]")
_ESCAPED: Final = re.compile(r"&#x([0-9a-fA-F]{2})")
_OCTETS: Final = {str(octet): octet for octet in range(256)}
_FLAGS: Final = {"0": False, "1": True}
STATES: Final = {"0": 0, "1": 1, "2": 2, "3": 3}
_CACHE_SIZE: Final = 65536
# A row that exceeds none of these has nothing in it that could be too long, or too large, to be kept.
_USUAL_LINE: Final = 500
_USUAL_EXPIRE: Final = 12
_LONGEST_TEXT: Final = 32767

Octets: TypeAlias = Callable[[Sequence[str]], bytes]


def row_text(change: Change) -> str:
    """The line, with its line feed, that records the change. Always ASCII."""
    address, hwaddr, client_id, lifetime, cltt, subnet, fwd, rev, hostname, state, context, pool = change[0]
    if change[1]:
        lifetime = 0
    if hostname and _UNSAFE.search(hostname):
        hostname = escape(hostname)
    if context:
        context = escape(context)
    return (
        f"{address_text(address)},{hwaddr.hex(':')},{client_id.hex(':')},{lifetime},{cltt + lifetime},"
        f"{subnet},{fwd:d},{rev:d},{hostname},{state},{context},{pool}\n"
    )


def escape(text: str) -> str:
    """``a,b`` -> ``a&#x2cb``; characters that are no single byte go out as their bytes in UTF-8."""
    try:
        return _UNSAFE.sub(lambda match: f"&#x{ord(match[0]):02x}", text.encode("latin-1").decode("latin-1"))
    except UnicodeEncodeError:
        return escape(text.encode("utf-8", "surrogatepass").decode("latin-1"))


def unescape(text: str) -> str:
    """``a&#x2cb`` -> ``a,b``; anything that only looks like an escape stays as it is."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "&" in text else text


def count_columns(header: str) -> int:
    """Return the number of columns below this header. Raises ValueError if it is not the header of a lease file."""
    names = header.split(",")
    for name, expected in zip(names, COLUMNS, strict=False):
        if name != expected:
            raise ValueError(f"header contains an invalid column: '{name}'")
    if len(names) < FEWEST:
        raise ValueError(f"header has only {len(names)} valid column(s), it must have at least {FEWEST}")
    return len(names)


def octets(texts: Sequence[str]) -> bytes:
    """Addresses, each in four bytes. Raises ValueError if one of the texts is none."""
    if set(map(str.count, texts, repeat("."))) != {3}:
        raise ValueError("not an IPv4 address")
    try:
        return bytes(map(_OCTETS.__getitem__, ".".join(texts).split(".")))
    except KeyError as error:
        raise ValueError(f"{error} is not a part of an address") from None


class RowReader:
    """Reads the rows below one header. Numbers that repeat from row to row are kept once.

    ``octets`` is a faster way to do what the function does, where there is one.
    """

    def __init__(self, columns: int, octets: Octets = octets) -> None:
        self._columns = columns
        self.octets = octets
        self._networks: dict[str, int] = {}
        self._numbers: dict[str, int] = {}

    def read(self, line: str) -> LeaseRow:
        """The lease in a line (without its line feed); lifetime 0 deletes. ValueError says what is wrong."""
        fields = line.split(",")
        if len(fields) != 12 or self._columns != 12:
            fields = self._complete(fields)
        address, hwaddr, client_id, valid, expire, subnet, fwd, rev, hostname, state, context, pool = fields
        numbers, fromhex = self._numbers, bytes.fromhex  # which wants both digits of a byte together
        try:
            if len(line) > _USUAL_LINE or len(expire) > _USUAL_EXPIRE:
                raise ValueError("to be looked at closely")
            network, _, octet = address.rpartition(".")
            hardware = fromhex(hwaddr.replace(":", " "))
            client = fromhex(client_id.replace(":", " "))
            lifetime = numbers[valid]
            if hostname:
                hostname = stored_hostname(unescape(hostname))
            row = (
                self._networks[network] | _OCTETS[octet],
                hardware,
                client,
                lifetime,
                int(expire) - lifetime,
                numbers[subnet],
                _FLAGS[fwd],
                _FLAGS[rev],
                hostname,
                STATES[state],
                user_context(unescape(context)) if context else "",
                numbers[pool],
            )
        except (KeyError, ValueError):
            row = self._read_slowly(fields)
            lifetime = row[3]
        if not row[1] and not row[2] and row[9] == DEFAULT and lifetime:
            raise ValueError(f"the lease of {address} has neither a hardware address nor a client identifier")
        return row

    def numbers(self, column: str, texts: list[str]) -> list[int]:
        """The numbers in a column of many rows, at least one. Raises ValueError if one of them is none."""
        if texts.count(texts[0]) == len(texts):
            return [self._number(column, texts[0])] * len(texts)
        try:
            return list(map(self._numbers.__getitem__, texts))
        except KeyError:
            found = {text: self._number(column, text) for text in set(texts)}
            return list(map(found.__getitem__, texts))

    def _complete(self, fields: list[str]) -> list[str]:
        """The twelve fields of a row of an older, or a newer, schema."""
        if len(fields) < self._columns:
            raise ValueError(f"the row has {len(fields)} columns of {self._columns}")
        known = fields[: min(self._columns, len(COLUMNS))]
        return known + list(DEFAULTS[len(known) - FEWEST :])

    def _read_slowly(self, fields: list[str]) -> LeaseRow:
        """Column by column, for the first row of its kind and for the one that is wrong."""
        address, hwaddr, client_id, valid, expire, subnet, fwd, rev, hostname, state, context, pool = fields
        lifetime = self._number("valid_lifetime", valid)
        return (
            self._address(address),
            _hex("hwaddr", hwaddr, LONGEST_HWADDR),
            _hex("client_id", client_id, LONGEST_CLIENT_ID),
            lifetime,
            _cltt(expire, lifetime),
            self._number("subnet_id", subnet),
            _flag("fqdn_fwd", fwd),
            _flag("fqdn_rev", rev),
            stored_hostname(_text("hostname", hostname)),
            _integer("state", state, 0, 255),
            user_context(_text("user_context", context)) if context else "",
            self._number("pool_id", pool),
        )

    def _address(self, text: str) -> int:
        address = address_number(text)
        if len(self._networks) == _CACHE_SIZE:
            self._networks.clear()
        self._networks[text.rpartition(".")[0]] = address & 0xFFFFFF00
        return address

    def _number(self, column: str, text: str) -> int:
        number = _integer(column, text, 0, INFINITE)
        if len(self._numbers) == _CACHE_SIZE:
            self._numbers.clear()
        self._numbers[text] = number
        return number


def _integer(column: str, text: str, lowest: int, highest: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"{column} '{text}' is not a number") from None
    if not lowest <= number <= highest:
        raise ValueError(f"{column} '{text}' is out of range")
    return number


def _cltt(expire: str, lifetime: int) -> int:
    return _integer("expire", expire, lifetime - (1 << 63), lifetime + (1 << 63) - 1) - lifetime


def _hex(column: str, text: str, longest: int) -> bytes:
    try:
        value = hex_bytes(text)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None
    if len(value) > longest:
        raise ValueError(f"{column} has {len(value)} bytes, at most {longest} are possible")
    return value


def _text(column: str, text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"{column} has {len(text)} characters, at most {_LONGEST_TEXT} are possible")
    return unescape(text)


def _flag(column: str, text: str) -> bool:
    if text not in _FLAGS:
        raise ValueError(f"{column} '{text}' is neither 0 nor 1")
    return _FLAGS[text]


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"number overflow: {digits}")
    return number


def user_context(context: str) -> str:
    """The text of a user context. Raises ValueError if it is no map in JSON."""
    try:
        value = json.loads(context, parse_constant=_no_number, parse_float=_finite)
    except ValueError as error:
        raise ValueError(f"user_context is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("user_context is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"user context '{context}' is not a JSON map")
    return context
