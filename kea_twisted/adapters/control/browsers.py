"""Requests that a browser sends for a page of another server, with the credentials that it knows: they are refused.

A browser adds headers that a page cannot set: ``Origin`` (RFC 6454) to what may change something, ``Sec-Fetch-Site``
and ``Sec-Fetch-Mode`` (Fetch Metadata) to everything that goes to a trustworthy URL (HTTPS, this machine). Other
clients send none of them.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from kea_twisted.adapters.control.httprequest import CommandRequest

OWN_HEADER: Final = b"X-Keadhcp-Page"
"""A header that a page of another server could only send after it had asked for permission, which is never given."""


def is_foreign_command(request: CommandRequest) -> bool:
    """Return True for a command that a browser sends and that is not of a page of this server."""
    origin = _header(request, b"Origin")
    if not origin and not _header(request, b"Sec-Fetch-Site"):
        return False
    host = _header(request, b"Host").lower()
    if origin.partition(b"://")[2].lower() != host:
        return True
    return not _header(request, OWN_HEADER) or _may_be_rebound(request, host)


def is_foreign_reading(request: CommandRequest, for_people: bool) -> bool:
    """Return True for a page that another server's page wants to use; a link to it may be followed.

    Pages ``for_people`` are read by browsers alone, which send Sec-Fetch-Site to trustworthy URLs only: plain HTTP
    under a name is none. Monitors, which send none either, read the others under any name.
    """
    site = _header(request, b"Sec-Fetch-Site")
    if site in (b"cross-site", b"same-site"):
        return _header(request, b"Sec-Fetch-Mode") != b"navigate"
    return (for_people or bool(site)) and _may_be_rebound(request, _header(request, b"Host").lower())


def _may_be_rebound(request: CommandRequest, host: bytes) -> bool:
    """Return True if a name of the attacker's may lead here: without credentials a name is no proof."""
    if not request.entry.is_open:
        return False
    name = host.decode("latin-1").rpartition(":")[0] or host.decode("latin-1")
    with suppress(ValueError):
        ip_address(name.strip("[]"))
        return False
    return name != "localhost"


def _header(request: CommandRequest, name: bytes) -> bytes:
    found = request.requestHeaders.getRawHeaders(name)
    return found[0] if found else b""
