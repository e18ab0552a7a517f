"""Lifetimes: the valid lifetime, T1 and T2, and the lease cache."""

from __future__ import annotations

from struct import Struct
from typing import Final

from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.exchange import Exchange
from kea_twisted.lease.lease import DEFAULT, INFINITE, Lease
from kea_twisted.wire.constants import OPT_LEASE_TIME, OPT_REBINDING_TIME, OPT_RENEWAL_TIME

_U32: Final = Struct("!I").pack


def valid_lifetime(exchange: Exchange, subnet: Subnet) -> int:
    """Return the seconds that the client asks for (option 51) within the bounds of its classes, else of the subnet."""
    requested = exchange.message.options.get(OPT_LEASE_TIME)
    bounds = exchange.lifetime or subnet.valid_lifetime
    if not requested:
        return bounds.default
    seconds = int.from_bytes(requested, "big")
    return min(max(seconds, bounds.minimum), bounds.maximum) if seconds else bounds.default


def offer_lifetime(settings: Settings, exchange: Exchange, subnet: Subnet) -> int:
    """Return the seconds for which an offered address is kept: of the first class that has them, else of the subnet."""
    if settings.classes and exchange.classes:
        said = {row.name: row.offer_lifetime for row in settings.classes if row.offer_lifetime is not None}
        for name in exchange.classes:
            if name in said:
                return said[name]
    return subnet.offer_lifetime


def shortened_lifetime(exchange: Exchange, subnet: Subnet, old: Lease | None) -> int:
    """Return the least configured seconds, for when addresses are short (``adaptive-lease-time-threshold``).

    What the client has of a lease already stays its own.
    """
    least = (exchange.lifetime or subnet.valid_lifetime).minimum
    if old is None or old.state != DEFAULT:
        return least
    if old.valid_lifetime == INFINITE:
        return INFINITE
    age = exchange.now - old.cltt
    return max(least, old.valid_lifetime - age) if age >= 0 else least


def lifetime_text(seconds: int) -> str:
    """Return a lifetime as the log shows it."""
    return "infinity" if seconds == INFINITE else str(seconds)


def time_options(lifetime: int, subnet: Subnet) -> dict[int, bytes]:
    """Return options 58 and 59, those that make sense: T1 < T2 < lifetime (RFC 2131 section 4.4.5)."""
    t1, t2 = subnet.renew_timer, subnet.rebind_timer
    if subnet.calculate_tee_times:
        t1 = round_half_up(subnet.t1_percent * lifetime) if t1 is None else t1
        t2 = round_half_up(subnet.t2_percent * lifetime) if t2 is None else t2
    options: dict[int, bytes] = {}
    sends_t2 = t2 is not None and 0 < t2 < lifetime
    if t1 and t1 < (t2 if t2 and sends_t2 else lifetime):
        options[OPT_RENEWAL_TIME] = _U32(t1)
    if t2 and sends_t2:
        options[OPT_REBINDING_TIME] = _U32(t2)
    return options


def round_half_up(value: float) -> int:
    """C's ``round`` for what is not negative; Python's rounds halves to even."""
    return int(value + 0.5)


def reusable(lease: Lease, lifetime: int, subnet: Subnet, now: int) -> int:
    """Return the seconds left of a lease that need not be renewed yet (lease cache); 0: renew it.

    ``lifetime`` is what a renewal would give. ``cache-threshold`` is a share of it (0: no cache),
    ``cache-max-age`` (0: unset) a number of seconds; a lease younger than both stays as it is (Kea:
    ``AllocEngine::setLeaseReusable``).
    """
    if lease.state != DEFAULT:
        return 0
    if lifetime == INFINITE:
        return INFINITE
    age = now - lease.cltt
    if age < 0 or age >= lease.valid_lifetime:
        return 0
    if subnet.cache_max_age and age > subnet.cache_max_age:
        return 0
    threshold = subnet.cache_threshold
    if not 0 < threshold <= 1 or age > int(lifetime * threshold):
        return 0
    return lease.valid_lifetime - age
