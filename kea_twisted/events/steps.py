"""The steps of a query in detail: what was looked for, and what was found."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, INFO, Event

# --- the packet -----------------------------------------------------------------------------------------------
DHCP4_BUFFER_UNPACK = Event(
    "DHCP4_BUFFER_UNPACK",
    DEBUG,
    "options",
    "parsing buffer received from {} to {} over interface {}",
    "",
    debuglevel=50,
)
DHCP4_QUERY_DATA = Event(
    "DHCP4_QUERY_DATA",
    DEBUG,
    "packets",
    "{}, packet details: {}",
    "the query with all its options, in one line",
    debuglevel=55,
)
DHCP4_PACKET_PACK = Event(
    "DHCP4_PACKET_PACK", DEBUG, "options", "{}: preparing on-wire format of the packet to be sent", "", debuglevel=50
)
DHCP4_RESPONSE_DATA = Event(
    "DHCP4_RESPONSE_DATA",
    DEBUG,
    "packets",
    "{}: responding with packet {} (type {}), packet details: {}",
    "the reply with all its options, in one line",
    debuglevel=55,
)

# --- the subnet -----------------------------------------------------------------------------------------------
DHCPSRV_CFGMGR_NEW_SUBNET4 = Event(
    "DHCPSRV_CFGMGR_NEW_SUBNET4",
    INFO,
    "dhcpsrv",
    "a new subnet has been added to configuration: {}",
    "once for each subnet when a configuration comes into force",
)
DHCPSRV_SUBNET4_SELECT_NO_RAI_OPTIONS = Event(
    "DHCPSRV_SUBNET4_SELECT_NO_RAI_OPTIONS",
    DEBUG,
    "dhcpsrv",
    "No RAI options found to use for subnet selection.",
    "the query has no option 82",
    debuglevel=40,
)
DHCPSRV_SUBNET4_SELECT_NO_RELAY_ADDRESS = Event(
    "DHCPSRV_SUBNET4_SELECT_NO_RELAY_ADDRESS",
    DEBUG,
    "dhcpsrv",
    "Relay address (giaddr) in client packet is empty.",
    "",
    debuglevel=40,
)
DHCPSRV_SUBNET4_SELECT_BY_INTERFACE_NO_MATCH = Event(
    "DHCPSRV_SUBNET4_SELECT_BY_INTERFACE_NO_MATCH",
    DEBUG,
    "dhcpsrv",
    "No subnet matches interface: {}",
    "no subnet names the interface of the query",
    debuglevel=40,
)
DHCPSRV_CFGMGR_SUBNET4_ADDR = Event(
    "DHCPSRV_CFGMGR_SUBNET4_ADDR",
    DEBUG,
    "dhcpsrv",
    "selected subnet {} for packet received by matching address {}",
    "",
    debuglevel=40,
)
DHCP4_SUBNET_DATA = Event(
    "DHCP4_SUBNET_DATA", DEBUG, "packets", "{}: the selected subnet details: {}", "", debuglevel=55
)

# --- reservations ---------------------------------------------------------------------------------------------
HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER = Event(
    "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER",
    DEBUG,
    "hosts",
    "get one host with IPv4 reservation for subnet id {}, identified by {}",
    "",
    debuglevel=40,
)
HOSTS_CFG_GET_ALL_IDENTIFIER = Event(
    "HOSTS_CFG_GET_ALL_IDENTIFIER",
    DEBUG,
    "hosts",
    "get all hosts with reservations using identifier: {}",
    "",
    debuglevel=40,
)
HOSTS_CFG_GET_ALL_IDENTIFIER_COUNT = Event(
    "HOSTS_CFG_GET_ALL_IDENTIFIER_COUNT", DEBUG, "hosts", "using identifier {}, found {} host(s)", "", debuglevel=45
)
HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_NULL = Event(
    "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_NULL",
    DEBUG,
    "hosts",
    "host not found using subnet id {} and identifier {}",
    "",
    debuglevel=45,
)
HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_HOST = Event(
    "HOSTS_CFG_GET_ONE_SUBNET_ID_IDENTIFIER_HOST",
    DEBUG,
    "hosts",
    "using subnet id {} and identifier {}, found host: {}",
    "",
    debuglevel=45,
)
HOSTS_CFG_GET_ALL_IDENTIFIER_HOST = Event(
    "HOSTS_CFG_GET_ALL_IDENTIFIER_HOST", DEBUG, "hosts", "using identifier: {}, found host: {}", "", debuglevel=55
)
HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4 = Event(
    "HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4",
    DEBUG,
    "hosts",
    "get one host with reservation for subnet id {} and IPv4 address {}",
    "",
    debuglevel=40,
)
HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4 = Event(
    "HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4",
    DEBUG,
    "hosts",
    "get all hosts with reservations for subnet id {} and IPv4 address {}",
    "",
    debuglevel=40,
)
HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_COUNT = Event(
    "HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_COUNT",
    DEBUG,
    "hosts",
    "using IPv4 subnet {} and IPv4 address {}, found {} host(s)",
    "",
    debuglevel=45,
)
HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_NULL = Event(
    "HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_NULL",
    DEBUG,
    "hosts",
    "host not found using subnet id {} and address {}",
    "",
    debuglevel=45,
)
HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_HOST = Event(
    "HOSTS_CFG_GET_ONE_SUBNET_ID_ADDRESS4_HOST",
    DEBUG,
    "hosts",
    "using subnet id {} and address {}, found host: {}",
    "",
    debuglevel=45,
)
HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_HOST = Event(
    "HOSTS_CFG_GET_ALL_SUBNET_ID_ADDRESS4_HOST",
    DEBUG,
    "hosts",
    "using IPv4 subnet {} and IPv4 address {}, found host: {}",
    "",
    debuglevel=55,
)

# --- name and lease -------------------------------------------------------------------------------------------
DHCP4_CLIENT_FQDN_PROCESS = Event(
    "DHCP4_CLIENT_FQDN_PROCESS", DEBUG, "ddns", "{}: processing Client FQDN option", "", debuglevel=50
)
DHCP4_CLIENT_HOSTNAME_PROCESS = Event(
    "DHCP4_CLIENT_HOSTNAME_PROCESS", DEBUG, "ddns", "{}: processing client's Hostname option", "", debuglevel=50
)
DHCPSRV_MEMFILE_GET_CLIENTID = Event(
    "DHCPSRV_MEMFILE_GET_CLIENTID", DEBUG, "dhcpsrv", "obtaining IPv4 leases for client ID {}", "", debuglevel=50
)
DHCPSRV_MEMFILE_GET_HWADDR = Event(
    "DHCPSRV_MEMFILE_GET_HWADDR", DEBUG, "dhcpsrv", "obtaining IPv4 leases for hardware address {}", "", debuglevel=50
)
DHCPSRV_MEMFILE_GET_ADDR4 = Event(
    "DHCPSRV_MEMFILE_GET_ADDR4", DEBUG, "dhcpsrv", "obtaining IPv4 lease for address {}", "", debuglevel=50
)
DHCPSRV_MEMFILE_ADD_ADDR4 = Event(
    "DHCPSRV_MEMFILE_ADD_ADDR4", DEBUG, "dhcpsrv", "adding IPv4 lease with address {}", "", debuglevel=50
)
DHCPSRV_MEMFILE_UPDATE_ADDR4 = Event(
    "DHCPSRV_MEMFILE_UPDATE_ADDR4", DEBUG, "dhcpsrv", "updating IPv4 lease for address {}", "", debuglevel=50
)
DHCPSRV_MEMFILE_DELETE_ADDR4 = Event(
    "DHCPSRV_MEMFILE_DELETE_ADDR4", DEBUG, "dhcpsrv", "deleting lease for address {}", "", debuglevel=50
)
DHCPSRV_MEMFILE_GET4 = Event("DHCPSRV_MEMFILE_GET4", DEBUG, "dhcpsrv", "obtaining all IPv4 leases", "", debuglevel=50)
DHCPSRV_MEMFILE_WIPE_LEASES4 = Event(
    "DHCPSRV_MEMFILE_WIPE_LEASES4", INFO, "dhcpsrv", "removing all IPv4 leases from subnet {}", "lease4-wipe"
)
DHCPSRV_MEMFILE_WIPE_LEASES4_FINISHED = Event(
    "DHCPSRV_MEMFILE_WIPE_LEASES4_FINISHED",
    INFO,
    "dhcpsrv",
    "removing all IPv4 leases from subnet {} finished, removed {} leases",
    "lease4-wipe",
)
DHCP4_CLASS_UNCONFIGURED = Event(
    "DHCP4_CLASS_UNCONFIGURED",
    DEBUG,
    "dhcp4",
    "{}: client packet belongs to an unconfigured class: {}",
    "a reservation or hook library names a class that is not defined",
    debuglevel=40,
)
ALLOC_ENGINE_V4_LEASES_RECLAMATION_START = Event(
    "ALLOC_ENGINE_V4_LEASES_RECLAMATION_START",
    DEBUG,
    "alloc-engine",
    "starting reclamation of expired leases (limit = {} leases or {} milliseconds)",
    "",
    debuglevel=40,
)
ALLOC_ENGINE_V4_OFFER_NEW_LEASE = Event(
    "ALLOC_ENGINE_V4_OFFER_NEW_LEASE",
    DEBUG,
    "alloc-engine",
    "allocation engine will try to offer new lease to the client {}",
    "",
    debuglevel=40,
)
ALLOC_ENGINE_V4_OFFER_EXISTING_LEASE = Event(
    "ALLOC_ENGINE_V4_OFFER_EXISTING_LEASE",
    DEBUG,
    "alloc-engine",
    "allocation engine will try to offer existing lease to the client {}",
    "",
    debuglevel=40,
)
ALLOC_ENGINE_V4_REQUEST_ALLOC_REQUESTED = Event(
    "ALLOC_ENGINE_V4_REQUEST_ALLOC_REQUESTED",
    DEBUG,
    "alloc-engine",
    "{}: trying to allocate requested address {}",
    "",
    debuglevel=40,
)
ALLOC_ENGINE_V4_REQUEST_EXTEND_LEASE = Event(
    "ALLOC_ENGINE_V4_REQUEST_EXTEND_LEASE",
    DEBUG,
    "alloc-engine",
    "{}: extending lifetime of the lease for address {}",
    "",
    debuglevel=40,
)

QUERY_STEPS: Final = tuple(
    event for event in tuple(globals().values()) if isinstance(event, Event) and event.severity == DEBUG
)
"""All of the above that are about a query."""
