"""The statements on Kea's table ``lease4``, and leases as their parameters and rows.

A group of changes is one statement, so one transaction and one round trip. Each change is conditional: it is made only
if the row is the one that this server knew. PostgreSQL decides that under the row's lock, also beside other writers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kea_twisted.adapters.sql.writes import LONGEST_NAME, Write, cltt_of, expire_of, stored
from kea_twisted.lease.extendedinfo import agent_ids
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import INFINITE, Lease

PRODUCT: Final = "PostgreSQL"

SCHEMA_VERSIONS: Final = (17, 29)
"""The major versions of Kea's schema that this server can use, from and to: the column ``pool_id`` came with 17."""

CHANNEL: Final = b"kea_twisted_lease4"
"""Servers of this kind tell each other there which addresses they have changed."""

_COLUMNS: Final = (
    "address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, "
    "user_context, relay_id, remote_id, pool_id"
)
_VALUES: Final = (
    "i.address, i.hwaddr, i.client_id, i.valid_lifetime, to_timestamp(i.expire), i.subnet_id, i.fqdn_fwd, i.fqdn_rev, "
    "i.hostname, i.state, i.user_context, i.relay_id, i.remote_id, i.pool_id"
)
_TYPES: Final = (
    "char", "bigint", "bytea", "bytea", "bigint", "bigint", "bigint", "boolean", "boolean", "varchar", "bigint",
    "text", "bytea", "bytea", "bigint", "bytea", "bytea", "bigint", "bigint", "bigint",
)  # fmt: skip
_INPUT: Final = (
    "op, address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, "
    "user_context, relay_id, remote_id, pool_id, old_hwaddr, old_client_id, old_lifetime, old_expire, old_state"
)
_UNCHANGED: Final = (
    "l.address = i.address AND l.expire = to_timestamp(i.old_expire) AND l.valid_lifetime = i.old_lifetime "
    "AND l.state = i.old_state AND coalesce(l.hwaddr, '') = coalesce(i.old_hwaddr, '') "
    "AND coalesce(l.client_id, '') = coalesce(i.old_client_id, '')"
)
_EPOCH: Final = "extract(epoch from expire)::bigint"

COMMIT: Final = f"""
WITH i AS MATERIALIZED (
  SELECT * FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, 1))}) AS t({_INPUT})),
inserted AS (
  INSERT INTO lease4 ({_COLUMNS}) SELECT {_VALUES} FROM i WHERE op = 'i' ORDER BY i.subnet_id, i.address
  ON CONFLICT (address) DO NOTHING RETURNING address),
updated AS (
  UPDATE lease4 l SET ({_COLUMNS.partition(", ")[2]}) = ROW({_VALUES.partition(", ")[2]})
  FROM i WHERE i.op = 'u' AND {_UNCHANGED} RETURNING l.address),
deleted AS (
  DELETE FROM lease4 l USING i WHERE i.op = 'd' AND {_UNCHANGED} RETURNING l.address),
written AS (
  SELECT address FROM inserted UNION ALL SELECT address FROM updated UNION ALL SELECT address FROM deleted),
told AS (
  SELECT count(pg_notify('{CHANNEL.decode()}', payload)) AS number FROM (
    SELECT string_agg(address::text, ' ') AS payload FROM (
      SELECT address, row_number() OVER () / 600 AS part FROM written) AS parts GROUP BY part) AS payloads),
held AS (
  SELECT i.address FROM i JOIN lease4 l ON {_UNCHANGED} WHERE i.op = 'c')
SELECT number, (SELECT string_agg(address::text, ' ') FROM i
  WHERE address NOT IN (SELECT address FROM written UNION ALL SELECT address FROM held)) FROM told
""".encode()
"""Write a group of changes. One row: payloads sent, and the addresses of what was not written, or NULL."""

_SELECTED: Final = (
    "address", "hwaddr", "client_id", "valid_lifetime", "expire", "subnet_id", "fqdn_fwd", "fqdn_rev", "hostname",
    "state", "user_context", "pool_id",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_SELECTED).replace('expire', _EPOCH)} FROM lease4"
BY_ADDRESS: Final = f"{_SELECT} WHERE address = ANY($1::bigint[])".encode()
BY_CLIENT: Final = (
    f"{_SELECT} WHERE hwaddr = ANY($1::bytea[]) OR client_id = ANY($2::bytea[]) OR address = ANY($3::bigint[])"
).encode()
PAGE: Final = f"{_SELECT} WHERE address > $1 ORDER BY address LIMIT $2".encode()

_ESCAPES: Final = (("&", 0x26), (",", 0x2C), ("\\", 0x5C), ('"', 0x22), ("\n", 0x0A), ("\r", 0x0D), ("\t", 0x09))


def _escaped(column: str) -> str:
    text = f"coalesce({column}, '')"
    for character, code in _ESCAPES:
        literal = f"chr({ord(character)})"
        text = f"replace({text}, {literal}, '&#x{code:02x}')"
    return text


_LINE: Final = f"""(address >> 24) || '.' || ((address >> 16) & 255) || '.' || ((address >> 8) & 255) || '.' ||
  (address & 255) || ',' || encode(coalesce(hwaddr, ''), 'hex') || ',' || encode(coalesce(client_id, ''), 'hex') ||
  ',' || valid_lifetime || ',' ||
  CASE WHEN valid_lifetime = {INFINITE} THEN {_EPOCH} + {INFINITE} ELSE {_EPOCH} END || ',' || subnet_id || ',' ||
  fqdn_fwd::int || ',' || fqdn_rev::int || ',' || {_escaped("hostname")} || ',' || state || ',' ||
  {_escaped("user_context")} || ',' || pool_id"""
"""A row as a row of Kea's lease file, which are loaded many at a time."""

COPY: Final = f"COPY (SELECT {_LINE} FROM lease4 WHERE valid_lifetime > 0) TO STDOUT".encode()
"""Read all leases."""

COUNTS: Final = b"SELECT subnet_id, state, leases FROM lease4_stat"
"""The numbers of leases that Kea's triggers keep."""

LINES: Final = f"""
SELECT count(*), max(address), string_agg(line, chr(10)) FILTER (WHERE valid_lifetime > 0) FROM (
  SELECT address, valid_lifetime, {_LINE} AS line FROM lease4 WHERE address > $1 ORDER BY address LIMIT $2) AS part
""".encode()
"""Read the next leases behind an address: their number, the last address, and their rows."""

SETTINGS: Final = (
    b"SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; "
    b"SET plan_cache_mode = force_generic_plan; SET bytea_output = hex; SET client_encoding = 'UTF8'; "
    b"SET application_name = 'kea-twisted'"
)
"""Groups are small beside the table, so the planner has to use the primary key, independent of its statistics.

To plan a statement costs more than to carry it out, so each is planned once (``PREPARED``).
"""

PREPARED: Final = {BY_ADDRESS: b"leases_by_address", BY_CLIENT: b"leases_by_client", LINES: b"lines_of_leases"}
"""Statements that are asked often, and their names."""


def commit_parameters(writes: Sequence[Write]) -> list[bytes | None]:
    """Return the arrays for COMMIT."""
    writes = sorted(writes, key=lambda write: (write.lease.subnet_id, write.lease.address))
    leases = [write.lease for write in writes]
    # an insert has no row before it, and compares with none
    befores = [write.before or write.lease for write in writes]
    agents = [agent_ids(lease.user_context) for lease in leases]
    return [
        b"{" + b",".join([write.operation for write in writes]) + b"}",
        numbers([lease.address for lease in leases]),
        octets([stored(lease, lease.hwaddr) for lease in leases]),
        octets([stored(lease, lease.client_id) for lease in leases]),
        numbers([lease.valid_lifetime for lease in leases]),
        numbers([expire_of(lease) for lease in leases]),
        numbers([lease.subnet_id for lease in leases]),
        flags([lease.fqdn_fwd for lease in leases]),
        flags([lease.fqdn_rev for lease in leases]),
        texts([lease.hostname[:LONGEST_NAME] for lease in leases]),
        numbers([lease.state for lease in leases]),
        texts([lease.user_context for lease in leases]),
        octets([relay or None for relay, _ in agents]),
        octets([remote or None for _, remote in agents]),
        numbers([lease.pool_id for lease in leases]),
        octets([lease.hwaddr for lease in befores]),
        octets([lease.client_id for lease in befores]),
        numbers([lease.valid_lifetime for lease in befores]),
        numbers([expire_of(lease) for lease in befores]),
        numbers([lease.state for lease in befores]),
    ]


def numbers(values: Iterable[int]) -> bytes:
    """Return an array of integers."""
    return b"{" + ",".join(map(str, values)).encode() + b"}"


def flags(values: Iterable[bool]) -> bytes:
    """Return an array of booleans."""
    return b"{" + b",".join([b"t" if value else b"f" for value in values]) + b"}"


def octets(values: Iterable[bytes | None]) -> bytes:
    """Return an array of byte strings."""
    elements = ["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]
    return ("{" + ",".join(elements) + "}").encode()


def texts(values: Iterable[str]) -> bytes:
    """Return an array of strings."""
    quoted = [value.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return ("{" + ",".join([f'"{text}"' for text in quoted]) + "}").encode("utf-8", "replace")


def lease_of(row: Sequence[bytes | None]) -> Lease:
    """Return the lease in a row of BY_ADDRESS, BY_CLIENT or PAGE."""
    column = dict(zip(_SELECTED, row, strict=True))
    lifetime = int(column["valid_lifetime"] or 0)
    return Lease(
        address=int(column["address"] or 0),
        hwaddr=_bytes_of(column["hwaddr"]),
        client_id=_bytes_of(column["client_id"]),
        valid_lifetime=lifetime,
        cltt=cltt_of(int(column["expire"] or 0), lifetime),
        subnet_id=int(column["subnet_id"] or 0),
        fqdn_fwd=column["fqdn_fwd"] == b"t",
        fqdn_rev=column["fqdn_rev"] == b"t",
        hostname=stored_hostname((column["hostname"] or b"").decode("utf-8", "replace")),
        state=int(column["state"] or 0),
        user_context=(column["user_context"] or b"").decode("utf-8", "replace"),
        pool_id=int(column["pool_id"] or 0),
    )


def _bytes_of(value: bytes | None) -> bytes:
    return bytes.fromhex(value[2:].decode("ascii")) if value else b""
