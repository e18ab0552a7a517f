"""High availability: heartbeats, evidence about the partner, and what the two configurations differ in."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

HA_HEARTBEAT_COMMUNICATIONS_FAILED = Event(
    "HA_HEARTBEAT_COMMUNICATIONS_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to send heartbeat to {}: {}",
    "the partner, its port or the way to it is gone",
)
HA_HEARTBEAT_FAILED = Event(
    "HA_HEARTBEAT_FAILED",
    WARN,
    "ha-hooks",
    "{}: heartbeat to {} failed: {}",
    "the partner answered with an error",
)
HA_COMMUNICATION_INTERRUPTED = Event(
    "HA_COMMUNICATION_INTERRUPTED",
    WARN,
    "ha-hooks",
    "{}: communication with {} is interrupted",
    "no good heartbeat for max-response-delay",
)
HA_PARTNER_GONE = Event(
    "HA_PARTNER_GONE",
    WARN,
    "ha-hooks",
    "{}: {} does not serve, by the evidence {}",
    "signs beyond Kea's timers; this server goes on without its partner",
)
HA_PARTNER_LINK_BROKEN = Event(
    "HA_PARTNER_LINK_BROKEN",
    WARN,
    "ha-hooks",
    "{}: the link to {} is broken, but its DHCP service answers: no takeover; evidence {}",
    "the network between the two servers needs attention",
)
HA_SERVER_STOOD_STILL = Event(
    "HA_SERVER_STOOD_STILL",
    WARN,
    "ha-hooks",
    "{}: this server did not run for {} s: no client is answered before the partner has said what it does",
    "the process or its machine was stopped for a while, and the partner may have taken over",
)
HA_PARTNER_IN_DOUBT = Event(
    "HA_PARTNER_IN_DOUBT",
    WARN,
    "ha-hooks",
    "{}: {} does not take lease updates: clients are answered, {} update(s) are owed to it",
    "no client waits for a partner that does not answer",
)
HA_PARTNER_STOOD_IN_FOR = Event(
    "HA_PARTNER_STOOD_IN_FOR",
    WARN,
    "ha-hooks",
    "{}: {} may be gone: its clients are served, too; evidence {}",
    "load-balancing; it ends when the partner answers again, or is followed by HA_PARTNER_GONE",
)
HA_PARTNER_CAUGHT_UP = Event(
    "HA_PARTNER_CAUGHT_UP",
    INFO,
    "ha-hooks",
    "{}: {} answers again, {} owed update(s) are being sent",
    "after HA_PARTNER_IN_DOUBT",
)
HA_DHCP_SIDE_DOWN = Event(
    "HA_DHCP_SIDE_DOWN",
    ERROR,
    "ha-hooks",
    "{}: this server cannot serve clients: {}; its partner is to take over",
    "the sockets, the interface or the lease file do not work",
)
HA_DHCP_SIDE_UP = Event(
    "HA_DHCP_SIDE_UP",
    INFO,
    "ha-hooks",
    "{}: this server can serve clients again",
    "after HA_DHCP_SIDE_DOWN",
)
HA_CLIENTS_TAKEN_BACK_LATER = Event(
    "HA_CLIENTS_TAKEN_BACK_LATER",
    INFO,
    "ha-hooks",
    "{}: {} serves until this server has had no fault for {} s",
    "after HA_DHCP_SIDE_UP; the time doubles with each hand-over within ten minutes, up to thirty times return-delay",
)
HA_PEER_NAMES_DIFFER = Event(
    "HA_PEER_NAMES_DIFFER",
    ERROR,
    "ha-hooks",
    "{}: {} has other names for the peers: {}; only one of the two serves clients until 'peers' and 'this-server-name' "
    "name both servers alike in both configurations",
    "a server was renamed in one of the two configurations",
)
HA_PEER_ROLES_CONFLICT = Event(
    "HA_PEER_ROLES_CONFLICT",
    ERROR,
    "ha-hooks",
    "{}: the roles at {} do not fit: {}; only one of the two serves clients until 'peers' and 'this-server-name' give "
    "the two servers the same names and different roles in both configurations",
    "each of the two configurations names its own server in the same role",
)
HA_SUBNET_ID_MISMATCH = Event(
    "HA_SUBNET_ID_MISMATCH",
    ERROR,
    "ha-hooks",
    "{}: subnet {} has the id {} here, but {} has {} with the id {}: neither server takes the other's leases in; give "
    "the subnet one id in both configurations",
    "until then each server without the other gives new clients addresses of its own half only",
)
HA_SUBNET_IDS_AGREE = Event(
    "HA_SUBNET_IDS_AGREE",
    INFO,
    "ha-hooks",
    "{}: all subnets have one id here and at {}",
    "after HA_SUBNET_ID_MISMATCH",
)
HA_SUBNETS_MISSING_AT_PARTNER = Event(
    "HA_SUBNETS_MISSING_AT_PARTNER",
    WARN,
    "ha-hooks",
    "{}: {} does not have {} subnet(s) of this server: {}; this server alone serves their clients",
    "the two configurations differ; no other server can serve there",
)
HA_PROBE_RECEIVED = Event(
    "HA_PROBE_RECEIVED",
    DEBUG,
    "ha-hooks",
    "answering a probe of the partner at {}",
    "it asks whether this server's DHCP service answers",
    debuglevel=40,
)
HA_COMMUNICATION_INTERRUPTED_CLIENT4 = Event(
    "HA_COMMUNICATION_INTERRUPTED_CLIENT4",
    INFO,
    "ha-hooks",
    "{}: new client {} attempting to get a lease from the partner",
    "a client that may go unanswered; it is watched",
)
HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED = Event(
    "HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED",
    INFO,
    "ha-hooks",
    "{}: partner server failed to respond to {}, {} clients unacked so far, {} clients left before "
    "transitioning to the partner-down state",
    "the client has been trying for more than max-ack-delay",
)
HA_HIGH_CLOCK_SKEW = Event(
    "HA_HIGH_CLOCK_SKEW",
    WARN,
    "ha-hooks",
    "{}: {}, please synchronize clocks!",
    "more than 30 seconds; at 60 the relationship ends",
)
HA_HEARTBEAT_RECEIVED = Event(
    "HA_HEARTBEAT_RECEIVED",
    DEBUG,
    "ha-hooks",
    "received a heartbeat of {}",
    "one of those a partner sends more often than heartbeat-delay says; the others are COMMAND_RECEIVED",
)
