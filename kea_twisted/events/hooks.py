"""Messages about hook libraries: loading, faults, and packets that they drop or skip."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, Event

HOOKS_CALLOUT_EXCEPTION = Event(
    "HOOKS_CALLOUT_EXCEPTION",
    ERROR,
    "callouts",
    "exception thrown by callout on hook {} registered by library with index {} (callout address {}): {}",
    "a fault of a hook library; the server goes on as if it had not been asked",
)
HOOKS_PACKET_UNANSWERED = Event(
    "HOOKS_PACKET_UNANSWERED",
    INFO,
    "callouts",
    "{}: hooks library {} returned {} at {}, the client gets no answer",
    "a library written in Python wants it so; five lines a minute for each client",
)
HOOKS_PACKETS_NOT_LOGGED = Event(
    "HOOKS_PACKETS_NOT_LOGGED",
    INFO,
    "callouts",
    "{} further packets that hook libraries left without an answer were not logged one by one, from {} clients",
    "see HOOKS_PACKET_UNANSWERED",
)
HOOKS_LIBRARY_LOADED = Event(
    "HOOKS_LIBRARY_LOADED", INFO, "hooks", "hooks library {} successfully loaded", "it takes part from now on"
)
HOOKS_LIBRARY_CLOSED = Event(
    "HOOKS_LIBRARY_CLOSED", INFO, "hooks", "hooks library {} successfully closed", "it takes part no more"
)
DHCP4_HOOK_PACKET_RCVD_SKIP = Event(
    "DHCP4_HOOK_PACKET_RCVD_SKIP",
    DEBUG,
    "hooks",
    "{}: packet is dropped, because a callout set the next step to SKIP",
    "a hook library does not want the query answered",
    debuglevel=40,
)
DHCP4_HOOK_LEASE4_OFFER_DROP = Event(
    "DHCP4_HOOK_LEASE4_OFFER_DROP",
    DEBUG,
    "hooks",
    "{}: packet is dropped, because a callout set the next step to DROP",
    "a hook library does not want the offer made",
    debuglevel=40,
)
DHCP4_HOOK_LEASE4_SELECT_SKIP = Event(
    "DHCP4_HOOK_LEASE4_SELECT_SKIP",
    DEBUG,
    "hooks",
    "{}: a new lease was refused by a hook library",
    "as if there were no address",
    debuglevel=40,
)
DHCP4_HOOK_LEASE4_RENEW_SKIP = Event(
    "DHCP4_HOOK_LEASE4_RENEW_SKIP",
    DEBUG,
    "hooks",
    "{}: a lease was not renewed because a hook library refused",
    "the lease stays as it is",
    debuglevel=40,
)
DHCP4_HOOK_LEASE4_RELEASE_SKIP = Event(
    "DHCP4_HOOK_LEASE4_RELEASE_SKIP",
    DEBUG,
    "hooks",
    "{}: lease was not released because a callout set the next step to SKIP",
    "the lease stays",
    debuglevel=40,
)
DHCP4_HOOK_DECLINE_SKIP = Event(
    "DHCP4_HOOK_DECLINE_SKIP",
    DEBUG,
    "hooks",
    "{}: Decline4 hook callouts set status to DROP, ignoring packet.",
    "the lease stays",
    debuglevel=40,
)
DHCP4_HOOK_PACKET_SEND_DROP = Event(
    "DHCP4_HOOK_PACKET_SEND_DROP",
    DEBUG,
    "hooks",
    "{}: prepared DHCPv4 response was not sent because a callout set the next ste to DROP",
    "the text is Kea's, letter by letter",
    debuglevel=40,
)
DHCP4_HOOK_BUFFER_SEND_SKIP = Event(
    "DHCP4_HOOK_BUFFER_SEND_SKIP",
    DEBUG,
    "hooks",
    "{}: prepared response is dropped because a callout set the next step to SKIP.",
    "a hook library holds the datagram back",
    debuglevel=40,
)
DHCP4_HOOK_FAILED = Event(
    "DHCP4_HOOK_FAILED", ERROR, "hooks", "a callback at hook point {} failed: {}", "its packet is not answered"
)
