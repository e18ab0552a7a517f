"""A pair with a backup server: it gets the updates, and no client waits for it."""

from __future__ import annotations

from kea_twisted.ha.settings import Peer
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url
from tests.scenarios.pairworld import ACK, Node, World, lease_of, tutorial
from tests.scenarios.test_pair_troubles import HS


def trio() -> tuple[World, Node, Node]:
    peers = (*tutorial("server1").peers, Peer("server3", parse_url("http://10.0.0.3:8000/"), "backup"))
    world = World()
    for name in ("server1", "server2", "server3"):
        world.boot(name, peers=peers)
    world.settle()
    return world, world.nodes["server1"], world.nodes["server3"]


def test_a_backup_takes_updates_and_asks_nobody() -> None:
    world, one, backup = trio()
    assert backup.state is State.BACKUP and not backup.asked(1)
    assert backup.relationship.deadline is None
    one.client(lease_of(1, world.now))
    world.settle()
    assert backup.leases == one.leases


def test_nobody_waits_for_a_backup() -> None:
    world, one, backup = trio()
    backup.stop()
    ticket = one.client(lease_of(1, world.now))
    world.settle()
    assert ticket is not None and one.results[ticket] is ACK
    assert one.state is HS


def test_a_backup_gets_its_updates_while_the_partner_is_down() -> None:
    world, one, backup = trio()
    world.nodes["server2"].stop()
    world.advance(11)
    assert one.client(lease_of(1, world.now)) is None
    world.settle()
    assert backup.leases == one.leases


def test_what_a_backup_has_fetched_is_still_owed_to_the_partner() -> None:
    world, one, backup = trio()
    world.nodes["server2"].stop()
    world.advance(11)
    lease = lease_of(1, world.now)
    one.client(lease)
    backup.command("ha-sync", {"server-name": "server1", "max-period": 60})
    assert one.received[-1] == "ha-sync-complete-notify"
    assert one.relationship.updates.owed == {lease.address}
