"""The statements of MySQL on Kea's tables ``hosts`` and ``dhcp4_options``, and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kea_twisted.adapters.mysql.session import Row
from kea_twisted.adapters.mysql.statements import bytes_of, number_of, octets, text, text_of
from kea_twisted.adapters.sql.hosttables import HOST, columns
from kea_twisted.config.hostrows import KINDS, HostRow, OptionRow
from kea_twisted.config.hosts import Identifier

_CHANGED: Final = (
    "ipv4_address", "hostname", "dhcp4_client_classes", "user_context", "dhcp4_next_server", "dhcp4_server_hostname",
    "dhcp4_boot_file_name",
)  # fmt: skip


def found(identifiers: Iterable[Identifier], addresses: Iterable[int]) -> str:
    """Return the statement that finds the hosts with one of these identifiers or addresses."""
    pairs = ",".join([f"({octets(value)},{KINDS.index(kind)})" for kind, value in identifiers])
    places = ",".join(map(str, addresses))
    parts = (
        ("(dhcp_identifier, dhcp_identifier_type)", pairs), ("ipv4_address", places),
    )  # fmt: skip
    selects = [f"SELECT host_id FROM hosts WHERE {column} IN ({values})" for column, values in parts if values]
    return " UNION ".join(selects or ["SELECT host_id FROM hosts WHERE FALSE"])


def of_subnet(subnet_id: int) -> str:
    """Return the statement that finds the hosts of a subnet."""
    return f"SELECT host_id FROM hosts WHERE dhcp4_subnet_id = {subnet_id}"


def of_name(hostname: str) -> str:
    """Return the statement that finds the hosts with a name in small letters."""
    return f"SELECT host_id FROM hosts WHERE LOWER(hostname) = {text(hostname)}"


def page(after: int, limit: int, subnet_id: int | None) -> str:
    """Return the statement that finds the next hosts behind a number, of one subnet or of all."""
    where = "IS NOT NULL" if subnet_id is None else f"= {subnet_id}"
    return (
        f"SELECT host_id FROM hosts WHERE dhcp4_subnet_id {where} AND host_id > {after} ORDER BY host_id LIMIT {limit}"
    )


def selection(chosen: str, has_classes: bool) -> bytes:
    """Return the statement that reads the hosts whose ids another one chooses, a row for each of their options."""
    return (
        f"SELECT {columns(has_classes)} FROM ({chosen}) c JOIN hosts h ON h.host_id = c.host_id "
        "LEFT JOIN dhcp4_options o ON o.host_id = h.host_id WHERE h.dhcp4_subnet_id IS NOT NULL "
        "ORDER BY h.host_id, o.option_id"
    ).encode("utf-8", "replace")


def rivals(host: HostRow) -> bytes:
    """Return the statement that finds other hosts with the same address in the same subnet."""
    return (
        f"SELECT host_id FROM hosts WHERE ipv4_address = {host.address} AND dhcp4_subnet_id = {host.subnet_id} "
        f"AND NOT ({_identified(host)})"
    ).encode()


def lock(host: HostRow) -> bytes:
    """Return the statement that finds the host to be replaced."""
    return (
        f"SELECT host_id FROM hosts WHERE {_identified(host)} AND dhcp4_subnet_id = {host.subnet_id} FOR UPDATE"
    ).encode()


def insertion(host: HostRow) -> bytes:
    """Return the statement that adds a host."""
    names = (
        "dhcp_identifier",
        "dhcp_identifier_type",
        "dhcp4_subnet_id",
        *_CHANGED,
        "dhcp6_client_classes",
        "auth_key",
    )
    values = (octets(host.identifier), str(host.kind), str(host.subnet_id), *_values(host), "''", "''")
    return f"INSERT INTO hosts ({', '.join(names)}) VALUES ({', '.join(values)})".encode("utf-8", "replace")


def change(number: int, host: HostRow) -> bytes:
    """Return the statements that replace a host and delete its options."""
    values = ", ".join([f"{name} = {value}" for name, value in zip(_CHANGED, _values(host), strict=True)])
    return (
        f"UPDATE hosts SET {values} WHERE host_id = {number}; DELETE FROM dhcp4_options WHERE host_id = {number}"
    ).encode("utf-8", "replace")


def option_insertion(number: int, options: Sequence[OptionRow], has_classes: bool) -> bytes:
    """Return the statement that adds the options of a host."""
    classes = ", client_classes" if has_classes else ""
    rows = ", ".join([f"({_option_values(each, has_classes)}, {number}, 3)" for each in options])
    return (
        "INSERT INTO dhcp4_options (code, value, formatted_value, space, persistent, cancelled, user_context"
        f"{classes}, host_id, scope_id) VALUES {rows}"
    ).encode("utf-8", "replace")


def deletion(subnet_id: int, kind: int, identifier: bytes) -> bytes:
    """Return the statement that deletes the host with an identifier."""
    return (
        f"DELETE FROM hosts WHERE dhcp4_subnet_id = {subnet_id} AND dhcp_identifier_type = {kind} "
        f"AND dhcp_identifier = {octets(identifier)}"
    ).encode()


def deletion_of_address(subnet_id: int, address: int) -> bytes:
    """Return the statement that deletes the hosts that have an address reserved."""
    return f"DELETE FROM hosts WHERE dhcp4_subnet_id = {subnet_id} AND ipv4_address = {address}".encode()


def host_row(row: Sequence[object]) -> HostRow:
    """Return the host in a row of ``selection``."""
    values: Row = row  # type: ignore[assignment]
    number, identifier, kind, subnet_id, address = values[:5]
    name, classes, context, next_server, server_name, boot_file = values[5 : len(HOST)]
    return HostRow(
        number_of(number), bytes_of(identifier), number_of(kind), number_of(subnet_id), number_of(address),
        text_of(name), text_of(classes), text_of(context), number_of(next_server), text_of(server_name),
        text_of(boot_file),
    )  # fmt: skip


def option_row(row: Sequence[object]) -> OptionRow | None:
    """Return the option in a row of ``selection``; None if the host has none."""
    values: Row = row  # type: ignore[assignment]
    code, value, formatted, space, persistent, cancelled, context, classes = values[len(HOST) :]
    if code is None:
        return None
    return OptionRow(
        number_of(code), bytes_of(value), text_of(formatted), text_of(space), bool(persistent), bool(cancelled),
        text_of(context), text_of(classes),
    )  # fmt: skip


def _identified(host: HostRow) -> str:
    return f"dhcp_identifier = {octets(host.identifier)} AND dhcp_identifier_type = {host.kind}"


def _values(host: HostRow) -> tuple[str, ...]:
    return (
        str(host.address or "NULL"), text(host.hostname), text(host.client_classes), text(host.user_context or None),
        str(host.next_server), text(host.server_hostname), text(host.boot_file_name),
    )  # fmt: skip


def _option_values(row: OptionRow, has_classes: bool) -> str:
    values = [
        str(row.code), octets(row.value or None), text(row.formatted_value or None), text(row.space or None),
        str(int(row.persistent)), str(int(row.cancelled)), text(row.user_context or None),
    ]  # fmt: skip
    return ", ".join([*values, text(row.client_classes or None)] if has_classes else values)
