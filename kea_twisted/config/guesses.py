"""Names of options that are meant when another one is written: their names in other DHCP servers and in common use."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

ELSEWHERE: Final = {
    "bootfile-name": "boot-file-name",
    "broadcast": "broadcast-address",
    "dns": "domain-name-servers",
    "dns-server": "domain-name-servers",
    "dns-servers": "domain-name-servers",
    "domain": "domain-name",
    "domain-search-list": "domain-search",
    "filename": "boot-file-name",
    "gateway": "routers",
    "hostname": "host-name",
    "mtu": "interface-mtu",
    "netmask": "subnet-mask",
    "nameserver": "domain-name-servers",
    "nameservers": "domain-name-servers",
    "ntp": "ntp-servers",
    "rfc3442-classless-static-routes": "classless-static-route",
    "classless-static-routes": "classless-static-route",
    "search": "domain-search",
    "vendor-class": "vendor-class-identifier",
    "wins": "netbios-name-servers",
    "wins-servers": "netbios-name-servers",
}


def guess(name: str, names: Collection[str]) -> str:
    """Return the option that is probably meant by a name that no option has; "" without a guess."""
    known = ELSEWHERE.get(name.lower(), "")
    if known in names:
        return known
    longer = [each for each in names if name and each.startswith(name.lower())]
    return longer[0] if len(longer) == 1 else next(iter(get_close_matches(name, names, 1)), "")
