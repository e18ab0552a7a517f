"""The statements on Kea's table ``lease4``, and leases as their parameters and rows.

A group of changes is one statement, so one transaction and one round trip. Each change is conditional: it is made only
if the row is the one that this server knew. PostgreSQL decides that under the row's lock, also beside other writers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add
from typing import Any, Final

from kea_twisted.adapters.postgresql.triggers import counted
from kea_twisted.adapters.sql.writes import INSERT, LONGEST_NAME, UPDATE, Write, cltt_of, column_text, expire_of, stored
from kea_twisted.lease.extendedinfo import AgentIds, agent_ids
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import DECLINED, INFINITE, Lease

PRODUCT: Final = "PostgreSQL"

SCHEMA_VERSIONS: Final = (17, 29)
"""The major versions of Kea's schema that this server can use, from and to: the column ``pool_id`` came with 17."""

CHANNEL: Final = b"kea_twisted_lease4"
"""Servers of this kind tell each other there which addresses they have changed."""

MOST_TOLD: Final = 600
"""Addresses in one payload: it is shorter than 8,000 bytes."""

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
_TELL: Final = f"pg_notify('{CHANNEL.decode()}', payload)"
_UNCHANGED: Final = (
    # found by the address alone, never by the index of states and times: many leases have both in common
    "l.address = i.address AND l.expire IS NOT DISTINCT FROM to_timestamp(i.old_expire) "
    "AND l.valid_lifetime = i.old_lifetime AND l.state IS NOT DISTINCT FROM i.old_state "
    "AND coalesce(l.hwaddr, '') = coalesce(i.old_hwaddr, '') "
    "AND coalesce(l.client_id, '') = coalesce(i.old_client_id, '')"
)
_EPOCH: Final = "extract(epoch from expire)::bigint"

COMMIT: Final = f"""
WITH i AS MATERIALIZED (
  SELECT * FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, 1))}) AS t({_INPUT})),
inserted AS (
  INSERT INTO lease4 ({_COLUMNS}) SELECT {_VALUES} FROM i WHERE op = 'i' ORDER BY i.subnet_id, i.address
  ON CONFLICT (address) DO NOTHING RETURNING address, subnet_id, pool_id, state),{counted("inserted")},
updated AS (
  UPDATE lease4 l SET ({_COLUMNS.partition(", ")[2]}) = ROW({_VALUES.partition(", ")[2]})
  FROM i WHERE i.op = 'u' AND {_UNCHANGED} RETURNING l.address),
deleted AS (
  DELETE FROM lease4 l USING i WHERE i.op = 'd' AND {_UNCHANGED} RETURNING l.address),
written AS (
  SELECT address FROM inserted UNION ALL SELECT address FROM updated UNION ALL SELECT address FROM deleted),
told AS (
  SELECT count({_TELL}) AS number FROM (
    SELECT string_agg(address::text, ' ') AS payload FROM (
      SELECT address, row_number() OVER () / {MOST_TOLD} AS part FROM written) AS parts GROUP BY part) AS payloads),
held AS (
  SELECT i.address FROM i JOIN lease4 l ON {_UNCHANGED} WHERE i.op = 'c'),
done AS (
  SELECT address FROM written UNION ALL SELECT address FROM held)
SELECT (SELECT count(*) FROM done), (SELECT string_agg(address::text, ' ') FROM done), number FROM told
""".encode()
"""Write a group of changes of any kind."""

COMMIT_NAME: Final = b"commit_leases"
INSERT_NAME: Final = b"insert_leases"
UPDATE_NAME: Final = b"update_leases"


def _arrays(first: int, last: int) -> str:
    """Return the rows of an input with these columns of ``_TYPES``."""
    types, names = _TYPES[first:last], _INPUT.split(", ")[first:last]
    arrays = [f"${number}::{kind}[]" for number, kind in enumerate(types, 1)]
    return f"unnest({', '.join(arrays)}) AS i({', '.join(names)})"


def _alone(change: str, count: str = "") -> bytes:
    return f"""
WITH written AS ({change}),{count}
payloads AS (SELECT count(*) AS number, string_agg(address::text, ' ') AS payload FROM written)
SELECT number, payload, CASE WHEN number > 0 THEN {_TELL} END FROM payloads""".encode()


_INSERT: Final = _alone(
    f"INSERT INTO lease4 ({_COLUMNS}) SELECT {_VALUES} FROM {_arrays(1, 15)} ORDER BY i.subnet_id, i.address "
    "ON CONFLICT (address) DO NOTHING RETURNING address, subnet_id, pool_id, state",
    counted("written") + ",",
)
_UPDATE: Final = _alone(
    f"UPDATE lease4 l SET ({_COLUMNS.partition(', ')[2]}) = ROW({_VALUES.partition(', ')[2]}) FROM {_arrays(1, 20)} "
    f"WHERE {_UNCHANGED} RETURNING l.address"
)

WRITES: Final = {COMMIT_NAME: COMMIT, INSERT_NAME: _INSERT, UPDATE_NAME: _UPDATE}
"""Statements that write a group. Most groups are of one kind, and cost PostgreSQL less alone: only new leases, only
renewed ones. One row: the number of what was written, and its addresses, or NULL."""

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


def commit_statement(writes: Sequence[Write]) -> tuple[bytes, list[bytes | None]]:
    """Return the name of the statement that writes a group, and its arrays."""
    writes = sorted(writes, key=lambda write: (write.lease.subnet_id, write.lease.address))
    operations = [write.operation for write in writes]
    columns = _columns([write.lease for write in writes])
    if len(writes) <= MOST_TOLD:
        kinds = set(operations)
        if kinds == {INSERT}:
            return INSERT_NAME, columns
        if kinds == {UPDATE}:
            return UPDATE_NAME, columns + _conditions(writes)
    return COMMIT_NAME, [b"{" + b",".join(operations) + b"}", *columns, *_conditions(writes)]


def _columns(leases: Sequence[Lease]) -> list[bytes | None]:
    """Return the columns of rows."""
    column = _by_name(leases)
    identifiers: list[Sequence[bytes | None]] = [_or_null(column["hwaddr"]), _or_null(column["client_id"])]
    if DECLINED in column["state"]:
        identifiers = [
            [stored(lease, lease.hwaddr) for lease in leases],
            [stored(lease, lease.client_id) for lease in leases],
        ]
    names, contexts = column["hostname"], column["user_context"]
    agents = [agent_ids(context) for context in contexts] if any(contexts) else [AgentIds()] * len(leases)
    return [
        numbers(column["address"]),
        *map(octets, identifiers),
        numbers(column["valid_lifetime"]),
        numbers(_ends(leases, column)),
        numbers(column["subnet_id"]),
        flags(column["fqdn_fwd"]),
        flags(column["fqdn_rev"]),
        texts([column_text(name)[:LONGEST_NAME] for name in names] if any(names) else names),
        numbers(column["state"]),
        texts(list(map(column_text, contexts)) if any(contexts) else contexts),
        octets(_or_null([relay for relay, _ in agents])),
        octets(_or_null([remote for _, remote in agents])),
        numbers(column["pool_id"]),
    ]


def _by_name(leases: Sequence[Lease]) -> dict[str, tuple[Any, ...]]:
    """Return the columns of leases. Most have one value in all rows: by columns that costs next to nothing."""
    return dict(zip(Lease._fields, zip(*leases, strict=True), strict=True))


def _ends(leases: Sequence[Lease], column: dict[str, tuple[Any, ...]]) -> Iterable[int]:
    if INFINITE in column["valid_lifetime"]:
        return map(expire_of, leases)
    return map(add, column["cltt"], column["valid_lifetime"])


def _or_null(values: Sequence[bytes]) -> Sequence[bytes | None]:
    return [value or None for value in values] if any(values) else [None] * len(values)


def _conditions(writes: Sequence[Write]) -> list[bytes | None]:
    """Return the columns that must be as they were known."""
    # an insert has no row before it, and compares with none
    befores = [write.before or write.lease for write in writes]
    column = _by_name(befores)
    return [
        octets(column["hwaddr"]),
        octets(column["client_id"]),
        numbers(column["valid_lifetime"]),
        numbers(_ends(befores, column)),
        numbers(column["state"]),
    ]


def numbers(values: Iterable[int]) -> bytes:
    """Return an array of integers."""
    return b"{" + ",".join(map(str, values)).encode() + b"}"


def flags(values: Sequence[bool]) -> bytes:
    """Return an array of booleans."""
    return (
        b"{" + b",".join([b"t" if value else b"f" for value in values] if any(values) else [b"f"] * len(values)) + b"}"
    )


def octets(values: Iterable[bytes | None]) -> bytes:
    """Return an array of byte strings."""
    values = list(values)
    if values.count(None) == len(values):
        return b"{" + b",".join([b"NULL"] * len(values)) + b"}"
    elements = ["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]
    return ("{" + ",".join(elements) + "}").encode()


def texts(values: Sequence[str]) -> bytes:
    """Return an array of strings."""
    if not any(values):
        return b"{" + b",".join([b'""'] * len(values)) + b"}"
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
        hostname=stored_hostname((column["hostname"] or b"").decode("latin-1")),
        state=int(column["state"] or 0),
        user_context=(column["user_context"] or b"").decode("latin-1"),
        pool_id=int(column["pool_id"] or 0),
    )


def _bytes_of(value: bytes | None) -> bytes:
    return bytes.fromhex(value[2:].decode("ascii")) if value else b""
