"""Reservations: their errors, and the hosts made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load, load_tree
from kea_twisted.config.hosts import GLOBAL
from kea_twisted.config.reservations import identifier_bytes
from kea_twisted.errors import ConfigError
from tests.builders import ip

TEXT = """{{"Dhcp4": {{
  "subnet4": [{{
    "id": 7, "subnet": "10.0.0.0/24",
    "reservations": [
      {{"hw-address": "aa:aa:aa:aa:aa:aa", "ip-address": "10.0.0.5"}},
      {}
    ]
  }}]
}}}}"""


def finding(reservation: str) -> str:
    """The only thing that is wrong with this reservation beside another, with its place."""
    with pytest.raises(ConfigError) as error:
        load(TEXT.format(reservation), "f", lambda path: "")
    (problem,) = error.value.problems
    return str(problem)


HERE = "subnet4[0].reservations[1]"


@pytest.mark.parametrize(
    ("reservation", "said"),
    [
        ('{"ip-address": "10.0.0.6"}',
         f"f:6:7: {HERE} needs one of hw-address, duid, client-id, circuit-id, flex-id; "
         "it has none"),
        ('{"duid": "01", "client-id": "02"}',
         f"f:6:7: {HERE} needs one of hw-address, duid, client-id, circuit-id, flex-id;"
         " it has duid and client-id"),
        ('{"duid": "01:02"}',
         f"f:6:16: duid in {HERE}: '01:02' identifier is too short (2), at least 3 is required"),
        ('{"hw-address": "00:00:00:00:00:07", "next-server": "255.255.255.255"}',
         f"f:6:58: 'next-server' in {HERE} must not be a broadcast address"),
        ('{"hw-address": "aa:zz"}',
         f"f:6:22: hw-address in {HERE}: 'aazz' is not a valid string of hexadecimal digits"),
        ('{"hw-address": "a:bcd"}',
         f"f:6:22: hw-address in {HERE}: 'a:bcd' is not a valid string of hexadecimal digits"),
        ('{"hw-address": "' + "00" * 21 + '"}',
         f"f:6:22: hw-address in {HERE}: '{'00' * 21}' has 21 bytes, 20 are possible"),
        ('{"duid": "010203", "ip-address": "10.0.1.6"}',
         f"f:6:40: address 10.0.1.6 in {HERE} is not inside 10.0.0.0/24"),
        ('{"duid": "010203", "ip-address": "0.0.0.0"}',
         f"f:6:40: address 0.0.0.0 in {HERE} cannot be reserved"),
        ('{"duid": "010203", "ip-address": "10.0.0.5"}',
         f"f:6:40: address 10.0.0.5 in {HERE} is reserved twice, first at f:5:57"),
        ('{"hw-address": "AAAAAAAAAAAA"}',
         f"f:6:22: hw-address 'AAAAAAAAAAAA' in {HERE} has a reservation already at f:5:22"),
        ('{"duid": "010203", "ip-addres": "10.0.0.6"}',
         f"f:6:26: unknown keyword 'ip-addres' in {HERE}, did you mean 'ip-address'?"),
        ('{"duid": "010203", "option-data": [{"name": "routers", "data": "x"}]}',
         "f:6:70: option dhcp4.routers (code 3)"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(reservation: str, said: str) -> None:
    assert finding(reservation).startswith(said)


@pytest.mark.parametrize(
    ("kind", "text", "data"),
    [
        ("hw-address", "0A:0b:0c", b"\x0a\x0b\x0c"),
        ("hw-address", "a:b:c", b"\x0a\x0b\x0c"),
        ("hw-address", "0a 0b", b"\x0a\x0b"),
        ("client-id", "0x0a0b", b"\x0a\x0b"),
        ("client-id", "a0b", b"\x0a\x0b"),
        ("flex-id", "'some text'", b"some text"),
    ],
)
def test_an_identifier_is_digits_or_text_in_quotes(kind: str, text: str, data: bytes) -> None:
    assert identifier_bytes(kind, text) == data


def test_one_address_for_several_where_that_is_allowed() -> None:
    tree = one({"duid": "010203", "ip-address": "10.0.0.5"}, {"duid": "010204", "ip-address": "10.0.0.5"})
    with pytest.raises(ConfigError):
        load_tree(tree)
    tree["Dhcp4"]["ip-reservations-unique"] = False
    assert len(load_tree(tree).hosts.at(1, ip("10.0.0.5"))) == 2


def test_the_same_client_may_have_a_reservation_in_each_subnet_and_a_global_one() -> None:
    mine = {"hw-address": "00:00:00:00:00:01"}
    tree = one(mine)
    tree["Dhcp4"]["subnet4"].append({"id": 2, "subnet": "10.0.1.0/24", "reservations": [mine]})
    tree["Dhcp4"]["reservations"] = [{**mine, "ip-address": "192.0.2.1"}]
    hosts = load_tree(tree).hosts
    assert [host.subnet_id for host in hosts] == [1, 2, GLOBAL]
    assert hosts.get(GLOBAL, "hw-address", b"\0\0\0\0\0\1").address == ip("192.0.2.1")


def test_the_flags_are_inherited() -> None:
    tree = one()
    tree["Dhcp4"] |= {"reservations-global": True, "reservations-in-subnet": False}
    tree["Dhcp4"]["subnet4"][0]["reservations-in-subnet"] = True
    (subnet,) = load_tree(tree).subnets
    assert (subnet.reservations_global, subnet.reservations_in_subnet) == (True, True)


def test_nothing_about_reservations_is_without_effect() -> None:
    tree = one({"circuit-id": "'x'", "ip-address": "10.0.0.9", "hostname": "h", "client-classes": ["c"],
                "option-data": [{"name": "routers", "data": "10.0.0.1"}], "next-server": "10.0.0.2",
                "server-hostname": "s", "boot-file-name": "b", "user-context": {"a": 1}})  # fmt: skip
    tree["Dhcp4"] |= {
        "client-classes": [{"name": "c"}], "reservations-lookup-first": True, "reservations-global": True,
        "reservations-out-of-pool": True, "early-global-reservations-lookup": True,
        "ip-reservations-unique": False, "host-reservation-identifiers": ["circuit-id"],
    }  # fmt: skip
    settings = load(json.dumps(tree), "f", lambda path: "")
    assert (settings.no_effect, settings.warnings) == ((), ())


def one(*reservations: dict[str, Any]) -> dict[str, Any]:
    """A subnet with these."""
    return {"Dhcp4": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "reservations": list(reservations)}]}}
