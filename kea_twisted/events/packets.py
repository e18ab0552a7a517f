"""Messages of clients on their way through the server."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

DHCP4_QUERY_LABEL = Event(
    "DHCP4_QUERY_LABEL", INFO, "dhcp4", "received query: {}", "a query was understood; who sent it", plain=True
)
DHCP4_PACKET_RECEIVED = Event(
    "DHCP4_PACKET_RECEIVED",
    INFO,
    "packets",
    "{}: {} (type {}) received from {} to {} on interface {}",
    "a query was accepted for processing",
    plain=True,
)
DHCP4_PACKET_SEND = Event(
    "DHCP4_PACKET_SEND",
    INFO,
    "packets",
    "{}: trying to send packet {} (type {}) from {}:{} to {}:{} on interface {}",
    "an answer leaves",
    plain=True,
)
DHCP4_RESPONSE_OPTIONS_LEFT_OUT = Event(
    "DHCP4_RESPONSE_OPTIONS_LEFT_OUT",
    WARN,
    "packets",
    "{}: the reply has {} bytes, but {} is the most that the client or the interface can take: left out options {}"
    " ({} more such replies since the last such line)",
    "the client gets what it asked for first; at most one line a minute",
)
DHCP4_PACKET_PROCESS_STD_EXCEPTION = Event(
    "DHCP4_PACKET_PROCESS_STD_EXCEPTION",
    ERROR,
    "packets",
    "{}: exception occurred during packet processing: {}",
    "a fault of this server; the query is dropped",
)
DHCP4_PACKET_DROP_0001 = Event(
    "DHCP4_PACKET_DROP_0001",
    DEBUG,
    "bad-packets",
    "{}: failed to parse packet from {} to {}, received over interface {}, reason: {}, {}",
    "a datagram that is no DHCPv4 message",
    debuglevel=15,
)
DHCP4_PACKET_DROPPED = Event(
    "DHCP4_PACKET_DROPPED",
    INFO,
    "bad-packets",
    "{} ({} more for this reason since the last such line)",
    "a packet was dropped because of what it is; at most one line a minute for each reason, the counters have them all",
)
DHCP4_OPTIONS_IGNORED = Event(
    "DHCP4_OPTIONS_IGNORED",
    DEBUG,
    "bad-packets",
    "{}: ignoring options {}, which do not fit their definitions",
    "the query is answered as if they had not been sent",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0002 = Event(
    "DHCP4_PACKET_DROP_0002",
    DEBUG,
    "bad-packets",
    "{}, from interface {}: no suitable subnet configured for a direct client",
    "an INFORM that says neither by its source nor by ciaddr where the client is",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0003 = Event(
    "DHCP4_PACKET_DROP_0003",
    DEBUG,
    "bad-packets",
    "{}, from interface {}: it contains a foreign server identifier",
    "the client chose another server",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0005 = Event(
    "DHCP4_PACKET_DROP_0005",
    DEBUG,
    "bad-packets",
    "{}: unrecognized type {} in option 53",
    "a type of message that no standard defines",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0006 = Event(
    "DHCP4_PACKET_DROP_0006",
    DEBUG,
    "bad-packets",
    "{}: unsupported DHCPv4 message type {}",
    "a type of message that is not sent to servers",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0007 = Event(
    "DHCP4_PACKET_DROP_0007",
    DEBUG,
    "bad-packets",
    "{}: failed to process packet: {}",
    "the query contradicts the RFC",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0008 = Event(
    "DHCP4_PACKET_DROP_0008",
    DEBUG,
    "bad-packets",
    "{}: DHCP service is globally disabled",
    "a command or the HA state switched the service off",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0009 = Event(
    "DHCP4_PACKET_DROP_0009",
    DEBUG,
    "bad-packets",
    "{}: Option 53 missing (no DHCP message type), is this a BOOTP packet?",
    "BOOTP is not served",
    debuglevel=15,
)
DHCP4_PACKET_DROP_0010 = Event(
    "DHCP4_PACKET_DROP_0010",
    DEBUG,
    "packets",
    "{}: dropped as member of the special class 'DROP': hwaddr={}, local_address={}, remote_address={},",
    "a class of the configuration keeps the client out",
    debuglevel=40,
)
DHCP4_PACKET_DROP_0013 = Event(
    "DHCP4_PACKET_DROP_0013",
    DEBUG,
    "packets",
    "{}: dropped as member of the special class 'DROP' after host reservation lookup: hwaddr={}, local_address={}, "
    "remote_address={},",
    "a reservation, or a class that depends on it, keeps the client out",
    debuglevel=40,
)
DHCP4_PACKET_DROP_0014 = Event(
    "DHCP4_PACKET_DROP_0014",
    DEBUG,
    "packets",
    "{}: dropped as member of the special class 'DROP' after early global host reservations lookup: hwaddr={}, "
    "local_address={}, remote_address={},",
    "a global reservation keeps the client out",
    debuglevel=40,
)
DHCP4_CLASS_ASSIGNED = Event(
    "DHCP4_CLASS_ASSIGNED",
    DEBUG,
    "dhcp4",
    "{}: client packet has been assigned to the following class: {}",
    "KNOWN or UNKNOWN",
    debuglevel=40,
)
DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION = Event(
    "DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION",
    DEBUG,
    "dhcp4",
    "{}: client packet has been assigned to the following classes: {}",
    "all but the additional ones",
    debuglevel=40,
)
DHCP4_CLASSES_ASSIGNED = Event(
    "DHCP4_CLASSES_ASSIGNED",
    DEBUG,
    "dhcp4",
    "{}: client packet has been assigned on {} message to the following classes: {}",
    "all classes, in the order in which they count",
    debuglevel=40,
)
DHCP4_ADDITIONAL_CLASS_EVAL_ERROR = Event(
    "DHCP4_ADDITIONAL_CLASS_EVAL_ERROR",
    ERROR,
    "dhcp4",
    "{}: Expression '{}' evaluated to {}",
    "the test of an additional class could not be evaluated: the client is not in it",
)
DHCP4_ADDITIONAL_CLASS_EVAL_RESULT = Event(
    "DHCP4_ADDITIONAL_CLASS_EVAL_RESULT",
    DEBUG,
    "dhcp4",
    "{}: Expression '{}' evaluated to {}",
    "the test of a class listed in evaluate-additional-classes",
    debuglevel=40,
)
DHCP4_ADDITIONAL_CLASS_NO_TEST = Event(
    "DHCP4_ADDITIONAL_CLASS_NO_TEST",
    DEBUG,
    "dhcp4",
    "additional class {} has no test expression, adding it to client's classes unconditionally",
    "",
    debuglevel=40,
)
DHCP4_ADDITIONAL_CLASS_UNDEFINED = Event(
    "DHCP4_ADDITIONAL_CLASS_UNDEFINED",
    DEBUG,
    "dhcp4",
    "additional class {} has no definition",
    "evaluate-additional-classes names an undefined class",
    debuglevel=40,
)
DHCPSRV_EVAL_ERROR = Event(
    "DHCPSRV_EVAL_ERROR",
    ERROR,
    "dhcpsrv",
    "{}: Expression '{}' evaluated to {}",
    "the test of a class could not be evaluated: the client is not in it",
)
DHCPSRV_EVAL_RESULT = Event(
    "DHCPSRV_EVAL_RESULT",
    DEBUG,
    "dhcpsrv",
    "{}: Expression '{}' evaluated to {}",
    "the test of a class",
    debuglevel=50,
)
DHCPSRV_TEMPLATE_EVAL_ERROR = Event(
    "DHCPSRV_TEMPLATE_EVAL_ERROR",
    ERROR,
    "dhcpsrv",
    "{}: Expression '{}' evaluated to {}",
    "the template-test of a class could not be evaluated: no class is spawned",
)
DHCPSRV_TEMPLATE_EVAL_RESULT = Event(
    "DHCPSRV_TEMPLATE_EVAL_RESULT",
    DEBUG,
    "dhcpsrv",
    "{}: Expression '{}' evaluated to {}",
    "the template-test of a class",
    debuglevel=50,
)
DHCP4_PACKET_NAK_0001 = Event(
    "DHCP4_PACKET_NAK_0001",
    ERROR,
    "bad-packets",
    "{}: failed to select a subnet for incoming packet, src {}, type {}",
    "no subnet of ours fits the client's network",
)
DHCP4_PACKET_NAK_0002 = Event(
    "DHCP4_PACKET_NAK_0002",
    DEBUG,
    "bad-packets",
    "{}: invalid address {} requested by INIT-REBOOT",
    "a client of ours came back with an address it does not hold",
    debuglevel=50,
)
DHCP4_PACKET_NAK_0003 = Event(
    "DHCP4_PACKET_NAK_0003",
    DEBUG,
    "bad-packets",
    "{}: failed to advertise a lease, client sent ciaddr {}, requested-ip-address {}",
    "no address could be offered; nothing is sent",
    debuglevel=50,
)
DHCP4_PACKET_NAK_0004 = Event(
    "DHCP4_PACKET_NAK_0004",
    DEBUG,
    "bad-packets",
    "{}: failed to grant a lease, client sent ciaddr {}, requested-ip-address {}",
    "the address asked for cannot be given to this client",
    debuglevel=50,
)
DHCP4_UNKNOWN_ADDRESS_REQUESTED = Event(
    "DHCP4_UNKNOWN_ADDRESS_REQUESTED",
    DEBUG,
    "bad-packets",
    "{}: client requested an unknown address, client sent ciaddr {}, requested-ip-address {}",
    "another server may have given it: silence",
    debuglevel=50,
)
DHCP4_NO_LEASE_INIT_REBOOT = Event(
    "DHCP4_NO_LEASE_INIT_REBOOT",
    DEBUG,
    "bad-packets",
    "{}: no lease for address {} requested by INIT-REBOOT client",
    "another server may know this client: silence, as this one is not authoritative",
    debuglevel=50,
)
DHCP4_SUBNET_SELECTED = Event(
    "DHCP4_SUBNET_SELECTED",
    DEBUG,
    "packets",
    "{}: the subnet with ID {} was selected for client assignments",
    "",
    debuglevel=45,
)
DHCP4_SUBNET_SELECTION_FAILED = Event(
    "DHCP4_SUBNET_SELECTION_FAILED",
    DEBUG,
    "packets",
    "{}: failed to select subnet for the client",
    "no subnet of ours fits the client's network",
    debuglevel=50,
)
DHCP4_SUBNET_DYNAMICALLY_CHANGED = Event(
    "DHCP4_SUBNET_DYNAMICALLY_CHANGED",
    DEBUG,
    "packets",
    "{}: changed selected subnet {} to subnet {} from shared network {} for client assignments",
    "",
    debuglevel=45,
)
DHCP4_INFORM_DIRECT_REPLY = Event(
    "DHCP4_INFORM_DIRECT_REPLY",
    DEBUG,
    "packets",
    "{}: DHCPACK in reply to the DHCPINFORM will be sent directly to {} over {}",
    "the relay is passed by",
    debuglevel=50,
)
