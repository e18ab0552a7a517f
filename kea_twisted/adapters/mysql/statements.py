"""The statements on Kea's table ``lease4``, and leases as their values and rows.

A group of changes is one packet of a few statements, each for all rows of its kind, and so one transaction and one
round trip. A row is changed only if it is the one that this server knew. MySQL returns how many rows a statement has
changed; if some were not, they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pymysql.converters import escape_string

from kea_twisted.adapters.mysql.session import Row, Value
from kea_twisted.adapters.sql.answers import StatementFailed
from kea_twisted.adapters.sql.writes import (
    CHECK,
    DELETE,
    INSERT,
    LONGEST_NAME,
    UPDATE,
    Write,
    cltt_of,
    column_text,
    expire_of,
    stored,
)
from kea_twisted.lease.extendedinfo import agent_ids
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import INFINITE, Lease
from kea_twisted.wire.address import address_text

SCHEMA_VERSIONS: Final = (18, 30)
"""The major versions of Kea's schema that this server can use, from and to: the column ``pool_id`` came with 18."""

LAST_TIME: Final = 0x7FFFFFFF
"""The largest TIMESTAMP that all versions of MySQL and MariaDB have, and that Kea accepts: January 2038."""

_COLUMNS: Final = (
    "address", "hwaddr", "client_id", "valid_lifetime", "expire", "subnet_id", "fqdn_fwd", "fqdn_rev", "hostname",
    "state", "user_context", "relay_id", "remote_id", "pool_id",
)  # fmt: skip
_OLD: Final = ("address", "old_hwaddr", "old_client_id", "old_lifetime", "old_expire", "old_state")
_UNCHANGED: Final = (
    "l.address = i.address AND l.expire = FROM_UNIXTIME(i.old_expire) AND l.valid_lifetime = i.old_lifetime "
    "AND l.state = i.old_state AND COALESCE(l.hwaddr, '') = i.old_hwaddr "
    "AND COALESCE(l.client_id, '') = i.old_client_id"
)
_SET: Final = ", ".join(
    [f"l.{name} = " + (f"FROM_UNIXTIME(i.{name})" if name == "expire" else f"i.{name}") for name in _COLUMNS[1:]]
)
_SELECTED: Final = (
    "address", "hwaddr", "client_id", "valid_lifetime", "expire", "subnet_id", "fqdn_fwd", "fqdn_rev", "hostname",
    "state", "user_context", "pool_id",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_SELECTED).replace('expire', 'UNIX_TIMESTAMP(expire)')} FROM lease4"
VERSION: Final = b"SELECT version, minor FROM schema_version"
NO_CHANGE: Final = b"DELETE FROM lease4 WHERE FALSE"
"""Is refused where changes are."""

NEIGHBOURS: Final = 200
"""Rows read behind an address that another server has taken: it is likely to have taken the next ones, too."""

_ESCAPES: Final = (("&", 0x26), (",", 0x2C), ("\\\\", 0x5C), ('"', 0x22), ("\\n", 0x0A), ("\\r", 0x0D), ("\\t", 0x09))


def _escaped(column: str) -> str:
    text = f"COALESCE({column}, '')"
    for character, code in _ESCAPES:
        text = f"REPLACE({text}, '{character}', '&#x{code:02x}')"
    return text


_LINE: Final = f"""
CONCAT_WS(',', INET_NTOA(address), COALESCE(HEX(hwaddr), ''), COALESCE(HEX(client_id), ''), valid_lifetime,
  UNIX_TIMESTAMP(expire) + IF(valid_lifetime = {INFINITE}, {INFINITE}, 0), subnet_id, fqdn_fwd, fqdn_rev,
  {_escaped("hostname")}, state, {_escaped("user_context")}, pool_id)
"""
"""A row as a row of Kea's lease file, which are loaded many at a time."""

ROWS: Final = f"SELECT {_LINE} FROM lease4 WHERE valid_lifetime > 0".encode()
"""Read all leases."""

COUNTS: Final = b"SELECT subnet_id, state, leases FROM lease4_stat"
"""The numbers of leases that Kea's triggers keep."""


def statements_of(writes: Sequence[Write]) -> list[tuple[bytes, list[Write]]]:
    """Return the statements that carry out changes, each with its changes. Raises StatementFailed."""
    writes = sorted(writes, key=lambda write: (write.lease.subnet_id, write.lease.address))
    found = []
    for operation, make in _MAKERS.items():
        chosen = [write for write in writes if write.operation == operation]
        if chosen:
            found.append((make(chosen).encode("utf-8", "replace"), chosen))
    return found


def is_written(write: Write, row: Lease | None) -> bool:
    """Return True if the row of an address is what a change makes of it."""
    if write.deleted or row is None:
        return write.deleted and row is None
    return _key(row) == _key(write.lease)


def by_address(addresses: Iterable[int]) -> bytes:
    """Return the statement that reads the rows of addresses."""
    return f"{_SELECT} WHERE address IN ({_numbers(addresses)})".encode()


def with_neighbours(addresses: Sequence[int]) -> bytes:
    """Return the statements that read the rows of addresses, and those behind the last one."""
    last = max(addresses)
    return by_address(addresses) + f"; {_SELECT} WHERE address > {last} ORDER BY address LIMIT {NEIGHBOURS}".encode()


def by_client(hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]) -> bytes:
    """Return the statement that reads the rows of clients and of addresses, each by its index."""
    parts = (
        ("hwaddr", ",".join(map(octets, hwaddrs))), ("client_id", ",".join(map(octets, client_ids))),
        ("address", ",".join(map(str, addresses))),
    )  # fmt: skip
    selects = [f"{_SELECT} WHERE {column} IN ({values})" for column, values in parts if values]
    return " UNION ".join(selects or [f"{_SELECT} WHERE FALSE"]).encode()


def page(after: int, limit: int) -> bytes:
    """Return the statement that reads the next rows behind an address."""
    return f"{_SELECT} WHERE address > {after} ORDER BY address LIMIT {limit}".encode()


def block(after: int, limit: int) -> bytes:
    """Return the statement that reads the next rows behind an address as one text.

    Their number, the last address, the characters with a line feed for each row, and the rows: a driver in Python takes
    as long for a row as for such a text. It is cut where it is longer than ``max_allowed_packet`` of the server.
    """
    return (
        "SELECT COUNT(*), MAX(address), CAST(SUM(IF(valid_lifetime > 0, CHAR_LENGTH(line) + 1, 0)) AS UNSIGNED), "
        "GROUP_CONCAT(IF(valid_lifetime > 0, line, NULL) ORDER BY address SEPARATOR '\\n') FROM (SELECT address, "
        f"valid_lifetime, {_LINE} AS line FROM lease4 WHERE address > {after} ORDER BY address LIMIT {limit}) AS part"
    ).encode()


def lines(after: int, limit: int) -> bytes:
    """Return the statement that reads the next rows behind an address, each with the address and the lifetime."""
    select = f"SELECT address, valid_lifetime, {_LINE} FROM lease4"
    return f"{select} WHERE address > {after} ORDER BY address LIMIT {limit}".encode()


def lease_of(row: Row) -> Lease:
    """Return the lease in a row of one of these statements."""
    column = dict(zip(_SELECTED, row, strict=True))
    lifetime = number_of(column["valid_lifetime"])
    return Lease(
        address=number_of(column["address"]),
        hwaddr=bytes_of(column["hwaddr"]),
        client_id=bytes_of(column["client_id"]),
        valid_lifetime=lifetime,
        cltt=cltt_of(number_of(column["expire"]), lifetime),
        subnet_id=number_of(column["subnet_id"]),
        fqdn_fwd=bool(column["fqdn_fwd"]),
        fqdn_rev=bool(column["fqdn_rev"]),
        hostname=stored_hostname(text_of(column["hostname"]).encode().decode("latin-1")),
        state=number_of(column["state"]),
        user_context=text_of(column["user_context"]).encode().decode("latin-1"),
        pool_id=number_of(column["pool_id"]),
    )


def number_of(value: Value) -> int:
    """Return a value as a number, 0 for NULL."""
    return int(value or 0)


def bytes_of(value: Value) -> bytes:
    """Return a value as bytes, none for NULL."""
    return value if isinstance(value, bytes) else b""


def text_of(value: Value) -> str:
    """Return a value as text, "" for NULL."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def octets(value: bytes | None) -> str:
    """Return the literal of a byte string."""
    return "NULL" if value is None else f"x'{value.hex()}'"


def text(value: str | None) -> str:
    """Return the literal of a string."""
    if value is None:
        return "NULL"
    escaped: str = escape_string(value.replace("\0", ""))
    return f"'{escaped}'"


def _insertion(writes: Sequence[Write]) -> str:
    """A row that is there stays as it is, and is not counted."""
    values = [_values(write.lease, _time) for write in writes]
    return (
        f"INSERT INTO lease4 ({', '.join(_COLUMNS)}) VALUES ({'), ('.join(map(','.join, values))}) "
        "ON DUPLICATE KEY UPDATE address = lease4.address"
    )


def _update(writes: Sequence[Write]) -> str:
    names = (*_COLUMNS, *_OLD[1:])
    rows = [[*_values(write.lease, str), *_old(write)[1:]] for write in writes]
    return f"UPDATE ({_table(names, rows)}) i STRAIGHT_JOIN lease4 l ON {_UNCHANGED} SET {_SET}"


def _deletion(writes: Sequence[Write]) -> str:
    return f"DELETE l FROM ({_table(_OLD, map(_old, writes))}) i STRAIGHT_JOIN lease4 l ON {_UNCHANGED}"


def _check(writes: Sequence[Write]) -> str:
    return f"{_SELECT} WHERE address IN ({_numbers([write.lease.address for write in writes])})"


_MAKERS: Final[dict[bytes, Callable[[Sequence[Write]], str]]] = {
    INSERT: _insertion, UPDATE: _update, DELETE: _deletion, CHECK: _check,
}  # fmt: skip


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a SELECT of these rows; the first one names the columns."""
    first, *others = rows
    named = ", ".join([f"{value} AS {name}" for name, value in zip(names, first, strict=True)])
    return " UNION ALL ".join([f"SELECT {named}", *[f"SELECT {','.join(row)}" for row in others]])


def _values(lease: Lease, time: Callable[[int], str]) -> list[str]:
    relay, remote = agent_ids(lease.user_context)
    expire = expire_of(lease)
    if expire > LAST_TIME:  # with a time that it does not have MySQL would store another one
        raise StatementFailed(f"{address_text(lease.address)} would expire after January 2038", False, True)
    return [
        str(lease.address), octets(stored(lease, lease.hwaddr)), octets(lease.client_id or None),
        str(lease.valid_lifetime), time(expire), str(lease.subnet_id), str(int(lease.fqdn_fwd)),
        str(int(lease.fqdn_rev)), text(column_text(lease.hostname)[:LONGEST_NAME]), str(lease.state),
        text(column_text(lease.user_context) or None), octets(relay or None), octets(remote or None),
        str(lease.pool_id),
    ]  # fmt: skip


def _old(write: Write) -> list[str]:
    lease = write.before or write.lease
    return [
        str(lease.address), octets(lease.hwaddr), octets(lease.client_id), str(lease.valid_lifetime),
        str(expire_of(lease)), str(lease.state),
    ]  # fmt: skip


def _time(seconds: int) -> str:
    return f"FROM_UNIXTIME({seconds})"


def _key(lease: Lease) -> tuple[int, bytes, bytes, int, int, int]:
    """Return the columns by which a row is recognized."""
    return lease.address, lease.hwaddr, lease.client_id, lease.valid_lifetime, expire_of(lease), lease.state


def _numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values)) or "NULL"
