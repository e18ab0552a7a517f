"""The server's life, its configuration, its interfaces, and what Twisted and other libraries say."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, FATAL, INFO, WARN, Event

# --- server life ----------------------------------------------------------------------------------------------
DHCP4_STARTING = Event(
    "DHCP4_STARTING", INFO, "dhcp4", "Kea DHCPv4 server version {} ({}) starting", "first line of every start"
)
DHCP4_SECURITY_CHECKS_DISABLED = Event(
    "DHCP4_SECURITY_CHECKS_DISABLED",
    WARN,
    "dhcp4",
    "Invoked with command line option -X, Security checks are disabled!! Lease, log, socket and hook files may lie in "
    "any folder, hook files may belong to any user, and HTTP needs neither authentication nor TLS",
    "who may send commands may run code now",
)
DHCP4_STARTED = Event(
    "DHCP4_STARTED", INFO, "dhcp4", "Kea DHCPv4 server version {} started", "configured, sockets open, serving"
)
DHCP4_INIT_FAIL = Event(
    "DHCP4_INIT_FAIL", ERROR, "dhcp4", "failed to initialize Kea server: {}", "the process ends with a failure"
)
DHCP4_ALREADY_RUNNING = Event(
    "DHCP4_ALREADY_RUNNING", FATAL, "dhcp4", "{} already running? {}", "another server holds the PID file"
)
DHCP4_SHUTDOWN = Event("DHCP4_SHUTDOWN", INFO, "dhcp4", "server shutdown", "the process ends as it was told to")
DHCP4_DYNAMIC_RECONFIGURATION = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION", INFO, "dhcp4", "initiate server reconfiguration using file: {}", "HUP or command"
)
DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS",
    INFO,
    "dhcp4",
    "dynamic server reconfiguration succeeded with file: {}",
    "the new configuration is in force",
)
DHCP4_DYNAMIC_RECONFIGURATION_FAIL = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION_FAIL",
    ERROR,
    "dhcp4",
    "dynamic server reconfiguration failed with file: {}",
    "the old configuration stays in force",
)

# --- configuration --------------------------------------------------------------------------------------------
DHCP4_CONFIG_COMPLETE = Event(
    "DHCP4_CONFIG_COMPLETE", INFO, "dhcp4", "DHCPv4 server has completed configuration: {}", "what is in force now"
)
DHCP4_PARSER_FAIL = Event(
    "DHCP4_PARSER_FAIL",
    ERROR,
    "dhcp4",
    "failed to create or run parser for configuration element {}: {}",
    "the first mistake of a configuration, from a file or a command",
)
DHCP4_CONFIG_LOAD_FAIL = Event(
    "DHCP4_CONFIG_LOAD_FAIL",
    ERROR,
    "dhcp4",
    "configuration error using file: {}, reason: {}",
    "one line for each thing that is wrong, with its place",
)
DHCP4_CONFIG_WARNING = Event(
    "DHCP4_CONFIG_WARNING", WARN, "dhcp4", "configuration: {}", "tolerated, but probably not what was meant"
)
DHCP4_CONFIG_NO_EFFECT = Event(
    "DHCP4_CONFIG_NO_EFFECT",
    WARN,
    "dhcp4",
    "these configured keywords have no effect in this version: {}",
    "they are known and checked, but nothing reads them yet",
)
DHCP4_POOL_OWN_ADDRESS = Event(
    "DHCP4_POOL_OWN_ADDRESS",
    WARN,
    "dhcp4",
    "pool {} of subnet {} contains {}, an address of this machine, which will not be leased",
    "the address is skipped; take it out of the pool",
)

DHCP4_ALARM_FAILED = Event(
    "DHCP4_ALARM_FAILED",
    WARN,
    "dhcp4",
    "an alarm could not be sent to {}: {}; {}",
    "the URL in 'alarms' of the user-context cannot be reached or refuses; the server goes on",
)

# --- sockets --------------------------------------------------------------------------------------------------
DHCP4_OPEN_SOCKETS_FAILED = Event(
    "DHCP4_OPEN_SOCKETS_FAILED",
    INFO,
    "dhcp4",
    "maximum number of open service sockets attempts: {}, has been exhausted without success",
    "some configured interface is not listened on; it will be as soon as it becomes usable",
)
DHCPSRV_OPEN_SOCKET_FAIL = Event(
    "DHCPSRV_OPEN_SOCKET_FAIL", WARN, "dhcpsrv", "failed to open socket: {}", "one interface, and why"
)
DHCPSRV_NO_SOCKETS_OPEN = Event(
    "DHCPSRV_NO_SOCKETS_OPEN",
    WARN,
    "dhcpsrv",
    "no interface configured to listen to DHCP traffic",
    "the server is deaf: nothing it is to listen on can be used now",
)
DHCPSRV_CFGMGR_ADD_IFACE = Event(
    "DHCPSRV_CFGMGR_ADD_IFACE", INFO, "dhcpsrv", "listening on interface {}", "an entry of interfaces-config"
)
DHCPSRV_CFGMGR_USE_ADDRESS = Event(
    "DHCPSRV_CFGMGR_USE_ADDRESS",
    INFO,
    "dhcpsrv",
    "listening on address {}, on interface {}",
    "an entry of interfaces-config that names an address",
)
DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE = Event(
    "DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE",
    DEBUG,
    "dhcpsrv",
    "enabling listening on all interfaces",
    "the entry * of interfaces-config",
    debuglevel=40,
)
DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT = Event(
    "DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", INFO, "dhcpsrv", "using socket type {}", "dhcp-socket-type"
)
DHCP4_CONFIG_PACKET_QUEUE = Event(
    "DHCP4_CONFIG_PACKET_QUEUE", INFO, "dhcp4", "DHCPv4 packet queue info after configuration: {}", "dhcp-queue-control"
)
DHCPSRV_MT_DISABLED_QUEUE_CONTROL = Event(
    "DHCPSRV_MT_DISABLED_QUEUE_CONTROL",
    WARN,
    "dhcpsrv",
    "disabling dhcp queue control when multi-threading is enabled.",
    "packet-queue-size of multi-threading is the bound",
)
DHCPSRV_INTERFACE_OPENED = Event(
    "DHCPSRV_INTERFACE_OPENED",
    INFO,
    "dhcpsrv",
    "interface {} can be used now, listening on {}",
    "an interface or its address appeared or changed while the server runs; ours, unknown to Kea",
)
DHCPSRV_INTERFACE_LOST = Event(
    "DHCPSRV_INTERFACE_LOST",
    WARN,
    "dhcpsrv",
    "interface {} is gone, no longer listening on it",
    "an interface disappeared while the server runs; ours, unknown to Kea",
)
DHCPSRV_INTERFACE_DEAF = Event(
    "DHCPSRV_INTERFACE_DEAF",
    WARN,
    "dhcpsrv",
    "nothing can be heard on interface {}: {}",
    "its cable is pulled, it is down or has lost its address; ours, unknown to Kea",
)
DHCPSRV_INTERFACE_HEARS = Event(
    "DHCPSRV_INTERFACE_HEARS",
    INFO,
    "dhcpsrv",
    "interface {} can be heard on again",
    "after DHCPSRV_INTERFACE_DEAF; ours, unknown to Kea",
)
DHCP4_BUFFER_RECEIVED = Event(
    "DHCP4_BUFFER_RECEIVED",
    DEBUG,
    "packets",
    "received buffer from {}:{} to {}:{} over interface {}",
    "a datagram arrived and is not decoded yet",
    debuglevel=15,
)
DHCP4_BUFFER_RECEIVE_FAIL = Event(
    "DHCP4_BUFFER_RECEIVE_FAIL",
    DEBUG,
    "packets",
    "error on attempt to receive packet: {}",
    "a socket error, or a frame with wrong checksums or sizes",
    debuglevel=15,
)
DHCP4_PACKET_SEND_FAIL = Event(
    "DHCP4_PACKET_SEND_FAIL", ERROR, "packets", "{}: failed to send DHCPv4 packet: {}", "an answer was lost"
)

# --- Twisted and other libraries ------------------------------------------------------------------------------
LOG_LINES_LOST = Event(
    "LOG_LINES_LOST",
    WARN,
    "",
    "{} lines are missing in the log before this one: they could not be written",
    "the reader of the log was too slow, or the disk was full; the server does not wait",
)
TWISTED_LOG = Event("TWISTED_LOG", INFO, "twisted", "{}", "said by Twisted or a library, or printed by a hook")
TWISTED_CHATTER = Event("TWISTED_CHATTER", DEBUG, "twisted", "{}", "connections, starts and stops inside Twisted")
TWISTED_WARNING = Event("TWISTED_WARNING", WARN, "twisted", "{}", "a library's warning")
TWISTED_ERROR = Event("TWISTED_ERROR", ERROR, "twisted", "{}", "a library's error")
TWISTED_FAILURE = Event("TWISTED_FAILURE", ERROR, "twisted", "{}", "an unhandled error: a bug, with traceback")
