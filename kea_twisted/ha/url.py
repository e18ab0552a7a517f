"""The URL of a peer: scheme, IP literal, port; written back as Kea writes it into its log."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit


class Url(NamedTuple):
    """``text`` is what the log shows, ``host`` a bare IP address."""

    text: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as a URL has them: an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_url(text: str) -> Url:
    """Read the URL of a peer; ValueError (naming it) unless it is http with an IP address."""
    try:
        parts = urlsplit(text)
        port = parts.port
        host = str(ip_address(parts.hostname or ""))
    except ValueError as error:
        raise ValueError(f"bad url '{text}': {error}") from None
    if parts.scheme == "https":
        raise ValueError(f"bad url '{text}': TLS between the servers is not supported yet")
    if parts.scheme != "http":
        raise ValueError(f"bad url '{text}': it must start with http://")
    return Url(text, host, 80 if port is None else port)
