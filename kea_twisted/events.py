"""The log vocabulary: Kea's message identifiers, one row each.

A row is an identifier, a severity, the logger's name below ``kea-dhcp4``, the text with ``{}`` for each argument in
order, and what it tells the administrator. Text is Kea's where tools or people's scripts read it. Code logs with
``if EVENT in log.enabled: log.emit(EVENT, argument, …)``: a disabled event costs one look-up in a set.
"""

from __future__ import annotations

from typing import Final

FATAL: Final = 50
ERROR: Final = 40
WARN: Final = 30
INFO: Final = 20
DEBUG: Final = 10

SEVERITY_NAMES: Final = {FATAL: "FATAL", ERROR: "ERROR", WARN: "WARN", INFO: "INFO", DEBUG: "DEBUG"}


class Event:
    """One kind of log message. Compared and hashed by identity, so that ``in log.enabled`` is cheap."""

    __slots__ = ("identifier", "severity", "debuglevel", "logger", "text", "meaning")

    def __init__(
        self, identifier: str, severity: int, logger: str, text: str, meaning: str = "", *, debuglevel: int = 0
    ) -> None:
        self.identifier = identifier
        self.severity = severity
        self.debuglevel = debuglevel  # only for DEBUG: 0 to 99, Kea uses 0, 10, 15, 40, 45, 50, 55
        self.logger = logger  # "dhcp4", "leases", "ha-hooks" …; "" is kea-dhcp4 itself
        self.text = text
        self.meaning = meaning

    def __repr__(self) -> str:
        return f"<Event {self.identifier}>"


# --- server life ------------------------------------------------------------------------------------------------
DHCP4_STARTING = Event(
    "DHCP4_STARTING", INFO, "dhcp4", "Kea DHCPv4 server version {} ({}) starting", "first line of every start"
)
DHCP4_STARTED = Event(
    "DHCP4_STARTED", INFO, "dhcp4", "Kea DHCPv4 server version {} started", "configured, sockets open, serving"
)
DHCP4_INIT_FAIL = Event(
    "DHCP4_INIT_FAIL", ERROR, "dhcp4", "failed to initialize Kea server: {}", "the process ends with a failure"
)
DHCP4_SHUTDOWN = Event("DHCP4_SHUTDOWN", INFO, "dhcp4", "server shutdown", "the process ends as it was told to")
DHCP4_DYNAMIC_RECONFIGURATION = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION", INFO, "dhcp4", "initiate server reconfiguration using file: {}", "HUP or command"
)
DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", INFO, "dhcp4",
    "dynamic server reconfiguration succeeded with file: {}", "the new configuration is in force",
)
DHCP4_DYNAMIC_RECONFIGURATION_FAIL = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION_FAIL", ERROR, "dhcp4",
    "dynamic server reconfiguration failed with file: {}", "the old configuration stays in force",
)

# --- configuration ----------------------------------------------------------------------------------------------
DHCP4_CONFIG_COMPLETE = Event(
    "DHCP4_CONFIG_COMPLETE", INFO, "dhcp4", "DHCPv4 server has completed configuration: {}", "what is in force now"
)
DHCP4_CONFIG_LOAD_FAIL = Event(
    "DHCP4_CONFIG_LOAD_FAIL", ERROR, "dhcp4", "configuration error using file: {}, reason: {}",
    "one line for each thing that is wrong, with its place",
)
DHCP4_CONFIG_WARNING = Event(
    "DHCP4_CONFIG_WARNING", WARN, "dhcp4", "configuration: {}", "tolerated, but probably not what was meant"
)
DHCP4_CONFIG_NO_EFFECT = Event(
    "DHCP4_CONFIG_NO_EFFECT", WARN, "dhcp4", "these configured keywords have no effect in this version: {}",
    "they are known and checked, but nothing reads them yet",
)

# --- packets ----------------------------------------------------------------------------------------------------
DHCP4_QUERY_LABEL = Event(
    "DHCP4_QUERY_LABEL", INFO, "dhcp4", "received query: {}", "a query was understood; who sent it"
)
DHCP4_PACKET_RECEIVED = Event(
    "DHCP4_PACKET_RECEIVED", INFO, "packets",
    "{}: {} (type {}) received from {} to {} on interface {}", "a query was accepted for processing",
)
DHCP4_PACKET_SEND = Event(
    "DHCP4_PACKET_SEND", INFO, "packets",
    "{}: trying to send packet {} (type {}) from {}:{} to {}:{} on interface {}", "an answer leaves",
)
DHCP4_PACKET_PROCESS_STD_EXCEPTION = Event(
    "DHCP4_PACKET_PROCESS_STD_EXCEPTION", ERROR, "packets",
    "{}: exception occurred during packet processing: {}", "a fault of this server; the query is dropped",
)
DHCP4_PACKET_DROP_0001 = Event(
    "DHCP4_PACKET_DROP_0001", DEBUG, "bad-packets",
    "{}: failed to parse packet from {} to {}, received over interface {}, reason: {}, {}",
    "a datagram that is no DHCPv4 message", debuglevel=15,
)
DHCP4_PACKET_DROP_0002 = Event(
    "DHCP4_PACKET_DROP_0002", DEBUG, "bad-packets",
    "{}, from interface {}: no suitable subnet configured for a direct client",
    "an INFORM that says neither by its source nor by ciaddr where the client is", debuglevel=15,
)
DHCP4_PACKET_DROP_0003 = Event(
    "DHCP4_PACKET_DROP_0003", DEBUG, "bad-packets",
    "{}, from interface {}: it contains a foreign server identifier", "the client chose another server", debuglevel=15,
)
DHCP4_PACKET_DROP_0005 = Event(
    "DHCP4_PACKET_DROP_0005", DEBUG, "bad-packets",
    "{}: unrecognized type {} in option 53", "a type of message nobody has defined", debuglevel=15,
)
DHCP4_PACKET_DROP_0006 = Event(
    "DHCP4_PACKET_DROP_0006", DEBUG, "bad-packets",
    "{}: unsupported DHCPv4 message type {}", "a type of message that is not sent to servers", debuglevel=15,
)
DHCP4_PACKET_DROP_0007 = Event(
    "DHCP4_PACKET_DROP_0007", DEBUG, "bad-packets",
    "{}: failed to process packet: {}", "the query contradicts the RFC", debuglevel=15,
)
DHCP4_PACKET_DROP_0008 = Event(
    "DHCP4_PACKET_DROP_0008", DEBUG, "bad-packets",
    "{}: DHCP service is globally disabled", "a command or the HA state switched the service off", debuglevel=15,
)
DHCP4_PACKET_DROP_0009 = Event(
    "DHCP4_PACKET_DROP_0009", DEBUG, "bad-packets",
    "{}: Option 53 missing (no DHCP message type), is this a BOOTP packet?", "BOOTP is not served", debuglevel=15,
)
DHCP4_PACKET_DROP_0010 = Event(
    "DHCP4_PACKET_DROP_0010", DEBUG, "packets",
    "{}: dropped as member of the special class 'DROP': hwaddr={}, local_address={}, remote_address={},",
    "a class of the configuration keeps the client out", debuglevel=40,
)
DHCP4_PACKET_DROP_0013 = Event(
    "DHCP4_PACKET_DROP_0013", DEBUG, "packets",
    "{}: dropped as member of the special class 'DROP' after host reservation lookup: hwaddr={}, local_address={}, "
    "remote_address={},",
    "a reservation, or a class that depends on it, keeps the client out", debuglevel=40,
)
DHCP4_PACKET_DROP_0014 = Event(
    "DHCP4_PACKET_DROP_0014", DEBUG, "packets",
    "{}: dropped as member of the special class 'DROP' after early global host reservations lookup: hwaddr={}, "
    "local_address={}, remote_address={},",
    "a global reservation keeps the client out", debuglevel=40,
)
DHCP4_CLASS_ASSIGNED = Event(
    "DHCP4_CLASS_ASSIGNED", DEBUG, "dhcp4",
    "{}: client packet has been assigned to the following class: {}", "KNOWN or UNKNOWN", debuglevel=40,
)
DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION = Event(
    "DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION", DEBUG, "dhcp4",
    "{}: client packet has been assigned to the following classes: {}", "all but the additional ones", debuglevel=40,
)
DHCP4_CLASSES_ASSIGNED = Event(
    "DHCP4_CLASSES_ASSIGNED", DEBUG, "dhcp4",
    "{}: client packet has been assigned on {} message to the following classes: {}",
    "all classes, in the order in which they count", debuglevel=40,
)
DHCP4_ADDITIONAL_CLASS_EVAL_ERROR = Event(
    "DHCP4_ADDITIONAL_CLASS_EVAL_ERROR", ERROR, "dhcp4", "{}: Expression '{}' evaluated to {}",
    "the test of an additional class could not be evaluated: the client is not in it",
)
DHCP4_ADDITIONAL_CLASS_EVAL_RESULT = Event(
    "DHCP4_ADDITIONAL_CLASS_EVAL_RESULT", DEBUG, "dhcp4", "{}: Expression '{}' evaluated to {}",
    "the test of a class listed in evaluate-additional-classes", debuglevel=40,
)
DHCP4_ADDITIONAL_CLASS_NO_TEST = Event(
    "DHCP4_ADDITIONAL_CLASS_NO_TEST", DEBUG, "dhcp4",
    "additional class {} has no test expression, adding it to client's classes unconditionally", "", debuglevel=40,
)
DHCP4_ADDITIONAL_CLASS_UNDEFINED = Event(
    "DHCP4_ADDITIONAL_CLASS_UNDEFINED", DEBUG, "dhcp4", "additional class {} has no definition",
    "evaluate-additional-classes names a class that is not there", debuglevel=40,
)
DHCPSRV_EVAL_ERROR = Event(
    "DHCPSRV_EVAL_ERROR", ERROR, "dhcpsrv", "{}: Expression '{}' evaluated to {}",
    "the test of a class could not be evaluated: the client is not in it",
)
DHCPSRV_EVAL_RESULT = Event(
    "DHCPSRV_EVAL_RESULT", DEBUG, "dhcpsrv", "{}: Expression '{}' evaluated to {}", "the test of a class",
    debuglevel=50,
)
DHCPSRV_TEMPLATE_EVAL_ERROR = Event(
    "DHCPSRV_TEMPLATE_EVAL_ERROR", ERROR, "dhcpsrv", "{}: Expression '{}' evaluated to {}",
    "the template-test of a class could not be evaluated: no class is spawned",
)
DHCPSRV_TEMPLATE_EVAL_RESULT = Event(
    "DHCPSRV_TEMPLATE_EVAL_RESULT", DEBUG, "dhcpsrv", "{}: Expression '{}' evaluated to {}",
    "the template-test of a class", debuglevel=50,
)
DHCP4_PACKET_NAK_0001 = Event(
    "DHCP4_PACKET_NAK_0001", ERROR, "bad-packets",
    "{}: failed to select a subnet for incoming packet, src {}, type {}", "no subnet of ours fits the client's network",
)
DHCP4_PACKET_NAK_0002 = Event(
    "DHCP4_PACKET_NAK_0002", DEBUG, "bad-packets",
    "{}: invalid address {} requested by INIT-REBOOT", "a client of ours came back with an address it does not hold",
    debuglevel=50,
)
DHCP4_PACKET_NAK_0003 = Event(
    "DHCP4_PACKET_NAK_0003", DEBUG, "bad-packets",
    "{}: failed to advertise a lease, client sent ciaddr {}, requested-ip-address {}",
    "no address could be offered; nothing is sent", debuglevel=50,
)
DHCP4_PACKET_NAK_0004 = Event(
    "DHCP4_PACKET_NAK_0004", DEBUG, "bad-packets",
    "{}: failed to grant a lease, client sent ciaddr {}, requested-ip-address {}",
    "the address asked for cannot be given to this client", debuglevel=50,
)
DHCP4_UNKNOWN_ADDRESS_REQUESTED = Event(
    "DHCP4_UNKNOWN_ADDRESS_REQUESTED", DEBUG, "bad-packets",
    "{}: client requested an unknown address, client sent ciaddr {}, requested-ip-address {}",
    "another server may have given it: silence", debuglevel=50,
)
DHCP4_NO_LEASE_INIT_REBOOT = Event(
    "DHCP4_NO_LEASE_INIT_REBOOT", DEBUG, "bad-packets",
    "{}: no lease for address {} requested by INIT-REBOOT client",
    "another server may know this client: silence, as this one is not authoritative", debuglevel=50,
)
DHCP4_SUBNET_SELECTED = Event(
    "DHCP4_SUBNET_SELECTED", DEBUG, "packets",
    "{}: the subnet with ID {} was selected for client assignments", "", debuglevel=45,
)
DHCP4_SUBNET_SELECTION_FAILED = Event(
    "DHCP4_SUBNET_SELECTION_FAILED", DEBUG, "packets", "{}: failed to select subnet for the client",
    "no subnet of ours fits the client's network", debuglevel=50,
)
DHCP4_SUBNET_DYNAMICALLY_CHANGED = Event(
    "DHCP4_SUBNET_DYNAMICALLY_CHANGED", DEBUG, "packets",
    "{}: changed selected subnet {} to subnet {} from shared network {} for client assignments", "", debuglevel=45,
)
DHCP4_INFORM_DIRECT_REPLY = Event(
    "DHCP4_INFORM_DIRECT_REPLY", DEBUG, "packets",
    "{}: DHCPACK in reply to the DHCPINFORM will be sent directly to {} over {}", "the relay is passed by",
    debuglevel=50,
)

# --- leases -----------------------------------------------------------------------------------------------------
DHCP4_DISCOVER = Event(
    "DHCP4_DISCOVER", DEBUG, "leases", "{}: server is processing DHCPDISCOVER with hint={}", "", debuglevel=50
)
DHCP4_REQUEST = Event(
    "DHCP4_REQUEST", DEBUG, "leases", "{}: server is processing DHCPREQUEST with hint={}", "", debuglevel=50
)
DHCP4_INIT_REBOOT = Event(
    "DHCP4_INIT_REBOOT", INFO, "leases",
    "{}: client is in INIT-REBOOT state and requests address {}", "a client came back and remembers its address",
)
DHCP4_LEASE_OFFER = Event("DHCP4_LEASE_OFFER", INFO, "leases", "{}: lease {} will be offered", "nothing is stored yet")
DHCP4_LEASE_ALLOC = Event(
    "DHCP4_LEASE_ALLOC", INFO, "leases", "{}: lease {} has been allocated for {} seconds", "the client holds it now"
)
DHCP4_LEASE_REUSE = Event(
    "DHCP4_LEASE_REUSE", INFO, "leases", "{}: lease {} has been reused for {} seconds",
    "asked again soon (cache-threshold, cache-max-age): confirmed as it was, nothing is written",
)
DHCP4_RELEASE = Event("DHCP4_RELEASE", INFO, "leases", "{}: address {} was released properly.", "the client gave it up")
DHCP4_RELEASE_EXPIRED = Event(
    "DHCP4_RELEASE_EXPIRED", INFO, "leases", "{}: address {} expired on release.",
    "kept for a while, so that the client may get it again",
)
DHCP4_RELEASE_DELETED = Event(
    "DHCP4_RELEASE_DELETED", INFO, "leases", "{}: address {} was deleted on release.", "anybody may get it"
)
DHCP4_RELEASE_FAIL_NO_LEASE = Event(
    "DHCP4_RELEASE_FAIL_NO_LEASE", DEBUG, "leases",
    "{}: client is trying to release non-existing lease {}", "", debuglevel=50,
)
DHCP4_RELEASE_FAIL_WRONG_CLIENT = Event(
    "DHCP4_RELEASE_FAIL_WRONG_CLIENT", DEBUG, "leases",
    "{}: client is trying to release the lease {} which belongs to a different client", "", debuglevel=50,
)
DHCP4_RELEASE_FAIL_NOT_ASSIGNED = Event(
    "DHCP4_RELEASE_FAIL_NOT_ASSIGNED", DEBUG, "leases",
    "{}: client is trying to release the lease {} which is in the {} state", "", debuglevel=50,
)
DHCP4_DECLINE_LEASE = Event(
    "DHCP4_DECLINE_LEASE", INFO, "leases",
    "Received DHCPDECLINE for addr {} from client {}. The lease will be unavailable for {} seconds.",
    "the client found somebody else using the address",
)
DHCP4_DECLINE_LEASE_NOT_FOUND = Event(
    "DHCP4_DECLINE_LEASE_NOT_FOUND", WARN, "dhcp4",
    "Received DHCPDECLINE for addr {} from client {}, but no such lease found.", "ignored",
)
DHCP4_DECLINE_LEASE_MISMATCH = Event(
    "DHCP4_DECLINE_LEASE_MISMATCH", WARN, "dhcp4",
    "Received DHCPDECLINE for addr {} from client {}, but the data doesn't match: received hwaddr: {}, lease hwaddr: {}"
    ", received client-id: {}, lease client-id: {}",
    "ignored: the lease is another client's",
)
ALLOC_ENGINE_V4_ALLOC_FAIL = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL", WARN, "alloc-engine",
    "{}: failed to allocate an IPv4 address after {} attempt(s)", "every address of the pools is taken",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET", WARN, "alloc-engine",
    "{}: failed to allocate an IPv4 lease in the subnet {}, subnet-id {}, shared network {}", "where it failed",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK", WARN, "alloc-engine",
    "{}: failed to allocate an IPv4 address in the shared network {}: {} subnets have no available addresses,"
    " {} subnets have no matching pools", "where it failed",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS", WARN, "alloc-engine",
    "{}: no pools were available for the address allocation", "the subnet has no pool",
)
ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES = Event(
    "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES", WARN, "alloc-engine",
    "{}: Failed to allocate an IPv4 address for client with classes: {}", "whom it failed for",
)
ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT = Event(
    "ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT", WARN, "alloc-engine",
    "{}: conflicting reservation for address {} with existing lease {}",
    "the address reserved for this client is leased to another one; it is offered a different one until that ends",
)
ALLOC_ENGINE_V4_DECLINED_RECOVERED = Event(
    "ALLOC_ENGINE_V4_DECLINED_RECOVERED", INFO, "alloc-engine",
    "IPv4 address {} was recovered after {} seconds of probation-period", "a declined address can be given out again",
)
ALLOC_ENGINE_LEASE_RECLAIMED = Event(
    "ALLOC_ENGINE_LEASE_RECLAIMED", DEBUG, "alloc-engine", "successfully reclaimed lease {}", "", debuglevel=40
)
ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW = Event(
    "ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW", WARN, "alloc-engine",
    "expired leases still exist after {} reclamations", "more leases expire than max-reclaim-leases lets go",
)
ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE = Event(
    "ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE", DEBUG, "alloc-engine", "reclaimed {} leases", "",
    debuglevel=40,
)
ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE = Event(
    "ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE", DEBUG, "alloc-engine",
    "successfully deleted {} expired-reclaimed leases", "", debuglevel=40,
)
DHCP4_LEASE_SAVE_FAILED = Event(
    "DHCP4_LEASE_SAVE_FAILED", ERROR, "leases", "{} changes could not be written to the lease file: {}",
    "no ACK leaves until the lease file can be written again",
)

# --- lease file -------------------------------------------------------------------------------------------------
DHCPSRV_MEMFILE_DB = Event(
    "DHCPSRV_MEMFILE_DB", INFO, "dhcpsrv", "opening memory file lease database: {}", "once per configuration"
)
DHCPSRV_MEMFILE_NO_STORAGE = Event(
    "DHCPSRV_MEMFILE_NO_STORAGE", WARN, "dhcpsrv",
    "running in non-persistent mode, leases will be lost after restart", "persist is false",
)
DHCPSRV_MEMFILE_FAILED_TO_OPEN = Event(
    "DHCPSRV_MEMFILE_FAILED_TO_OPEN", ERROR, "dhcpsrv", "Could not open lease file: {}", "the server does not start"
)
DHCPSRV_MEMFILE_LEASE_FILE_LOAD = Event(
    "DHCPSRV_MEMFILE_LEASE_FILE_LOAD", INFO, "dhcpsrv", "loading leases from file {}", "one of up to three files"
)
DHCPSRV_LEASE_SANITY_FAIL = Event(
    "DHCPSRV_LEASE_SANITY_FAIL", WARN, "dhcpsrv",
    "The lease {} with subnet-id {} failed subnet-id checks ({}).", "sanity-checks says that it stays as it is",
)
DHCPSRV_LEASE_SANITY_FAIL_DISCARD = Event(
    "DHCPSRV_LEASE_SANITY_FAIL_DISCARD", INFO, "dhcpsrv",
    "The lease {} with subnet-id {} failed subnet-id checks ({}) and was dropped.", "as sanity-checks says",
)
DHCPSRV_LEASE_SANITY_FIXED = Event(
    "DHCPSRV_LEASE_SANITY_FIXED", INFO, "dhcpsrv",
    "The lease {} with subnet-id {} failed subnet-id checks, but was corrected to subnet-id {}.",
    "as sanity-checks says",
)
DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR = Event(
    "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR", ERROR, "dhcpsrv", "discarding row {}, error: {}",
    "this row is lost and no other; the last row of a file may have been cut off when a server was killed",
)
DHCPSRV_MEMFILE_NEEDS_UPGRADING = Event(
    "DHCPSRV_MEMFILE_NEEDS_UPGRADING", WARN, "dhcpsrv",
    "version of lease file: {} schema is earlier than version {}", "it is converted at once",
)
DHCPSRV_MEMFILE_NEEDS_DOWNGRADING = Event(
    "DHCPSRV_MEMFILE_NEEDS_DOWNGRADING", WARN, "dhcpsrv",
    "version of lease file: {} schema is later than version {}", "columns that are not known here are dropped",
)
DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES = Event(
    "DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES", WARN, "dhcpsrv",
    "running LFC now to convert lease files to the current schema: {}", "files of another version of Kea",
)
DHCPSRV_MEMFILE_LFC_SETUP = Event(
    "DHCPSRV_MEMFILE_LFC_SETUP", INFO, "dhcpsrv", "setting up the Lease File Cleanup interval to {} sec", ""
)
DHCPSRV_MEMFILE_LFC_START = Event(
    "DHCPSRV_MEMFILE_LFC_START", INFO, "dhcpsrv", "starting Lease File Cleanup", "every lfc-interval"
)
DHCPSRV_MEMFILE_LFC_EXECUTE = Event(
    "DHCPSRV_MEMFILE_LFC_EXECUTE", INFO, "dhcpsrv", "executing Lease File Cleanup using: {}", "the command line"
)
DHCPSRV_MEMFILE_LFC_WAIT = Event(
    "DHCPSRV_MEMFILE_LFC_WAIT", INFO, "dhcpsrv", "waiting for the lease file cleanup of process {} to end",
    "an earlier server was killed while its files were cleaned; Kea would not start",
)
DHCPSRV_MEMFILE_LFC_SPAWN_FAIL = Event(
    "DHCPSRV_MEMFILE_LFC_SPAWN_FAIL", ERROR, "dhcpsrv",
    "lease file cleanup failed to run because its process couldn't be spawned: {}", "tried again after lfc-interval",
)
DHCPSRV_MEMFILE_LFC_FAIL = Event(
    "DHCPSRV_MEMFILE_LFC_FAIL", ERROR, "dhcpsrv", "lease file cleanup failed: {}",
    "no lease is lost, the files only grow; tried again after lfc-interval",
)
DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL = Event(
    "DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL", ERROR, "dhcpsrv",
    "failed to rename the current lease file {} to {}, reason: {}",
    "leases go on being written to the current file; tried again after lfc-interval",
)

# --- sockets ----------------------------------------------------------------------------------------------------
DHCP4_OPEN_SOCKET = Event(
    "DHCP4_OPEN_SOCKET", DEBUG, "dhcp4", "opening service sockets on port {}", "start or reconfiguration"
)
DHCP4_OPEN_SOCKETS_FAILED = Event(
    "DHCP4_OPEN_SOCKETS_FAILED", INFO, "dhcp4",
    "maximum number of open service sockets attempts: {}, has been exhausted without success",
    "some configured interface is not listened on; it will be as soon as it becomes usable",
)
DHCPSRV_OPEN_SOCKET_FAIL = Event(
    "DHCPSRV_OPEN_SOCKET_FAIL", WARN, "dhcpsrv", "failed to open socket: {}", "one interface, and why"
)
DHCPSRV_NO_SOCKETS_OPEN = Event(
    "DHCPSRV_NO_SOCKETS_OPEN", WARN, "dhcpsrv", "no interface configured to listen to DHCP traffic",
    "the server is deaf: nothing it is to listen on can be used now",
)
DHCPSRV_CFGMGR_ADD_IFACE = Event(
    "DHCPSRV_CFGMGR_ADD_IFACE", INFO, "dhcpsrv", "listening on interface {}", "an entry of interfaces-config"
)
DHCPSRV_CFGMGR_USE_ADDRESS = Event(
    "DHCPSRV_CFGMGR_USE_ADDRESS", INFO, "dhcpsrv", "listening on address {}, on interface {}",
    "an entry of interfaces-config that names an address",
)
DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE = Event(
    "DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE", DEBUG, "dhcpsrv", "enabling listening on all interfaces",
    "the entry * of interfaces-config", debuglevel=40,
)
DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT = Event(
    "DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", INFO, "dhcpsrv", "using socket type {}", "dhcp-socket-type"
)
DHCPSRV_INTERFACE_OPENED = Event(
    "DHCPSRV_INTERFACE_OPENED", INFO, "dhcpsrv", "interface {} can be used now, listening on {}",
    "an interface or its address appeared or changed while the server runs; ours, unknown to Kea",
)
DHCPSRV_INTERFACE_LOST = Event(
    "DHCPSRV_INTERFACE_LOST", WARN, "dhcpsrv", "interface {} is gone, no longer listening on it",
    "an interface disappeared while the server runs; ours, unknown to Kea",
)
DHCP4_BUFFER_RECEIVED = Event(
    "DHCP4_BUFFER_RECEIVED", DEBUG, "packets", "received buffer from {}:{} to {}:{} over interface {}",
    "a datagram arrived, nobody has looked into it yet", debuglevel=15,
)
DHCP4_BUFFER_RECEIVE_FAIL = Event(
    "DHCP4_BUFFER_RECEIVE_FAIL", DEBUG, "packets", "error on attempt to receive packet: {}",
    "a socket error, or a frame with wrong checksums or sizes", debuglevel=15,
)
DHCP4_PACKET_SEND_FAIL = Event(
    "DHCP4_PACKET_SEND_FAIL", ERROR, "packets", "{}: failed to send DHCPv4 packet: {}", "an answer was lost"
)

# --- commands and HTTP ------------------------------------------------------------------------------------------
COMMAND_RECEIVED = Event(
    "COMMAND_RECEIVED", INFO, "commands", "Received command '{}'", "about to be carried out"
)
COMMAND_PROCESS_ERROR1 = Event(
    "COMMAND_PROCESS_ERROR1", WARN, "commands",
    "Error while processing command: {}",
    "what came over the unix socket is no JSON; the sender is told the same",
)
COMMAND_PROCESS_ERROR2 = Event(
    "COMMAND_PROCESS_ERROR2", WARN, "commands",
    "Error while processing command: {}",
    "malformed; the sender is told the same",
)
COMMAND_FAILED_UNEXPECTEDLY = Event(
    "COMMAND_FAILED_UNEXPECTEDLY", ERROR, "commands",
    "command '{}' failed unexpectedly: {}",
    "a bug of ours, with traceback; the sender is told that it failed",
)
COMMAND_ACCEPTOR_START = Event(
    "COMMAND_ACCEPTOR_START", INFO, "commands",
    "Starting to accept connections via unix domain socket bound to {}",
    "control commands can come in here",
)
COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST = Event(
    "COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST", INFO, "commands",
    "Closed command socket by foreign host, {}",
    "a client of the unix socket left before its command was complete",
)
COMMAND_SOCKET_CONNECTION_TIMEOUT = Event(
    "COMMAND_SOCKET_CONNECTION_TIMEOUT", INFO, "commands",
    "Timeout occurred for connection over the unix socket, {}",
    "a command did not arrive as a whole, or an answer was not taken",
)
COMMAND_SOCKET_OPEN_FAIL = Event(
    "COMMAND_SOCKET_OPEN_FAIL", ERROR, "commands",
    "control socket cannot be opened: {}",
    "no commands can come in there; it is tried again",
)
COMMAND_HTTP_SOCKET_SECURITY_WARNING = Event(
    "COMMAND_HTTP_SOCKET_SECURITY_WARNING", WARN, "commands",
    "anybody can send commands to the control socket at {}: it has neither authentication nor TLS",
    "-X allows it",
)
HTTP_COMMAND_MGR_SERVICE_STARTED = Event(
    "HTTP_COMMAND_MGR_SERVICE_STARTED", INFO, "commands",
    "started {} service bound to address: {} port: {}",
    "control commands can come in here",
)
HTTP_COMMAND_MGR_SERVICE_STOPPING = Event(
    "HTTP_COMMAND_MGR_SERVICE_STOPPING", INFO, "commands",
    "Server is stopping {} service bound to address {} port {}",
    "",
)
COMMAND_HTTP_LISTENER_STARTED = Event(
    "COMMAND_HTTP_LISTENER_STARTED", DEBUG, "commands",
    "Command HTTP listener started with {} threads, listening on address: {} port: {}, use TLS: {}",
    "", debuglevel=10,
)
COMMAND_HTTP_LISTENER_STOPPED = Event(
    "COMMAND_HTTP_LISTENER_STOPPED", DEBUG, "commands",
    "Command HTTP listener for address: {} port: {} stopped.",
    "", debuglevel=10,
)
COMMAND_HTTP_LISTENER_COMMAND_REJECTED = Event(
    "COMMAND_HTTP_LISTENER_COMMAND_REJECTED", DEBUG, "commands",
    "Command HTTP listener rejected command '{}' from '{}'",
    "not in the list of what a partner may ask; it got 403", debuglevel=10,
)
HOST_CMDS_RESERV_ADD = Event(
    "HOST_CMDS_RESERV_ADD", INFO, "host-cmds-hooks", "reservation-add command called (parameters: {})", ""
)
HOST_CMDS_RESERV_ADD_SUCCESS = Event(
    "HOST_CMDS_RESERV_ADD_SUCCESS", INFO, "host-cmds-hooks",
    "reservation-add command success (parameters: {})", "",
)
HOST_CMDS_RESERV_ADD_FAILED = Event(
    "HOST_CMDS_RESERV_ADD_FAILED", ERROR, "host-cmds-hooks",
    "reservation-add command failed (parameters: {}, reason: {})", "nothing has changed",
)
HOST_CMDS_RESERV_DEL = Event(
    "HOST_CMDS_RESERV_DEL", INFO, "host-cmds-hooks", "reservation-del command called (parameters: {})", ""
)
HOST_CMDS_RESERV_DEL_SUCCESS = Event(
    "HOST_CMDS_RESERV_DEL_SUCCESS", INFO, "host-cmds-hooks",
    "reservation-del command success (parameters: {})", "",
)
HOST_CMDS_RESERV_DEL_FAILED = Event(
    "HOST_CMDS_RESERV_DEL_FAILED", ERROR, "host-cmds-hooks",
    "reservation-del command failed (parameters: {}, reason: {})", "nothing has changed",
)
HOST_CMDS_RESERV_UPDATE = Event(
    "HOST_CMDS_RESERV_UPDATE", INFO, "host-cmds-hooks", "reservation-update command called (parameters: {})", ""
)
HOST_CMDS_RESERV_UPDATE_SUCCESS = Event(
    "HOST_CMDS_RESERV_UPDATE_SUCCESS", INFO, "host-cmds-hooks",
    "reservation-update command success (parameters: {})", "",
)
HOST_CMDS_RESERV_UPDATE_FAILED = Event(
    "HOST_CMDS_RESERV_UPDATE_FAILED", ERROR, "host-cmds-hooks",
    "reservation-update command failed (parameters: {}, reason: {})", "nothing has changed",
)
LEASE_CMDS_INIT_OK = Event(
    "LEASE_CMDS_INIT_OK", INFO, "lease-cmds-hooks",
    "loading Lease Commands hooks library successful",
    "the lease commands are there",
)
LEASE_CMDS_DEINIT_OK = Event(
    "LEASE_CMDS_DEINIT_OK", INFO, "lease-cmds-hooks",
    "unloading Lease Commands hooks library successful",
    "the lease commands are gone",
)
LEASE_CMDS_ADD4 = Event(
    "LEASE_CMDS_ADD4", DEBUG, "lease-cmds-hooks",
    "lease4-add command successful (address: {})",
    "", debuglevel=20,
)
LEASE_CMDS_ADD4_CONFLICT = Event(
    "LEASE_CMDS_ADD4_CONFLICT", WARN, "lease-cmds-hooks",
    "lease4-add command failed due to conflict (parameters: {}, reason: {})",
    "the lease exists or fits no subnet",
)
LEASE_CMDS_ADD4_FAILED = Event(
    "LEASE_CMDS_ADD4_FAILED", ERROR, "lease-cmds-hooks",
    "lease4-add command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
LEASE_CMDS_UPDATE4 = Event(
    "LEASE_CMDS_UPDATE4", DEBUG, "lease-cmds-hooks",
    "lease4-update command successful (address: {})",
    "", debuglevel=20,
)
LEASE_CMDS_UPDATE4_CONFLICT = Event(
    "LEASE_CMDS_UPDATE4_CONFLICT", WARN, "lease-cmds-hooks",
    "lease4-update command failed due to conflict (parameters: {}, reason: {})",
    "the lease is not there or fits no subnet: do both partners have the same subnets?",
)
LEASE_CMDS_UPDATE4_FAILED = Event(
    "LEASE_CMDS_UPDATE4_FAILED", ERROR, "lease-cmds-hooks",
    "lease4-update command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
LEASE_CMDS_DEL4 = Event(
    "LEASE_CMDS_DEL4", DEBUG, "lease-cmds-hooks",
    "lease4-del command successful (address: {})",
    "", debuglevel=20,
)
LEASE_CMDS_DEL4_FAILED = Event(
    "LEASE_CMDS_DEL4_FAILED", ERROR, "lease-cmds-hooks",
    "lease4-del command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
LEASE_CMDS_GET4_FAILED = Event(
    "LEASE_CMDS_GET4_FAILED", ERROR, "lease-cmds-hooks",
    "lease4-get command failed (parameters: {}, reason: {})",
    "the arguments are wrong",
)
LEASE_CMDS_WIPE4 = Event(
    "LEASE_CMDS_WIPE4", INFO, "lease-cmds-hooks",
    "lease4-wipe command successful (parameters: {})",
    "many leases are gone",
)
LEASE_CMDS_WIPE4_FAILED = Event(
    "LEASE_CMDS_WIPE4_FAILED", ERROR, "lease-cmds-hooks",
    "lease4-wipe command failed (parameters: {}, reason: {})",
    "the arguments are wrong, or the lease file cannot be written",
)
HTTP_DATA_RECEIVED = Event(
    "HTTP_DATA_RECEIVED", DEBUG, "http", "received {} bytes from {}", "", debuglevel=55
)
HTTP_CLIENT_REQUEST_RECEIVED = Event(
    "HTTP_CLIENT_REQUEST_RECEIVED", DEBUG, "http", "received HTTP request from {}", "", debuglevel=40
)
HTTP_CLIENT_REQUEST_RECEIVED_DETAILS = Event(
    "HTTP_CLIENT_REQUEST_RECEIVED_DETAILS", DEBUG, "http",
    "detailed information about well-formed request received from {}:\n{}",
    "", debuglevel=45,
)
HTTP_BAD_CLIENT_REQUEST_RECEIVED = Event(
    "HTTP_BAD_CLIENT_REQUEST_RECEIVED", DEBUG, "http",
    "bad request received from {}: {}",
    "it got 400", debuglevel=40,
)
HTTP_SERVER_RESPONSE_SEND = Event(
    "HTTP_SERVER_RESPONSE_SEND", DEBUG, "http", "sending HTTP response {} to {}", "", debuglevel=40
)
HTTP_SERVER_RESPONSE_SEND_DETAILS = Event(
    "HTTP_SERVER_RESPONSE_SEND_DETAILS", DEBUG, "http",
    "detailed information about response sent to {}:\n{}",
    "", debuglevel=45,
)
HTTP_CLIENT_REQUEST_AUTHORIZED = Event(
    "HTTP_CLIENT_REQUEST_AUTHORIZED", INFO, "auth", "received HTTP request authorized for '{}'", "who sent it"
)
HTTP_CLIENT_REQUEST_NOT_AUTHORIZED = Event(
    "HTTP_CLIENT_REQUEST_NOT_AUTHORIZED", INFO, "auth",
    "received HTTP request with not matching authentication header",
    "user or password are wrong; it got 401",
)
HTTP_CLIENT_REQUEST_NO_AUTH_HEADER = Event(
    "HTTP_CLIENT_REQUEST_NO_AUTH_HEADER", INFO, "auth",
    "received HTTP request without required authentication header",
    "it got 401",
)
HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER = Event(
    "HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER", INFO, "auth",
    "received HTTP request with malformed authentication header: {}",
    "it got 401",
)
HTTP_CONNECTION_STOP = Event(
    "HTTP_CONNECTION_STOP", DEBUG, "http", "stopping HTTP connection from {}", "", debuglevel=40
)
HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED = Event(
    "HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED", DEBUG, "http",
    "HTTP request timeout occurred when communicating with {}",
    "a request did not arrive as a whole in time", debuglevel=50,
)
HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED = Event(
    "HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED", DEBUG, "http",
    "closing persistent connection with {} as a result of a timeout",
    "nothing was asked for a while", debuglevel=50,
)

# --- high availability ------------------------------------------------------------------------------------------
HA_INIT_OK = Event(
    "HA_INIT_OK", INFO, "ha-hooks",
    "loading High Availability hooks library successful",
    "the library is there; the relationship starts with the service",
)
HA_DEINIT_OK = Event(
    "HA_DEINIT_OK", INFO, "ha-hooks",
    "unloading High Availability hooks library successful",
    "the partner gets no more heartbeats",
)
HA_CONFIGURATION_SUCCESSFUL = Event(
    "HA_CONFIGURATION_SUCCESSFUL", INFO, "ha-hooks",
    "HA hook library has been successfully configured",
    "the parameters are right",
)
HA_CONFIG_LEASE_UPDATES_DISABLED = Event(
    "HA_CONFIG_LEASE_UPDATES_DISABLED", WARN, "ha-hooks",
    "{}: lease updates will not be generated",
    "the partner learns of leases by synchronization only",
)
HA_CONFIG_LEASE_SYNCING_DISABLED = Event(
    "HA_CONFIG_LEASE_SYNCING_DISABLED", WARN, "ha-hooks",
    "{}: lease database synchronization between HA servers is disabled",
    "a server that was away misses what happened",
)
HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER = Event(
    "HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER", WARN, "ha-hooks",
    '{}: unusual configuration where "send-lease-updates": {} and "sync-leases": {}',
    "usually both are on or both are off",
)
HA_CONFIG_AUTO_FAILOVER_DISABLED = Event(
    "HA_CONFIG_AUTO_FAILOVER_DISABLED", WARN, "ha-hooks",
    "{}: auto-failover disabled",
    "this server does not take over by itself",
)
HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER = Event(
    "HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER", INFO, "ha-hooks",
    "{}: bypassing SYNCING state because lease database synchronization is administratively disabled",
    "sync-leases is false",
)
HA_CONFIG_LEASE_UPDATES_DISABLED_REMINDER = Event(
    "HA_CONFIG_LEASE_UPDATES_DISABLED_REMINDER", INFO, "ha-hooks",
    "{}: lease updates are administratively disabled and will not be generated while in {} state",
    "send-lease-updates is false",
)
HA_SERVICE_STARTED = Event(
    "HA_SERVICE_STARTED", INFO, "ha-hooks",
    "{}: started high availability service in {} mode as {} server",
    "the first heartbeat follows",
)
HA_STATE_TRANSITION = Event(
    "HA_STATE_TRANSITION", INFO, "ha-hooks",
    "{}: server transitions from {} to {} state, partner state is {}",
    "a step of the state table; UNDEFINED means the partner is not reachable",
)
HA_STATE_TRANSITION_PASSIVE_BACKUP = Event(
    "HA_STATE_TRANSITION_PASSIVE_BACKUP", INFO, "ha-hooks",
    "{}: server transitions from {} to {} state",
    "a step in passive-backup mode, where the partner's state plays no role",
)
HA_STATE_MACHINE_PAUSED = Event(
    "HA_STATE_MACHINE_PAUSED", INFO, "ha-hooks",
    "{}: state machine paused in state {}",
    "as configured; ha-continue goes on",
)
HA_STATE_MACHINE_CONTINUED = Event(
    "HA_STATE_MACHINE_CONTINUED", INFO, "ha-hooks", "{}: state machine is un-paused", "ha-continue"
)
HA_LEASE_UPDATES_ENABLED = Event(
    "HA_LEASE_UPDATES_ENABLED", INFO, "ha-hooks",
    "{}: lease updates will be sent to the partner while in {} state",
    "no ACK leaves before the partner knows the lease",
)
HA_LEASE_UPDATES_DISABLED = Event(
    "HA_LEASE_UPDATES_DISABLED", INFO, "ha-hooks",
    "{}: lease updates will not be sent to the partner while in {} state",
    "the partner will have to synchronize",
)
HA_LOCAL_DHCP_ENABLE = Event(
    "HA_LOCAL_DHCP_ENABLE", INFO, "ha-hooks",
    "local DHCP service is enabled while the {} is in the {} state",
    "clients are answered again",
)
HA_LOCAL_DHCP_DISABLE = Event(
    "HA_LOCAL_DHCP_DISABLE", INFO, "ha-hooks",
    "local DHCP service is disabled while the {} is in the {} state",
    "clients are not answered",
)
HA_HEARTBEAT_COMMUNICATIONS_FAILED = Event(
    "HA_HEARTBEAT_COMMUNICATIONS_FAILED", WARN, "ha-hooks",
    "{}: failed to send heartbeat to {}: {}",
    "the partner, its port or the way to it is gone",
)
HA_HEARTBEAT_FAILED = Event(
    "HA_HEARTBEAT_FAILED", WARN, "ha-hooks",
    "{}: heartbeat to {} failed: {}",
    "the partner answered with an error",
)
HA_COMMUNICATION_INTERRUPTED = Event(
    "HA_COMMUNICATION_INTERRUPTED", WARN, "ha-hooks",
    "{}: communication with {} is interrupted",
    "no good heartbeat for max-response-delay",
)
HA_COMMUNICATION_INTERRUPTED_CLIENT4 = Event(
    "HA_COMMUNICATION_INTERRUPTED_CLIENT4", INFO, "ha-hooks",
    "{}: new client {} attempting to get a lease from the partner",
    "a client that may go unanswered; it is watched",
)
HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED = Event(
    "HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED", INFO, "ha-hooks",
    "{}: partner server failed to respond to {}, {} clients unacked so far, {} clients left before "
    "transitioning to the partner-down state",
    "the client has been trying for more than max-ack-delay",
)
HA_SYNC_START = Event(
    "HA_SYNC_START", INFO, "ha-hooks",
    "{}: starting lease database synchronization with {}",
    "the partner's leases are fetched page by page",
)
HA_SYNC_SUCCESSFUL = Event(
    "HA_SYNC_SUCCESSFUL", INFO, "ha-hooks",
    "{}: lease database synchronization with {} completed successfully in {}",
    "this server knows what the partner knows",
)
HA_SYNC_FAILED = Event(
    "HA_SYNC_FAILED", ERROR, "ha-hooks",
    "{}: lease database synchronization with {} failed: {}",
    "it is tried again after the next good heartbeat",
)
HA_LEASES_SYNC_LEASE_PAGE_RECEIVED = Event(
    "HA_LEASES_SYNC_LEASE_PAGE_RECEIVED", INFO, "ha-hooks", "{}: received {} leases from {}", "one page"
)
HA_LEASES_SYNC_APPLIED_LEASES = Event(
    "HA_LEASES_SYNC_APPLIED_LEASES", INFO, "ha-hooks",
    "{}: applied {} leases received from the partner in the local lease database",
    "those of the page that were newer than ours",
)
HA_LEASES_SYNC_COMMUNICATIONS_FAILED = Event(
    "HA_LEASES_SYNC_COMMUNICATIONS_FAILED", ERROR, "ha-hooks",
    "{}: failed to communicate with {} while syncing leases: {}",
    "no answer to lease4-get-page",
)
HA_LEASES_SYNC_FAILED = Event(
    "HA_LEASES_SYNC_FAILED", ERROR, "ha-hooks",
    "{}: failed to synchronize leases with {}: {}",
    "the partner refused lease4-get-page: does it load libdhcp_lease_cmds?",
)
HA_LEASE_SYNC_STALE_LEASE4_SKIP = Event(
    "HA_LEASE_SYNC_STALE_LEASE4_SKIP", DEBUG, "ha-hooks",
    "{}: skipping stale lease {} in subnet {}",
    "ours is as new or newer", debuglevel=40,
)
HA_LEASE_GIVEN_TWICE = Event(
    "HA_LEASE_GIVEN_TWICE", WARN, "ha-hooks",
    "{}: the address {} was given to two clients, {} and {}, while the servers could not reach each other; "
    "the newer lease stays",
    "both served alone; the client with the older lease gets another address when it asks again",
)
HA_LEASE_SYNC_FAILED = Event(
    "HA_LEASE_SYNC_FAILED", WARN, "ha-hooks",
    "{}: synchronization failed for lease: {}, reason: {}",
    "this one lease was left out",
)
HA_SYNC_COMPLETE_NOTIFY_COMMUNICATIONS_FAILED = Event(
    "HA_SYNC_COMPLETE_NOTIFY_COMMUNICATIONS_FAILED", ERROR, "ha-hooks",
    "{}: failed to send ha-sync-complete-notify to {}: {}",
    "the partner serves again when its max-period ends",
)
HA_SYNC_COMPLETE_NOTIFY_FAILED = Event(
    "HA_SYNC_COMPLETE_NOTIFY_FAILED", ERROR, "ha-hooks",
    "{}: error processing ha-sync-complete-notify command on {}: {}",
    "the partner serves again when its max-period ends",
)
HA_DHCP_DISABLE_COMMUNICATIONS_FAILED = Event(
    "HA_DHCP_DISABLE_COMMUNICATIONS_FAILED", ERROR, "ha-hooks",
    "{}: failed to send request to disable DHCP service of {}: {}",
    "no synchronization without it",
)
HA_DHCP_DISABLE_FAILED = Event(
    "HA_DHCP_DISABLE_FAILED", ERROR, "ha-hooks",
    "{}: failed to disable DHCP service of {}: {}",
    "no synchronization without it",
)
HA_DHCP_ENABLE_COMMUNICATIONS_FAILED = Event(
    "HA_DHCP_ENABLE_COMMUNICATIONS_FAILED", ERROR, "ha-hooks",
    "{}: failed to send request to enable DHCP service of {}: {}",
    "the partner serves again when its max-period ends",
)
HA_DHCP_ENABLE_FAILED = Event(
    "HA_DHCP_ENABLE_FAILED", ERROR, "ha-hooks",
    "{}: failed to enable DHCP service of {}: {}",
    "the partner serves again when its max-period ends",
)
HA_LEASE_UPDATE_COMMUNICATIONS_FAILED = Event(
    "HA_LEASE_UPDATE_COMMUNICATIONS_FAILED", WARN, "ha-hooks",
    "{}: failed to send lease update {} to {}: {}",
    "the client gets no ACK and will ask again",
)
HA_LEASE_UPDATE_FAILED = Event(
    "HA_LEASE_UPDATE_FAILED", WARN, "ha-hooks",
    "{}: lease update {} sent to {} failed: {}",
    "the client gets no ACK and will ask again",
)
HA_LEASE_UPDATE_CONFLICT = Event(
    "HA_LEASE_UPDATE_CONFLICT", WARN, "ha-hooks",
    "{}: lease update {} sent to {} returned conflict status code: {}",
    "the lease tables or the subnets of the two differ; the client gets no ACK",
)
HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION = Event(
    "HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION", ERROR, "ha-hooks",
    "{}: too many rejected lease updates cause the HA service to terminate",
    "max-rejected-lease-updates clients are waiting",
)
HA_HIGH_CLOCK_SKEW = Event(
    "HA_HIGH_CLOCK_SKEW", WARN, "ha-hooks",
    "{}: {}, please synchronize clocks!",
    "more than 30 seconds; at 60 the relationship ends",
)
HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION = Event(
    "HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION", ERROR, "ha-hooks",
    "{}: {}, causing HA service to terminate",
    "more than 60 seconds",
)
HA_TERMINATED = Event(
    "HA_TERMINATED", ERROR, "ha-hooks",
    "HA {}: service terminated due to an unrecoverable condition. Check previous error message(s), "
    "address the problem and restart!",
    "both servers go on without each other",
)
HA_TERMINATED_RESTART_PARTNER = Event(
    "HA_TERMINATED_RESTART_PARTNER", INFO, "ha-hooks",
    "{}: waiting for the partner in the TERMINATED state to be restarted",
    "restart it, or send it ha-reset",
)
HA_TERMINATED_PARTNER_DID_NOT_RESTART = Event(
    "HA_TERMINATED_PARTNER_DID_NOT_RESTART", WARN, "ha-hooks",
    "{}: service is terminating because the terminated partner was not restarted within {} minutes",
    "this one terminates, too, so that clients are served",
)
HA_MAINTENANCE_STARTED = Event(
    "HA_MAINTENANCE_STARTED", INFO, "ha-hooks",
    "{}: the server is now in the partner-in-maintenance state and the partner is in-maintenance state",
    "this server serves everybody",
)
HA_MAINTENANCE_STARTED_IN_PARTNER_DOWN = Event(
    "HA_MAINTENANCE_STARTED_IN_PARTNER_DOWN", INFO, "ha-hooks",
    "{}: the server is now in the partner-down mode as a result of requested maintenance",
    "the partner was already off",
)
HA_MAINTENANCE_SHUTDOWN_SAFE = Event(
    "HA_MAINTENANCE_SHUTDOWN_SAFE", INFO, "ha-hooks",
    "{}: the server can now be shutdown for maintenance as the partner has taken over the DHCP traffic",
    "in-maintenance",
)
HA_MAINTENANCE_NOTIFY_COMMUNICATIONS_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_COMMUNICATIONS_FAILED", ERROR, "ha-hooks",
    "{}: failed to send ha-maintenance-notify to {}: {}",
    "the partner counts as off",
)
HA_MAINTENANCE_NOTIFY_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_FAILED", ERROR, "ha-hooks",
    "{}: error returned while processing ha-maintenance-notify by {}: {}",
    "the partner does not want to",
)
HA_MAINTENANCE_NOTIFY_CANCEL_COMMUNICATIONS_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_CANCEL_COMMUNICATIONS_FAILED", ERROR, "ha-hooks",
    "{}: failed to send ha-maintenance-notify to {} in attempt to cancel its maintenance: {}",
    "maintenance goes on",
)
HA_MAINTENANCE_NOTIFY_CANCEL_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_CANCEL_FAILED", ERROR, "ha-hooks",
    "{}: error returned while processing ha-maintenance-notify by {} in attempt to cancel its "
    "maintenance: {}",
    "maintenance goes on",
)
HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY = Event(
    "HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY", WARN, "ha-hooks",
    "{}: partner is in the communication-recovery state unexpectedly",
    "the modes of the two differ",
)
HA_INVALID_PARTNER_STATE_HOT_STANDBY = Event(
    "HA_INVALID_PARTNER_STATE_HOT_STANDBY", WARN, "ha-hooks",
    "{}: partner is in the hot-standby state unexpectedly",
    "the modes of the two differ",
)
HA_INVALID_PARTNER_STATE_LOAD_BALANCING = Event(
    "HA_INVALID_PARTNER_STATE_LOAD_BALANCING", WARN, "ha-hooks",
    "{}: partner is in the load-balancing state unexpectedly",
    "the modes of the two differ",
)
HA_LEASES_BACKLOG_START = Event(
    "HA_LEASES_BACKLOG_START", INFO, "ha-hooks",
    "{}: starting to send {} outstanding lease updates to {}",
    "the link is back; these collected meanwhile",
)
HA_LEASES_BACKLOG_SUCCESS = Event(
    "HA_LEASES_BACKLOG_SUCCESS", INFO, "ha-hooks",
    "{}: sending lease updates backlog to {} successful in {}",
    "the partner knows everything again",
)
HA_LEASES_BACKLOG_NOTHING_TO_SEND = Event(
    "HA_LEASES_BACKLOG_NOTHING_TO_SEND", INFO, "ha-hooks",
    "{}: no leases in backlog after communication recovery",
    "the link is back, and nothing happened meanwhile",
)
HA_LEASES_BACKLOG_COMMUNICATIONS_FAILED = Event(
    "HA_LEASES_BACKLOG_COMMUNICATIONS_FAILED", WARN, "ha-hooks",
    "{}: failed to communicate with {} while sending lease updates backlog: {}",
    "the link broke again",
)
HA_LEASES_BACKLOG_FAILED = Event(
    "HA_LEASES_BACKLOG_FAILED", WARN, "ha-hooks",
    "{}: failed to send lease updates backlog to {}: {}",
    "the partner will be told to fetch all leases",
)
HA_RESET_COMMUNICATIONS_FAILED = Event(
    "HA_RESET_COMMUNICATIONS_FAILED", WARN, "ha-hooks",
    "{}: failed to send ha-reset command to {}: {}",
    "it is tried again after the next heartbeat",
)
HA_RESET_FAILED = Event(
    "HA_RESET_FAILED", WARN, "ha-hooks",
    "{}: failed to reset HA state machine of {}: {}",
    "it is tried again after the next heartbeat",
)
HA_LOAD_BALANCING_IDENTIFIER_MISSING = Event(
    "HA_LOAD_BALANCING_IDENTIFIER_MISSING", DEBUG, "ha-hooks",
    "{}: load balancing failed for the DHCPv4 message (transaction id: {}) because HW address and client "
    "identifier are missing",
    "nobody's client", debuglevel=40,
)
HA_LOAD_BALANCING_LEASE_IDENTIFIER_MISSING = Event(
    "HA_LOAD_BALANCING_LEASE_IDENTIFIER_MISSING", DEBUG, "ha-hooks",
    "{}: load balancing failed for the DHCPv4 lease {} because HW address and client identifier are missing",
    "nobody reclaims it, only while terminated", debuglevel=40,
)
HA_SUBNET4_SELECT_NO_SUBNET_SELECTED = Event(
    "HA_SUBNET4_SELECT_NO_SUBNET_SELECTED", DEBUG, "ha-hooks",
    "{}: unable to determine HA relationship because no subnet has been selected for the client",
    "with several relationships the subnet tells which", debuglevel=40,
)
HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET = Event(
    "HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET", ERROR, "ha-hooks",
    "{}: unable to determine HA relationship because selected subnet {} lacks the ha-server-name",
    "its user-context must name one of the peers",
)
HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME = Event(
    "HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME", ERROR, "ha-hooks",
    "{}: invalid ha-server-name value for subnet {}", "it must be a string that is not empty",
)
HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET = Event(
    "HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET", ERROR, "ha-hooks",
    "{}: HA relationship not found for {}",
    "no peer has the ha-server-name of the subnet",
)
HA_SUBNET4_SELECT_NOT_FOR_US = Event(
    "HA_SUBNET4_SELECT_NOT_FOR_US", DEBUG, "ha-hooks",
    "{}: dropping query in relationship {} to be processed by another server",
    "the partner's client", debuglevel=40,
)
HA_BUFFER4_RECEIVE_NOT_FOR_US = Event(
    "HA_BUFFER4_RECEIVE_NOT_FOR_US", DEBUG, "ha-hooks",
    "{}: dropping query to be processed by another server",
    "the partner's client", debuglevel=40,
)
HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE = Event(
    "HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE", DEBUG, "ha-hooks",
    "{}: leases4_committed callout was invoked without any leases",
    "nothing changed", debuglevel=40,
)
HA_LEASE4_EXPIRE_RECLAMATION_SKIP = Event(
    "HA_LEASE4_EXPIRE_RECLAMATION_SKIP", DEBUG, "ha-hooks",
    "{}: skipping reclamation of the lease that belongs to a partner",
    "only while terminated", debuglevel=40,
)

# --- hooks ------------------------------------------------------------------------------------------------------
HOOKS_CALLOUT_EXCEPTION = Event(
    "HOOKS_CALLOUT_EXCEPTION", ERROR, "callouts",
    "exception thrown by callout on hook {} registered by library with index {} (callout address {}): {}",
    "a fault of a hook library; the server goes on as if it had not been asked",
)
HOOKS_LIBRARY_LOADED = Event(
    "HOOKS_LIBRARY_LOADED", INFO, "hooks", "hooks library {} successfully loaded", "it takes part from now on"
)
HOOKS_LIBRARY_CLOSED = Event(
    "HOOKS_LIBRARY_CLOSED", INFO, "hooks", "hooks library {} successfully closed", "it takes part no more"
)
DHCP4_HOOK_PACKET_RCVD_SKIP = Event(
    "DHCP4_HOOK_PACKET_RCVD_SKIP", DEBUG, "hooks",
    "{}: packet is dropped, because a callout set the next step to SKIP",
    "a hook library does not want the query answered", debuglevel=40,
)
DHCP4_HOOK_LEASE4_OFFER_DROP = Event(
    "DHCP4_HOOK_LEASE4_OFFER_DROP", DEBUG, "hooks",
    "{}: packet is dropped, because a callout set the next step to DROP",
    "a hook library does not want the offer made", debuglevel=40,
)
DHCP4_HOOK_LEASE4_SELECT_SKIP = Event(
    "DHCP4_HOOK_LEASE4_SELECT_SKIP", DEBUG, "hooks", "{}: a new lease was refused by a hook library",
    "as if there were no address", debuglevel=40,
)
DHCP4_HOOK_LEASE4_RENEW_SKIP = Event(
    "DHCP4_HOOK_LEASE4_RENEW_SKIP", DEBUG, "hooks",
    "{}: a lease was not renewed because a hook library refused", "the lease stays as it is", debuglevel=40,
)
DHCP4_HOOK_LEASE4_RELEASE_SKIP = Event(
    "DHCP4_HOOK_LEASE4_RELEASE_SKIP", DEBUG, "hooks",
    "{}: lease was not released because a callout set the next step to SKIP", "the lease stays",
    debuglevel=40,
)
DHCP4_HOOK_DECLINE_SKIP = Event(
    "DHCP4_HOOK_DECLINE_SKIP", DEBUG, "hooks",
    "{}: Decline4 hook callouts set status to DROP, ignoring packet.", "the lease stays", debuglevel=40,
)
DHCP4_HOOK_PACKET_SEND_DROP = Event(
    "DHCP4_HOOK_PACKET_SEND_DROP", DEBUG, "hooks",
    "{}: prepared DHCPv4 response was not sent because a callout set the next ste to DROP",
    "the text is Kea's, letter by letter", debuglevel=40,
)
DHCP4_HOOK_BUFFER_SEND_SKIP = Event(
    "DHCP4_HOOK_BUFFER_SEND_SKIP", DEBUG, "hooks",
    "{}: prepared response is dropped because a callout set the next step to SKIP.",
    "a hook library holds the datagram back", debuglevel=40,
)
DHCP4_HOOK_FAILED = Event(
    "DHCP4_HOOK_FAILED", ERROR, "hooks", "a callback at hook point {} failed: {}", "its packet is not answered"
)

# --- Twisted and other libraries --------------------------------------------------------------------------------
TWISTED_LOG = Event("TWISTED_LOG", INFO, "twisted", "{}", "said by Twisted or a library, or printed by a hook")
TWISTED_CHATTER = Event("TWISTED_CHATTER", DEBUG, "twisted", "{}", "connections, starts and stops inside Twisted")
TWISTED_WARNING = Event("TWISTED_WARNING", WARN, "twisted", "{}", "a library's warning")
TWISTED_ERROR = Event("TWISTED_ERROR", ERROR, "twisted", "{}", "a library's error")
TWISTED_FAILURE = Event("TWISTED_FAILURE", ERROR, "twisted", "{}", "an error nobody handled: a bug, with traceback")

OWN: Final = (
    DHCP4_CONFIG_WARNING, DHCP4_CONFIG_NO_EFFECT, DHCP4_LEASE_SAVE_FAILED, DHCP4_HOOK_FAILED,
    DHCP4_HOOK_LEASE4_SELECT_SKIP, DHCP4_HOOK_LEASE4_RENEW_SKIP, DHCPSRV_MEMFILE_LFC_WAIT, DHCPSRV_MEMFILE_LFC_FAIL,
    DHCPSRV_INTERFACE_OPENED, DHCPSRV_INTERFACE_LOST, COMMAND_FAILED_UNEXPECTEDLY, COMMAND_SOCKET_OPEN_FAIL,
    COMMAND_HTTP_SOCKET_SECURITY_WARNING, HA_LEASE_GIVEN_TWICE, TWISTED_LOG, TWISTED_CHATTER, TWISTED_WARNING,
    TWISTED_ERROR, TWISTED_FAILURE,
)
"""What Kea 3.0 has no identifier for."""
