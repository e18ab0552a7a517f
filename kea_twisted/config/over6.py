"""The clients over DHCPv6 (RFC 7341) of a subnet: ``4o6-interface``, ``4o6-interface-id``, ``4o6-subnet``."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from kea_twisted.config import keawords
from kea_twisted.config.model import Over6
from kea_twisted.config.text import Map
from kea_twisted.errors import Problems


def over6_of(section: Map, path: str, problems: Problems) -> Over6 | None:
    """Return the clients over DHCPv6 that a subnet is for; None: it is for none."""
    interface, interface_id = section.get("4o6-interface", ""), section.get("4o6-interface-id", "")
    text = section.get("4o6-subnet", "")
    if not (interface or interface_id or text):
        return None
    if not text:
        return Over6(interface, interface_id.encode())
    prefix, slash, length = (part.strip() for part in text.partition("/"))
    try:
        address = ip_address(prefix)
    except ValueError:
        address = None
    fault = kea = ""
    if not slash:
        kea = f"Missing / in the 4o6-subnet parameter:{text}, expected format: prefix6/length"
    elif not isinstance(address, IPv6Address):
        kea = keawords.no_address(prefix)
        fault = f"'{prefix}' is not an IPv6 address"
    elif not (length.isdigit() and length.isascii() and int(length) <= 128):
        kea = f"Invalid prefix length specified in 4o6-subnet parameter: {text}, expected 0..128 value"
    else:
        return Over6(interface, interface_id.encode(), int(address), int(length))
    fault = fault or f"'{text}' is not prefix/length with a length from 0 to 128"
    problems.error(section.place_of("4o6-subnet"), f"4o6-subnet in {path}: {fault}", keawords.NO_SUBNET + kea)
    return None
