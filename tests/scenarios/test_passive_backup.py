"""A server with backups that only listen."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha import commands
from kea_twisted.ha.settings import Peer
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url
from kea_twisted.lease.lease import Change
from tests.scenarios.pairworld import ACK, NO_ACK, Node, World, lease_of

PEERS = tuple(
    Peer(f"server{number}", parse_url(f"http://10.0.0.{number}:8000/"), "primary" if number == 1 else "backup")
    for number in (1, 2, 3)
)


def together(**changes: Any) -> tuple[World, Node, Node, Node]:
    """A primary and two backups."""
    world = World()
    values = {"peers": PEERS, "mode": "passive-backup"} | changes
    nodes = [world.boot(peer.name, **values) for peer in PEERS]
    world.settle()
    assert [node.state for node in nodes] == [State.PASSIVE_BACKUP, State.BACKUP, State.BACKUP]
    return world, *nodes


def test_the_primary_serves_at_once_and_nobody_else_ever() -> None:
    _, one, two, three = together()
    assert one.asked(1) and not two.asked(1) and not three.asked(1)
    assert not two.received and not three.received
    assert one.log.texts("HA_STATE_TRANSITION_PASSIVE_BACKUP") == [
        "server1: server transitions from WAITING to PASSIVE-BACKUP state"
    ]


def test_backups_learn_of_leases_and_clients_do_not_wait() -> None:
    world, one, two, three = together()
    assert one.client(lease_of(1, world.now)) is None
    world.settle()
    assert one.leases == two.leases == three.leases != {}


def test_clients_may_have_to_wait_for_all_backups() -> None:
    world, one, two, three = together(wait_backup_ack=True)
    ticket = one.client(lease_of(1, world.now))
    assert ticket is not None and ticket not in one.results
    world.settle()
    assert one.results[ticket] is ACK


def test_a_backup_that_does_not_answer_then_means_no_ack() -> None:
    world, one, two, three = together(wait_backup_ack=True)
    two.stop()
    ticket = one.client(lease_of(1, world.now))
    assert ticket is not None
    world.settle()
    assert one.results[ticket] is NO_ACK
    assert three.leases == one.leases


def test_there_is_no_partner_to_go_for() -> None:
    _, one, two, _ = together()
    for node in (one, two):
        answer = node.command("ha-maintenance-start")
        assert answer["result"] == 1, answer


def test_status_has_no_remote() -> None:
    world, one, *_ = together()
    status = commands.status(one.relationship, world.now)
    assert status["ha-mode"] == "passive-backup"
    assert list(status["ha-servers"]) == ["local"]


@pytest.mark.parametrize("trouble", ["hung", "off"])
def test_a_backup_that_was_away_gets_what_it_missed(trouble: str) -> None:
    """Leases that were given and given up meanwhile; no client waits, and nothing is dropped at the first time-out."""
    world, one, two, three = together()
    gone = lease_of(1, world.now)
    one.client(gone)
    world.settle()
    if trouble == "hung":
        two.hung = True
    else:
        two.up = False
    for number in range(2, 60):
        one.client(lease_of(number, world.now))
        world.advance(0.5)
    one.client(gone, Change(gone, deleted=True))
    world.advance(40)
    assert len(two.leases) == 1 and three.leases == one.leases
    two.hung, two.up = False, True
    world.advance(80)
    assert two.leases == one.leases
    assert one.relationship.updates.arrears.count("server2") == 0
    assert one.relationship.updates.arrears.deadline is None
