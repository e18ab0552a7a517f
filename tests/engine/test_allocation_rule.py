"""The allocation rule: offered and granted addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kea_twisted.config.hosts import Host, Hosts
from kea_twisted.lease.lease import DECLINED, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, NAK
from tests.builders import NOW, World, ip, kind_of, mac, network, settings, subnet

SMALL = settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.12"))


def hold(world, address, number, **fields):
    """Give an address to a client, as the lease file or the partner would."""
    usual = {"client_id": b"\x01" + mac(number), "cltt": int(NOW), "subnet_id": 1, "valid_lifetime": 7200}
    lease = Lease(ip(address), mac(number), **{**usual, **fields})
    world.table.apply(Change(lease))
    return lease


# --- DISCOVER


def test_addresses_are_offered_in_order_from_the_first_of_the_pool():
    world = World()
    assert [world.client(n).obtain() for n in (1, 2, 3)] == [
        ip("10.0.0.10"),
        ip("10.0.0.11"),
        ip("10.0.0.12"),
    ]


def test_two_clients_who_ask_at_the_same_time_are_offered_two_addresses():
    world = World()
    first, second = world.client(1).discover(), world.client(2).discover()
    assert (first.yiaddr, second.yiaddr) == (ip("10.0.0.10"), ip("10.0.0.11"))


def test_an_offer_stores_nothing():
    world = World()
    world.client(1).discover()
    assert (len(world.store), world.last.changes, world.last.lease) == (0, (), None)


def test_a_client_is_offered_the_address_it_has():
    world = World()
    client = world.client(1)
    client.obtain("10.0.0.50")
    assert client.discover("10.0.0.60").yiaddr == ip("10.0.0.50")


@pytest.mark.parametrize("state", [RECLAIMED, RELEASED])
def test_a_client_is_offered_the_address_it_had(state):
    world = World()
    hold(world, "10.0.0.50", 1, state=state, cltt=int(NOW) - 9000)
    assert world.client(1).discover().yiaddr == ip("10.0.0.50")


def test_a_wish_is_granted_where_the_address_is_free():
    assert World().client(1).discover("10.0.0.77").yiaddr == ip("10.0.0.77")


@pytest.mark.parametrize("wish", ["10.0.0.200", "192.0.2.1", "10.0.0.20"])
def test_a_wish_outside_the_pools_or_taken_is_passed_over(wish):
    world = World()
    hold(world, "10.0.0.20", 9)
    assert world.client(1).discover(wish).yiaddr == ip("10.0.0.10")


def test_a_wish_for_an_expired_address_is_granted():
    world = World()
    hold(world, "10.0.0.20", 9, cltt=int(NOW) - 9000)
    assert world.client(1).discover("10.0.0.20").yiaddr == ip("10.0.0.20")


def test_taken_addresses_are_passed_over():
    world = World()
    for last in (10, 11, 13):
        hold(world, f"10.0.0.{last}", last)
    assert [world.client(n).discover().yiaddr & 255 for n in (1, 2)] == [12, 14]


def test_a_lease_that_is_no_longer_in_a_pool_is_not_offered_again():
    world = World()
    hold(world, "10.0.0.200", 1)
    assert world.client(1).discover().yiaddr == ip("10.0.0.10")


def test_an_expired_lease_makes_room_when_nothing_else_is_free():
    world = World(SMALL)
    for last in (10, 11, 12):
        hold(world, f"10.0.0.{last}", last, cltt=int(NOW) - (9000 if last == 11 else 0))
    client = world.client(1)
    assert client.obtain() == ip("10.0.0.11")
    assert (world.count("reclaimed-leases"), world.count("assigned-addresses")) == (1, 3)
    assert world.count("subnet[1].pool[0].cumulative-assigned-addresses") == 4


def test_a_declined_address_is_given_out_again_only_after_its_probation():
    world = World(SMALL)
    for last in (10, 11):
        hold(world, f"10.0.0.{last}", last)
    client = world.client(1)
    client.obtain()
    client.decline()
    assert world.client(2).discover() is None
    world.now += 86402
    for last in (10, 11):
        hold(world, f"10.0.0.{last}", last, cltt=int(world.now))
    assert world.client(2).obtain() == ip("10.0.0.12")
    assert (world.count("declined-addresses"), world.count("reclaimed-declined-addresses")) == (0, 1)


def test_an_exhausted_pool_is_silent_logged_and_counted():
    world = World(SMALL)
    for number in range(3):
        world.client(number).obtain()
    world.log.clear()
    assert world.client(9).discover() is None
    assert world.log.identifiers()[-4:] == [
        "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET",
        "ALLOC_ENGINE_V4_ALLOC_FAIL",
        "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES",
        "DHCP4_PACKET_NAK_0003",
    ]
    assert world.log.texts("ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET")[0].endswith(
        ": failed to allocate an IPv4 lease in the subnet 10.0.0.0/24, subnet-id 1, shared network (none)"
    )
    assert world.log.texts("ALLOC_ENGINE_V4_ALLOC_FAIL")[0].endswith("after 3 attempt(s)")
    assert world.log.texts("ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES")[0].endswith("classes: ALL, UNKNOWN")
    for name in ("v4-allocation-fail", "v4-allocation-fail-subnet", "v4-allocation-fail-classes"):
        assert world.count(name) == world.count(f"subnet[1].{name}") == 1


def test_a_subnet_without_pools_says_so():
    world = World(settings(subnet("10.0.0.0/24")))
    assert world.client(1).discover() is None
    assert "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS" in world.log.identifiers()
    assert world.count("v4-allocation-fail-no-pools") == 1


def test_a_released_address_is_free_at_once_for_others_and_last_in_line():
    world = World(SMALL)
    first = world.client(1)
    first.obtain()
    first.release()
    world.now += 1
    assert [world.client(n).obtain() & 255 for n in (2, 3, 4)] == [11, 12, 10]


def test_the_first_and_last_address_of_a_24_can_be_left_out():
    world = World(settings(subnet("10.0.0.0/23", "10.0.0.254-10.0.1.1"), exclude_first_last_24=True))
    assert [world.client(n).obtain() & 0x1FF for n in (1, 2)] == [254, 257]


# --- REQUEST: the address rules


def test_an_address_of_another_client_is_refused():
    world = World()
    world.client(1).obtain()
    assert kind_of(world.client(2).select("10.0.0.10")) == NAK


def test_a_declined_address_is_refused_to_everybody():
    world = World()
    hold(world, "10.0.0.10", 1, state=DECLINED)
    world.store.put(world.lease("10.0.0.10")._replace(hwaddr=b"", client_id=b""))
    assert kind_of(world.client(2).select("10.0.0.10")) == NAK
    assert kind_of(world.client(2).select("10.0.0.10", chaddr=b"")) == NAK


def test_the_later_of_two_clients_who_want_one_address_is_refused():
    world = World()
    first, second = world.client(1), world.client(2)
    assert kind_of(first.select("10.0.0.30")) == ACK
    assert kind_of(second.select("10.0.0.30")) == NAK
    assert world.lease("10.0.0.30").hwaddr == first.mac


def test_a_client_that_takes_another_address_loses_the_one_it_had():
    world = World()
    client = world.client(1)
    client.obtain("10.0.0.10")
    assert kind_of(client.select("10.0.0.20")) == ACK
    (new, old) = world.last.changes
    assert (new.lease.address, new.deleted) == (ip("10.0.0.20"), False)
    assert (old.lease.address, old.deleted) == (ip("10.0.0.10"), True)
    assert (world.lease("10.0.0.10"), world.count("assigned-addresses")) == (None, 1)


def test_a_request_without_any_address_gets_one():
    world = World()
    answer = world.client(1).send(3, {})
    assert (kind_of(answer), answer.yiaddr) == (ACK, ip("10.0.0.10"))


def test_the_client_identifier_is_looked_up_before_the_hardware_address():
    world = World()
    same_machine = world.client(1, client_id=b"\0other")
    world.client(1).obtain()
    assert same_machine.obtain() == ip("10.0.0.11")
    assert len(world.store) == 2


def test_without_match_client_id_the_hardware_address_alone_counts():
    world = World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", match_client_id=False)))
    world.client(1).obtain()
    assert world.client(1, client_id=b"\0other").obtain() == ip("10.0.0.10")
    assert world.lease("10.0.0.10").client_id == b""


def test_a_client_known_by_hardware_address_keeps_its_lease_when_it_learns_to_send_an_identifier():
    world = World()
    world.client(1, client_id=b"").obtain()
    assert world.client(1).obtain() == ip("10.0.0.10")
    assert world.lease("10.0.0.10").client_id == b"\x01" + mac(1)


# --- shared networks

FLOOR = settings(
    network(
        "floor",
        subnet("10.0.0.0/24", "10.0.0.10-10.0.0.11", id=1),
        subnet("10.0.1.0/24", "10.0.1.10-10.0.1.11", id=2),
    )
)


def test_a_full_subnet_of_a_shared_network_hands_over_to_its_sibling():
    world = World(FLOOR)
    taken = [world.client(n).obtain() for n in range(4)]
    assert [address & 0x1FF for address in taken] == [10, 11, 266, 267]
    assert world.lease("10.0.1.10").subnet_id == 2
    assert world.client(9).discover() is None
    text = world.log.texts("ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK")[0]
    assert text.endswith("network floor: 2 subnets have no available addresses, 0 subnets have no matching pools")
    assert world.count("v4-allocation-fail-shared-network") == 1


def test_a_client_keeps_its_lease_in_a_sibling_subnet():
    world = World(FLOOR)
    client = world.client(1)
    client.obtain("10.0.1.11")
    assert client.discover().yiaddr == ip("10.0.1.11")
    world.now += 3600
    assert kind_of(client.renew()) == ACK


def test_the_mask_is_that_of_the_subnet_the_address_came_from():
    wide = subnet("10.4.0.0/16", "10.4.0.10-10.4.0.20", id=2)
    world = World(settings(network("floor", subnet("10.0.0.0/24", id=1), wide)))
    assert world.client(1).discover().options[1] == bytes((255, 255, 0, 0))


# --- the cost


def test_a_nearly_full_pool_of_sixteen_million_is_searched_fast():
    world = World(settings(subnet("10.0.0.0/8", "10.0.0.1-10.255.255.254")))
    book = world.table.book(1).pools[0]
    for number in range(0xFFFFFE >> 16):
        book.taken.take(number << 16)  # the block comes into being
        book.taken._blocks[number][:] = b"\1" * 65536
        book.taken._free[number] = 0
    assert world.client(1).discover().yiaddr == ip("10.255.0.1")


def test_clients_with_an_offer_get_it_though_the_configuration_changes_before_they_ask():
    world = World()
    offers = {number: world.client(number).discover().yiaddr for number in range(1, 6)}
    world.reconfigure(world.settings)
    later = {number: world.client(number).discover().yiaddr for number in range(6, 11)}
    assert len({*offers.values(), *later.values()}) == 10
    for number, address in offers.items():
        assert kind_of(world.client(number).select(address_text(address))) == ACK


# --- a client with several leases


def reserved(address):
    """A reservation for the first client."""
    made = Hosts()
    made.add(Host(1, "hw-address", mac(1), ip(address)))
    return made


def test_of_several_leases_the_reserved_one_comes_first():
    world = World(settings(SMALL.subnets[0], hosts=reserved("10.0.0.12")))
    hold(world, "10.0.0.10", 1, client_id=b"\1other", cltt=int(NOW))
    hold(world, "10.0.0.12", 1, client_id=b"\1another", cltt=int(NOW) - 60)
    assert world.client(1, client_id=b"").discover().yiaddr == ip("10.0.0.12")


@pytest.mark.parametrize("address", ["10.0.0.10", "10.0.0.11", "10.0.0.12"])
def test_each_of_several_leases_can_be_renewed(address):
    world = World(settings(replace(SMALL.subnets[0], match_client_id=False)))
    for number, each in enumerate(("10.0.0.11", "10.0.0.10", "10.0.0.12")):
        hold(world, each, 1, client_id=b"", cltt=int(NOW) - 60 + number)
    client = world.client(1)
    assert client.renew(address).yiaddr == ip(address)
    assert len(world.store) == 3


@pytest.mark.parametrize("address", ["10.0.0.10", "10.0.0.11", "10.0.0.12"])
def test_each_of_several_leases_can_be_had_again_after_a_reboot(address):
    world = World(SMALL)
    for each in ("10.0.0.10", "10.0.0.11", "10.0.0.12"):
        hold(world, each, 1)
    assert world.client(1).reboot(address).yiaddr == ip(address)


def test_who_selects_an_offer_that_was_kept_gives_up_what_it_had():
    world = World(SMALL)
    client = world.client(1)
    hold(world, "10.0.0.10", 1)
    hold(world, "10.0.0.11", 1, cltt=int(NOW) - 1, valid_lifetime=60)  # the offer
    hold(world, "10.0.0.12", 1, client_id=b"\1other")  # of another operating system
    assert client.select("10.0.0.11").yiaddr == ip("10.0.0.11")
    assert [address_text(lease.address) for lease in world.store.page(-1, 9)] == ["10.0.0.11", "10.0.0.12"]
    assert [(address_text(lease.address), gone) for lease, gone in world.last.changes] == [
        ("10.0.0.11", False),
        ("10.0.0.10", True),
    ]


@pytest.mark.parametrize("address", ["10.0.0.10", "10.0.0.11"])
def test_without_match_client_id_a_lease_of_another_identifier_is_known_after_a_reboot(address):
    world = World(settings(replace(SMALL.subnets[0], match_client_id=False), authoritative=False))
    for number, each in enumerate(("10.0.0.10", "10.0.0.11")):
        hold(world, each, 1, client_id=bytes((0, number)))
    assert world.client(1).reboot(address).yiaddr == ip(address)
    assert kind_of(world.client(1).reboot("10.0.0.12")) == NAK


def test_a_reboot_with_a_former_address_is_refused_where_another_is_reserved_and_held():
    world = World(settings(SMALL.subnets[0], hosts=reserved("10.0.0.12")))
    hold(world, "10.0.0.10", 1, state=RELEASED)
    hold(world, "10.0.0.12", 1)
    assert kind_of(world.client(1).reboot("10.0.0.10")) == NAK
    assert len(world.store) == 2
    assert world.client(1).reboot("10.0.0.12").yiaddr == ip("10.0.0.12")


def test_of_several_leases_the_latest_is_offered():
    world = World(SMALL)
    for each, age in (("10.0.0.10", 60), ("10.0.0.11", 5), ("10.0.0.12", 30)):
        hold(world, each, 1, cltt=int(NOW) - age)
    assert world.client(1).discover().yiaddr == ip("10.0.0.11")
    assert world.client(1).discover("10.0.0.12").yiaddr == ip("10.0.0.12")


def test_a_lease_by_client_identifier_comes_before_a_later_one_by_hardware_address():
    world = World(SMALL)
    hold(world, "10.0.0.11", 1, cltt=int(NOW) - 60)
    hold(world, "10.0.0.12", 1, client_id=b"", cltt=int(NOW))
    assert world.client(1).discover().yiaddr == ip("10.0.0.11")


# --- addresses of the machine itself


def test_an_address_of_the_machine_is_not_given_to_anybody():
    world = World(SMALL)
    assert world.table.keep_back(frozenset((ip("10.0.0.10"), ip("10.9.9.9")))) == [
        (ip("10.0.0.10"), 1, "10.0.0.10-10.0.0.12")
    ]
    assert world.client(1).discover("10.0.0.10").yiaddr == ip("10.0.0.11")
    assert kind_of(world.client(2).select("10.0.0.10")) == NAK
    hold(world, "10.0.0.10", 3)
    assert world.client(3).discover().yiaddr == ip("10.0.0.12")
    assert kind_of(world.client(3).renew("10.0.0.10")) == NAK


def test_an_address_that_the_machine_has_no_longer_can_be_leased():
    world = World(SMALL)
    world.table.keep_back(frozenset((ip("10.0.0.10"),)))
    assert world.table.keep_back(frozenset((ip("10.0.0.10"),))) == []  # said already
    assert world.table.keep_back(frozenset()) == []
    assert world.client(1).obtain() == ip("10.0.0.10")


def test_an_address_of_the_machine_can_be_reserved():
    world = World(settings(SMALL.subnets[0], hosts=reserved("10.0.0.10")))
    world.table.keep_back(frozenset((ip("10.0.0.10"),)))
    assert world.client(1).obtain() == ip("10.0.0.10")
