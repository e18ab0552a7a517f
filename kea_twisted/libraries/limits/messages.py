"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, Event

_LOGGER: Final = "limits-hooks"


def _debug(identifier: str, text: str, meaning: str, level: int = 40) -> Event:
    return Event(f"LIMITS_{identifier}", DEBUG, _LOGGER, text, meaning, debuglevel=level)


ADDRESSES_BY_CLASS: Final = _debug(
    "CONFIGURED_ADDRESS_LIMIT_BY_CLIENT_CLASS",
    "New lease limit of {} addresses for client class {} has been configured.", "a bound on leases",
)  # fmt: skip
ADDRESSES_BY_SUBNET: Final = _debug(
    "CONFIGURED_ADDRESS_LIMIT_BY_SUBNET",
    "New lease limit of {} addresses for subnet with ID {} has been configured.", "a bound on leases",
)  # fmt: skip
RATE_BY_CLASS: Final = _debug(
    "CONFIGURED_RATE_LIMIT_BY_CLIENT_CLASS",
    "New rate limit of {} for client class {} has been configured.", "a bound on queries",
)  # fmt: skip
RATE_BY_SUBNET: Final = _debug(
    "CONFIGURED_RATE_LIMIT_BY_SUBNET",
    "New rate limit of {} for subnet with ID {} has been configured.", "a bound on queries",
)  # fmt: skip
CLASS_DROPPED: Final = _debug(
    "PACKET_WITH_CLIENT_CLASSES_RATE_LIMIT_DROPPED",
    "Packet assigned to client classes {} is being dropped for exceeding the rate limit of {} for client class {}.",
    "the bound of a class is reached",
)  # fmt: skip
CLASS_HONORED: Final = _debug(
    "PACKET_WITH_CLIENT_CLASSES_RATE_LIMIT_HONORED",
    "Packet assigned to client classes {} is being honored.", "no bound of its classes is reached", 55,
)  # fmt: skip
SUBNET_DROPPED: Final = _debug(
    "PACKET_WITH_SUBNET_ID_RATE_LIMIT_DROPPED",
    "Packet assigned to subnet with ID {} is being dropped for exceeding the rate limit of {}.",
    "the bound of the subnet is reached",
)  # fmt: skip
SUBNET_HONORED: Final = _debug(
    "PACKET_WITH_SUBNET_ID_RATE_LIMIT_HONORED",
    "Packet under subnet with ID {} and limit {} is being honored.", "the bound of the subnet is not reached", 55,
)  # fmt: skip
NO_SUBNET: Final = _debug(
    "PACKET_WIIH_SUBNET_ID_RATE_NO_SUBNET",  # as Kea spells it
    "Packet is not being rate limited due to no subnet specified.", "no subnet was chosen", 55,
)  # fmt: skip
EXCEEDED: Final = _debug(
    "LEASE_LIMIT_EXCEEDED", "Lease was not allocated due to exceeding {}.", "the client gets no address"
)
WITHIN: Final = _debug("LEASE_WITHIN_LIMITS", "Lease with address {} is within limits.", "no bound is reached")
UNREAD: Final = _debug(
    "LEASES_UNREAD", "Lease with address {} may exceed the limit of a client class: leases are still read.",
    "the query is dropped, its repetition answered when they are read",
)  # fmt: skip

EVENTS: Final = (
    ADDRESSES_BY_CLASS, ADDRESSES_BY_SUBNET, RATE_BY_CLASS, RATE_BY_SUBNET, CLASS_DROPPED, CLASS_HONORED,
    SUBNET_DROPPED, SUBNET_HONORED, NO_SUBNET, EXCEEDED, WITHIN, UNREAD,
)  # fmt: skip
OWN: Final = (UNREAD,)
