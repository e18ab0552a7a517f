"""Clients without a lease in memory, where other programs give leases, too: they are looked up first."""

from __future__ import annotations

import pytest

from kea_twisted.lease.lease import Change
from kea_twisted.lease.unwritten import UnwrittenRows
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.constants import ACK, DISCOVER, OFFER, REQUEST
from tests.builders import NOW, mac, message, packed, query
from tests.fakestorage import Database
from tests.scenarios.test_shared_storage import Node


class Reader(Node):
    """A node that looks up unknown clients."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.storage.look_up = self.storage.find

    def reboot(self, client: int, address: str) -> None:
        """A client asks for the address that it remembers."""
        of = message(REQUEST, {50: packed(address)}, chaddr=mac(client), xid=client)
        self.loop.handle(query(of, source=0))
        self.loop.batch_done()


@pytest.fixture
def database() -> Database:
    """A database in which another server gave client 1 an address."""
    made = Database()
    Node(made).give(1, "10.0.0.12")
    return made


def test_a_client_is_offered_what_another_server_gave_it(database: Database) -> None:
    node = Reader(database)
    node.ask(DISCOVER, 1)
    assert node.sent == []
    database.read()
    assert node.sent == [(OFFER, 1, "10.0.0.12")]


def test_the_reads_of_a_turn_are_one(database: Database) -> None:
    node = Reader(database)
    node.ask(DISCOVER, 1, 2, 3)
    assert len(database.reads) == 1
    database.read()
    assert [sent[:2] for sent in node.sent] == [(OFFER, 1), (OFFER, 2), (OFFER, 3)]


def test_a_remembered_address_is_confirmed_though_it_is_not_in_memory(database: Database) -> None:
    node = Reader(database)
    node.reboot(1, "10.0.0.12")
    database.read()
    database.answer_all()
    assert node.sent == [(ACK, 1, "10.0.0.12")]


def test_a_client_with_a_lease_in_memory_and_one_that_accepts_an_offer_do_not_wait(database: Database) -> None:
    node = Reader(database)
    node.ask(REQUEST, 2, address="10.0.0.11")
    assert not database.reads
    database.answer_all()
    node.ask(DISCOVER, 2)
    assert not database.reads and node.sent[-1] == (OFFER, 2, "10.0.0.11")


def test_what_comes_again_during_a_read_is_dropped(database: Database) -> None:
    node = Reader(database)
    node.ask(DISCOVER, 1)
    node.ask(DISCOVER, 1)
    database.read()
    assert len(node.sent) == 1 and node.world.count("pkt4-duplicate") == 1
    assert not node.performer.waiting


def test_a_read_that_fails_drops_its_queries_and_says_so(database: Database) -> None:
    node = Reader(database)
    node.storage.refuses = True
    node.ask(DISCOVER, 1)
    node.storage.refuses = False
    node.ask(DISCOVER, 2)
    database.reads.pop(0)[2].errback(OSError(0, "the connection to PostgreSQL was closed"))
    assert node.sent == [] and not node.performer.waiting
    assert [line for line in node.world.log.lines if "DHCPSRV_LEASE_LOOKUP_FAILED" in str(line)]


def test_nobody_is_answered_after_a_read_if_the_service_was_switched_off_meanwhile(database: Database) -> None:
    node = Reader(database)
    node.ask(DISCOVER, 1)
    node.world.server.core.service_state.database_lost()
    database.read()
    assert node.sent == []
    node.world.server.core.service_state.database_found()
    node.ask(DISCOVER, 1)
    database.reads and database.read()
    assert node.sent == [(OFFER, 1, "10.0.0.12")]


def test_the_table_remembers_the_row_before_the_first_change(database: Database) -> None:
    """The row in the storage is the condition of the next write."""
    table = Node(database).world.table
    unwritten = UnwrittenRows()
    table.subscribe(unwritten)
    lease = database.rows[ip("10.0.0.12")]
    table.apply(Change(lease))
    table.apply(Change(lease._replace(cltt=int(NOW) + 5)))
    assert unwritten.rows == {lease.address: None}
    unwritten.clear()
    table.apply(Change(lease, True))
    assert unwritten.rows == {lease.address: lease._replace(cltt=int(NOW) + 5)}
