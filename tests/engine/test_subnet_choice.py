"""The choice of a query's subnet, in Kea's order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kea_twisted.config import load_tree
from kea_twisted.engine.effects import Interface
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.subnets import Links
from kea_twisted.hooks.points import Step
from kea_twisted.wire.constants import DISCOVER, REQUEST
from tests.builders import EM1, NOW, World, ip, message, network, packed, query, settings, subnet

LOCAL = subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", id=1)
FAR = subnet("192.0.2.0/24", "192.0.2.10-192.0.2.20", id=2)
RELAYED = subnet("198.51.100.0/24", id=3, relay_addresses=frozenset((ip("10.9.9.9"),)))
NAMED = subnet("203.0.113.0/24", id=4, interface="em7")
ALL = settings(LOCAL, FAR, RELAYED, NAMED)

LINK = {82: b"\x05\x04" + packed("192.0.2.0")}
SELECTION = {118: packed("198.51.100.0")}
US = ip("10.0.0.1")


def chosen(what, configuration=ALL, **fields):
    subnet_ = Links(configuration).select(Exchange(query(what, **fields), NOW))
    return subnet_.id if subnet_ else None


@pytest.mark.parametrize(
    ("options", "fields", "places", "expected"),
    [
        ({**LINK, **SELECTION}, {"giaddr": ip("10.9.9.9")}, {}, 2),  # link selection before everything else
        (SELECTION, {"giaddr": ip("10.9.9.9")}, {}, 3),
        ({118: packed("172.16.0.0")}, {}, {}, None),  # named, but not ours: no going on
        ({}, {"giaddr": ip("10.9.9.9")}, {}, 3),
        ({}, {"giaddr": ip("192.0.2.1"), "ciaddr": ip("10.0.0.5")}, {}, 2),
        ({}, {"giaddr": ip("172.16.0.1")}, {}, None),
        ({}, {"ciaddr": ip("192.0.2.5")}, {"destination": US, "source": ip("192.0.2.5")}, 2),
        ({}, {"ciaddr": ip("192.0.2.5")}, {}, 1),  # broadcast: the interface tells
        ({}, {}, {"destination": US, "source": ip("192.0.2.5")}, 2),
        ({}, {"ciaddr": ip("172.16.0.5")}, {"destination": US, "source": ip("192.0.2.5")}, None),
        ({}, {}, {"interface": EM1._replace(name="em7")}, 4),
        ({}, {}, {}, 1),
        ({}, {}, {"interface": Interface("em3", 3, b"", (ip("172.16.0.1"),))}, None),
    ],
)
def test_the_first_criterion_that_is_present_decides(options, fields, places, expected):
    assert chosen(message(REQUEST, options, **fields), **places) == expected


def test_link_selection_can_be_ignored():
    ignoring = replace(ALL, ignore_rai_link_selection=True)
    assert chosen(message(DISCOVER, LINK, giaddr=ip("10.9.9.9")), ignoring) == 3


def test_a_shared_network_lends_relay_addresses_and_interface_to_its_subnets():
    relay = frozenset((ip("10.8.8.8"),))
    shared = settings(network("floor", LOCAL, FAR, relay_addresses=relay, interface="em9"))
    assert chosen(message(DISCOVER, giaddr=ip("10.8.8.8")), shared) == 1
    assert chosen(message(DISCOVER), shared, interface=EM1._replace(name="em9", addresses=())) == 1


def test_of_subnets_inside_each_other_the_lowest_id_is_taken():
    both = settings(subnet("10.0.0.0/8", id=9), subnet("10.0.0.0/24", id=5))
    assert chosen(message(DISCOVER, giaddr=ip("10.0.0.3")), both) == 5
    assert chosen(message(DISCOVER, giaddr=ip("10.1.0.3")), both) == 9


def test_siblings_are_the_whole_network_beginning_with_the_subnet():
    third = subnet("172.16.0.0/24", id=7)
    shared = settings(network("floor", third, FAR, LOCAL))
    links = Links(shared)
    by_id = {each.id: each for each in shared.subnets}
    assert [each.id for each in links.siblings(by_id[2])] == [2, 7, 1]


def test_ten_thousand_subnets_cost_no_more_than_one():
    many = [subnet(f"10.{n >> 8}.{n & 255}.0/24", id=n + 1) for n in range(10_000)]
    links = Links(settings(*many))
    assert links.of_address(ip("10.39.15.200")).id == 10_000
    assert len(links._lengths) == 1


def test_a_hook_may_take_the_subnet_away_or_drop_the_query():
    world = World()
    world.hooks.register("subnet4_select", lambda query, subnet: Step.SKIP)
    assert world.client(1).discover() is None
    assert "DHCP4_PACKET_NAK_0001" in world.log.identifiers()
    world.hooks.subnet4_select = ()
    world.hooks.register("subnet4_select", lambda query, subnet: Step.DROP)
    world.log.clear()
    assert world.client(1).discover() is None
    assert world.log.identifiers()[-2:] == ["DHCP4_PACKET_RECEIVED", "DHCP4_QUERY_DATA"]
    assert world.count("pkt4-not-for-us") == world.count("pkt4-receive-drop") == 1


def test_classes_that_come_with_the_subnet_are_too_late_for_the_first_round_of_tests_only():
    classes = [
        {"name": "early", "test": "member('HA_a')"},
        {"name": "late", "test": "member('UNKNOWN') and member('HA_a')"},
        {"name": "listed", "test": "member('HA_a')", "only-in-additional-list": True},
    ]
    pools = [
        {"pool": f"10.0.0.{number}0 - 10.0.0.{number}9", "client-classes": [name]}
        for number, name in enumerate(("HA_b", "HA_a"), 1)
    ]
    place = {"id": 7, "subnet": "10.0.0.0/24", "pools": pools, "evaluate-additional-classes": ["listed"]}
    world = World(load_tree({"Dhcp4": {"client-classes": classes, "subnet4": [place]}}))
    world.hooks.add("subnet_classes", lambda query, subnet: ("HA_a",) if subnet.id == 7 else ())
    answer = world.ask(message(DISCOVER))
    assert answer.yiaddr == ip("10.0.0.20")
    assert world.log.texts("DHCP4_CLASSES_ASSIGNED")[-1].endswith(": ALL, HA_a, UNKNOWN, late, listed")
