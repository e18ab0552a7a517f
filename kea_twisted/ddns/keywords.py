"""The keywords of ``DhcpDdns``, one row each; what the DHCP server has too is taken from its table."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from kea_twisted.config import keywords
from kea_twisted.config.keywords import ANYWHERE, Keyword, Renamed
from kea_twisted.config.kinds import MAX16, AnyCaseEnum, FileText, Integer, Kind, ListOfMaps, MapOf, Text
from kea_twisted.jsonvalue import Json

TOP: Final = "DhcpDdns"
ROOT_LOGGER: Final = "kea-dhcp-ddns"


@dataclass(frozen=True)
class IpAddress(Kind):
    """An address of either family."""

    def complaint(self, value: Json) -> str:
        """Return the requirement that the value misses."""
        try:
            if isinstance(value, str) and ip_address(value):
                return ""
        except ValueError:
            pass
        return "must be an IPv4 or IPv6 address"


KEYWORDS: Final = (
    Keyword("ip-address", "ddns", IpAddress(), "127.0.0.1"),
    Keyword("port", "ddns", Integer(1, MAX16), 53001),
    Keyword("dns-server-timeout", "ddns", Integer(1), 500),  # milliseconds
    Keyword("ncr-protocol", "ddns", AnyCaseEnum("UDP"), "UDP"),
    Keyword("ncr-format", "ddns", AnyCaseEnum("JSON"), "JSON"),
    Keyword("forward-ddns", "ddns", MapOf("direction"), {}),
    Keyword("reverse-ddns", "ddns", MapOf("direction"), {}),
    Keyword("ddns-domains", "direction", ListOfMaps("ddns-domain"), []),
    Keyword("name", "ddns-domain", Text(blank=False), required=True),
    Keyword("key-name", "ddns-domain dns-server", Text(), ""),
    Keyword("dns-servers", "ddns-domain", ListOfMaps("dns-server"), required=True),
    Keyword("hostname", "dns-server", Text(), ""),
    Keyword("ip-address", "dns-server", IpAddress(), required=True),
    Keyword("port", "dns-server", Integer(1, MAX16), 53),
    Keyword("tsig-keys", "ddns", ListOfMaps("tsig-key"), []),
    Keyword("name", "tsig-key", Text(blank=False), required=True),
    Keyword("algorithm", "tsig-key", Text(blank=False), required=True),
    Keyword("digest-bits", "tsig-key", Integer(), 0),
    Keyword("secret", "tsig-key", Text(blank=False)),
    Keyword("secret-file", "tsig-key", FileText(blank=False)),
    Keyword("control-sockets", "ddns", ListOfMaps("control-socket"), []),
    Keyword("hooks-libraries", "ddns", ListOfMaps("hook"), []),
    Keyword("loggers", "ddns", ListOfMaps("logger"), []),
)

_SHARED: Final = ("control-socket", "header", "authentication", "client", "hook", "logger", "output")
_OWN: Final = tuple(dict.fromkeys(scope for row in KEYWORDS for scope in row.scopes.split()))

SCOPES: Final[dict[str, dict[str, Keyword]]] = {
    **{
        scope: {row.name: row for row in (*ANYWHERE, *(row for row in KEYWORDS if scope in row.scopes.split()))}
        for scope in _OWN
    },
    **{scope: keywords.SCOPES[scope] for scope in _SHARED},
}

OLD_NAMES: Final[dict[str, dict[str, Renamed]]] = {
    **{scope: {} for scope in _OWN},
    "ddns": {"control-socket": Renamed("control-socket", "ddns", "control-sockets", "listed")},
    **{scope: keywords.OLD_NAMES[scope] for scope in _SHARED},
}
