"""A hardware address of another type is another client's; the lease remembers types other than Ethernet."""

from __future__ import annotations

from dataclasses import replace

from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import RECLAIMED, Change
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, NAK, RELEASE
from tests.builders import World, ip, kind_of, settings, subnet

POOL = subnet("10.0.0.0/24", "10.0.0.10-10.0.0.19")
WIRELESS = {"htype": 6}
STORED = '{ "ISC": { "hardware-type": 6 } }'


def two(**fields):
    """Two clients with one hardware address, each with its lease; the world they are in, and one of them."""
    world = World(settings(replace(POOL, **fields)))
    client = world.client(1, client_id=b"")
    assert kind_of(client.select("10.0.0.10")) == ACK
    assert client.discover(**WIRELESS).yiaddr == ip("10.0.0.11")
    assert kind_of(client.select("10.0.0.11", **WIRELESS)) == ACK
    return world, client


def test_each_type_has_a_lease_of_its_own():
    world, client = two()
    assert {address_text(lease.address): lease.user_context for lease in world.store} == {
        "10.0.0.10": "",
        "10.0.0.11": STORED,
    }
    assert kind_of(client.renew("10.0.0.10", **WIRELESS)) == NAK
    assert kind_of(client.reboot("10.0.0.10", **WIRELESS)) == NAK
    assert kind_of(client.renew("10.0.0.11")) == NAK
    assert kind_of(client.renew("10.0.0.11", **WIRELESS)) == ACK
    assert kind_of(client.reboot("10.0.0.11", **WIRELESS)) == ACK


def test_neither_type_releases_the_lease_of_the_other():
    world, client = two()
    for address, fields in (("10.0.0.10", WIRELESS), ("10.0.0.11", {})):
        assert client.send(RELEASE, source=ip(address), ciaddr=ip(address), **fields) is None
    assert [lease.valid_lifetime for lease in world.store] == [7200, 7200]


def test_the_type_is_in_the_lease_file():
    world, _ = two()
    assert row_text(Change(world.lease("10.0.0.11"))).split(",")[-2] == STORED.replace(",", "&#x2c")


def test_a_client_identifier_outweighs_the_type():
    world = World(settings(POOL))
    client = world.client(1)
    client.select("10.0.0.10")
    assert client.discover(**WIRELESS).yiaddr == ip("10.0.0.10")
    assert kind_of(client.renew("10.0.0.10", **WIRELESS)) == ACK
    assert world.lease("10.0.0.10").user_context == STORED
    assert kind_of(client.renew("10.0.0.10")) == ACK
    assert world.lease("10.0.0.10").user_context == ""


def test_without_match_client_id_the_type_counts():
    world, _ = two(match_client_id=False)
    assert kind_of(world.client(1).renew("10.0.0.11")) == NAK
    assert kind_of(world.client(1).renew("10.0.0.11", **WIRELESS)) == ACK


def test_a_reclaimed_lease_is_kept_for_its_type():
    world, client = two()
    world.now += 8000
    world.reclaimer().run(world.now)
    assert (world.lease("10.0.0.11").state, world.lease("10.0.0.11").user_context) == (RECLAIMED, STORED)
    assert client.discover(**WIRELESS).yiaddr == ip("10.0.0.11")
    assert client.discover().yiaddr == ip("10.0.0.10")


def test_the_rest_of_the_user_context_stays():
    world = World(settings(POOL))
    client = world.client(1, client_id=b"")
    client.select("10.0.0.10", **WIRELESS)
    lease = world.lease("10.0.0.10")
    context = '{"ISC": {"hardware-type": 6, "a": 1}, "b": 2}'
    world.table.apply(Change(lease._replace(client_id=b"\1x", user_context=context)))
    assert kind_of(world.client(1, client_id=b"\1x").renew("10.0.0.10")) == ACK
    assert world.lease("10.0.0.10").user_context == '{ "ISC": { "a": 1 }, "b": 2 }'
