"""The names of addresses in the DNS."""

from __future__ import annotations

from ipaddress import ip_address


def reverse_name(address: str) -> str:
    """Return the name whose PTR record belongs to an address (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    return f"{ip_address(address).reverse_pointer}."
