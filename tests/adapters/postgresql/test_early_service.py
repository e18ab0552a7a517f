"""Serving clients while the leases of a database are read: what is counted, looked up, kept, and waited for."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.adapters.postgresql.link import LeaseQueries
from kea_twisted.adapters.postgresql.statements import BY_CLIENT, LINES
from kea_twisted.adapters.sql import backend, tableread
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.adapters.sql.links import Counts
from kea_twisted.adapters.sql.progress import Progress
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.constants import ACK, DISCOVER, OFFER, RELEASE
from tests.adapters.postgresql.test_outages import PATIENT, FakeLink, Keeper, lease, row
from tests.builders import settings, subnet
from tests.commands.fakecontext import FakeContext
from tests.fakestorage import Database
from tests.scenarios.test_shared_storage import Node

ASSIGNED = "subnet[1].assigned-addresses"


class FakeEarlyLink(FakeLink, LeaseQueries):
    """A link that reads the table later; ``counts`` are its rows."""

    counts: Counts = {(1, 0): 3}

    def open_early(self) -> Counts:
        """Open, without leases."""
        self.open_now(None)
        return self.counts


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A server that has begun to read three leases, two at a time."""
    monkeypatch.setattr(tableread, "PART", 2)
    monkeypatch.setattr("tests.adapters.postgresql.test_outages.FakeLink", FakeEarlyLink)
    FakeLink.made, FakeLink.refuses, FakeLink.hangs = [], None, False
    begun = Keeper(**PATIENT)
    begun.backend.load(begun.table.store)
    begun.table.configure(settings(subnet("10.0.0.0/24", "10.0.0.1-10.0.0.9")).subnets)
    begun.backend.maintain(settings())
    return begun


def arrive(keeper: Keeper, *leases: Lease) -> None:
    """Answer the oldest read, which is one of rows of the table."""
    assert keeper.link.reads.asked[0][0] == LINES
    lines = "\n".join([row_text(Change(each)).rstrip("\n") for each in leases])
    last = str(leases[-1].address).encode() if leases else None
    keeper.link.reads.answer([str(len(leases)).encode(), last, lines.encode() or None])


def count(keeper: Keeper) -> Any:
    """The assigned addresses of the subnet."""
    return keeper.table.statistics.value(ASSIGNED)


def test_what_is_not_read_yet_is_counted_and_nothing_twice(keeper: Keeper) -> None:
    assert (count(keeper), len(keeper.table.store)) == (3, 0)
    asked = keeper.backend.look_up([lease(3).hwaddr], [], [])
    arrive(keeper, lease(1), lease(2))
    assert keeper.link.reads.asked[0][0] == BY_CLIENT
    keeper.link.reads.answer(row(lease(3)))
    assert asked.called and (count(keeper), len(keeper.table.store)) == (3, 3)
    keeper.table.configure(settings(subnet("10.0.0.0/24", "10.0.0.1-10.0.0.9")).subnets)
    assert count(keeper) == 3
    arrive(keeper, lease(3))
    assert keeper.table.progress is None and count(keeper) == 3
    assert keeper.log.texts("DHCPSRV_LEASES_READ") == ["all 3 leases of the lease database are read"]
    assert not keeper.unwritten.rows


def test_rows_that_are_gone_when_all_are_read_are_not_counted(keeper: Keeper) -> None:
    arrive(keeper, lease(1))
    assert keeper.table.progress is None and count(keeper) == 1


def test_what_this_server_writes_meanwhile_is_not_overwritten(keeper: Keeper) -> None:
    keeper.give(lease(2, 2000))
    arrive(keeper, lease(1), lease(2))
    kept = keeper.table.store.get(lease(2).address)
    assert kept is not None and kept.cltt == 2000
    assert keeper.table.store.get(lease(1).address) == lease(1)


def reconnect(keeper: Keeper) -> None:
    """Lose the connections, with what is under way, and connect again at once."""
    lost = keeper.link
    keeper.lose()
    lost.reads.drop(DatabaseLost(0, "lost"))


def test_an_outage_while_all_is_read_begins_that_again(keeper: Keeper) -> None:
    arrive(keeper, lease(1), lease(2))
    reconnect(keeper)
    assert keeper.table.progress is not None and keeper.table.progress.read_to == -1
    keeper.link.reads.answer(row(lease(1)), row(lease(2)), row(lease(3)))
    assert keeper.table.progress is None and count(keeper) == 3
    assert [outage.reason == "" for outage in keeper.outages] == [False, True]


def test_after_an_outage_clients_are_served_while_all_is_read_again(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client whose lease has gone meanwhile has none after its look-up, though the row is not reached yet."""
    monkeypatch.setattr(backend, "PAGE_SIZE", 2)
    arrive(keeper, lease(1), lease(2))
    arrive(keeper, lease(3))
    reconnect(keeper)
    assert [outage.reason == "" for outage in keeper.outages] == [False, True]
    asked = keeper.backend.look_up([lease(3).hwaddr], [], [])
    keeper.link.reads.answer(row(lease(1, 7000)), row(lease(2)))
    keeper.link.reads.answer()
    assert asked.called and list(keeper.table.store) == [lease(1, 7000), lease(2)]
    assert keeper.table.progress is not None and keeper.table.progress.read_to == lease(2).address
    keeper.link.reads.answer(row(lease(4)))
    assert keeper.table.progress is None and count(keeper) == 3
    assert len(keeper.log.texts("DHCPSRV_LEASES_READ")) == 2


@pytest.mark.parametrize("is_again", [False, True])
def test_a_read_that_the_database_refuses_is_tried_again(keeper: Keeper, is_again: bool) -> None:
    """An administrator cancels a statement: the table would be read no further, and all clients looked up for ever."""
    if is_again:
        reconnect(keeper)
    keeper.link.reads.fail(StatementFailed("canceling statement due to user request", False))
    text = "reading the leases of the lease database was refused, next attempt in 5 seconds: canceling statement"
    assert keeper.log.texts("DHCPSRV_LEASES_READ_FAILED") == [f"{text} due to user request"]
    keeper.clock.advance(tableread.AGAIN)
    if is_again:
        keeper.link.reads.answer(row(lease(1)))
    else:
        arrive(keeper, lease(1))
    assert keeper.table.progress is None and count(keeper) == 1


def test_changes_of_others_that_the_database_refuses_to_tell_are_asked_for_again(keeper: Keeper) -> None:
    arrive(keeper, lease(1))
    keeper.link.notified(str(lease(2).address))
    keeper.clock.advance(0)
    keeper.link.reads.fail(StatementFailed("out of memory", False))
    assert keeper.log.texts("DHCPSRV_LEASES_READ_FAILED")[0].endswith("out of memory")
    keeper.clock.advance(tableread.AGAIN)
    keeper.clock.advance(0)
    keeper.link.reads.answer(row(lease(2)))
    assert list(keeper.table.store) == [lease(1), lease(2)]


def test_news_that_come_with_a_winner_stay_whatever_an_older_read_finds(keeper: Keeper) -> None:
    """MySQL sends the rows behind the winner, too, and a read on the other connection may have begun before."""
    arrive(keeper)
    keeper.link.notified("167772163")
    keeper.clock.advance(0)
    keeper.give(lease(1))
    keeper.link.commits.answer([b"0", None])
    keeper.link.commits.answer(row(lease(1, 999)), row(lease(3)))
    keeper.link.reads.answer()
    assert keeper.table.store.get(lease(3).address) == lease(3)


def test_a_second_outage_begins_the_reading_anew_and_keeps_what_waits(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "PAGE_SIZE", 1)
    arrive(keeper, lease(1))
    reconnect(keeper)
    keeper.link.reads.answer(row(lease(1)))
    progress = keeper.table.progress
    assert progress is not None and progress.read_to == lease(1).address
    read: Any = progress.until()
    reconnect(keeper)
    assert keeper.table.progress is progress and progress.read_to == -1 and not read.called
    keeper.link.reads.answer(row(lease(1)))
    keeper.link.reads.answer()
    assert read.called and keeper.table.progress is None
    assert [outage.reason == "" for outage in keeper.outages] == [False, True] * 2


def test_a_backend_that_is_closed_keeps_nothing_waiting(keeper: Keeper) -> None:
    assert keeper.table.progress is not None
    read: Any = keeper.table.progress.until()
    keeper.backend.close()
    assert read.called and keeper.table.progress is None and count(keeper) == 0


def test_an_address_is_offered_when_all_before_it_are_read() -> None:
    node = Node(Database())
    progress = node.world.table.progress = Progress(node.world.table, {})
    node.storage.look_up = node.storage.find
    node.ask(DISCOVER, 1)
    node.database.read()
    assert not node.sent
    node.world.table.apply(Change(lease(10)._replace(address=ip("10.0.0.10"), cltt=int(node.world.wall()))))
    progress.reached(ip("10.0.0.10"))
    node.ask(DISCOVER, 1)  # performs what was decided
    assert not node.sent
    progress.reached(ip("10.0.0.11"))
    node.performer.flush()
    assert [sent[0] for sent in node.sent] == [OFFER] and node.sent[0][2] != "10.0.0.10"


@pytest.mark.parametrize("is_reading", [True, False])
def test_a_client_in_memory_is_looked_up_only_while_leases_are_read(is_reading: bool) -> None:
    node = Node(Database())
    node.give(1, "10.0.0.10")
    assert node.sent[0][0] == ACK
    node.storage.look_up = node.storage.find
    node.world.table.progress = Progress(node.world.table, {}) if is_reading else None
    for kind in (DISCOVER, RELEASE):
        node.ask(kind, 1, address="10.0.0.10")
    assert bool(node.database.reads) is is_reading


@pytest.mark.parametrize(("command", "waits"), [("lease4-get-all", True), ("statistic-get-all", False)])
def test_commands_about_leases_wait_until_all_are_read(command: str, waits: bool) -> None:
    context = FakeContext()
    progress = context.table.progress = Progress(context.table, {})
    reply: Any = dispatch(context, {"command": command})
    assert (not isinstance(reply, dict)) is waits
    if waits:
        answers: list[Any] = []
        Deferred.fromCoroutine(reply).addCallback(answers.append)
        assert not answers
        context.table.apply(Change(lease(1)))
        context.table.progress = None
        progress.end()
        assert [answer["result"] for answer in answers] == [0]
        assert "1 IPv4 lease(s) found" in answers[0]["text"]
