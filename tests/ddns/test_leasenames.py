"""The request for a lease: its DHCID, its time to live, and what is no name."""

from __future__ import annotations

import base64

import pytest

from kea_twisted.config.model import NameRules
from kea_twisted.ddns.dhcid import dhcid
from kea_twisted.ddns.leasenames import has_names, name_change, time_to_live
from kea_twisted.ddns.request import ADD, REMOVE
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.dnsname import pack_name

CLIENT = bytes.fromhex("010203040506")
LEASE = Lease(0xC0000201, CLIENT, b"", 3000, 1_700_000_000, 1, True, False, "client.example.com")


@pytest.mark.parametrize(
    ("client_id", "name", "expected"),
    [  # the examples of RFC 4701 section 3.6
        (
            "ff" + "00000001" + "00010006412df166010203040506", "chi6.example.com",
            "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
        ),
        ("0107 0809 0a0b 0c", "chi.example.com", "AAEBOSD+XR3Os/0LozeXVqcNc7FwCfQdWL3b/NaiUDlW2No="),
        ("", "client.example.com", "AAABxLmlskllE0MVjd57zHcWmEH3pCQ6VytcKD//7es/deY="),
    ],
)  # fmt: skip
def test_identities_are_those_of_the_rfc(client_id: str, name: str, expected: str) -> None:
    made = dhcid(CLIENT, 1, bytes.fromhex(client_id), pack_name(name))
    assert base64.b64encode(made).decode() == expected


@pytest.mark.parametrize(
    ("hwaddr", "client_id", "fault"),
    [
        (b"", b"", "HW address is empty"),
        (CLIENT, b"\xff\0\0\0\1", "length of: 5, is too short"),
        (CLIENT, b"\xff" + bytes(135), "length of: 136, is too long"),
    ],
)
def test_no_identity_is_made_of_nothing(hwaddr: bytes, client_id: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        dhcid(hwaddr, 1, client_id, b"\0")


def test_the_identity_counts_the_type_of_the_hardware() -> None:
    other = LEASE._replace(user_context='{ "ISC": { "hardware-type": 6 } }')
    assert name_change(LEASE, False, NameRules()).dhcid != name_change(other, False, NameRules()).dhcid


@pytest.mark.parametrize(
    ("lifetime", "rules", "expected"),
    [
        (3000, {}, 1000),
        (1000, {}, 600),  # RFC 4702 section 5
        (0, {}, 600),
        (0xFFFFFFFF, {}, 1431641448),
        (3000, {"ttl": 5, "ttl_percent": 0.5, "ttl_min": 100, "ttl_max": 200}, 5),
        (3001, {"ttl_percent": 0.5}, 1501),
        (3000, {"ttl_min": 2000, "ttl_max": 1500}, 2000),
        (3000, {"ttl_max": 700}, 700),
        (100, {"ttl_min": 10}, 33),
    ],
)
def test_records_live_for_a_share_of_the_lifetime_within_bounds(lifetime: int, rules: dict[str, float], expected: int):
    assert time_to_live(lifetime, NameRules(**rules)) == expected  # type: ignore[arg-type]


def test_a_request_has_the_flags_and_the_end_of_the_lease() -> None:
    made = name_change(LEASE, True, NameRules(mode="no-check-with-dhcid"))
    assert (made.change_type, made.forward, made.reverse) == (REMOVE, True, False)
    assert (made.fqdn, made.address, made.mode) == ("client.example.com.", "192.0.2.1", "no-check-with-dhcid")
    assert (made.lease_length, made.expires) == (1000, "20231114223000")
    assert name_change(LEASE, False, NameRules()).change_type == ADD


@pytest.mark.parametrize(
    ("hostname", "fqdn"),
    [("plain", "plain."), ("a\\.b.c.", "a\\.b.c."), ("b\xfccher", "b\\252cher."), ("a b", "a\\032b.")],
)
def test_names_are_written_as_the_dns_writes_them(hostname: str, fqdn: str) -> None:
    assert name_change(LEASE._replace(hostname=hostname), False, NameRules()).fqdn == fqdn


@pytest.mark.parametrize("hostname", [".", "a..b", "x" * 64, ".a"])
def test_what_is_no_name_makes_no_request(hostname: str) -> None:
    with pytest.raises(ValueError, match="name|FQDN"):
        name_change(LEASE._replace(hostname=hostname), False, NameRules())


@pytest.mark.parametrize(
    ("hostname", "forward", "reverse", "expected"),
    [("a", True, False, True), ("a", False, True, True), ("a", False, False, False), ("", True, True, False)],
)
def test_a_lease_has_names_if_a_direction_is_updated(hostname: str, forward: bool, reverse: bool, expected: bool):
    assert has_names(LEASE._replace(hostname=hostname, fqdn_fwd=forward, fqdn_rev=reverse)) is expected
