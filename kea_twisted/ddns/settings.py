"""The configuration of the DNS updates as values: keys, servers, domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kea_twisted.config.model import Settings
from kea_twisted.jsonvalue import Json

WILDCARD = "*"


@dataclass(frozen=True)
class TsigKey:
    """One of ``tsig-keys``. ``digest_bits`` 0: the whole MAC."""

    name: str  # as written
    algorithm: str  # in small letters: hmac-sha256
    secret: bytes = field(repr=False)
    digest_bits: int = 0

    @cached_property
    def label(self) -> str:
        """The absolute name, as it stands in statistics and on the wire."""
        return self.name if self.name.endswith(".") else f"{self.name}."


@dataclass(frozen=True)
class DnsServer:
    """One of ``dns-servers``; ``key`` is its own or that of its domain."""

    address: str
    port: int = 53
    key: TsigKey | None = None

    @property
    def text(self) -> str:
        """The server as Kea logs it."""
        return f"{self.address} port:{self.port}"


@dataclass(frozen=True)
class Domain:
    """One of ``ddns-domains``: a zone and its servers, asked in their order."""

    name: str
    servers: tuple[DnsServer, ...]


@dataclass(frozen=True)
class Domains:
    """The domains of one direction, by their names in small letters, absolute."""

    by_name: Mapping[str, Domain]

    def match(self, fqdn: str) -> Domain | None:
        """Return the domain with the longest name that an absolute name ends with; ``*`` matches any other."""
        rest = fqdn.lower()
        while rest:
            found = self.by_name.get(rest)
            if found is not None:
                return found
            rest = rest.partition(".")[2]
        return self.by_name.get(WILDCARD)

    def __bool__(self) -> bool:
        return bool(self.by_name)


@dataclass(frozen=True)
class DdnsSettings:
    """A whole configuration of kea-dhcp-ddns.

    ``base`` has the parts that every server has, loggers and control sockets, in the form of those of the DHCP server.
    """

    tree: Mapping[str, Json]  # the DhcpDdns map as written
    base: Settings
    forward: Domains
    reverse: Domains
    keys: tuple[TsigKey, ...]
    address: str = "127.0.0.1"
    port: int = 53001
    dns_server_timeout: int = 500  # milliseconds

    @property
    def summary(self) -> str:
        """The listener, as Kea logs it."""
        return f"listening on {self.address}, port {self.port}, using UDP"
