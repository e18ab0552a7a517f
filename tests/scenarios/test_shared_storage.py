"""Leases in a storage that takes its time, fails, and is shared with other servers: what clients get, and when."""

from __future__ import annotations

import random
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.engine.effects import Reply
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.server.health import RETRY, Health
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import ATTEMPTS, Performer
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, DISCOVER, NAK, OFFER, RELEASE, REQUEST
from kea_twisted.wire.message import decode
from tests.builders import World, mac, message, packed, query, settings, subnet
from tests.fakestorage import Database, SlowStorage

POOL = "10.0.0.10-10.0.0.13"


class Node:
    """A server whose leases are in a database. ``sent`` lists replies: type, client, address."""

    def __init__(self, database: Database, **fields: Any) -> None:
        self.world = World(settings(subnet("10.0.0.0/24", POOL, **fields)))
        self.database = database
        self.storage = SlowStorage(database, self.world.table)
        self.sent: list[tuple[int, int, str]] = []
        self.performer = Performer(
            self.storage, self._send, self.world.hooks, self.world.log, self.world.statistics, 67
        )
        self.loop = PacketLoop(self.world, self.world.server, self.performer, storage=self.storage)

    def ask(self, kind: int, *clients: int, address: str = "10.0.0.10", **options: bytes) -> None:
        """Clients send a message of this type in one reading turn."""
        for client in clients:
            held = {"ciaddr": ip(address)} if kind == RELEASE else {}
            own = {50: packed(address), 54: packed("10.0.0.1")} if kind == REQUEST else {}
            of = message(kind, own, chaddr=mac(client), xid=client, **held)
            self.loop.handle(query(of, source=ip(address) if held else 0))
        self.loop.batch_done()

    def give(self, client: int, address: str) -> None:
        """A client obtains an address."""
        self.ask(REQUEST, client, address=address)
        self.database.answer_all()

    def holder(self, address: str) -> int:
        """The client that has the address in memory, 0 for none."""
        lease = self.world.lease(address)
        return 0 if lease is None else lease.hwaddr[-1]

    def _send(self, reply: Reply) -> None:
        sent = decode(reply.payload)
        self.sent.append((sent.options[53][0], sent.chaddr[-1], address_text(sent.yiaddr)))


@pytest.fixture
def database() -> Database:
    """An empty database."""
    return Database()


def rows(database: Database) -> dict[str, int]:
    """The clients in the database by address."""
    return {address_text(address): lease.hwaddr[-1] for address, lease in database.rows.items()}


def test_an_ack_waits_for_its_row_and_nothing_else_waits(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    node.ask(DISCOVER, 2)
    node.ask(REQUEST, 1)
    assert node.sent == [(OFFER, 2, "10.0.0.11")] and node.world.count("pkt4-duplicate") == 1
    database.answer()
    assert node.sent[1:] == [(ACK, 1, "10.0.0.10")] and rows(database) == {"10.0.0.10": 1}
    assert node.performer.parked == 0


def test_an_offer_in_the_same_turn_does_not_wait(database: Database) -> None:
    node = Node(database)
    node.loop.handle(query(message(REQUEST, {50: packed("10.0.0.10"), 54: packed("10.0.0.1")}, chaddr=mac(1))))
    node.ask(DISCOVER, 2)
    assert [kind for kind, _, _ in node.sent] == [OFFER]


def test_what_comes_during_a_commit_is_one_group_and_answered_in_order(database: Database) -> None:
    node = Node(database)
    for number in (1, 2, 3):
        node.ask(REQUEST, number, address=f"10.0.0.{9 + number}")
    assert len(database.commits) == 1 and node.performer.parked == 3
    database.answer()
    assert node.sent == [(ACK, 1, "10.0.0.10")]
    assert [len(changes) for _, changes, _ in database.commits] == [2]
    database.answer()
    assert [client for _, client, _ in node.sent] == [1, 2, 3]


def test_the_server_that_was_too_late_decides_again_on_the_row_that_won(database: Database) -> None:
    one, two = Node(database), Node(database)
    one.ask(REQUEST, 1)
    two.ask(REQUEST, 2)
    database.answer_all()
    assert one.sent == [(ACK, 1, "10.0.0.10")]
    assert two.sent == [(NAK, 2, "0.0.0.0")]
    assert rows(database) == {"10.0.0.10": 1} and two.holder("10.0.0.10") == 1
    assert two.world.count("assigned-addresses") == 1 and two.performer.parked == 0


def test_a_query_that_always_loses_is_dropped_in_the_end(database: Database) -> None:
    """The clock of the other server is ahead: its row is newer than whatever this one writes."""
    node, other = Node(database, cache_threshold=0.0), Node(database)
    other.world.now += 100
    node.give(1, "10.0.0.10")
    other.give(1, "10.0.0.10")
    node.sent.clear()
    node.ask(REQUEST, 1)
    commits = 0
    while database.commits:
        database.answer()
        commits += 1
    assert (commits, node.sent, node.performer.parked) == (ATTEMPTS + 1, [], 0)
    assert node.world.count("pkt4-receive-drop") == 1


def test_only_who_lost_decides_again(database: Database) -> None:
    one, two = Node(database), Node(database)
    one.give(1, "10.0.0.10")
    two.loop.handle(query(message(REQUEST, {50: packed("10.0.0.11"), 54: packed("10.0.0.1")}, chaddr=mac(3))))
    two.ask(REQUEST, 2)
    database.answer_all()
    assert sorted(two.sent) == [(ACK, 3, "10.0.0.11"), (NAK, 2, "0.0.0.0")]


def test_a_lease_that_would_be_confirmed_as_it_is_may_be_another_clients_by_now(database: Database) -> None:
    node, other = Node(database), Node(database)
    node.give(1, "10.0.0.10")
    database.rows.clear()  # released at a third server
    other.give(2, "10.0.0.10")
    node.ask(REQUEST, 1)
    assert len(node.sent) == 1
    database.answer_all()
    assert node.sent[1:] == [(NAK, 1, "0.0.0.0")]


def test_a_kept_offer_that_lost_its_address_becomes_one_of_another(database: Database) -> None:
    one, two = Node(database, offer_lifetime=60), Node(database, offer_lifetime=60)
    one.ask(DISCOVER, 1)
    two.ask(DISCOVER, 2)
    database.answer_all()
    assert (one.sent, two.sent) == ([(OFFER, 1, "10.0.0.10")], [(OFFER, 2, "10.0.0.11")])
    assert rows(database) == {"10.0.0.10": 1, "10.0.0.11": 2}


def test_a_release_of_a_lease_that_another_client_has_by_now_changes_nothing(database: Database) -> None:
    one, two = Node(database), Node(database)
    one.give(1, "10.0.0.10")
    del database.rows[ip("10.0.0.10")]
    two.give(2, "10.0.0.10")
    one.ask(RELEASE, 1)
    database.answer_all()
    assert rows(database) == {"10.0.0.10": 2} and one.holder("10.0.0.10") == 2
    assert one.performer.parked == 0 and not one.performer.fault


def test_a_row_that_is_gone_is_gone_here_too(database: Database) -> None:
    node = Node(database)
    node.give(1, "10.0.0.10")
    database.rows.clear()
    lease = node.world.lease("10.0.0.10")
    assert lease is not None
    pending = node.performer.commit([Change(lease, True)])
    assert pending is not None
    database.answer()
    errors: list[Any] = []
    pending.addErrback(errors.append)
    assert errors[0].check(AddressesOvertaken) and node.world.lease("10.0.0.10") is None


def test_a_row_that_is_changed_again_meanwhile_is_not_taken_over_too_early(database: Database) -> None:
    node, other = Node(database), Node(database)
    other.give(2, "10.0.0.10")
    node.ask(REQUEST, 1)
    theirs = database.rows[ip("10.0.0.10")]._replace(hostname="by-command")
    node.world.table.apply(Change(theirs))
    pending = node.performer.commit([Change(theirs)])
    assert pending is not None
    database.answer()
    assert node.world.lease("10.0.0.10") == theirs
    database.answer()
    assert database.rows[ip("10.0.0.10")] == theirs == node.world.lease("10.0.0.10")


def test_no_ack_leaves_while_the_database_is_away_and_every_row_follows(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    node.ask(REQUEST, 2, address="10.0.0.11")
    database.fail()
    assert node.performer.fault == "the lease database cannot be written: Connection reset by peer"
    database.fail()
    assert node.sent == [] and node.performer.parked == 0
    saved = "2 changes could not be written to the lease file: Connection reset by peer"
    assert node.world.log.texts("DHCP4_LEASE_SAVE_FAILED")[-1] == saved
    node.performer.write_owed()
    node.performer.write_owed()
    database.answer_all()
    assert rows(database) == {"10.0.0.10": 1, "10.0.0.11": 2} and not node.performer.fault
    node.ask(REQUEST, 1)
    database.answer_all()
    assert node.sent == [(ACK, 1, "10.0.0.10")]


def test_what_is_owed_may_have_been_given_by_another_server_meanwhile(database: Database) -> None:
    node, other = Node(database), Node(database)
    node.ask(REQUEST, 1)
    database.fail()
    other.give(2, "10.0.0.10")
    told: list[int] = []
    node.world.hooks.register("leases4_committed", lambda decision: told.append(decision.changes[0].lease.address))
    node.performer.write_owed()
    database.answer_all()
    assert node.holder("10.0.0.10") == 2 and not node.performer.fault
    assert not told  # the partner is not told of a lease that was lost


def test_a_refusal_at_once_is_one_as_well(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    node.storage.refuses = True
    node.ask(REQUEST, 2, address="10.0.0.11")
    database.answer()
    assert [client for _, client, _ in node.sent] == [1] and node.performer.fault
    node.ask(REQUEST, 3, address="10.0.0.12")
    node.storage.refuses = False
    node.performer.write_owed()
    database.answer_all()
    assert rows(database) == {"10.0.0.10": 1, "10.0.0.11": 2, "10.0.0.12": 3}


def test_the_health_timer_writes_owed_rows(database: Database) -> None:
    node, clock, told = Node(database), Clock(), list[str]()
    sockets: Any = type("Sockets", (), {"deaf": "", "subscribe": lambda self, observer: None})()
    Health(clock, sockets, node.performer, told.append)
    node.ask(REQUEST, 1)
    database.fail()
    clock.advance(RETRY)
    database.fail()
    clock.advance(RETRY)
    database.answer()
    assert told == ["the lease database cannot be written: Connection reset by peer", ""]
    clock.advance(RETRY)
    assert len(told) == 2 and not clock.getDelayedCalls()


def test_a_fault_of_the_backend_counts_as_not_written(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    database.fail(ValueError("no such column"))
    assert node.sent == [] and node.performer.fault.endswith("no such column")


def test_a_confirmation_without_a_change_waits_for_what_is_under_way(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    waited = node.performer.commit(())
    assert waited is not None and not waited.called
    database.answer()
    assert waited.called


def test_a_closed_server_sends_nothing_more(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    node.performer.close()
    database.answer()
    assert node.sent == [] and rows(database) == {"10.0.0.10": 1}


def test_what_waits_for_a_storage_that_is_not_in_use_any_more_is_dropped(database: Database) -> None:
    node = Node(database)
    node.ask(REQUEST, 1)
    node.ask(REQUEST, 2, address="10.0.0.11")
    node.performer.abandon()
    database.answer_all()
    assert [client for _, client, _ in node.sent] == [1] and rows(database) == {"10.0.0.10": 1}


def test_a_command_hears_of_the_end_of_its_commit(database: Database) -> None:
    node = Node(database)
    change = Change(Lease(ip("10.0.0.12"), mac(7), b"", 7200, 1_700_000_000, 1))
    first, second = node.performer.commit([change]), node.performer.commit([change])
    assert first is not None and second is not None
    outcomes: list[Any] = []
    first.addBoth(outcomes.append)
    second.addBoth(outcomes.append)
    database.answer()
    database.fail()
    assert outcomes[0] is None and outcomes[1].check(LeasesUnsaved)


@pytest.mark.parametrize("seed", range(30))
def test_no_address_has_two_clients_whatever_happens(seed: int) -> None:
    """Four servers, more clients than addresses, a database that fails: an ACK has its row when it leaves."""
    draw, database = random.Random(seed), Database()
    nodes = [Node(database, cache_threshold=0.0) for _ in range(4)]  # a confirmed row does not tell when that was
    wanted: dict[int, str] = {}  # by client: the address that it asked for last
    held: dict[int, str] = {}  # by client; one that asks for another address has given its own up

    def check() -> None:
        for node in nodes:
            for kind, client, address in node.sent:
                if kind == ACK:
                    assert rows(database)[address] == client
                    if wanted[client] == address:
                        held.pop(client, None)
                        assert address not in held.values()
                        held[client] = address
            node.sent.clear()

    for _ in range(120):
        node = draw.choice(nodes)
        for each in nodes:
            each.world.now += 1  # rows of one second cannot be told apart
        event = draw.random()
        if event < 0.5:
            client, address = draw.randrange(1, 9), f"10.0.0.{draw.randrange(10, 14)}"
            if any(mac(client) == chaddr for each in nodes for chaddr, _ in each.performer.waiting):
                continue  # it speaks with one server at a time
            if held.get(client) != address:
                held.pop(client, None)
            wanted[client] = address
            node.ask(REQUEST, client, address=address)
        elif event < 0.6:
            node.performer.write_owed()
        elif database.commits:
            database.fail() if draw.random() < 0.2 else database.answer()
        check()
    for node in nodes:
        node.performer.write_owed()
        database.answer_all()
        check()
        assert not node.performer.fault and not node.performer.parked
