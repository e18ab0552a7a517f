"""THE OPTION TABLE: every standard option, one row each, and how a definition is found by name or code.

Names, codes and types are those of Kea (``src/lib/dhcp/std_option_defs.h`` and the option table of its
manual), because configurations use them. Formats are in ``wire.optiontypes``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

DHCP4_SPACE: Final = "dhcp4"
AGENT_SPACE: Final = "dhcp-agent-options-space"
VENDOR_ENCAPSULATED_SPACE: Final = "vendor-encapsulated-options-space"
CABLELABS_SPACE: Final = "cablelabs-client-conf"
DOCSIS_SPACE: Final = "vendor-4491"
VENDOR_PREFIX: Final = "vendor-"


class OptionDefinition(NamedTuple):
    """The definition of an option. ``record_types`` for type ``record``; with ``array`` the last one repeats.

    ``encapsulate`` names the space of its sub-options; ``always``: sent whenever configured, asked for or
    not; ``by_server``: the server fills it in itself, a configured one is not for configuration.
    """

    code: int
    name: str
    type: str
    array: bool = False
    record_types: tuple[str, ...] = ()
    encapsulate: str = ""
    always: bool = False
    by_server: bool = False
    space: str = DHCP4_SPACE


def _row(code: int, name: str, kind: str, flags: str = "", encapsulate: str = "") -> OptionDefinition:
    """Return a row as written below: ``[]`` behind the type: array, ``a b c``: record; flags ``*``, ``server``."""
    words = kind.removesuffix("[]").split()
    record_types = tuple(words) if len(words) > 1 else ()
    return OptionDefinition(
        code, name, "record" if record_types else words[0], kind.endswith("[]"), record_types, encapsulate,
        always="*" in flags, by_server="server" in flags,
    )  # fmt: skip


_DHCP4: Final = (
    _row(1, "subnet-mask", "ipv4-address", "server"),
    _row(2, "time-offset", "int32"),
    _row(3, "routers", "ipv4-address[]", "*"),
    _row(4, "time-servers", "ipv4-address[]"),
    _row(5, "name-servers", "ipv4-address[]"),
    _row(6, "domain-name-servers", "ipv4-address[]", "*"),
    _row(7, "log-servers", "ipv4-address[]"),
    _row(8, "cookie-servers", "ipv4-address[]"),
    _row(9, "lpr-servers", "ipv4-address[]"),
    _row(10, "impress-servers", "ipv4-address[]"),
    _row(11, "resource-location-servers", "ipv4-address[]"),
    _row(12, "host-name", "string", "server"),
    _row(13, "boot-size", "uint16"),
    _row(14, "merit-dump", "string"),
    _row(15, "domain-name", "string", "*"),  # RFC 2132 section 3.17: text, though Kea's manual says fqdn
    _row(16, "swap-server", "ipv4-address"),
    _row(17, "root-path", "string"),
    _row(18, "extensions-path", "string"),
    _row(19, "ip-forwarding", "boolean"),
    _row(20, "non-local-source-routing", "boolean"),
    _row(21, "policy-filter", "ipv4-address[]"),
    _row(22, "max-dgram-reassembly", "uint16"),
    _row(23, "default-ip-ttl", "uint8"),
    _row(24, "path-mtu-aging-timeout", "uint32"),
    _row(25, "path-mtu-plateau-table", "uint16[]"),
    _row(26, "interface-mtu", "uint16"),
    _row(27, "all-subnets-local", "boolean"),
    _row(28, "broadcast-address", "ipv4-address"),
    _row(29, "perform-mask-discovery", "boolean"),
    _row(30, "mask-supplier", "boolean"),
    _row(31, "router-discovery", "boolean"),
    _row(32, "router-solicitation-address", "ipv4-address"),
    _row(33, "static-routes", "ipv4-address[]"),
    _row(34, "trailer-encapsulation", "boolean"),
    _row(35, "arp-cache-timeout", "uint32"),
    _row(36, "ieee802-3-encapsulation", "boolean"),
    _row(37, "default-tcp-ttl", "uint8"),
    _row(38, "tcp-keepalive-interval", "uint32"),
    _row(39, "tcp-keepalive-garbage", "boolean"),
    _row(40, "nis-domain", "string"),
    _row(41, "nis-servers", "ipv4-address[]"),
    _row(42, "ntp-servers", "ipv4-address[]"),
    _row(44, "netbios-name-servers", "ipv4-address[]"),
    _row(45, "netbios-dd-server", "ipv4-address[]"),
    _row(46, "netbios-node-type", "uint8"),
    _row(47, "netbios-scope", "string"),
    _row(48, "font-servers", "ipv4-address[]"),
    _row(49, "x-display-manager", "ipv4-address[]"),
    _row(50, "dhcp-requested-address", "ipv4-address", "server"),
    _row(51, "dhcp-lease-time", "uint32", "server"),
    _row(52, "dhcp-option-overload", "uint8"),
    _row(53, "dhcp-message-type", "uint8", "server"),
    _row(54, "dhcp-server-identifier", "ipv4-address", "*"),
    _row(55, "dhcp-parameter-request-list", "uint8[]", "server"),
    _row(56, "dhcp-message", "string"),
    _row(57, "dhcp-max-message-size", "uint16"),
    _row(58, "dhcp-renewal-time", "uint32", "server"),
    _row(59, "dhcp-rebinding-time", "uint32", "server"),
    _row(60, "vendor-class-identifier", "string"),
    _row(61, "dhcp-client-identifier", "binary", "server"),
    _row(62, "nwip-domain-name", "string"),
    _row(63, "nwip-suboptions", "binary"),
    _row(64, "nisplus-domain-name", "string"),
    _row(65, "nisplus-servers", "ipv4-address[]"),
    _row(66, "tftp-server-name", "string"),
    _row(67, "boot-file-name", "string"),
    _row(68, "mobile-ip-home-agent", "ipv4-address[]"),
    _row(69, "smtp-server", "ipv4-address[]"),
    _row(70, "pop-server", "ipv4-address[]"),
    _row(71, "nntp-server", "ipv4-address[]"),
    _row(72, "www-server", "ipv4-address[]"),
    _row(73, "finger-server", "ipv4-address[]"),
    _row(74, "irc-server", "ipv4-address[]"),
    _row(75, "streettalk-server", "ipv4-address[]"),
    _row(76, "streettalk-directory-assistance-server", "ipv4-address[]"),
    _row(77, "user-class", "binary"),
    _row(78, "slp-directory-agent", "boolean ipv4-address[]"),
    _row(79, "slp-service-scope", "boolean string"),
    _row(81, "fqdn", "uint8 uint8 uint8 fqdn", "server"),
    _row(82, "dhcp-agent-options", "empty", "server", AGENT_SPACE),
    _row(85, "nds-servers", "ipv4-address[]"),
    _row(86, "nds-tree-name", "string"),
    _row(87, "nds-context", "string"),
    _row(88, "bcms-controller-names", "fqdn[]"),
    _row(89, "bcms-controller-address", "ipv4-address[]"),
    _row(90, "authenticate", "binary", "server"),
    _row(91, "client-last-transaction-time", "uint32", "server"),
    _row(92, "associated-ip", "ipv4-address[]", "server"),
    _row(93, "client-system", "uint16[]"),
    _row(94, "client-ndi", "uint8 uint8 uint8"),
    _row(97, "uuid-guid", "uint8 binary"),
    _row(98, "uap-servers", "string"),
    _row(99, "geoconf-civic", "binary"),
    _row(100, "pcode", "string"),
    _row(101, "tcode", "string"),
    _row(108, "v6-only-preferred", "uint32"),
    _row(112, "netinfo-server-address", "ipv4-address[]"),
    _row(113, "netinfo-server-tag", "string"),
    _row(114, "v4-captive-portal", "string"),
    _row(116, "auto-config", "uint8"),
    _row(117, "name-service-search", "uint16[]"),
    _row(118, "subnet-selection", "ipv4-address", "server"),
    _row(119, "domain-search", "fqdn[]"),
    _row(121, "classless-static-route", "internal"),  # format in wire.routes
    _row(122, "cablelabs-client-conf", "empty", "", CABLELABS_SPACE),
    _row(124, "vivco-suboptions", "uint32 binary"),
    _row(125, "vivso-suboptions", "uint32"),
    _row(136, "pana-agent", "ipv4-address[]"),
    _row(137, "v4-lost", "fqdn"),
    _row(138, "capwap-ac-v4", "ipv4-address[]"),
    _row(141, "sip-ua-cs-domains", "fqdn[]"),
    _row(143, "v4-sztp-redirect", "tuple[]"),
    _row(146, "rdnss-selection", "uint8 ipv4-address ipv4-address fqdn[]"),
    _row(151, "status-code", "uint8 string", "server"),
    _row(152, "base-time", "uint32", "server"),
    _row(153, "start-time-of-state", "uint32", "server"),
    _row(154, "query-start-time", "uint32", "server"),
    _row(155, "query-end-time", "uint32", "server"),
    _row(156, "dhcp-state", "uint8", "server"),
    _row(157, "data-source", "uint8", "server"),
    _row(159, "v4-portparams", "uint8 psid"),
    _row(162, "v4-dnr", "internal"),  # format in wire.dnr
    _row(212, "option-6rd", "uint8 uint8 ipv6-address ipv4-address[]"),
    _row(213, "v4-access-domain", "fqdn"),
)

_AGENT: Final = (  # RFC 3046, 3256, 3527, 3993, 4014, 4030, 4243, 5010, 5107, 6925, 7839, 8357, 6607
    _row(1, "circuit-id", "binary"),
    _row(2, "remote-id", "binary"),
    _row(4, "docsis-device-class", "uint32"),
    _row(5, "link-selection", "ipv4-address"),
    _row(6, "subscriber-id", "string"),
    _row(7, "radius", "binary"),
    _row(8, "auth", "binary"),
    _row(9, "vendor-specific-info", "binary"),
    _row(10, "relay-flags", "uint8"),
    _row(11, "server-id-override", "ipv4-address"),
    _row(12, "relay-id", "binary"),
    _row(13, "access-techno-type", "uint16"),
    _row(14, "access-network-name", "string"),
    _row(15, "access-point-name", "string"),
    _row(16, "access-point-bssid", "binary"),
    _row(17, "operator-id", "uint32"),
    _row(18, "operator-realm", "string"),
    _row(19, "relay-port", "uint16"),
    _row(151, "virtual-subnet-select", "binary"),
    _row(152, "virtual-subnet-select-ctrl", "empty"),
)

_CABLELABS: Final = (  # RFC 3495, RFC 3594
    _row(1, "tsp-primary-server", "ipv4-address"),
    _row(2, "tsp-secondary-server", "ipv4-address"),
    _row(4, "tsp-as-parameters", "uint32 uint32 uint32"),
    _row(5, "tsp-ap-parameters", "uint32 uint32 uint32"),
    _row(6, "tsp-realm", "fqdn"),
    _row(7, "tsp-use-tgt", "boolean"),
    _row(8, "tsp-provisioning-timer", "uint8"),
    _row(9, "tsp-sct", "uint16"),
    _row(10, "kdc-server", "ipv4-address[]"),
)

_DOCSIS: Final = (
    _row(1, "oro", "uint8[]"),
    _row(2, "tftp-servers", "ipv4-address[]"),
)

# What option 43 means where the operator does not define it; the configuration goes before it.
_LAST_RESORT: Final = (_row(43, "vendor-encapsulated-options", "empty", "", VENDOR_ENCAPSULATED_SPACE),)


def _in_space(space: str, rows: tuple[OptionDefinition, ...]) -> tuple[OptionDefinition, ...]:
    return tuple(row._replace(space=space) for row in rows)


STANDARD: Final = {
    DHCP4_SPACE: _DHCP4,
    AGENT_SPACE: _in_space(AGENT_SPACE, _AGENT),
    CABLELABS_SPACE: _in_space(CABLELABS_SPACE, _CABLELABS),
    DOCSIS_SPACE: _in_space(DOCSIS_SPACE, _DOCSIS),
    "docsis3-v4": _in_space("docsis3-v4", _DOCSIS),  # the name Kea has for it beside the number
}
"""The rows that cannot be redefined, by space."""


class Definitions:
    """Option definitions by space and code or name: the standard ones and those of a configuration."""

    def __init__(self, user: Iterable[OptionDefinition] = ()) -> None:
        self.user = tuple(user)
        self._by_code: dict[tuple[str, int], OptionDefinition] = {}
        self._by_name: dict[tuple[str, str], OptionDefinition] = {}
        for rows in (_LAST_RESORT, self.user, *STANDARD.values()):  # the later ones win
            for row in rows:
                self._by_code[row.space, row.code] = row
                self._by_name[row.space, row.name] = row

    def by_code(self, space: str, code: int) -> OptionDefinition | None:
        """Return the definition of a code, or None."""
        return self._by_code.get((space, code))

    def by_name(self, space: str, name: str) -> OptionDefinition | None:
        """Return the definition of a name, or None."""
        return self._by_name.get((space, name))

    def names(self, space: str) -> list[str]:
        """Return the names that are defined in a space."""
        return [name for each, name in self._by_name if each == space]


STANDARD_DEFINITIONS: Final = Definitions()
"""The definitions that need no configuration."""


def vendor_number(space: str) -> int:
    """Return the enterprise number of a ``vendor-N`` space; 0 for any other."""
    digits = space.removeprefix(VENDOR_PREFIX)
    if digits == space or not digits.isdecimal() or int(digits) > 0xFFFFFFFF:
        return 0
    return int(digits)
