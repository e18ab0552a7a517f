"""The attributes that are known without a dictionary file: names and numbers of the IANA registry "RADIUS Types".

RFC 2865, 2866, 2867, 2868, 2869, 3162, 4372, 4675, 4818, 4849, 5176, 6572, 6911, 7155. A dictionary file, where one is
configured, takes the place of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STRING: Final = "string"
INTEGER: Final = "integer"
IPADDR: Final = "ipaddr"
IPV6ADDR: Final = "ipv6addr"
IPV6PREFIX: Final = "ipv6prefix"
TYPES: Final = (STRING, INTEGER, IPADDR, IPV6ADDR, IPV6PREFIX)

USER_NAME: Final = 1
USER_PASSWORD: Final = 2
NAS_IP_ADDRESS: Final = 4
NAS_PORT: Final = 5
FRAMED_IP_ADDRESS: Final = 8
REPLY_MESSAGE: Final = 18
CLASS: Final = 25
VENDOR_SPECIFIC: Final = 26
CALLING_STATION_ID: Final = 31
ACCT_STATUS_TYPE: Final = 40
ACCT_DELAY_TIME: Final = 41
ACCT_SESSION_ID: Final = 44
MESSAGE_AUTHENTICATOR: Final = 80
FRAMED_POOL: Final = 88
NAS_IPV6_ADDRESS: Final = 95

_INTEGERS: Final[Mapping[int, str]] = {
    5: "NAS-Port", 6: "Service-Type", 7: "Framed-Protocol", 10: "Framed-Routing", 12: "Framed-MTU",
    13: "Framed-Compression", 15: "Login-Service", 16: "Login-TCP-Port", 27: "Session-Timeout", 28: "Idle-Timeout",
    29: "Termination-Action", 37: "Framed-AppleTalk-Link", 38: "Framed-AppleTalk-Network", 40: "Acct-Status-Type",
    41: "Acct-Delay-Time", 42: "Acct-Input-Octets", 43: "Acct-Output-Octets", 45: "Acct-Authentic",
    46: "Acct-Session-Time", 47: "Acct-Input-Packets", 48: "Acct-Output-Packets", 49: "Acct-Terminate-Cause",
    51: "Acct-Link-Count", 52: "Acct-Input-Gigawords", 53: "Acct-Output-Gigawords", 55: "Event-Timestamp",
    56: "Egress-VLANID", 57: "Ingress-Filters", 61: "NAS-Port-Type", 62: "Port-Limit", 64: "Tunnel-Type",
    65: "Tunnel-Medium-Type", 72: "ARAP-Zone-Access", 73: "ARAP-Security", 75: "Password-Retry", 76: "Prompt",
    83: "Tunnel-Preference", 85: "Acct-Interim-Interval", 86: "Acct-Tunnel-Packets-Lost", 101: "Error-Cause",
}  # fmt: skip
_ADDRESSES: Final[Mapping[int, str]] = {
    4: "NAS-IP-Address", 8: "Framed-IP-Address", 9: "Framed-IP-Netmask", 14: "Login-IP-Host",
    149: "PMIP6-Home-HN4-Prefix", 154: "PMIP6-Home-DHCP4-Server-Address", 155: "PMIP6-Visited-DHCP4-Server-Address",
}  # fmt: skip
_ADDRESSES6: Final[Mapping[int, str]] = {
    95: "NAS-IPv6-Address", 98: "Login-IPv6-Host", 168: "Framed-IPv6-Address", 169: "DNS-Server-IPv6-Address",
}  # fmt: skip
_PREFIXES6: Final[Mapping[int, str]] = {
    97: "Framed-IPv6-Prefix", 123: "Delegated-IPv6-Prefix", 170: "Route-IPv6-Information",
}  # fmt: skip
_STRINGS: Final[Mapping[int, str]] = {
    1: "User-Name", 2: "User-Password", 3: "CHAP-Password", 11: "Filter-Id", 18: "Reply-Message",
    19: "Callback-Number", 20: "Callback-Id", 22: "Framed-Route", 23: "Framed-IPX-Network", 24: "State", 25: "Class",
    26: "Vendor-Specific", 30: "Called-Station-Id", 31: "Calling-Station-Id", 32: "NAS-Identifier",
    33: "Proxy-State", 34: "Login-LAT-Service", 35: "Login-LAT-Node", 36: "Login-LAT-Group",
    39: "Framed-AppleTalk-Zone", 44: "Acct-Session-Id", 50: "Acct-Multi-Session-Id", 58: "Egress-VLAN-Name",
    59: "User-Priority-Table", 60: "CHAP-Challenge", 63: "Login-LAT-Port", 66: "Tunnel-Client-Endpoint",
    67: "Tunnel-Server-Endpoint", 68: "Acct-Tunnel-Connection", 69: "Tunnel-Password", 70: "ARAP-Password",
    71: "ARAP-Features", 74: "ARAP-Security-Data", 77: "Connect-Info", 78: "Configuration-Token",
    79: "EAP-Message", 80: "Message-Authenticator", 81: "Tunnel-Private-Group-ID", 82: "Tunnel-Assignment-ID",
    84: "ARAP-Challenge-Response", 87: "NAS-Port-Id", 88: "Framed-Pool", 89: "CUI", 90: "Tunnel-Client-Auth-ID",
    91: "Tunnel-Server-Auth-ID", 92: "NAS-Filter-Rule", 94: "Originating-Line-Info", 96: "Framed-Interface-Id",
    99: "Framed-IPv6-Route", 100: "Framed-IPv6-Pool", 102: "EAP-Key-Name", 124: "MIP6-Feature-Vector",
    126: "Operator-Name", 171: "Delegated-IPv6-Prefix-Pool", 172: "Stateful-IPv6-Address-Pool",
}  # fmt: skip

ATTRIBUTES: Final = tuple(
    (code, name, kind)
    for kind, names in (
        (INTEGER, _INTEGERS), (IPADDR, _ADDRESSES), (IPV6ADDR, _ADDRESSES6), (IPV6PREFIX, _PREFIXES6),
        (STRING, _STRINGS),
    )
    for code, name in names.items()
)  # fmt: skip
"""Code, name and type of every attribute."""

ALIASES: Final[Mapping[str, str]] = {
    "Password": "User-Password", "Chargeable-User-Identity": "CUI", "NAS-Port-Id-String": "NAS-Port-Id",
}  # fmt: skip
"""Other names of attributes."""

VALUES: Final[Mapping[str, Mapping[str, int]]] = {
    "Service-Type": {
        "Login-User": 1, "Framed-User": 2, "Callback-Login-User": 3, "Callback-Framed-User": 4, "Outbound-User": 5,
        "Administrative-User": 6, "NAS-Prompt-User": 7, "Authenticate-Only": 8, "Callback-NAS-Prompt": 9,
        "Call-Check": 10, "Callback-Administrative": 11, "Authorize-Only": 17,
    },
    "Framed-Protocol": {"PPP": 1, "SLIP": 2, "ARAP": 3, "X75": 6},
    "Framed-Routing": {"None": 0, "Broadcast": 1, "Listen": 2, "Broadcast-Listen": 3},
    "Framed-Compression": {"None": 0, "Van-Jacobson-TCP-IP": 1, "IPX-Header": 2, "Stac-LZS": 3},
    "Acct-Status-Type": {"Start": 1, "Stop": 2, "Alive": 3, "Accounting-On": 7, "Accounting-Off": 8},
    "Acct-Authentic": {"RADIUS": 1, "Local": 2, "Remote": 3},
    "Termination-Action": {"Default": 0, "RADIUS-Request": 1},
    "NAS-Port-Type": {
        "Async": 0, "Sync": 1, "ISDN": 2, "ISDN-V120": 3, "ISDN-V110": 4, "Virtual": 5, "PIAFS": 6, "SDSL": 11,
        "ADSL-CAP": 12, "ADSL-DMT": 13, "IDSL": 14, "Ethernet": 15, "xDSL": 16, "Cable": 17, "Wireless-Other": 18,
        "Wireless-802.11": 19,
    },
}  # fmt: skip
"""The names of integer values, by attribute."""

REQUIRED: Final = (
    (USER_NAME, STRING), (USER_PASSWORD, STRING), (NAS_IP_ADDRESS, IPADDR), (NAS_PORT, INTEGER), (6, INTEGER),
    (FRAMED_IP_ADDRESS, IPADDR), (REPLY_MESSAGE, STRING), (CLASS, STRING), (CALLING_STATION_ID, STRING),
    (ACCT_STATUS_TYPE, INTEGER), (ACCT_DELAY_TIME, INTEGER), (ACCT_SESSION_ID, STRING), (FRAMED_POOL, STRING),
    (NAS_IPV6_ADDRESS, IPV6ADDR), (123, IPV6PREFIX), (168, IPV6ADDR),
)  # fmt: skip
"""Those that a dictionary file must have, with their standard names."""
