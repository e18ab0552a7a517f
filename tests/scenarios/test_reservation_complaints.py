"""*My reservation is ignored*: what people report, as short stories with what must happen instead.

Each is a thing that did happen to users of a Kea, by its configuration or by what their clients do.
"""

from __future__ import annotations

from typing import Any

from kea_twisted.config import load_tree
from kea_twisted.wire.constants import ACK, NAK
from tests.builders import Client, World, ip, kind_of, mac

WARNING = "ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT"
HW = mac(1).hex(":")
POOL = {"pool": "10.0.0.100 - 10.0.0.199"}


def world(*reservations: dict[str, Any], **more: Any) -> World:
    """10.0.0.0/24, a pool of a hundred, these reservations."""
    return World(load_tree(tree(*reservations, **more)))


def tree(*reservations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Its configuration."""
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [POOL], "reservations": list(reservations)}
    return {"Dhcp4": {"subnet4": [subnet | {key.replace("_", "-"): value for key, value in more.items()}]}}


def reserved(address: str, **more: Any) -> dict[str, Any]:
    """For the hardware address of client 1."""
    return {"hw-address": HW, "ip-address": address, **more}


def settle(client: Client) -> int:
    """Act as a client that got a NAK, or no answer: ask anew."""
    return client.obtain()


def test_a_device_that_comes_back_with_its_old_address_is_moved_to_the_one_reserved_since() -> None:
    house = world()
    nas = house.client(1)
    old = nas.obtain()
    house.reconfigure(load_tree(tree(reserved("10.0.0.150"))))
    assert kind_of(nas.reboot(old)) == NAK
    assert settle(nas) == ip("10.0.0.150")
    assert house.lease("10.0.0.100") is None, "the old lease needs no deletion by hand"


def test_a_device_that_renews_is_moved_too() -> None:
    house = world()
    nas = house.client(1)
    old = nas.obtain()
    house.reconfigure(load_tree(tree(reserved("10.0.0.20"))))
    assert kind_of(nas.renew(old)) == NAK
    assert settle(nas) == ip("10.0.0.20")
    assert kind_of(nas.renew()) == ACK


def test_an_address_outside_of_the_pools_needs_no_flag() -> None:
    assert settle(world(reserved("10.0.0.250")).client(1)) == ip("10.0.0.250")


def test_where_only_reservations_outside_the_pools_count_one_inside_is_named_at_the_check() -> None:
    settings = load_tree(tree(reserved("10.0.0.150"), reservations_out_of_pool=True))
    assert World(settings).client(1).obtain() == ip("10.0.0.100")
    assert [warning.text for warning in settings.warnings] == [
        "address 10.0.0.150 lies in a pool of 10.0.0.0/24: its host does not get it,"
        " for reservations-out-of-pool is true"
    ]


def test_firmware_and_system_with_two_client_ids_block_each_other_and_the_log_says_so() -> None:
    house = world(reserved("10.0.0.150"))
    assert house.client(1, client_id=b"\0firmware").obtain() == ip("10.0.0.150")
    assert house.client(1, client_id=b"\1system").obtain() == ip("10.0.0.100")
    (warning,) = house.log.texts(WARNING)
    assert "conflicting reservation for address 10.0.0.150" in warning
    assert "Client id:     00:66:69:72:6d:77:61:72:65" in warning
    assert house.count("v4-reservation-conflicts") == 1


def test_firmware_and_system_share_the_reservation_where_client_identifiers_are_not_matched() -> None:
    house = world(reserved("10.0.0.150"), match_client_id=False)
    assert house.client(1, client_id=b"\0firmware").obtain() == ip("10.0.0.150")
    assert house.client(1, client_id=b"\1system").obtain() == ip("10.0.0.150")
    assert house.log.texts(WARNING) == []


def test_a_system_that_begins_to_send_a_duid_gets_its_reservation_back_when_the_old_lease_is_over() -> None:
    house = world(reserved("10.0.0.150"))
    house.client(1).obtain()
    new = house.client(1, client_id=b"\xff\0\0\0\1\0\1duid")
    assert new.obtain() == ip("10.0.0.100")
    house.now += 7201
    assert new.discover().yiaddr == ip("10.0.0.150")


def test_a_reservation_by_client_identifier_survives_a_new_network_card() -> None:
    house = world({"client-id": "'laptop'", "ip-address": "10.0.0.150"})
    assert house.client(1, client_id=b"laptop").obtain() == ip("10.0.0.150")
    assert house.client(2, client_id=b"laptop").obtain() == ip("10.0.0.150")


def test_an_address_somebody_got_before_it_was_reserved_goes_to_its_host_when_it_is_given_back() -> None:
    house = world()
    phone, nas = house.client(7), house.client(1)
    taken = phone.obtain("10.0.0.150")
    house.reconfigure(load_tree(tree(reserved("10.0.0.150"))))
    assert nas.obtain() == ip("10.0.0.100"), "for the time being"
    assert kind_of(phone.renew(taken)) == NAK, "reserved for another by now"
    assert phone.obtain() == ip("10.0.0.101")
    assert kind_of(nas.renew()) == NAK
    assert nas.obtain() == ip("10.0.0.150")


def test_several_cards_of_one_machine_may_have_one_address_reserved() -> None:
    cards = [reserved("10.0.0.150"), {"hw-address": mac(2).hex(":"), "ip-address": "10.0.0.150"}]
    plain = tree(*cards)
    plain["Dhcp4"]["ip-reservations-unique"] = False
    house = World(load_tree(plain))
    assert house.client(1).obtain() == ip("10.0.0.150")
    house.client(1).release("10.0.0.150")
    house.now += 2
    assert house.client(2).obtain() == ip("10.0.0.150")
    assert house.client(3).discover("10.0.0.150").yiaddr == ip("10.0.0.100")


def test_a_reservation_nobody_looks_at_is_said_at_the_check() -> None:
    unused = load_tree(tree({"flex-id": "0102", "ip-address": "10.0.0.150"}))
    assert "flex-id is not in host-reservation-identifiers" in unused.warnings[0].text
    switched_off = load_tree(tree(reserved("10.0.0.150"), reservations_in_subnet=False))
    assert "never used: reservations-in-subnet is false" in switched_off.warnings[0].text
    everywhere = tree()
    everywhere["Dhcp4"]["reservations"] = [reserved("10.0.0.150")]
    assert "no subnet has reservations-global true" in load_tree(everywhere).warnings[0].text
