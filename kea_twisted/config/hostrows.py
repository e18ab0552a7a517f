"""Host reservations as rows of Kea's tables ``hosts`` and ``dhcp4_options``, which are alike in all databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from kea_twisted.config.hosts import Host
from kea_twisted.config.options import encode_option, merge
from kea_twisted.config.places import Map, without_places
from kea_twisted.config.reservations import make_host
from kea_twisted.config.unparse import spell
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.address import address_text
from kea_twisted.wire.optiondefs import DHCP4_SPACE, Definitions

KINDS: Final = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
"""The kinds of identifiers in the order of their numbers in ``host_identifier_type``."""


class HostRow(NamedTuple):
    """A row of ``hosts``, NULL as 0 or ""."""

    number: int
    identifier: bytes
    kind: int
    subnet_id: int
    address: int = 0
    hostname: str = ""
    client_classes: str = ""
    user_context: str = ""
    next_server: int = 0
    server_hostname: str = ""
    boot_file_name: str = ""


class OptionRow(NamedTuple):
    """A row of ``dhcp4_options``, NULL as b"" or "": ``value`` is for the wire, ``formatted_value`` text."""

    code: int
    value: bytes = b""
    formatted_value: str = ""
    space: str = ""
    persistent: bool = False
    cancelled: bool = False
    user_context: str = ""
    client_classes: str = ""


def host_of(row: HostRow, options: Sequence[OptionRow], definitions: Definitions, problems: Problems) -> Host:
    """Return the host of its rows. An option that cannot be encoded is reported and left out. Raises ValueError."""
    if not 0 <= row.kind < len(KINDS):
        raise ValueError(f"invalid identifier type {row.kind}")
    if not row.identifier:
        raise ValueError("the identifier is empty")
    kind = KINDS[row.kind]
    section: dict[str, object] = {kind: row.identifier.hex()}
    if row.address:
        section["ip-address"] = address_text(row.address)
    if row.next_server:
        section["next-server"] = address_text(row.next_server)
    classes = [name.strip() for name in row.client_classes.split(",") if name.strip()]
    fields = (
        ("hostname", row.hostname), ("client-classes", classes), ("server-hostname", row.server_hostname),
        ("boot-file-name", row.boot_file_name), ("user-context", _json(row.user_context)),
        ("option-data", [_entry(each) for each in options]),
    )  # fmt: skip
    section.update({key: value for key, value in fields if value})
    placed = without_places(section)
    assert isinstance(placed, Map)
    found = [encode_option(entry, definitions, problems) for entry in placed.get("option-data", ())]
    known = [option for option in found if option is not None]
    host = make_host(placed, row.subnet_id, kind, row.identifier, row.address, merge((known,)) if known else None)
    return host._replace(number=row.number)


def row_of(host: Host) -> HostRow:
    """Return the row of a host; its number is the database's."""
    section = host.section
    context = section.get("user-context")
    return HostRow(
        0, host.identifier, KINDS.index(host.kind), host.subnet_id, host.address, host.hostname,
        ",".join(host.client_classes), spell(context) if context else "", host.next_server, host.server_hostname,
        host.boot_file_name,
    )  # fmt: skip


def option_rows_of(host: Host, definitions: Definitions) -> list[OptionRow]:
    """Return the rows of a host's options: text where the configuration has text, else the bytes for the wire."""
    return [_option_row(entry, definitions) for entry in host.section.get("option-data", ())]


def _option_row(entry: Map, definitions: Definitions) -> OptionRow:
    option = encode_option(entry, definitions, Problems())
    assert option is not None  # the host was made of it
    is_known = definitions.by_code(option.space, option.code) is not None
    text = entry.get("data", "") if entry.get("csv-format", is_known) else ""
    context = entry.get("user-context")
    return OptionRow(
        option.code, b"" if text else option.data, text, option.space, option.always_send, option.never_send,
        spell(context) if context else "", spell(list(option.client_classes)) if option.client_classes else "",
    )  # fmt: skip


def _entry(row: OptionRow) -> dict[str, object]:
    """Return an entry of ``option-data``."""
    entry: dict[str, object] = {"code": row.code, "space": row.space or DHCP4_SPACE}
    if row.formatted_value or row.value or not row.cancelled:  # what is never sent needs no data
        entry["csv-format"] = bool(row.formatted_value)
        entry["data"] = row.formatted_value or row.value.hex().upper()
    entry["always-send"], entry["never-send"] = row.persistent, row.cancelled
    for key, text in (("user-context", row.user_context), ("client-classes", row.client_classes)):
        value = _json(text)
        if value:
            entry[key] = value
    return entry


def _json(text: str) -> Json:
    """Return a map or a list in JSON, None for "". Raises ValueError if it is neither."""
    value: Json = json.loads(text) if text else None
    if text and not isinstance(value, dict | list):
        raise ValueError(f"'{text}' is neither a map nor a list")
    return value
