"""Updates of the DNS: the messages of kea-dhcp-ddns. Apart from the others, which are those of the DHCP server."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, FATAL, INFO, WARN, Event

ROOT: Final = "kea-dhcp-ddns"

DHCP_DDNS_ADD_FAILED = Event(
    "DHCP_DDNS_ADD_FAILED", ERROR, "d2-to-dns", "DHCP_DDNS Request ID {}: Transaction outcome {}"
)
DHCP_DDNS_ADD_SUCCEEDED = Event(
    "DHCP_DDNS_ADD_SUCCEEDED",
    INFO,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: successfully added the DNS mapping addition for this request: {}",
)
DHCP_DDNS_AT_MAX_TRANSACTIONS = Event(
    "DHCP_DDNS_AT_MAX_TRANSACTIONS",
    DEBUG,
    "dhcp-to-d2",
    "application has {} queued requests but has reached maximum number of {} concurrent transactions",
    debuglevel=55,
)
DHCP_DDNS_CLEARED_FOR_SHUTDOWN = Event(
    "DHCP_DDNS_CLEARED_FOR_SHUTDOWN",
    DEBUG,
    "dhcpddns",
    "application has met shutdown criteria for shutdown type: {}",
    debuglevel=0,
)
DHCP_DDNS_CONFIGURE = Event("DHCP_DDNS_CONFIGURE", DEBUG, "dhcpddns", "configuration {} received: {}", debuglevel=40)
DHCP_DDNS_FORWARD_ADD_IO_ERROR = Event(
    "DHCP_DDNS_FORWARD_ADD_IO_ERROR",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: encountered an IO error sending a forward mapping add for FQDN {} to DNS server {}",
)
DHCP_DDNS_FORWARD_ADD_REJECTED = Event(
    "DHCP_DDNS_FORWARD_ADD_REJECTED",
    ERROR,
    "d2-to-dns",
    "DNS Request ID {}: Server, {}, rejected a DNS update request to add the address mapping for FQDN, "
    "{}, with an RCODE: {}",
)
DHCP_DDNS_FORWARD_ADD_RESP_CORRUPT = Event(
    "DHCP_DDNS_FORWARD_ADD_RESP_CORRUPT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: received a corrupt response from the DNS server, {}, while adding forward "
    "address mapping for FQDN, {}",
)
DHCP_DDNS_FORWARD_ADD_TIMEOUT = Event(
    "DHCP_DDNS_FORWARD_ADD_TIMEOUT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: timed out waiting for a response to forward mapping add for FQDN {} to DNS server {}",
)
DHCP_DDNS_FORWARD_REMOVE_ADDRS_IO_ERROR = Event(
    "DHCP_DDNS_FORWARD_REMOVE_ADDRS_IO_ERROR",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: encountered an IO error sending a forward mapping address removal for FQDN "
    "{} to DNS server {}",
)
DHCP_DDNS_FORWARD_REMOVE_ADDRS_REJECTED = Event(
    "DHCP_DDNS_FORWARD_REMOVE_ADDRS_REJECTED",
    ERROR,
    "d2-to-dns",
    "DNS Request ID {}: Server, {}, rejected a DNS update request to remove the forward address mapping "
    "for FQDN, {}, with an RCODE: {}",
)
DHCP_DDNS_FORWARD_REMOVE_ADDRS_RESP_CORRUPT = Event(
    "DHCP_DDNS_FORWARD_REMOVE_ADDRS_RESP_CORRUPT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: received a corrupt response from the DNS server, {}, while removing "
    "forward address mapping for FQDN, {}",
)
DHCP_DDNS_FORWARD_REMOVE_ADDRS_TIMEOUT = Event(
    "DHCP_DDNS_FORWARD_REMOVE_ADDRS_TIMEOUT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: timed out waiting for a response to forward mapping address removal for "
    "FQDN {} to DNS server {}",
)
DHCP_DDNS_FORWARD_REMOVE_RRS_IO_ERROR = Event(
    "DHCP_DDNS_FORWARD_REMOVE_RRS_IO_ERROR",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: encountered an IO error sending a forward RR removal for FQDN {} to DNS server {}",
)
DHCP_DDNS_FORWARD_REMOVE_RRS_REJECTED = Event(
    "DHCP_DDNS_FORWARD_REMOVE_RRS_REJECTED",
    ERROR,
    "d2-to-dns",
    "DNS Request ID {}: Server, {}, rejected a DNS update request to remove forward RR entries for FQDN, "
    "{}, with an RCODE: {}",
)
DHCP_DDNS_FORWARD_REMOVE_RRS_RESP_CORRUPT = Event(
    "DHCP_DDNS_FORWARD_REMOVE_RRS_RESP_CORRUPT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: received a corrupt response from the DNS server, {}, while removing "
    "forward RRs for FQDN, {}",
)
DHCP_DDNS_FORWARD_REMOVE_RRS_TIMEOUT = Event(
    "DHCP_DDNS_FORWARD_REMOVE_RRS_TIMEOUT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: timed out waiting for response to forward RR removal for FQDN {} to DNS server {}",
)
DHCP_DDNS_FORWARD_REPLACE_IO_ERROR = Event(
    "DHCP_DDNS_FORWARD_REPLACE_IO_ERROR",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: encountered an IO error sending a forward mapping replace for FQDN {} to DNS server {}",
)
DHCP_DDNS_FORWARD_REPLACE_REJECTED = Event(
    "DHCP_DDNS_FORWARD_REPLACE_REJECTED",
    ERROR,
    "d2-to-dns",
    "DNS Request ID {}: Server, {}, rejected a DNS update request to replace the address mapping for "
    "FQDN, {}, with an RCODE: {}",
)
DHCP_DDNS_FORWARD_REPLACE_RESP_CORRUPT = Event(
    "DHCP_DDNS_FORWARD_REPLACE_RESP_CORRUPT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: received a corrupt response from the DNS server, {}, while replacing "
    "forward address mapping for FQDN, {}",
)
DHCP_DDNS_FORWARD_REPLACE_TIMEOUT = Event(
    "DHCP_DDNS_FORWARD_REPLACE_TIMEOUT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: timed out waiting for a response to forward mapping replace for FQDN {} to DNS server {}",
)
DHCP_DDNS_FWD_REQUEST_IGNORED = Event(
    "DHCP_DDNS_FWD_REQUEST_IGNORED",
    DEBUG,
    "dhcp-to-d2",
    "Request ID {}: Forward updates are disabled, the forward portion of request will be ignored: {}",
    debuglevel=55,
)
DHCP_DDNS_INVALID_RESPONSE = Event(
    "DHCP_DDNS_INVALID_RESPONSE",
    DEBUG,
    "d2-to-dns",
    "received response to DNS Update message is malformed: {}",
    debuglevel=50,
)
DHCP_DDNS_LISTENING_ON_ALL_INTERFACES = Event(
    "DHCP_DDNS_LISTENING_ON_ALL_INTERFACES",
    WARN,
    "dhcpddns",
    "the DHCP-DDNS server has been configured to listen on {}. This is an insecure configuration "
    "supported for testing purposes only",
)
DHCP_DDNS_NOT_ON_LOOPBACK = Event(
    "DHCP_DDNS_NOT_ON_LOOPBACK",
    WARN,
    "dhcpddns",
    "the DHCP-DDNS server has been configured to listen on {} which is not the local loopback.  This is "
    "an insecure configuration supported for testing purposes only",
)
DHCP_DDNS_NO_ELIGIBLE_JOBS = Event(
    "DHCP_DDNS_NO_ELIGIBLE_JOBS",
    DEBUG,
    "dhcp-to-d2",
    "although there are queued requests, there are pending transactions for each, Queue count: {}  "
    "Transaction count: {}",
    debuglevel=55,
)
DHCP_DDNS_NO_FWD_MATCH_ERROR = Event(
    "DHCP_DDNS_NO_FWD_MATCH_ERROR",
    ERROR,
    "dhcp-to-d2",
    "Request ID {}: the configured list of forward DDNS domains does not contain a match for: {}  The "
    "request has been discarded.",
)
DHCP_DDNS_NO_MATCH = Event("DHCP_DDNS_NO_MATCH", WARN, "dhcp-to-d2", "No DNS servers match FQDN {}")
DHCP_DDNS_NO_REV_MATCH_ERROR = Event(
    "DHCP_DDNS_NO_REV_MATCH_ERROR",
    ERROR,
    "dhcp-to-d2",
    "Request ID {}: the configured list of reverse DDNS domains does not contain a match for: {}  The "
    "request has been discarded.",
)
DHCP_DDNS_QUEUE_MGR_QUEUE_FULL = Event(
    "DHCP_DDNS_QUEUE_MGR_QUEUE_FULL",
    ERROR,
    "dhcp-to-d2",
    "application request queue has reached maximum number of entries {}",
)
DHCP_DDNS_QUEUE_MGR_QUEUE_RECEIVE = Event(
    "DHCP_DDNS_QUEUE_MGR_QUEUE_RECEIVE",
    DEBUG,
    "dhcp-to-d2",
    "Request ID {}: received and queued a request.",
    debuglevel=55,
)
DHCP_DDNS_QUEUE_MGR_RECONFIGURING = Event(
    "DHCP_DDNS_QUEUE_MGR_RECONFIGURING",
    DEBUG,
    "dhcpddns",
    "application is reconfiguring the queue manager",
    debuglevel=40,
)
DHCP_DDNS_QUEUE_MGR_RESUMING = Event(
    "DHCP_DDNS_QUEUE_MGR_RESUMING",
    INFO,
    "dhcpddns",
    "application is resuming listening for requests now that the request queue size has reached {} of a "
    "maximum {} allowed",
)
DHCP_DDNS_QUEUE_MGR_STARTED = Event(
    "DHCP_DDNS_QUEUE_MGR_STARTED",
    DEBUG,
    "dhcpddns",
    "application's queue manager has begun listening for requests.",
    debuglevel=0,
)
DHCP_DDNS_QUEUE_MGR_START_ERROR = Event(
    "DHCP_DDNS_QUEUE_MGR_START_ERROR", ERROR, "dhcpddns", "application could not start the queue manager, reason: {}"
)
DHCP_DDNS_QUEUE_MGR_STOPPED = Event(
    "DHCP_DDNS_QUEUE_MGR_STOPPED",
    DEBUG,
    "dhcpddns",
    "application's queue manager has stopped listening for requests.",
    debuglevel=40,
)
DHCP_DDNS_REMOVE_FAILED = Event(
    "DHCP_DDNS_REMOVE_FAILED", ERROR, "d2-to-dns", "DHCP_DDNS Request ID {}: Transaction outcome: {}"
)
DHCP_DDNS_REMOVE_SUCCEEDED = Event(
    "DHCP_DDNS_REMOVE_SUCCEEDED",
    INFO,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: successfully removed the DNS mapping addition for this request: {}",
)
DHCP_DDNS_REQUEST_DROPPED = Event(
    "DHCP_DDNS_REQUEST_DROPPED",
    DEBUG,
    "dhcp-to-d2",
    "Request ID {}: Request contains no enabled update requests and will be dropped: {}",
    debuglevel=55,
)
DHCP_DDNS_REVERSE_REMOVE_IO_ERROR = Event(
    "DHCP_DDNS_REVERSE_REMOVE_IO_ERROR",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: encountered an IO error sending a reverse mapping remove for FQDN {} to DNS server {}",
)
DHCP_DDNS_REVERSE_REMOVE_REJECTED = Event(
    "DHCP_DDNS_REVERSE_REMOVE_REJECTED",
    ERROR,
    "d2-to-dns",
    "DNS Request ID {}: Server, {}, rejected a DNS update request to remove the reverse mapping for "
    "FQDN, {}, with an RCODE: {}",
)
DHCP_DDNS_REVERSE_REMOVE_RESP_CORRUPT = Event(
    "DHCP_DDNS_REVERSE_REMOVE_RESP_CORRUPT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: received a corrupt response from the DNS server, {}, while removing "
    "reverse address mapping for FQDN, {}",
)
DHCP_DDNS_REVERSE_REMOVE_TIMEOUT = Event(
    "DHCP_DDNS_REVERSE_REMOVE_TIMEOUT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: timed out waiting for a response to reverse mapping remove for FQDN {} to DNS server {}",
)
DHCP_DDNS_REVERSE_REPLACE_IO_ERROR = Event(
    "DHCP_DDNS_REVERSE_REPLACE_IO_ERROR",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: encountered an IO error sending a reverse mapping replacement for FQDN {} "
    "to DNS server {}",
)
DHCP_DDNS_REVERSE_REPLACE_REJECTED = Event(
    "DHCP_DDNS_REVERSE_REPLACE_REJECTED",
    ERROR,
    "d2-to-dns",
    "DNS Request ID {}: Server, {}, rejected a DNS update request to replace the reverse mapping for "
    "FQDN, {}, with an RCODE: {}",
)
DHCP_DDNS_REVERSE_REPLACE_RESP_CORRUPT = Event(
    "DHCP_DDNS_REVERSE_REPLACE_RESP_CORRUPT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: received a corrupt response from the DNS server, {}, while replacing "
    "reverse address mapping for FQDN, {}",
)
DHCP_DDNS_REVERSE_REPLACE_TIMEOUT = Event(
    "DHCP_DDNS_REVERSE_REPLACE_TIMEOUT",
    ERROR,
    "d2-to-dns",
    "DHCP_DDNS Request ID {}: timed out waiting for a response to reverse mapping replacement for FQDN "
    "{} to DNS server {}",
)
DHCP_DDNS_REV_REQUEST_IGNORED = Event(
    "DHCP_DDNS_REV_REQUEST_IGNORED",
    DEBUG,
    "dhcp-to-d2",
    "Request ID {}: Reverse updates are disabled, the reverse portion of request will be ignored: {}",
    debuglevel=55,
)
DHCP_DDNS_SECURITY_CHECKS_DISABLED = Event(
    "DHCP_DDNS_SECURITY_CHECKS_DISABLED",
    WARN,
    "dhcpddns",
    "Invoked with command line option -X, Security checks are disabled!!",
)
DHCP_DDNS_SHUTDOWN_COMMAND = Event(
    "DHCP_DDNS_SHUTDOWN_COMMAND", DEBUG, "dhcpddns", "application received shutdown command with args: {}", debuglevel=0
)
DHCP_DDNS_STARTED = Event("DHCP_DDNS_STARTED", INFO, "dhcpddns", "Kea DHCP-DDNS server version {} started")
DHCP_DDNS_STARTING_TRANSACTION = Event(
    "DHCP_DDNS_STARTING_TRANSACTION", DEBUG, "d2-to-dns", "Request ID {}:", debuglevel=50
)
DHCP_DDNS_STATE_MODEL_UNEXPECTED_ERROR = Event(
    "DHCP_DDNS_STATE_MODEL_UNEXPECTED_ERROR",
    ERROR,
    "d2-to-dns",
    "Request ID {}: application encountered an unexpected error while carrying out a NameChangeRequest: {}",
)
DHCP_DDNS_UPDATE_REQUEST_SENT = Event(
    "DHCP_DDNS_UPDATE_REQUEST_SENT", DEBUG, "d2-to-dns", "Request ID {}: {} to server: {}", debuglevel=50
)
DHCP_DDNS_UPDATE_RESPONSE_RECEIVED = Event(
    "DHCP_DDNS_UPDATE_RESPONSE_RECEIVED", DEBUG, "d2-to-dns", "Request ID {}: to server: {} status: {}", debuglevel=50
)
DHCP_DDNS_INVALID_NCR = Event(
    "DHCP_DDNS_INVALID_NCR", ERROR, "libdhcp-ddns", "application received an invalid DNS update request: {}"
)
DHCP_DDNS_TRANS_SEND_ERROR = Event(
    "DHCP_DDNS_TRANS_SEND_ERROR",
    ERROR,
    "d2-to-dns",
    "Request ID {}: application encountered an unexpected error while attempting to send a DNS update: {}",
)
DHCP_DDNS_CONFIG_CHECK_FAIL = Event(
    "DHCP_DDNS_CONFIG_CHECK_FAIL", ERROR, "dhcpddns", "DHCP-DDNS server configuration check failed: {}"
)
DHCP_DDNS_CONFIG_FAIL = Event("DHCP_DDNS_CONFIG_FAIL", ERROR, "dhcpddns", "DHCP-DDNS server configuration failed: {}")
DHCP_DDNS_CONFIG_WARNING = Event(
    "DHCP_DDNS_CONFIG_WARNING",
    WARN,
    "dhcpddns",
    "{}",
    "the configuration is used, and something about it is worth a look",
)
DCTL_STARTING = Event("DCTL_STARTING", INFO, "dctl", "{} starting, pid: {}, version: {} ({})", "")
DCTL_ALREADY_RUNNING = Event(
    "DCTL_ALREADY_RUNNING", FATAL, "dctl", "{} already running? {}", "another server holds the PID file"
)
DCTL_INIT_PROCESS_FAIL = Event(
    "DCTL_INIT_PROCESS_FAIL",
    FATAL,
    "dctl",
    "{} application initialization failed: {}",
    "the process ends with status 1",
)
DCTL_CONFIG_FILE_LOAD_FAIL = Event(
    "DCTL_CONFIG_FILE_LOAD_FAIL", FATAL, "dctl", "{} reason: {}", "the process ends with status 1"
)
DCTL_CONFIG_COMPLETE = Event("DCTL_CONFIG_COMPLETE", INFO, "dctl", "server has completed configuration: {}", "")
DCTL_CFG_FILE_RELOAD_SIGNAL_RECVD = Event(
    "DCTL_CFG_FILE_RELOAD_SIGNAL_RECVD",
    INFO,
    "dctl",
    "OS signal {} received, reloading configuration from file: {}",
    "",
)
DCTL_CFG_FILE_RELOAD_ERROR = Event(
    "DCTL_CFG_FILE_RELOAD_ERROR",
    ERROR,
    "dctl",
    "configuration reload failed: {}, reverting to current configuration.",
    "the old configuration stays in force",
)
DCTL_SHUTDOWN = Event("DCTL_SHUTDOWN", INFO, "dctl", "{} has shut down, pid: {}, version: {}", "")

OWN: Final = (DHCP_DDNS_CONFIG_WARNING,)
"""Events for which Kea has no identifier."""
