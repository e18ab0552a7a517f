"""The work before an ACK leaves, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.engine.effects import Decision, Reply
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.lease.rowtext import PackedChanges
from kea_twisted.server.leasewriter import SOME
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import ACK, DISCOVER, OFFER, REQUEST
from kea_twisted.wire.message import Message, encode
from tests.builders import message, query
from tests.fakes import RecordingLog
from tests.fakestorage import MemoryStorage


class Journal(MemoryStorage):
    """Keeps what is written; ``full`` makes every write fail."""

    def __init__(self, deeds: list[Any]) -> None:
        super().__init__()
        self.deeds = deeds
        self.tried: list[int] = []  # rows of each attempt

    def commit(self, changes: Sequence[Change]) -> None:
        """Write."""
        self.tried.append(len(changes))
        super().commit(changes)
        self.deeds.append(("write", [change.lease.address for change in changes]))


class Stage:
    """A performer among recorders: ``deeds`` lists writes, questions to the partner, and replies, in order."""

    def __init__(self) -> None:
        self.deeds: list[Any] = []
        self.log = RecordingLog()
        self.journal = Journal(self.deeds)
        self.hooks = HookChain()
        self.statistics = Statistics()
        self.performer = Performer(
            self.journal, self._send, self.hooks, self.log, self.statistics, 67,
            lambda name: self.deeds.append(("name", name.lease.address)),
        )  # fmt: skip
        self.answers: list[Deferred[Any]] = []

    def with_partner(self) -> Stage:
        """Every committed lease is sent to a peer whose answer is waited for."""
        self.hooks.register("leases4_committed", self._ask)
        return self

    def perform(self, *decisions: Decision) -> None:
        """One batch."""
        for decision in decisions:
            self.performer.submit(decision)
        self.performer.flush()

    def _ask(self, decision: Decision) -> Deferred[Any]:
        self.deeds.append(("tell", decision.changes[0].lease.address if decision.changes else decision.lease.address))
        self.answers.append(Deferred())
        return self.answers[-1]

    def _send(self, reply: Reply) -> None:
        self.deeds.append(("send", reply.destination))


def lease(address: int) -> Lease:
    """A lease of an address."""
    return Lease(address, bytes(6), b"", 7200, 1000, 1)


def acked(address: int, *, reused: bool = False) -> Decision:
    """An ACK for an address, with its lease new or merely confirmed."""
    changes = () if reused else (Change(lease(address)),)
    return decision(ACK, address)._replace(changes=changes, lease=lease(address), reused=reused)


def decision(kind: int, address: int) -> Decision:
    """A reply of a type, for a client that is told by its number."""
    asked = query(message(DISCOVER if kind == OFFER else REQUEST, {61: address.to_bytes(4)}))
    reply = Message(2, 1, 0, 7, 0, 0, 0, address, 0, 0, bytes(6), b"", b"", {53: bytes((kind,))})
    return Decision(asked, Reply(encode(reply), asked.interface, 1, address, 68, b""))


def test_leases_are_written_before_the_partner_is_told_and_the_client_answered() -> None:
    stage = Stage().with_partner()
    stage.perform(acked(1))
    assert stage.deeds == [("write", [1]), ("tell", 1)]
    stage.answers[0].callback(Step.CONTINUE)
    assert stage.deeds[2:] == [("send", 1)]


def test_drafts_become_replies_before_anything_else() -> None:
    stage = Stage()

    def draft(of: Decision) -> Decision:
        def make() -> Reply | None:
            stage.deeds.append(("make", of.reply.destination))
            return of.reply

        return of._replace(reply=None, draft=make)

    stage.perform(draft(acked(1)), decision(OFFER, 2), draft(decision(OFFER, 3)))
    assert stage.deeds == [("make", 1), ("make", 3), ("write", [1]), ("send", 1), ("send", 2), ("send", 3)]


def test_a_batch_is_written_with_one_write() -> None:
    stage = Stage()
    stage.perform(acked(1), decision(OFFER, 2), acked(3))
    assert stage.deeds == [("write", [1, 3]), ("send", 1), ("send", 2), ("send", 3)]


def test_an_offer_that_is_kept_is_told_and_not_waited_for() -> None:
    stage = Stage().with_partner()
    offer = decision(OFFER, 5)._replace(lease=None, changes=(Change(lease(5)),))
    stage.perform(offer)
    assert stage.deeds == [("write", [5]), ("tell", 5), ("send", 5)]
    assert not stage.performer.waiting  # the client's REQUEST is no duplicate
    stage.answers[0].errback(RuntimeError("no partner"))
    assert stage.deeds[3:] == []
    assert stage.log.texts("DHCP4_HOOK_FAILED")


def test_a_refused_update_means_no_ack() -> None:
    stage = Stage().with_partner()
    stage.perform(acked(1))
    stage.answers[0].callback(Step.DROP)
    assert ("send", 1) not in stage.deeds
    assert stage.performer.parked == 0


def test_an_update_that_fails_means_no_ack_and_is_logged() -> None:
    stage = Stage().with_partner()
    stage.perform(acked(1))
    stage.answers[0].errback(ValueError("broken"))
    assert ("send", 1) not in stage.deeds
    assert "DHCP4_HOOK_FAILED" in stage.log.identifiers()


def test_a_callback_that_raises_means_no_ack_and_hurts_no_other_packet() -> None:
    stage = Stage()

    def broken(decision: Decision) -> None:
        if decision.lease.address == 1:
            raise ValueError("broken")

    stage.hooks.register("leases4_committed", broken)
    stage.perform(acked(1), acked(2))
    assert stage.deeds == [("write", [1, 2]), ("send", 2)]


def test_a_full_disk_means_no_ack_not_even_for_a_confirmed_lease() -> None:
    stage = Stage()
    stage.journal.full = True
    stage.perform(acked(1), decision(OFFER, 2))
    stage.perform(acked(1, reused=True))
    assert stage.deeds == [("send", 2)]
    assert "DHCP4_LEASE_SAVE_FAILED" in stage.log.identifiers()


def test_what_could_not_be_written_is_written_first_when_there_is_room_again() -> None:
    stage = Stage()
    stage.journal.full = True
    stage.perform(acked(1))
    stage.journal.full = False
    stage.perform(acked(1, reused=True), acked(2))
    assert stage.deeds == [("write", [1, 2]), ("send", 1), ("send", 2)]


def test_the_cost_of_a_packet_does_not_grow_with_what_is_owed() -> None:
    stage = Stage()
    stage.journal.full = True
    for number in range(1000):
        stage.perform(acked(number))
    tried: list[int] = []
    stage.journal.tried = tried
    stage.perform(decision(OFFER, 2000))
    assert not tried  # an OFFER needs no disk
    stage.perform(acked(7), acked(1001))
    assert tried == [SOME]
    stage.journal.full = False
    stage.perform(acked(1002))
    assert sum(tried[1:]) == 1002  # each address once
    assert [deed for deed in stage.deeds if deed[0] == "send"] == [("send", 2000), ("send", 1002)]


def test_the_partner_hears_of_what_could_not_be_written_at_its_time() -> None:
    stage = Stage().with_partner()
    stage.journal.full = True
    stage.perform(acked(1))
    stage.journal.full = False
    stage.perform(acked(2))
    assert stage.deeds == [("write", [1, 2]), ("tell", 1), ("tell", 2)]
    stage.answers[0].callback(Step.CONTINUE)
    stage.answers[1].callback(Step.CONTINUE)
    assert stage.deeds[3:] == [("send", 2)]


def test_a_command_s_changes_are_written_at_once() -> None:
    stage = Stage()
    stage.performer.commit([Change(lease(5))])
    assert stage.deeds == [("write", [5])]


@pytest.mark.parametrize("is_packed", [True, False])
def test_what_came_from_elsewhere_and_could_not_be_written_stays_owed(is_packed: bool) -> None:
    stage = Stage()
    stage.journal.full = True
    changes = PackedChanges([5], [pack(lease(5))]) if is_packed else [Change(lease(5))]
    for more in (changes, []):
        with pytest.raises(OSError, match="No space"):
            stage.performer.commit(more)
    stage.journal.full = False
    stage.performer.commit(PackedChanges([6], [pack(lease(6))]))
    stage.performer.commit([])
    assert stage.deeds == [("write", [5, 6])]


def test_sent_replies_are_counted_by_type() -> None:
    stage = Stage()
    stage.perform(acked(1), decision(OFFER, 2))
    assert [stage.statistics.value(name) for name in ("pkt4-sent", "pkt4-ack-sent", "pkt4-offer-sent")] == [2, 1, 1]


def test_names_are_updated_when_the_leases_are_written() -> None:
    stage = Stage().with_partner()
    stage.perform(acked(1)._replace(names=(Change(lease(1)),)))
    assert stage.deeds == [("write", [1]), ("tell", 1), ("name", 1)]


def test_names_wait_for_a_full_disk() -> None:
    stage = Stage()
    stage.journal.full = True
    for _ in range(2):
        stage.perform(acked(1)._replace(names=(Change(lease(7), True), Change(lease(1)))))
    assert stage.deeds == []
    stage.journal.full = False
    stage.performer.write_owed()
    assert stage.deeds == [("write", [1]), ("name", 7), ("name", 1)]
