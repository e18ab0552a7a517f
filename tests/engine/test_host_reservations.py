"""Whom a host reservation is for, and what comes with it."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.engine.hosts import add_host, remove_host
from kea_twisted.lease.lease import DECLINED, Change, Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import (
    ACK,
    NAK,
    OPT_AGENT_OPTIONS,
    OPT_DOMAIN_NAME_SERVERS,
    OPT_FQDN,
    OPT_HOST_NAME,
    OPT_ROUTERS,
    REQUEST,
)
from tests.builders import NOW, World, ip, kind_of, mac, message, packed


def dhcp4(*reservations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """10.0.0.0/24 with a pool of four; ``more`` goes to the global level."""
    subnet = {
        "id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.13"}],
        "option-data": [{"name": "routers", "data": "10.0.0.1"}], "reservations": list(reservations),
    }  # fmt: skip
    return {"Dhcp4": {"subnet4": [subnet], **{key.replace("_", "-"): value for key, value in more.items()}}}


def world(*reservations: dict[str, Any], **more: Any) -> World:
    """A server with these reservations."""
    return World(load_tree(dhcp4(*reservations, **more)))


def host(number: int, address: str = "", **more: Any) -> dict[str, Any]:
    """A reservation for the client with this number."""
    made = {
        "hw-address": mac(number).hex(":"),
        **{key.replace("_", "-"): value for key, value in more.items()},
    }
    return {**made, "ip-address": address} if address else made


def hold(house: World, address: str, number: int, **fields: Any) -> None:
    """Give an address to a client."""
    known = {"cltt": int(NOW), "subnet_id": 1, "valid_lifetime": 7200, **fields}
    house.table.apply(Change(Lease(ip(address), mac(number), b"\x01" + mac(number), **known)))


# --- who is meant


@pytest.mark.parametrize(
    ("reservation", "client_id"),
    [
        ({"hw-address": "08:00:27:00:00:01"}, b""),
        ({"hw-address": "080027000001"}, b"\1other"),
        ({"client-id": "01:11:22"}, b"\x01\x11\x22"),
        ({"client-id": "'\x01me'"}, b"\1me"),
        ({"duid": "00:01:0a:0b"}, b"\xff\0\0\0\7\0\1\x0a\x0b"),
    ],
)
def test_a_client_is_known_by_any_identifier(reservation: dict[str, Any], client_id: bytes) -> None:
    house = world({**reservation, "ip-address": "10.0.0.50"})
    assert house.client(1, client_id=client_id).obtain() == ip("10.0.0.50")
    assert house.client(2, client_id=b"\1stranger").obtain() == ip("10.0.0.10")


def test_a_client_is_known_by_what_its_relay_says() -> None:
    house = world({"circuit-id": "'port 7'", "ip-address": "10.0.0.50"})
    relayed = {OPT_AGENT_OPTIONS: b"\x01\x06port 7"}
    assert house.client(1).send(1, relayed, giaddr=ip("10.0.0.1")).yiaddr == ip("10.0.0.50")


def test_the_order_of_identifiers_decides() -> None:
    both = (host(1, "10.0.0.50"), {"client-id": "'me'", "ip-address": "10.0.0.51"})
    assert world(*both).client(1, client_id=b"me").discover().yiaddr == ip("10.0.0.50")
    turned = world(*both, host_reservation_identifiers=["client-id", "hw-address"])
    assert turned.client(1, client_id=b"me").discover().yiaddr == ip("10.0.0.51")


def test_a_global_reservation_counts_where_the_subnet_says_so() -> None:
    rest = {"reservations": [host(1, "10.0.0.50", hostname="one")]}
    assert world(**rest).client(1).discover().yiaddr == ip("10.0.0.10")
    assert world(**rest, reservations_global=True).client(1).discover().yiaddr == ip("10.0.0.50")


def test_a_global_address_that_fits_no_subnet_is_passed_over_but_the_name_counts() -> None:
    house = world(reservations=[host(1, "192.0.2.1", hostname="One")], reservations_global=True)
    offer = house.client(1).discover()
    assert (offer.yiaddr, offer.options[OPT_HOST_NAME]) == (ip("10.0.0.10"), b"one")


def test_the_reservation_of_the_subnet_goes_before_the_global_one() -> None:
    house = world(
        host(1, "10.0.0.50", hostname="near"),
        reservations=[host(1, hostname="far")],
        reservations_global=True,
    )
    assert house.client(1).discover().options[OPT_HOST_NAME] == b"near"


# --- addresses


def test_nobody_else_gets_a_reserved_address() -> None:
    house = world(host(9, "10.0.0.10"), host(8, "10.0.0.12"))
    assert house.client(1).obtain() == ip("10.0.0.11")
    assert house.client(2).discover("10.0.0.12").yiaddr == ip("10.0.0.13")
    assert house.client(3).discover("10.0.0.12").yiaddr == ip("10.0.0.13")
    assert kind_of(house.client(4).select("10.0.0.12")) == NAK


def test_a_client_is_taken_from_an_address_that_is_reserved_for_another() -> None:
    house = world(host(9, "10.0.0.10"))
    hold(house, "10.0.0.10", 1)
    client = house.client(1)
    assert kind_of(client.renew("10.0.0.10")) == NAK
    assert client.obtain() == ip("10.0.0.11")


def test_an_address_outside_of_the_pools_is_kept_only_while_it_is_reserved() -> None:
    house = world(host(1, "10.0.0.50"))
    client = house.client(1)
    client.obtain()
    assert kind_of(client.renew()) == ACK
    house.reconfigure(load_tree(dhcp4()))
    assert client.renew() is None, "it lies in no pool: silence, and the client comes back in the end"
    assert client.obtain() == ip("10.0.0.10")


def test_the_reserved_address_is_meant_by_a_request_that_names_none() -> None:
    assert world(host(1, "10.0.0.50")).client(1).send(3).yiaddr == ip("10.0.0.50")


@pytest.mark.parametrize("state", [0, DECLINED])
def test_while_another_holds_the_reserved_address_the_client_gets_a_different_one_and_may_keep_it(
    state: int,
) -> None:
    house = world(host(1, "10.0.0.12"))
    hold(house, "10.0.0.12", 7, state=state)
    client = house.client(1)
    assert client.obtain() == ip("10.0.0.10")
    assert kind_of(client.renew()) == ACK
    assert house.count("subnet[1].v4-reservation-conflicts") == 1
    house.client(7).release("10.0.0.12") if state == 0 else None
    house.now += 7300
    assert kind_of(client.renew()) == NAK
    assert client.obtain() == ip("10.0.0.12")


def test_reservations_count_in_the_subnet_alone() -> None:
    house = world(host(1, "10.0.0.50"))
    house.client(1).obtain()
    assert house.count("subnet[1].assigned-addresses") == 1
    assert house.count("subnet[1].pool[0].assigned-addresses") == 0


# --- what comes with it


def test_a_reserved_name_is_told_even_to_who_says_nothing() -> None:
    house = world(host(1, hostname="Printer.Example"))
    client = house.client(1)
    client.obtain()
    assert house.lease("10.0.0.10").hostname == "printer.example"
    assert client.renew().options[OPT_HOST_NAME] == b"printer.example"


def test_a_reserved_name_replaces_the_one_in_an_fqdn() -> None:
    house = world(host(1, hostname="printer.example"))
    answer = house.client(1).send(1, {OPT_FQDN: b"\x04\0\0\x02me\0"})
    assert answer.options[OPT_FQDN][3:] == b"\x07printer\x07example\0"
    assert OPT_HOST_NAME not in answer.options


def test_reserved_options_go_before_those_of_the_subnet() -> None:
    options = [{"name": "routers", "data": "10.0.0.9"}, {"name": "domain-name-servers", "data": "10.0.0.8"}]
    house = world(host(1, option_data=options))
    answer = house.client(1).discover()
    assert answer.options[OPT_ROUTERS] == packed("10.0.0.9")
    assert answer.options[OPT_DOMAIN_NAME_SERVERS] == packed("10.0.0.8")
    assert house.client(2).discover().options[OPT_ROUTERS] == packed("10.0.0.1")


def test_reserved_fields_go_before_those_of_the_subnet() -> None:
    house = world(
        host(1, next_server="10.0.0.7", boot_file_name="mine"),
        next_server="10.0.0.6", server_hostname="all", boot_file_name="theirs",
    )  # fmt: skip
    answer = house.client(1).discover()
    assert (answer.siaddr, answer.sname.rstrip(b"\0"), answer.file.rstrip(b"\0")) == (
        ip("10.0.0.7"),
        b"all",
        b"mine",
    )


# --- while the server runs


def test_a_host_put_in_or_taken_out_counts_with_the_next_packet() -> None:
    house = world()
    extra = load_tree(dhcp4(host(1, "10.0.0.10"))).hosts.of(1)[0]
    assert house.client(2).discover().yiaddr == ip("10.0.0.10")
    house.reconfigure(load_tree(dhcp4()))
    add_host(house.settings, house.table, extra)
    assert house.client(2).discover().yiaddr == ip("10.0.0.11")
    assert house.client(1).discover().yiaddr == ip("10.0.0.10")
    (now,) = house.settings.hosts.of(1)
    remove_host(house.settings, house.table, now)
    assert house.client(3).discover("10.0.0.10").yiaddr == ip("10.0.0.10")
    assert not house.settings.hosts


def test_a_hundred_thousand_reservations_are_one_look_up() -> None:
    many = [
        {
            "hw-address": (b"\xaa" + number.to_bytes(5, "big")).hex(),
            "ip-address": address_text(ip("10.0.0.0") + number),
        }
        for number in range(1, 100_001)
    ]
    wide = {
        "id": 1,
        "subnet": "10.0.0.0/8",
        "pools": [{"pool": "10.0.0.1 - 10.1.255.255"}],
        "reservations": many,
    }
    house = World(load_tree({"Dhcp4": {"subnet4": [wide]}}))
    assert house.client(1).obtain() == ip("10.1.134.161"), "the first address without a client"


# --- a server identifier of its own


def test_a_server_identifier_that_is_reserved_for_a_host_is_taken_for_the_servers_own() -> None:
    options = [{"name": "dhcp-server-identifier", "data": "10.0.0.94"}]
    house = world(host(1, "10.0.0.50", option_data=options))
    named = {61: b"\1" + mac(1), 50: packed("10.0.0.50"), 54: packed("10.0.0.94")}
    query = message(REQUEST, named, chaddr=mac(1))
    reply = house.ask(query)
    assert reply is not None and (kind_of(reply), reply.options[54]) == (ACK, packed("10.0.0.94"))
    found = next(iter(house.settings.hosts))
    remove_host(house.settings, house.table, found)
    assert house.ask(query) is None
    add_host(house.settings, house.table, found)
    assert house.ask(query) is not None
