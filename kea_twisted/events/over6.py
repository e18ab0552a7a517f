"""Messages of DHCPv4 over DHCPv6."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, WARN, Event

DHCP4_DHCP4O6_RECEIVING = Event(
    "DHCP4_DHCP4O6_RECEIVING", DEBUG, "packets", "receiving DHCPv4o6 packet from DHCPv6 server", "", debuglevel=50
)
DHCP4_DHCP4O6_RECEIVE_FAIL = Event(
    "DHCP4_DHCP4O6_RECEIVE_FAIL",
    DEBUG,
    "packets",
    "failed to receive DHCPv4o6: {}",
    "most often the DHCPv6 server is not there",
    debuglevel=50,
)
DHCP4_DHCP4O6_PACKET_RECEIVED = Event(
    "DHCP4_DHCP4O6_PACKET_RECEIVED",
    DEBUG,
    "packets",
    "received DHCPv4o6 packet from DHCPv4 server (type {}) for {} on interface {}",
    "the DHCPv6 server passes on a query; Kea's text says DHCPv4 here",
    debuglevel=40,
)
DHCP4_DHCP4O6_BAD_PACKET = Event(
    "DHCP4_DHCP4O6_BAD_PACKET", DEBUG, "packets", "{}: received malformed DHCPv4o6 packet: {}", "", debuglevel=50
)
DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET = Event(
    "DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET",
    WARN,
    "dhcpsrv",
    "received bad DHCPv4o6 packet: {}",
    "something else than a DHCPv6 server sends to dhcp4o6-port, or one of another version",
)
DHCP4_DHCP4O6_PACKET_SEND = Event(
    "DHCP4_DHCP4O6_PACKET_SEND",
    DEBUG,
    "packets",
    "{}: trying to send packet {} (type {}) to {} port {} on interface {} encapsulating {}: {} (type {})",
    "an answer goes to the DHCPv6 server",
    debuglevel=40,
)
DHCP4_DHCP4O6_PACKET_SEND_FAIL = Event(
    "DHCP4_DHCP4O6_PACKET_SEND_FAIL",
    ERROR,
    "packets",
    "{}: failed to send DHCPv4o6 packet: {}",
    "the DHCPv6 server is not there, or the message is too long",
)
DHCP4_DHCP4O6_SUBNET_SELECTED = Event(
    "DHCP4_DHCP4O6_SUBNET_SELECTED",
    DEBUG,
    "packets",
    "{}: the subnet with ID {} was selected for client assignments",
    "",
    debuglevel=45,
)
DHCP4_DHCP4O6_SUBNET_DATA = Event(
    "DHCP4_DHCP4O6_SUBNET_DATA", DEBUG, "packets", "{}: the selected subnet details: {}", "", debuglevel=55
)
DHCP4_DHCP4O6_SUBNET_SELECTION_FAILED = Event(
    "DHCP4_DHCP4O6_SUBNET_SELECTION_FAILED",
    DEBUG,
    "packets",
    "{}: failed to select subnet for the client",
    "no subnet has the address, interface or interface id of the query in its 4o6 keywords",
    debuglevel=50,
)
