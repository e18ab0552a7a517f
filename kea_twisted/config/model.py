"""Typed settings: what the rest of the server reads. Inheritance is resolved, options are bytes.

Created once per (re)configuration, never changed but for the host reservations. Field names are Kea's
keywords where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kea_twisted.config.hosts import Hosts
from kea_twisted.config.librarynames import PREFIX
from kea_twisted.config.optiondata import ConfiguredOption, OptionSet
from kea_twisted.errors import Place, Problem
from kea_twisted.expr.subject import Subject
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.optiondefs import OptionDefinition


@dataclass(frozen=True)
class Triplet:
    """A lifetime with the bounds a client may ask for, in seconds (min <= default <= max)."""

    minimum: int
    default: int
    maximum: int


@dataclass(frozen=True)
class ClientClass:
    """A class of clients. One without test and template is given by reservations or hook libraries.

    ``test`` indicates whether a packet belongs to it, ``template`` gives the name of the class that is spawned;
    both may raise EvaluationError.
    """

    name: str
    test: Callable[[Subject], bool] | None = None
    template: Callable[[Subject], bytes] | None = None
    depends_on_known: bool = False  # it can be told when the reservations have been looked up
    only_in_additional_list: bool = False
    options: tuple[ConfiguredOption, ...] = ()
    valid_lifetime: Triplet | None = None
    next_server: int = 0
    server_hostname: str = ""
    boot_file_name: str = ""
    offer_lifetime: int | None = None
    members: frozenset[str] = frozenset()  # the classes it refers to
    definitions: tuple[OptionDefinition, ...] = ()  # of its own, of options 43 and 224 to 254


@dataclass(frozen=True)
class NameRules:
    """Rules for clients' names. ``forbidden`` matches what ``hostname-char-set`` matches; None: nothing."""

    prefix: str = "myhost"  # of names made from addresses
    suffix: str = ""  # of names without a dot
    replaces_sent: bool = False  # the name of a client that sends one is replaced
    replaces_none: bool = False  # a client that sends none gets one
    forbidden: re.Pattern[str] | None = re.compile("[^A-Za-z0-9.-]")
    replacement: str = ""
    sends: bool = True  # ddns-send-updates; has no effect without dhcp-ddns
    overrides_no_update: bool = False  # names of clients that want no updates (flag N) are updated
    overrides_client_update: bool = False  # names that clients want to update themselves are updated
    on_renew: bool = False  # names are updated at every renewal, not only when they change
    mode: str = "check-with-dhcid"  # ddns-conflict-resolution-mode
    ttl: int = 0  # of the records in seconds; 0: from the lifetime of the lease
    ttl_percent: float = 0.0  # 0: a third of the lifetime (RFC 4702 section 5)
    ttl_min: int = 0
    ttl_max: int = 0


@dataclass(frozen=True)
class Pool:
    """A range of addresses, both ends included, and what is sent to clients in it."""

    first: int
    last: int
    pool_id: int
    options: OptionSet
    text: str
    user_context: Mapping[str, Json] = field(default_factory=dict)
    client_classes: tuple[str, ...] = ()  # only for members of one of these, when there are any
    additional_classes: tuple[str, ...] = ()  # looked at when an address of the pool was found
    names: NameRules | None = None  # where the pool has rules of its own

    def __contains__(self, address: int) -> bool:
        return self.first <= address <= self.last


@dataclass(frozen=True)
class Over6:
    """The clients over DHCPv6 that a subnet is for: those with one of these.

    ``interface`` is where the DHCPv6 server hears them, ``interface_id`` the option of their relay, ``prefix`` with
    ``length`` (None: there is none) that of their IPv6 addresses.
    """

    interface: str = ""
    interface_id: bytes = b""
    prefix: int = 0
    length: int | None = None


@dataclass(frozen=True)
class Subnet:
    """A subnet with everything it inherits from its shared network and the global level."""

    id: int
    prefix: int  # network address
    length: int
    mask: int
    text: str  # "10.0.0.0/24"
    pools: tuple[Pool, ...]
    options: OptionSet
    shared_network: str  # name, "" for a plain subnet
    interface: str
    relay_addresses: frozenset[int]
    valid_lifetime: Triplet
    renew_timer: int | None
    rebind_timer: int | None
    calculate_tee_times: bool
    t1_percent: float
    t2_percent: float
    match_client_id: bool
    authoritative: bool
    next_server: int
    server_hostname: str
    boot_file_name: str
    cache_threshold: float
    cache_max_age: int
    store_extended_info: bool
    allocator: str
    user_context: Mapping[str, Json] = field(default_factory=dict)
    reservations_global: bool = False
    reservations_in_subnet: bool = True
    reservations_out_of_pool: bool = False
    names: NameRules = NameRules()
    offer_lifetime: int = 0
    adaptive_lease_time_threshold: float = 1.0
    prefers_v6_only: bool = False  # option 108 is configured here or in the shared network
    client_classes: tuple[tuple[str, ...], ...] = ()  # only for members of one class of each of these
    additional_classes: tuple[str, ...] = ()  # its own, then those of its shared network
    over6: Over6 | None = None  # 4o6-interface, 4o6-interface-id, 4o6-subnet

    def __contains__(self, address: int) -> bool:
        return address & self.mask == self.prefix


@dataclass(frozen=True)
class SharedNetwork:
    """Subnets that share one link; ``subnets`` in the order of the file."""

    name: str
    interface: str
    relay_addresses: frozenset[int]
    subnets: tuple[Subnet, ...]
    authoritative: bool


@dataclass(frozen=True)
class InterfacesConfig:
    """``interfaces-config``. An entry of ``interfaces`` is ``name``, ``name/address`` or ``*``."""

    interfaces: tuple[str, ...] = ()
    dhcp_socket_type: str = "raw"
    outbound_interface: str = "same-as-inbound"
    re_detect: bool = True
    service_sockets_require_all: bool = False
    service_sockets_max_retries: int = 0
    service_sockets_retry_wait_time: int = 5000  # milliseconds
    packet_bound: int = 0  # packets that may wait for the server; 0: as many as the ports keep by themselves


@dataclass(frozen=True)
class LeaseDatabase:
    """``lease-database``; the fields behind ``type`` are memfile's, those of other types are in ``Settings.tree``.

    ``name`` is as configured ("" = the default file in the data folder).
    """

    type: str = "memfile"
    name: str = ""
    persist: bool = True
    lfc_interval: int = 3600
    max_row_errors: int = 0


@dataclass(frozen=True)
class DhcpDdns:
    """``dhcp-ddns``: where name change requests are sent to and from. ``sender_ip`` "" is any address."""

    enable_updates: bool = False
    server_ip: str = "127.0.0.1"
    server_port: int = 53001
    sender_ip: str = ""
    sender_port: int = 0  # 0: any
    max_queue_size: int = 1024

    @property
    def sender_address(self) -> str:
        """The address to send from; without ``sender-ip`` any address of the family of ``server-ip``."""
        return self.sender_ip or ("::" if ":" in self.server_ip else "0.0.0.0")

    @property
    def text(self) -> str:
        """The settings as Kea logs them."""
        return (
            f"enable_updates: yes, server-ip: {self.server_ip}, server-port: {self.server_port}, "
            f"sender-ip: {self.sender_address}, sender-port: {self.sender_port}, "
            f"max-queue-size: {self.max_queue_size}, ncr-protocol: UDP, ncr-format: JSON"
        )


@dataclass(frozen=True)
class ExpiredLeases:
    """``expired-leases-processing``; seconds, ``max_reclaim_time`` in milliseconds, 0 = no bound."""

    reclaim_timer_wait_time: int = 10
    flush_reclaimed_timer_wait_time: int = 25
    hold_reclaimed_time: int = 3600
    max_reclaim_leases: int = 100
    max_reclaim_time: int = 250
    unwarned_reclaim_cycles: int = 5


@dataclass(frozen=True)
class LogOutput:
    """One of ``output-options``: ``output`` is stdout, stderr, syslog, syslog:facility or a file name."""

    output: str
    flush: bool = True
    maxsize: int = 10240000
    maxver: int = 1
    pattern: str = ""


@dataclass(frozen=True)
class LoggerSettings:
    """One of ``loggers``."""

    name: str
    severity: str = "INFO"  # FATAL ERROR WARN INFO DEBUG NONE
    debuglevel: int = 0
    outputs: tuple[LogOutput, ...] = ()


def base_name(library: str) -> str:
    """Return the name of a library without folder and suffix."""
    return library.rsplit("/", 1)[-1].removesuffix(".so")


@dataclass(frozen=True)
class HookLibrary:
    """One of ``hooks-libraries``; ``parameters`` still knows its places (see ``config.text``)."""

    library: str  # as written
    parameters: Mapping[str, Json]
    place: Place | None = None

    @property
    def base_name(self) -> str:
        """``/usr/local/lib/kea/hooks/libdhcp_ha.so`` -> ``libdhcp_ha``."""
        return base_name(self.library)

    @property
    def is_keas(self) -> bool:
        """True for a library with a name of Kea's; all others are written in Python."""
        return self.base_name.startswith(PREFIX)


@dataclass(frozen=True)
class TlsFiles:
    """Certificates of a listener, in PEM files; ``cert_required``: clients show one, too.

    ``places`` are those of the three names, in their order.
    """

    trust_anchor: str
    cert_file: str
    key_file: str
    cert_required: bool = True
    places: tuple[Place | None, ...] = field(default=(None, None, None), compare=False)


@dataclass(frozen=True)
class ControlClient:
    """Credentials of an HTTP client: user and password, each as text or as the name of the file that holds it."""

    user: str = ""
    user_file: str = ""
    password: str = ""
    password_file: str = ""  # without a user: the file holds user:password
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Authentication:
    """HTTP's basic authentication. ``directory`` is where the files of the clients are."""

    realm: str
    directory: str = ""
    clients: tuple[ControlClient, ...] = ()


@dataclass(frozen=True)
class ControlSocket:
    """One of ``control-sockets``. ``kind`` is unix, http or https; TLS is used if ``tls`` is set."""

    kind: str
    name: str = ""  # of a unix socket, as written
    address: str = ""
    port: int = 0
    authentication: Authentication | None = None
    tls: TlsFiles | None = None
    headers: tuple[tuple[str, str], ...] = ()
    max_request: int = 0  # bytes of a request with credentials; 0: the default
    metrics: bool = False  # the page /metrics is switched on
    web: bool = False  # the pages for people are
    place: Place | None = field(default=None, compare=False)

    @property
    def is_open_to_all(self) -> bool:
        """True if any host that can reach the port may send commands."""
        known = self.authentication is not None and self.authentication.clients
        return self.kind != "unix" and not known and self.tls is None


@dataclass(frozen=True)
class Settings:
    """A whole configuration, ready for use."""

    tree: Mapping[str, Json]  # the Dhcp4 map as written, with today's keywords and every subnet's id
    interfaces_config: InterfacesConfig
    lease_database: LeaseDatabase
    expired_leases_processing: ExpiredLeases
    subnets: tuple[Subnet, ...]  # all of them, those of shared networks included, in the order of the file
    shared_networks: tuple[SharedNetwork, ...]
    options: OptionSet  # the global level alone
    loggers: tuple[LoggerSettings, ...]
    hooks_libraries: tuple[HookLibrary, ...]
    dhcp_ddns: DhcpDdns = field(default_factory=DhcpDdns)
    decline_probation_period: int = 86400
    echo_client_id: bool = True
    authoritative: bool = False
    match_client_id: bool = True
    next_server: int = 0
    server_hostname: str = ""
    boot_file_name: str = ""
    parked_packet_limit: int = 256
    statistic_default_sample_count: int = 20
    statistic_default_sample_age: int = 0
    lenient_option_parsing: bool = False
    ignore_dhcp_server_identifier: bool = False
    ignore_rai_link_selection: bool = False
    exclude_first_last_24: bool = False
    stash_agent_options: bool = False
    sanity_lease_checks: str = "warn"
    sanity_extended_info_checks: str = "fix"
    hosts: Hosts = field(default_factory=Hosts)  # the one part that changes while in force
    host_reservation_identifiers: tuple[str, ...] = ("hw-address", "duid", "circuit-id", "client-id")
    early_global_reservations_lookup: bool = False
    ip_reservations_unique: bool = True
    classes: tuple[ClientClass, ...] = ()
    option_level: tuple[ConfiguredOption, ...] = ()  # the entries behind ``options``
    option_classes: frozenset[str] = frozenset()  # those on which it depends which options are sent
    uses_classes: bool = False  # classes are defined, or something is for members of a class only
    control_sockets: tuple[ControlSocket, ...] = field(default_factory=tuple)
    warnings: tuple[Problem, ...] = ()
    no_effect: tuple[str, ...] = ()  # keywords that are configured and do nothing yet, each once
