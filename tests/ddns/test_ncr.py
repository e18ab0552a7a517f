"""Name change requests: Kea's format, and what of it is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.ddns.ncr import InvalidRequest, parse
from kea_twisted.ddns.request import MODES, REMOVE, render
from tests.ddnsbuilders import request


def datagram(**changes: object) -> bytes:
    """A request with other members; None takes one away."""
    members = {**json.loads(render(request())[2:]), **changes}
    body = json.dumps({key: value for key, value in members.items() if value is not None}).encode()
    return len(body).to_bytes(2, "big") + body


@pytest.mark.parametrize(
    "written",
    [
        *(request(mode=mode) for mode in MODES),
        request(change_type=REMOVE, forward=False),
        request(reverse=False, address="2001:db8::1", lease_length=0xFFFFFFFF),
        request(fqdn="a\\.b.example.com."),
    ],
)
def test_what_is_written_is_read(written: object) -> None:
    assert parse(render(written)) == written  # type: ignore[arg-type]


def test_the_format_is_keas() -> None:
    body = (
        b'{"change-type":0,"forward-change":true,"reverse-change":true,"fqdn":"h.example.com.",'
        b'"ip-address":"192.0.2.1","dhcid":"'
        + request().dhcid.hex().upper().encode()
        + b'","lease-expires-on":"19700101000000","lease-length":1200,"conflict-resolution-mode":"check-with-dhcid"}'
    )
    assert render(request()) == len(body).to_bytes(2, "big") + body


def test_a_name_becomes_absolute_and_keeps_its_case() -> None:
    assert parse(datagram(fqdn="H.Example.com")).fqdn == "H.Example.com."


@pytest.mark.parametrize(("given_", "mode"), [(True, "check-with-dhcid"), (False, "no-check-with-dhcid")])
def test_the_old_word_for_the_mode(given_: bool, mode: str) -> None:
    found = parse(datagram(**{"conflict-resolution-mode": None, "use-conflict-resolution": given_}))
    assert found.mode == mode


def test_newer_keas_leave_the_end_of_the_lease_out() -> None:
    assert parse(datagram(**{"lease-expires-on": None})).lease_length == 1200


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"change-type": None}, "NameChangeRequest value missing for: change-type"),
        ({"change-type": 2}, "Invalid data value for change_type: 2"),
        ({"change-type": True}, "Wrong data type for change_type"),
        ({"forward-change": 1}, "Wrong data type for forward-change"),
        ({"forward-change": False, "reverse-change": False}, "forward and reverse flags are both false"),
        ({"fqdn": ""}, "Invalid FQDN value"),
        ({"fqdn": "a..b"}, "Invalid FQDN value"),
        ({"fqdn": "x" * 64}, "Invalid FQDN value"),
        ({"ip-address": "192.0.2"}, "Invalid ip address string"),
        ({"ip-address": "fe80::1%eth0"}, "Invalid ip address string"),
        ({"dhcid": ""}, "DHCID cannot be blank"),
        ({"dhcid": "ABC"}, "Invalid data in Dhcid"),
        ({"dhcid": "00 11"}, "Invalid data in Dhcid"),
        ({"lease-length": -1}, "is negative"),
        ({"lease-length": 1 << 32}, "too large"),
        ({"lease-length": 1.5}, "Wrong data type for lease_length"),
        ({"lease-expires-on": "20261301000000"}, "Invalid date-time"),
        ({"lease-expires-on": "x"}, "Invalid date-time"),
        ({"conflict-resolution-mode": "none"}, "Invalid ConflictResolutionMode: none"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidRequest, match=text):
        parse(datagram(**changes))


@given(st.binary(max_size=60))
def test_garbage_is_refused_and_no_more(garbage: bytes) -> None:
    for whole in (garbage, len(garbage).to_bytes(2, "big") + garbage):
        with pytest.raises(InvalidRequest):
            parse(whole)


def test_every_cut_is_refused() -> None:
    whole = render(request())
    for end in range(len(whole)):
        with pytest.raises(InvalidRequest):
            parse(whole[:end])


def test_what_stands_behind_the_request_is_ignored() -> None:
    assert parse(render(request()) + b"more") == request()


def test_deep_nesting_and_doubled_keys_are_refused() -> None:
    for body in (b"[" * 30000, b'{"fqdn":"a","fqdn":"b"}', b'{"a":NaN}', b"null"):
        with pytest.raises(InvalidRequest):
            parse(len(body).to_bytes(2, "big") + body)


@given(
    st.sampled_from(
        ["change-type", "fqdn", "ip-address", "dhcid", "lease-length", "lease-expires-on", "forward-change"]
    ),
    st.one_of(st.text("aF0.-:1\\", max_size=9), st.integers(-2, 1 << 33), st.booleans()),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_the_usual_form_is_read_as_any_other(key: str, value: object, separators: tuple[str, str]) -> None:
    members = {**json.loads(render(request())[2:]), key: value}

    def read(members: dict[str, object]) -> object:
        body = json.dumps(members, separators=separators).encode()
        try:
            return parse(len(body).to_bytes(2, "big") + body)
        except InvalidRequest as error:
            return str(error)

    assert read(members) == read(dict(reversed(members.items())))
