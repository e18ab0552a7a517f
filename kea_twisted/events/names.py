"""Names in the DNS: what the DHCP server does about them. The messages of the other server are in ``events.ddns``."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

DHCPSRV_QUEUE_NCR = Event(
    "DHCPSRV_QUEUE_NCR", DEBUG, "dhcpsrv", "{}: Name change request to {} DNS entry queued: {}", "", debuglevel=55
)
DHCPSRV_QUEUE_NCR_FAILED = Event(
    "DHCPSRV_QUEUE_NCR_FAILED",
    ERROR,
    "dhcpsrv",
    "{}: queuing {} name change request failed for lease {}: {}",
    "the DNS is not updated for this lease; the client has it all the same",
)
DHCPSRV_QUEUE_NCR_SKIP = Event(
    "DHCPSRV_QUEUE_NCR_SKIP",
    DEBUG,
    "dhcpsrv",
    "{}: skip queuing name change request for lease: {}",
    "the lease has no name, or none of its names is this server's to update",
    debuglevel=50,
)
DHCP4_HOOK_DDNS_UPDATE = Event(
    "DHCP4_HOOK_DDNS_UPDATE",
    DEBUG,
    "hooks",
    "A hook has updated the DDNS parameters: hostname {}=>{}, forward update {}=>{}, reverse update {}=>{}",
    "",
    debuglevel=40,
)
DHCPSRV_DDNS_TTL_TOO_SMALL = Event(
    "DHCPSRV_DDNS_TTL_TOO_SMALL",
    DEBUG,
    "dhcpsrv",
    "{} of lease life time {} is {}, using minimum of {} instead.",
    "",
    debuglevel=55,
)
DHCPSRV_DDNS_TTL_TOO_LARGE = Event(
    "DHCPSRV_DDNS_TTL_TOO_LARGE",
    DEBUG,
    "dhcpsrv",
    "{} of lease life time {} is {}, using maximum of {} instead.",
    "",
    debuglevel=55,
)
DHCPSRV_CFGMGR_CFG_DHCP_DDNS = Event(
    "DHCPSRV_CFGMGR_CFG_DHCP_DDNS", DEBUG, "dhcpsrv", "Setting DHCP-DDNS configuration to: {}", "", debuglevel=40
)
DHCPSRV_DHCP_DDNS_SENDER_STARTED = Event(
    "DHCPSRV_DHCP_DDNS_SENDER_STARTED", INFO, "dhcpsrv", "NameChangeRequest sender has been started: {}", ""
)
DHCPSRV_DHCP_DDNS_SENDER_STOPPED = Event(
    "DHCPSRV_DHCP_DDNS_SENDER_STOPPED", INFO, "dhcpsrv", "NameChangeRequest sender has been stopped.", ""
)
DHCPSRV_DHCP_DDNS_NCR_SENT = Event(
    "DHCPSRV_DHCP_DDNS_NCR_SENT", DEBUG, "dhcpsrv", "NameChangeRequest sent to kea-dhcp-ddns: {}", "", debuglevel=50
)
DHCPSRV_DHCP_DDNS_NCR_REJECTED = Event(
    "DHCPSRV_DHCP_DDNS_NCR_REJECTED",
    ERROR,
    "dhcpsrv",
    "NameChangeRequest rejected by the sender: {}, ncr: {}",
    "the queue is full (max-queue-size): updates are suspended",
)
DHCPSRV_DHCP_DDNS_SUSPEND_UPDATES = Event(
    "DHCPSRV_DHCP_DDNS_SUSPEND_UPDATES",
    WARN,
    "dhcpsrv",
    "DHCP_DDNS updates are being suspended.",
    "none is sent until the server is configured again (config-reload, HUP)",
)
DHCP4_DDNS_REQUEST_SEND_FAILED = Event(
    "DHCP4_DDNS_REQUEST_SEND_FAILED",
    ERROR,
    "ddns",
    "failed sending a request to kea-dhcp-ddns, error: {},  ncr: {}",
    "updates are suspended",
)
DHCP_DDNS_NCR_UDP_SEND_ERROR = Event(
    "DHCP_DDNS_NCR_UDP_SEND_ERROR",
    ERROR,
    "libdhcp-ddns",
    "UDP socket send error while sending a DNS Update request: {}",
    "there is no way to server-ip; updates are suspended",
)
LEASE_CMDS_RESEND_DDNS4 = Event(
    "LEASE_CMDS_RESEND_DDNS4", INFO, "lease-cmds-hooks", "lease4-resend-ddns command successful: {}", ""
)
LEASE_CMDS_RESEND_DDNS4_FAILED = Event(
    "LEASE_CMDS_RESEND_DDNS4_FAILED", ERROR, "lease-cmds-hooks", "lease4-resend-ddns command failed: {}", ""
)
