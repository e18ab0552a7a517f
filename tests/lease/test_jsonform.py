"""Leases in commands: Kea's keys, both ways, and Kea's words for what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.lease.jsonform import lease_from_json, lease_to_json, one_byte_characters
from kea_twisted.lease.lease import INFINITE, Lease

NOW = 1_795_344_433
CARD = "1a:1b:1c:1d:1e:1f"

# lease4-get of a Kea 3.0.4
SHOWN = (
    '{"client-id": "11:22", "cltt": 1795344433, "fqdn-fwd": false, "fqdn-rev": true, '
    '"hostname": "\\u00fc&a,", '
    '"hw-address": "1a:1b:1c:1d:1e:1f", "ip-address": "10.0.0.20", "pool-id": 7, "state": 0, "subnet-id": 1, '
    '"user-context": {"a": ["x,&"], "b": 1}, "valid-lft": 4294967295}'
)
LEASE = Lease(
    0x0A000014, bytes.fromhex("1a1b1c1d1e1f"), b"\x11\x22", INFINITE, NOW, 1, False, True, "ü&a,", 0,
    '{"a": ["x,&"], "b": 1}', 7,
)  # fmt: skip


def given(**values: Any) -> dict[str, Any]:
    """Arguments of lease4-update, underscores for hyphens; None leaves a key out."""
    plain = {"ip-address": "10.0.0.20", "hw-address": CARD, "subnet-id": 1, "valid-lft": 4000}
    named = {key.replace("_", "-"): value for key, value in values.items()}
    return {key: value for key, value in {**plain, **named}.items() if value is not None}


def test_a_lease_is_shown_with_keas_keys_in_keas_order() -> None:
    assert json.dumps(lease_to_json(LEASE)) == SHOWN


def test_what_is_shown_is_understood() -> None:
    assert lease_from_json(json.loads(SHOWN)) == LEASE


def test_only_what_is_there_is_shown() -> None:
    shown = lease_to_json(LEASE._replace(client_id=b"", user_context="", pool_id=0))
    assert not {"client-id", "user-context", "pool-id"} & shown.keys()


def test_a_partners_update_has_an_end_and_more_than_we_need() -> None:
    update = given(expire=NOW + 4000, force_create=True, origin="ha-partner", something_new=[1])
    assert lease_from_json(update) == Lease(0x0A000014, LEASE.hwaddr, b"", 4000, NOW, 1)


def test_a_declined_lease_has_no_identifiers() -> None:
    assert lease_from_json(given(hw_address="", state=1)).hwaddr == b""


def test_what_is_missing_comes_from_the_caller() -> None:
    lease = lease_from_json(given(subnet_id=None, valid_lft=None), now=NOW + 0.7, valid_lifetime=77)
    assert (lease.subnet_id, lease.valid_lifetime, lease.cltt) == (0, 77, NOW)


def test_a_comment_belongs_to_the_context() -> None:
    assert lease_from_json(given(comment="hi")).user_context == '{"comment": "hi"}'


def test_host_names_are_lower_case_and_bytes() -> None:
    assert lease_from_json(given(hostname="FOO.Example.", fqdn_fwd=True)).hostname == "foo.example."
    assert one_byte_characters("日") == "æ\x97¥"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (given(ip_address=None), "missing parameter 'ip-address'"),
        (given(hw_address=None), "missing parameter 'hw-address'"),
        (given(valid_lft=None), "missing parameter 'valid-lft'"),
        (given(ip_address=5), "invalid type specified for parameter 'ip-address'"),
        (given(ip_address="x"), "Failed to convert 'x' to address"),
        (given(ip_address="2001::1"), "Non-IPv4 address specified: 2001::1"),
        (given(hw_address="zz"), "'zz' specified for parameter 'hw-address'"),
        (given(hw_address=""), "Lease4: 10.0.0.20, state: default has neither hardware address or client id"),
        (given(hw_address=":".join(["00"] * 256)), "too long"),
        (given(client_id="01"), r"identifier is too short \(1\), at least 2 is required"),
        (given(client_id=""), r"identifier is too short \(0\), at least 2 is required"),
        (given(valid_lft=-1), r"out of range value \(-1\) specified for parameter 'valid-lft'"),
        (given(valid_lft="x"), "invalid type specified for parameter 'valid-lft'"),
        (given(valid_lft=True), "invalid type specified for parameter 'valid-lft'"),
        (given(expire=-1), "expiration time must be positive for address 10.0.0.20"),
        (given(expire=1000), "expiration time must be greater than valid lifetime for address 10.0.0.20"),
        (given(expire=1 << 70), "out of range value"),
        (given(cltt=1 << 70), "out of range value"),
        (given(state=7), r"Invalid state value: 7, supported values are: 0 \(default\), 1 \(declined\)"),
        (given(fqdn_fwd=True), "No hostname specified and either forward or reverse fqdn was set to true."),
        (given(fqdn_fwd=1), "invalid type specified for parameter 'fqdn-fwd'"),
        (given(hostname=5), "invalid type specified for parameter 'hostname'"),
        (given(user_context=[]), r"Invalid user context '\[\]' is not a JSON map."),
        (given(subnet_id="a"), "invalid type specified for parameter 'subnet-id'"),
        (given(pool_id=4294967296), r"out of range value \(4294967296\) specified for parameter 'pool-id'"),
    ],
)
def test_what_is_wrong_is_named_in_keas_words(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        lease_from_json(values)
