"""The name change request for a lease (Kea: ``queueNCR`` in ncr_generator.cc)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from kea_twisted.config.model import NameRules
from kea_twisted.ddns.dhcid import dhcid
from kea_twisted.ddns.request import ADD, REMOVE, NameChange
from kea_twisted.lease.context import ETHERNET_TYPE, hardware_type
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.dnsname import labels_text, pack_labels, text_labels

_THIRD: Final = 0.33333  # RFC 4702 section 5, in Kea's digits
_LEAST: Final = 600  # seconds, RFC 4702 section 5
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def has_names(lease: Lease) -> bool:
    """Return True if the DNS has a name of the lease, or is to have one."""
    return bool(lease.hostname) and (lease.fqdn_fwd or lease.fqdn_rev)


def name_change(lease: Lease, removes: bool, rules: NameRules) -> NameChange:
    """Return the request that adds or removes the names of a lease. Raises ValueError for what is no domain name."""
    labels = _labels(lease.hostname)
    wire = pack_labels([label.lower() for label in labels]) + b"\0"
    htype = hardware_type(lease.user_context) if lease.user_context else ETHERNET_TYPE
    ttl = time_to_live(lease.valid_lifetime, rules)
    return NameChange(
        REMOVE if removes else ADD,
        bool(lease.fqdn_fwd),
        bool(lease.fqdn_rev),
        f"{labels_text(labels)}.",
        address_text(lease.address),
        dhcid(lease.hwaddr, htype, lease.client_id, wire),
        ttl,
        rules.mode,
        (_EPOCH + timedelta(seconds=lease.cltt + ttl)).strftime("%Y%m%d%H%M%S"),
    )


def share_of_lifetime(lifetime: int, rules: NameRules) -> int:
    """Return the part of the lifetime that the records live, within no bounds."""
    return int((rules.ttl_percent or _THIRD) * lifetime + 0.5)


def time_to_live(lifetime: int, rules: NameRules) -> int:
    """Return the time to live of the records in seconds; the smallest one comes before the largest."""
    if rules.ttl:
        return rules.ttl
    ttl, least = share_of_lifetime(lifetime, rules), rules.ttl_min or _LEAST
    if ttl < least:
        return least
    return min(ttl, rules.ttl_max) if rules.ttl_max else ttl


def _labels(name: str) -> list[bytes]:
    """Return the labels of a name as leases hold it: a character is a byte. Raises ValueError."""
    text = name if name.isascii() else name.encode("latin-1").decode("utf-8", "surrogateescape")
    labels = text_labels(text)
    if not labels or not all(labels):
        raise ValueError(f"Invalid FQDN value: {name}, reason: it is the root, or has an empty label")
    return labels
