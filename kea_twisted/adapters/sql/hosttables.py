"""Kea's tables ``hosts`` and ``dhcp4_options``, which are the same in every database."""

from __future__ import annotations

from typing import Final

CLASSES_SINCE: Final = 26
"""The major version of Kea's schema in which options got ``client_classes``."""

RESERVED: Final = b"SELECT dhcp4_subnet_id, ipv4_address FROM hosts WHERE ipv4_address > 0 AND dhcp4_subnet_id > 0"
"""The subnet ids and addresses of all reservations."""

HOST: Final = (
    "h.host_id", "h.dhcp_identifier", "h.dhcp_identifier_type", "h.dhcp4_subnet_id", "h.ipv4_address", "h.hostname",
    "h.dhcp4_client_classes", "h.user_context", "h.dhcp4_next_server", "h.dhcp4_server_hostname",
    "h.dhcp4_boot_file_name",
)  # fmt: skip
"""The columns of a host, in the order of a ``HostRow``."""

_OPTION: Final = (
    "o.code", "o.value", "o.formatted_value", "o.space", "o.persistent", "o.cancelled", "o.user_context",
)  # fmt: skip


def columns(has_classes: bool) -> str:
    """Return the columns of a row with a host and one of its options, as ``SELECT`` names them."""
    return ", ".join((*HOST, *_OPTION, "o.client_classes" if has_classes else "NULL"))
