"""The URL of a peer: scheme, address or name, port; written back as Kea writes it into its log."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_BROADCAST: Final = 0xFFFFFFFF
_DIGITS: Final = re.compile(r"[0-9.]+")


class Url(NamedTuple):
    """``text`` is what the log shows, ``host`` a bare IP address or a name."""

    text: str
    host: str
    port: int
    secure: bool = False  # https

    @property
    def authority(self) -> str:
        """Host and port as a URL has them: an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_anywhere(self) -> bool:
        """True if the host stands for all addresses of a machine: a server can listen there, and not be asked."""
        return self.host in ("0.0.0.0", "::")

    @property
    def is_named(self) -> bool:
        """True if the host is a name that has to be looked up."""
        return ":" not in self.host and not _DIGITS.fullmatch(self.host)


def parse_url(text: str) -> Url:
    """Read the URL of a peer; ValueError (naming it) unless it is http or https with an address or a name.

    Kea takes addresses only.
    """
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError(f"bad url '{text}': it must start with http:// or https://")
    authority = text.partition("://")[2].partition("/")[0]
    if "@" in authority:  # which the log and every error would show
        place = authority.rpartition("@")[2]
        raise ValueError(f"bad url of '{place}': a user belongs into 'basic-auth-user' and 'basic-auth-password'")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise ValueError(f"bad url '{text}': {error}") from None
    secure = parts.scheme == "https"
    if port == 0:
        raise ValueError(f"bad url '{text}': no server listens at port 0")
    return Url(text, host, (443 if secure else 80) if port is None else port, secure)


def _host(text: str) -> str:
    if _NAME.fullmatch(text) and not _DIGITS.fullmatch(text):
        return text
    address = ip_address(text)
    if address.is_multicast or int(address) == _BROADCAST:
        raise ValueError(f"{address} is not the address of one server")
    if address.version == 6 and (address.is_link_local or address.scope_id):
        raise ValueError(f"{address} is valid on one link only, use another address of the server")
    return str(address)
