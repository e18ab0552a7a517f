"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, Event

_LOGGER: Final = "ping-check-hooks"


def _event(identifier: str, severity: int, text: str, meaning: str, level: int = 0) -> Event:
    return Event(f"PING_CHECK_{identifier}", severity, _LOGGER, text, meaning, debuglevel=level)


LOADED: Final = _event("LOAD_OK", INFO, "Ping Check hooks library loaded successfully.", "offers wait for probes")
UNLOADED: Final = _event(
    "UNLOAD", INFO, "Ping Check hooks library has been unloaded", "offers leave without probes"
)  # fmt: skip
STARTED: Final = _event(
    "MGR_STARTED_SINGLE_THREADED", INFO, "single-threaded ping channel operations are running", "the sockets are open"
)
STOPPED: Final = _event("MGR_STOPPED", INFO, "channel operations have stopped", "the sockets are closed")
CHANNEL_DOWN: Final = _event(
    "MGR_CHANNEL_DOWN", ERROR, "Ping Channel has shutdown, ping checking will be skipped", "its socket broke"
)
READ_FAILED: Final = _event(
    "CHANNEL_SOCKET_READ_FAILED", ERROR, "socket read completed with an error {}", "the socket of the probes broke"
)
WRITE_ERROR: Final = _event(
    "CHANNEL_NETWORK_WRITE_ERROR", ERROR, "occurred trying to ping {}, error {}", "the address is taken for free"
)
MALFORMED: Final = _event(
    "CHANNEL_MALFORMED_PACKET_RECEIVED", DEBUG, "error occurred unpacking message {}, discarding it", "bad ICMP", 40
)
DUPLICATE: Final = _event(
    "DUPLICATE_CHECK", DEBUG, "Ping check already in progress for {}, initiated by {}", "the offer is dropped", 40
)
NO_LEASE: Final = _event(
    "NO_LEASE_OR_LEASE_REUSED", DEBUG, "Ping check skipped: no lease", "the client keeps a lease that it has", 50
)
BEGUN: Final = _event("MGR_START_PING_CHECK", DEBUG, "for {}, initiated by {}", "the offer waits", 40)
SENT: Final = _event(
    "CHANNEL_ECHO_REQUEST_SENT", DEBUG, "to address {}, id {}, sequence {}", "a probe has left", 50
)  # fmt: skip
RECEIVED: Final = _event(
    "MGR_RECEIVED_ECHO_REPLY", DEBUG, "from {}, id {}, sequence {}", "the address is in use", 40
)  # fmt: skip
LATE_REPLY: Final = _event(
    "MGR_RECEIVED_UNEXPECTED_ECHO_REPLY", DEBUG,
    "from {}, id {}, sequence {} received after reply-timeout expired", "nothing waits for it", 50,
)  # fmt: skip
UNREACHABLE: Final = _event(
    "MGR_RECEIVED_UNREACHABLE_MSG", DEBUG, "for {}, id {}, sequence {}", "the address is free", 50
)  # fmt: skip
LATE_UNREACHABLE: Final = _event(
    "MGR_RECEIVED_UNEXPECTED_UNREACHABLE_MSG", DEBUG,
    "for {}, id {}, sequence {} received after reply-timeout expired", "nothing waits for it", 50,
)  # fmt: skip
EXPIRED: Final = _event(
    "MGR_REPLY_TIMEOUT_EXPIRED", DEBUG, "for {}, ECHO REQUEST {} of {}, reply-timeout {}", "no answer came", 50
)
NEXT: Final = _event(
    "MGR_NEXT_ECHO_SCHEDULED", DEBUG, "for {}, scheduling ECHO_REQUEST {} of {}", "another probe leaves", 50
)
FREE: Final = _event("MGR_LEASE_FREE_TO_USE", DEBUG, "address {} is free to use for {}", "the offer leaves", 40)
ARP_SENT: Final = _event("ARP_PROBE_SENT", DEBUG, "for {} on {}", "a host on the link must answer it", 50)
ARP_RECEIVED: Final = _event("ARP_REPLY_RECEIVED", DEBUG, "from {}", "the address is in use on the link", 40)

EVENTS: Final = (
    LOADED, UNLOADED, STARTED, STOPPED, CHANNEL_DOWN, READ_FAILED, WRITE_ERROR, MALFORMED, DUPLICATE, NO_LEASE, BEGUN,
    SENT, RECEIVED, LATE_REPLY, UNREACHABLE, LATE_UNREACHABLE, EXPIRED, NEXT, FREE, ARP_SENT, ARP_RECEIVED,
)  # fmt: skip

OWN: Final = (ARP_SENT, ARP_RECEIVED)
"""Those that Kea's library does not have."""
