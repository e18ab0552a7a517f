"""The statements on Kea's tables ``hosts`` and ``dhcp4_options``, and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kea_twisted.adapters.postgresql.statements import flags, numbers, octets
from kea_twisted.adapters.sql.hosttables import HOST, columns
from kea_twisted.config.hostrows import KINDS, HostRow, OptionRow
from kea_twisted.config.hosts import Identifier

FIND: Final = """
SELECT h.host_id FROM unnest($1::bytea[], $2::smallint[]) AS i(identifier, kind)
  JOIN hosts h ON h.dhcp_identifier = i.identifier AND h.dhcp_identifier_type = i.kind
UNION SELECT h.host_id FROM unnest($3::bigint[]) AS a(address) JOIN hosts h ON h.ipv4_address = a.address
"""
"""The hosts with one of these identifiers or addresses, of all subnets: those that a group of queries needs."""

OF_SUBNET: Final = "SELECT host_id FROM hosts WHERE dhcp4_subnet_id = $1"
OF_NAME: Final = "SELECT host_id FROM hosts WHERE hostname IS NOT NULL AND lower(hostname) = $1"
PAGE: Final = """
SELECT host_id FROM hosts WHERE dhcp4_subnet_id IS NOT NULL AND host_id > $1 ORDER BY host_id LIMIT $2
"""
PAGE_OF_SUBNET: Final = """
SELECT host_id FROM hosts WHERE dhcp4_subnet_id = $3 AND host_id > $1 ORDER BY host_id LIMIT $2
"""

_INSERT: Final = """
WITH inserted AS (
  INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ipv4_address, hostname,
    dhcp4_client_classes, dhcp6_client_classes, user_context, dhcp4_next_server, dhcp4_server_hostname,
    dhcp4_boot_file_name)
  SELECT $1::bytea, $2::smallint, $3::bigint, $4::bigint, $5::varchar, $6::varchar, '', $7::text, $8::bigint,
    $9::varchar, $10::varchar
  {condition}
  RETURNING host_id),
{options}
SELECT host_id FROM inserted
"""
_OPTIONS: Final = """options AS (
  INSERT INTO dhcp4_options (code, value, formatted_value, space, persistent, cancelled, user_context, {classes}
    host_id, scope_id)
  SELECT code, value, formatted_value, space, persistent, cancelled, user_context, {classes} host_id, 3
  FROM {of}, unnest($11::int[], $12::bytea[], $13::text[], $14::text[], $15::boolean[], $16::boolean[], $17::text[],
    $18::text[]) AS o(code, value, formatted_value, space, persistent, cancelled, user_context, client_classes))
"""
_NO_OTHER: Final = """NOT EXISTS (SELECT 1 FROM hosts o WHERE o.ipv4_address = $4::bigint
  AND o.dhcp4_subnet_id = $3::bigint AND (o.dhcp_identifier, o.dhcp_identifier_type) <> ($1::bytea, $2::smallint))
"""
_UPDATE: Final = """
WITH updated AS (
  UPDATE hosts SET ipv4_address = $4::bigint, hostname = $5::varchar, dhcp4_client_classes = $6::varchar,
    user_context = $7::text, dhcp4_next_server = $8::bigint, dhcp4_server_hostname = $9::varchar,
    dhcp4_boot_file_name = $10::varchar
  WHERE dhcp_identifier = $1::bytea AND dhcp_identifier_type = $2::smallint AND dhcp4_subnet_id = $3::bigint
  {condition}
  RETURNING host_id),
removed AS (DELETE FROM dhcp4_options o USING updated u WHERE o.host_id = u.host_id),
{options}
SELECT host_id FROM updated
"""
DELETE: Final = b"""
DELETE FROM hosts WHERE dhcp4_subnet_id = $1::bigint AND dhcp_identifier_type = $2::smallint
  AND dhcp_identifier = $3::bytea RETURNING host_id
"""
DELETE_BY_ADDRESS: Final = b"DELETE FROM hosts WHERE dhcp4_subnet_id = $1 AND ipv4_address = $2 RETURNING host_id"


def selection(chosen: str, has_classes: bool) -> bytes:
    """Return the statement that reads the hosts whose ids another one chooses, a row for each of their options."""
    return (
        f"WITH chosen AS MATERIALIZED ({chosen}) SELECT {columns(has_classes)} FROM chosen "
        "JOIN hosts h USING (host_id) LEFT JOIN dhcp4_options o ON o.host_id = h.host_id "
        "WHERE h.dhcp4_subnet_id IS NOT NULL ORDER BY h.host_id, o.option_id"
    ).encode()


def insertion(has_classes: bool, unique: bool) -> bytes:
    """Return the statement that adds a host with its options; with ``unique``, none if its address is reserved."""
    return _INSERT.format(
        condition=f"WHERE {_NO_OTHER}" if unique else "", options=_options("inserted", has_classes)
    ).encode()


def change(has_classes: bool, unique: bool) -> bytes:
    """Return the statement that replaces a host with its options; with ``unique``, not if its address is reserved."""
    return _UPDATE.format(
        condition=f"AND {_NO_OTHER}" if unique else "", options=_options("updated", has_classes)
    ).encode()


def _options(of: str, has_classes: bool) -> str:
    return _OPTIONS.format(of=of, classes="client_classes," if has_classes else "")


def find_parameters(identifiers: Iterable[Identifier], addresses: Iterable[int]) -> list[bytes | None]:
    """Return the parameters of FIND."""
    pairs = list(identifiers)
    kinds = numbers([KINDS.index(kind) for kind, _ in pairs])
    return [octets([value for _, value in pairs]), kinds, numbers(addresses)]


def row_parameters(row: HostRow, options: Sequence[OptionRow]) -> list[bytes | None]:
    """Return the parameters of ``insertion``."""
    return [
        b"\\x" + row.identifier.hex().encode(), _number(row.kind), _number(row.subnet_id), _number(row.address),
        row.hostname.encode(), row.client_classes.encode(), row.user_context.encode() or None,
        _number(row.next_server), row.server_hostname.encode(), row.boot_file_name.encode(),
        numbers([each.code for each in options]), octets([each.value or None for each in options]),
        _texts([each.formatted_value for each in options]), _texts([each.space for each in options]),
        flags([each.persistent for each in options]), flags([each.cancelled for each in options]),
        _texts([each.user_context for each in options]), _texts([each.client_classes for each in options]),
    ]  # fmt: skip


def host_row(values: Sequence[object]) -> HostRow:
    """Return the host in a row of ``selection``."""
    row: Sequence[bytes | None] = values  # type: ignore[assignment]
    number, identifier, kind, subnet_id, address = row[:5]
    return HostRow(
        int(number or 0), _bytes(identifier), int(kind or 0), int(subnet_id or 0), int(address or 0),
        _text(row[5]), _text(row[6]), _text(row[7]), int(row[8] or 0), _text(row[9]), _text(row[10]),
    )  # fmt: skip


def option_row(values: Sequence[object]) -> OptionRow | None:
    """Return the option in a row of ``selection``; None if the host has none."""
    row: Sequence[bytes | None] = values  # type: ignore[assignment]
    code, value, formatted, space, persistent, cancelled, context, classes = row[len(HOST) :]
    if code is None:
        return None
    flags = persistent == b"t", cancelled == b"t"
    return OptionRow(int(code), _bytes(value), _text(formatted), _text(space), *flags, _text(context), _text(classes))


def _texts(values: Iterable[str]) -> bytes:
    """Return an array of strings, those that are empty as NULL."""
    quoted = [value.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return ("{" + ",".join([f'"{text}"' if text else "NULL" for text in quoted]) + "}").encode("utf-8", "replace")


def _number(value: int) -> bytes:
    return str(value).encode()


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace") if value else ""


def _bytes(value: bytes | None) -> bytes:
    return bytes.fromhex(value[2:].decode("ascii")) if value else b""
