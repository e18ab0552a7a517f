"""THE KEYWORD TABLE: every keyword of a configuration, one row each.

A row says in which maps (scopes) the keyword may stand, what its value may be, what holds when nothing is
configured (None: nothing does), and whether configuring it does anything in this version. What stands in
``global``, ``network`` and ``subnet`` is inherited in this order. Checking, building, ``config-get`` and the
manual walk this table; the names and figures are those of Kea 3.3.

What stands inside something without effect is not reported apart.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.config.allocators import ALLOCATORS
from kea_twisted.config.kinds import (
    MAX16,
    MAX32,
    Address,
    AnyCaseEnum,
    Boolean,
    Enum,
    FileText,
    Free,
    Integer,
    Kind,
    Level,
    Lifetime,
    ListOf,
    ListOfMaps,
    MapOf,
    NextServer,
    Real,
    Severity,
    Share,
    Text,
)
from kea_twisted.config.leasebackends import LEASE_BACKENDS
from kea_twisted.jsonvalue import Json

_LEASE_TYPES: Final = tuple(dict.fromkeys(("memfile", "mysql", "postgresql", *LEASE_BACKENDS)))  # those of Kea first


class Keyword(NamedTuple):
    """One row."""

    name: str
    scopes: str
    kind: Kind
    default: Json = None
    effect: bool = True
    required: bool = False


class Renamed(NamedTuple):
    """An old name that is still understood. ``how``: same value, listed (in a list), conflict."""

    old: str
    scopes: str
    new: str
    how: str = "same"


GNS: Final = "global network subnet"
GNSC: Final = "global network subnet class"
GNSCR: Final = "global network subnet class reservation"
DDNS: Final = "global network subnet pool"
FLAG: Final = Boolean()
NUMBER: Final = Integer()
SECONDS: Final = Lifetime()
ROOT_LOGGER: Final = "kea-dhcp4"
NAMES: Final = ListOf(Text(blank=False), repetitions=True)
SHARE: Final = Share(zero=False)

KEYWORDS: Final = (
    # --- lifetimes and timers, seconds; 4294967295 is forever
    Keyword("valid-lifetime", GNSC, SECONDS, 7200),
    Keyword("min-valid-lifetime", GNSC, SECONDS),  # unset: as valid-lifetime
    Keyword("max-valid-lifetime", GNSC, SECONDS),
    Keyword("renew-timer", GNS, NUMBER),
    Keyword("rebind-timer", GNS, NUMBER),
    Keyword("calculate-tee-times", GNS, FLAG, False),
    Keyword("t1-percent", GNS, SHARE, 0.5),
    Keyword("t2-percent", GNS, SHARE, 0.875),
    Keyword("cache-threshold", GNS, Real(), 0.25),
    Keyword("cache-max-age", GNS, SECONDS),
    Keyword("offer-lifetime", GNSC, NUMBER),
    Keyword("adaptive-lease-time-threshold", GNS, Real(zero=False, one=True)),
    Keyword("decline-probation-period", "global", NUMBER, 86400),
    # --- how a client is known and answered
    Keyword("match-client-id", GNS, FLAG, True),
    Keyword("echo-client-id", "global", FLAG, True),
    Keyword("authoritative", GNS, FLAG, False),
    Keyword("allocator", GNS, Enum(*ALLOCATORS), "iterative"),
    Keyword("store-extended-info", GNS, FLAG, False),
    Keyword("stash-agent-options", "global", FLAG, False),
    Keyword("next-server", "global", NextServer(blank=True), "0.0.0.0"),
    Keyword("next-server", "network subnet", Address(blank=True), "0.0.0.0"),
    Keyword("next-server", "class reservation", Address(broadcast=False), "0.0.0.0"),
    Keyword("server-hostname", GNSCR, Text(63), ""),
    Keyword("boot-file-name", GNSCR, Text(128), ""),
    # --- the network
    Keyword("subnet4", "global network", ListOfMaps("subnet"), []),
    Keyword("shared-networks", "global", ListOfMaps("network"), []),
    Keyword("name", "network", Text(blank=False), required=True),
    Keyword("subnet", "subnet", Text(blank=False), required=True),
    Keyword("id", "subnet", Integer(1, MAX32 - 1)),  # unset: the smallest free number
    Keyword("interface", "network subnet", Text(), ""),
    Keyword("relay", "network subnet", MapOf("relay")),
    Keyword("ip-addresses", "relay", ListOf(Address()), [], required=True),
    Keyword("pools", "subnet", ListOfMaps("pool"), []),
    Keyword("pool", "pool", Text(blank=False), required=True),
    Keyword("pool-id", "pool", Integer(1)),
    Keyword("4o6-interface", "subnet", Text(), ""),
    Keyword("4o6-interface-id", "subnet", Text(), ""),
    Keyword("4o6-subnet", "subnet", Text(), ""),
    Keyword("dhcp4o6-port", "global", Integer(0, MAX16 - 1), 0),
    # --- options
    Keyword("option-data", "global network subnet pool class reservation", ListOfMaps("option-data"), []),
    Keyword("name", "option-data", Text(blank=False)),
    Keyword("code", "option-data", Integer(0, 255)),
    Keyword("space", "option-data", Text(blank=False), "dhcp4"),
    Keyword("csv-format", "option-data", FLAG, True),
    Keyword("data", "option-data", Text()),
    Keyword("always-send", "option-data", FLAG, False),
    Keyword("never-send", "option-data", FLAG, False),
    Keyword("option-def", "global class", ListOfMaps("option-def"), []),
    Keyword("name", "option-def", Text(blank=False), required=True),
    Keyword("code", "option-def", Integer(0, 255), required=True),
    Keyword("type", "option-def", Text(blank=False), required=True),
    Keyword("array", "option-def", FLAG, False),
    Keyword("record-types", "option-def", Text(), ""),
    Keyword("space", "option-def", Text(blank=False), "dhcp4"),
    Keyword("encapsulate", "option-def", Text(), ""),
    # --- classes
    Keyword("client-classes", "global", ListOfMaps("class")),
    Keyword("client-classes", "network subnet pool option-data", NAMES),
    Keyword("client-classes", "reservation", NAMES, []),
    Keyword("evaluate-additional-classes", "network subnet pool", NAMES),
    Keyword("name", "class", Text(blank=False), required=True),
    Keyword("test", "class", Text()),
    Keyword("template-test", "class", Text()),
    Keyword("only-in-additional-list", "class", FLAG, False),
    # --- reservations
    Keyword("reservations", "global subnet", ListOfMaps("reservation"), []),
    Keyword("hw-address", "reservation", Text(blank=False)),
    Keyword("duid", "reservation", Text(blank=False)),
    Keyword("client-id", "reservation", Text(blank=False)),
    Keyword("circuit-id", "reservation", Text(blank=False)),
    Keyword("flex-id", "reservation", Text(blank=False)),
    Keyword("ip-address", "reservation", Address()),
    Keyword("hostname", "reservation", Text(), ""),
    Keyword("reservations-global", GNS, FLAG, False),
    Keyword("reservations-in-subnet", GNS, FLAG, True),
    Keyword("reservations-out-of-pool", GNS, FLAG, False),
    Keyword("reservations-lookup-first", "global", FLAG, False),  # either order gives the same answers
    Keyword("early-global-reservations-lookup", "global", FLAG, False),
    Keyword("ip-reservations-unique", "global", FLAG, True),
    Keyword(
        "host-reservation-identifiers",
        "global",
        ListOf(Enum("hw-address", "duid", "circuit-id", "client-id", "flex-id"), least=1),
        ["hw-address", "duid", "circuit-id", "client-id"],
    ),
    # --- names in the DNS
    Keyword("hostname-char-set", DDNS, Text(), "[^A-Za-z0-9.-]"),
    Keyword("hostname-char-replacement", DDNS, Text(), ""),
    Keyword("ddns-send-updates", DDNS, FLAG, True),
    Keyword("ddns-override-no-update", DDNS, FLAG, False),
    Keyword("ddns-override-client-update", DDNS, FLAG, False),
    Keyword(
        "ddns-replace-client-name",
        DDNS,
        AnyCaseEnum("never", "always", "when-present", "when-not-present"),
        "never",
    ),
    Keyword("ddns-generated-prefix", DDNS, Text(), "myhost"),
    Keyword("ddns-qualifying-suffix", DDNS, Text(), ""),
    Keyword("ddns-update-on-renew", DDNS, FLAG, False),
    Keyword(
        "ddns-conflict-resolution-mode",
        DDNS,
        AnyCaseEnum("check-with-dhcid", "no-check-with-dhcid", "check-exists-with-dhcid", "no-check-without-dhcid"),
        "check-with-dhcid",
    ),
    Keyword("ddns-ttl-percent", DDNS, Real(zero=False, one=True)),
    Keyword("ddns-ttl", DDNS, NUMBER),
    Keyword("ddns-ttl-min", DDNS, NUMBER),
    Keyword("ddns-ttl-max", DDNS, NUMBER),
    Keyword("dhcp-ddns", "global", MapOf("dhcp-ddns")),
    Keyword("enable-updates", "dhcp-ddns", FLAG, False, required=True),
    Keyword("server-ip", "dhcp-ddns", Text(blank=False), "127.0.0.1"),
    Keyword("server-port", "dhcp-ddns", Integer(0, MAX16), 53001),
    Keyword("sender-ip", "dhcp-ddns", Text(), ""),
    Keyword("sender-port", "dhcp-ddns", Integer(0, MAX16), 0),
    Keyword("max-queue-size", "dhcp-ddns", NUMBER, 1024),
    Keyword("ncr-protocol", "dhcp-ddns", AnyCaseEnum("UDP"), "UDP"),
    Keyword("ncr-format", "dhcp-ddns", AnyCaseEnum("JSON"), "JSON"),
    # --- interfaces
    Keyword("interfaces-config", "global", MapOf("interfaces-config")),
    Keyword("interfaces", "interfaces-config", ListOf(Text(blank=False)), []),
    Keyword("dhcp-socket-type", "interfaces-config", Enum("raw", "udp"), "raw"),
    Keyword("outbound-interface", "interfaces-config", Enum("same-as-inbound", "use-routing"), "same-as-inbound"),
    Keyword("re-detect", "interfaces-config", FLAG, True),
    Keyword("service-sockets-require-all", "interfaces-config", FLAG, False),
    Keyword("service-sockets-max-retries", "interfaces-config", NUMBER, 0),
    Keyword("service-sockets-retry-wait-time", "interfaces-config", NUMBER, 5000),  # milliseconds
    # --- leases
    Keyword("lease-database", "global", MapOf("lease-database")),
    Keyword("type", "lease-database", Enum(*_LEASE_TYPES), "memfile", required=True),
    Keyword("name", "lease-database database", FileText(), ""),
    Keyword("persist", "lease-database", FLAG, True),
    Keyword("lfc-interval", "lease-database", NUMBER, 3600),
    Keyword("max-row-errors", "lease-database", NUMBER, 0),
    Keyword("expired-leases-processing", "global", MapOf("expired-leases-processing")),
    Keyword("reclaim-timer-wait-time", "expired-leases-processing", Integer(0, MAX16), 10),
    Keyword("flush-reclaimed-timer-wait-time", "expired-leases-processing", Integer(0, MAX16), 25),
    Keyword("hold-reclaimed-time", "expired-leases-processing", NUMBER, 3600),
    Keyword("max-reclaim-leases", "expired-leases-processing", NUMBER, 100),  # 0: no limit
    Keyword("max-reclaim-time", "expired-leases-processing", Integer(0, 10000), 250),  # ms
    Keyword("unwarned-reclaim-cycles", "expired-leases-processing", Integer(0, MAX16), 5),
    Keyword("sanity-checks", "global", MapOf("sanity-checks")),
    Keyword("lease-checks", "sanity-checks", Enum("none", "warn", "fix", "fix-del", "del"), "warn"),
    Keyword("extended-info-checks", "sanity-checks", Enum("none", "fix", "strict", "pedantic"), "fix"),
    # --- other databases
    Keyword("hosts-databases", "global", ListOfMaps("database")),
    Keyword("config-control", "global", MapOf("config-control"), effect=False),
    Keyword("config-databases", "config-control", ListOfMaps("database"), []),
    Keyword("config-fetch-wait-time", "config-control", Integer(0, MAX16), 30),
    Keyword("server-tag", "global", Text(), ""),
    Keyword("type", "database", Enum("mysql", "postgresql"), required=True),
    # which of these have an effect depends on the type of the lease database: config.databases
    Keyword("user", "lease-database database", Text(), effect=False),
    Keyword("password", "lease-database database", Text(), effect=False),
    Keyword("password-file", "lease-database database", Text(), effect=False),
    Keyword("host", "lease-database database", Text(), effect=False),
    Keyword("port", "lease-database database", Integer(0, MAX16), effect=False),
    Keyword("readonly", "lease-database database", FLAG, False, effect=False),
    Keyword("connect-timeout", "lease-database database", NUMBER, effect=False),
    Keyword("read-timeout", "lease-database database", NUMBER, effect=False),
    Keyword("write-timeout", "lease-database database", NUMBER, effect=False),
    Keyword("tcp-user-timeout", "lease-database database", NUMBER, effect=False),
    Keyword("max-reconnect-tries", "lease-database database", NUMBER, effect=False),
    Keyword("reconnect-wait-time", "lease-database database", NUMBER, effect=False),
    Keyword(
        "on-fail",
        "lease-database database",
        Enum("stop-retry-exit", "serve-retry-exit", "serve-retry-continue"),
        effect=False,
    ),
    Keyword("retry-on-startup", "lease-database database", FLAG, False, effect=False),
    Keyword("trust-anchor", "lease-database database", Text(), effect=False),
    Keyword("cert-file", "lease-database database", Text(), effect=False),
    Keyword("key-file", "lease-database database", Text(), effect=False),
    Keyword(
        "ssl-mode",
        "lease-database database",
        Enum("disable", "prefer", "require", "verify-ca", "verify-full"),
        effect=False,
    ),
    Keyword("cipher-list", "lease-database database", Text(), effect=False),
    Keyword("persist", "database", FLAG),
    Keyword("lfc-interval", "database", NUMBER),
    Keyword("max-row-errors", "database", NUMBER),
    # --- the process. Threads are Kea's way to use the machine; here there are none to set up.
    Keyword("multi-threading", "global", MapOf("multi-threading")),
    Keyword("enable-multi-threading", "multi-threading", FLAG, True, required=True),
    Keyword("thread-pool-size", "multi-threading", Integer(0, MAX16), 0, effect=False),
    Keyword("packet-queue-size", "multi-threading", Integer(0, MAX16), 64),
    Keyword("dhcp-queue-control", "global", MapOf("dhcp-queue-control")),
    Keyword("enable-queue", "dhcp-queue-control", FLAG, False, required=True),
    Keyword("queue-type", "dhcp-queue-control", Text(), "kea-ring4"),
    Keyword("capacity", "dhcp-queue-control", NUMBER, 64),
    Keyword("parked-packet-limit", "global", NUMBER, 256),
    Keyword("statistic-default-sample-count", "global", NUMBER, 20),
    Keyword("statistic-default-sample-age", "global", NUMBER, 0),
    Keyword("compatibility", "global", MapOf("compatibility")),
    Keyword("lenient-option-parsing", "compatibility", FLAG, False),
    Keyword("ignore-dhcp-server-identifier", "compatibility", FLAG, False),
    Keyword("ignore-rai-link-selection", "compatibility", FLAG, False),
    Keyword("exclude-first-last-24", "compatibility", FLAG, False),
    # --- hooks
    Keyword("hooks-libraries", "global", ListOfMaps("hook"), []),
    Keyword("library", "hook", FileText(blank=False), required=True),
    Keyword("parameters", "hook", Free(), {}),
    # --- logging
    Keyword("loggers", "global", ListOfMaps("logger"), []),
    Keyword("name", "logger", Text(), ROOT_LOGGER),
    Keyword("severity", "logger", Severity(), "INFO"),
    Keyword("debuglevel", "logger", Level(0, 99), 0),
    Keyword("output-options", "logger", ListOfMaps("output"), []),
    Keyword("output", "output", FileText(blank=False), required=True),
    Keyword("flush", "output", FLAG, True),  # lines leave at the end of each turn with either value
    Keyword("maxsize", "output", NUMBER, 10240000),  # bytes; below 204800 the file is never rotated
    Keyword("maxver", "output", NUMBER, 1),
    Keyword("pattern", "output", FileText(), ""),
    # --- control channels
    Keyword("control-sockets", "global", ListOfMaps("control-socket"), []),
    Keyword("socket-type", "control-socket", Enum("unix", "http", "https"), required=True),
    Keyword("socket-name", "control-socket", FileText()),
    Keyword("socket-address", "control-socket", Text(), "127.0.0.1"),
    Keyword("socket-port", "control-socket", Integer(0, MAX16), 8000),
    Keyword("authentication", "control-socket", MapOf("authentication")),
    Keyword("trust-anchor", "control-socket", FileText()),
    Keyword("cert-file", "control-socket", FileText()),
    Keyword("key-file", "control-socket", FileText()),
    Keyword("cert-required", "control-socket", FLAG, True),
    Keyword("http-headers", "control-socket", ListOfMaps("header"), []),
    Keyword("name", "header", Text(blank=False), required=True),
    Keyword("value", "header", Text(), required=True),
    Keyword("type", "authentication", Enum("basic"), "basic", required=True),
    Keyword("realm", "authentication", Text(), ""),
    Keyword("directory", "authentication", FileText(), ""),
    Keyword("clients", "authentication", ListOfMaps("client"), []),
    Keyword("user", "client", Text()),
    Keyword("user-file", "client", FileText()),
    Keyword("password", "client", Text()),
    Keyword("password-file", "client", FileText()),
)

ANYWHERE: Final = (Keyword("user-context", "", Free(), {}), Keyword("comment", "", Text()))

RENAMED: Final = (
    Renamed("client-class", "network subnet pool", "client-classes", "listed"),
    Renamed("require-client-classes", "network subnet pool", "evaluate-additional-classes"),
    Renamed("only-if-required", "class", "only-in-additional-list"),
    Renamed("control-socket", "global", "control-sockets", "listed"),
    Renamed("hosts-database", "global", "hosts-databases", "listed"),
    Renamed("output_options", "logger", "output-options"),
    Renamed("ip-address", "relay", "ip-addresses", "listed"),
    Renamed("ddns-use-conflict-resolution", DDNS, "ddns-conflict-resolution-mode", "conflict"),
)

GONE: Final = {
    "reservation-mode": "use reservations-global, reservations-in-subnet and reservations-out-of-pool",
}

SCOPES: Final[dict[str, dict[str, Keyword]]] = {
    scope: {row.name: row for row in (*ANYWHERE, *(row for row in KEYWORDS if scope in row.scopes.split()))}
    for scope in dict.fromkeys(scope for row in KEYWORDS for scope in row.scopes.split())
}

OLD_NAMES: Final[dict[str, dict[str, Renamed]]] = {
    scope: {row.old: row for row in RENAMED if scope in row.scopes.split()} for scope in SCOPES
}


def default(scope: str, name: str) -> Json:
    """Return the default of a keyword in a scope; None if it has none."""
    return SCOPES[scope][name].default
