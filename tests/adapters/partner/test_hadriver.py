"""Effects become deeds, and the relationship is woken in time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from kea_twisted.adapters.partner.client import PartnerAnswerInvalid, PartnerUnreachable
from kea_twisted.adapters.partner.driver import SLICE, HaDriver
from kea_twisted.adapters.partner.memory import StateMemory
from kea_twisted.config import load_tree
from kea_twisted.engine.effects import Query
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.ha.haservice import HaService
from kea_twisted.ha.library import HaLibrary
from kea_twisted.ha.messages import HeartbeatStatus, Written, write_heartbeat_status
from kea_twisted.ha.outbox import AnswerRecent, RenewLeases, TurnEnd
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import Change
from kea_twisted.lease.store import LeaseStore
from tests.fakes import RecordingLog
from tests.scenarios.pairworld import START, as_json, decision, lease_of, query, tutorial


class FakePartner:
    """Keeps what it is asked; the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], Deferred[Any]]] = []
        self.knows = ["lease4-update", "lease4-del"]
        self.closed = False

    def send(self, command: dict[str, Any], timeout: float) -> Deferred[Any]:
        if command["command"] == "list-commands":
            return succeed({"result": 0, "arguments": self.knows})
        deferred: Deferred[Any] = Deferred()
        self.asked.append((json.loads(command.text) if isinstance(command, Written) else command, deferred))
        return deferred

    def close(self) -> Deferred[None]:
        self.closed = True
        done: Deferred[None] = Deferred()
        done.callback(None)
        return done

    def answer(self, answer: dict[str, Any] | Exception) -> str:
        """Answer the oldest question; what it was."""
        command, deferred = self.asked.pop(0)
        if isinstance(answer, Exception):
            deferred.errback(answer)
        else:
            deferred.callback(answer)
        return str(command["command"])


class Host:
    """The registry of the library."""

    def __init__(self) -> None:
        self.hooks = HookChain()
        self.settings = load_tree({"Dhcp4": {}})


class World:
    """server1 with a driver, its clock and its partner."""

    def __init__(self, name: str = "server1", memory: StateMemory | None = None, **changes: Any) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.log = RecordingLog()
        self.table = LeaseTable(LeaseStore(), Statistics(START))
        self.written: list[Change] = []
        self.full = False
        self.commits: Deferred[None] | None = None  # of a storage that takes its time
        self.service = ServiceState()
        self.partner = FakePartner()
        self.relationship = Relationship(tutorial(name, **changes), self.service, self.table.store.get, self.log, START)
        other = self.relationship.settings.partner.name
        self.driver = HaDriver(
            self.relationship, {other: self.partner}, self.clock, self.table, self.commit, self.log, memory=memory
        )
        self.library = HaLibrary([HaService(self.relationship, self.driver)], self.log)

    def commit(self, changes: Sequence[Change]) -> Deferred[None] | None:
        if self.full:
            raise LeasesUnsaved("the lease file", OSError(28, "No space left on device"))
        self.written.extend(changes)
        return self.commits

    def heartbeat_answer(self, state: State) -> dict[str, Any]:
        return {
            "result": 0,
            "arguments": write_heartbeat_status(HeartbeatStatus(state, int(self.clock.seconds()), (), 0)),
        }

    def until_syncing(self) -> None:
        """The partner waits: the primary fetches its leases."""
        self.library.start()
        assert self.partner.answer(self.heartbeat_answer(State.WAITING)) == "ha-heartbeat"
        assert self.relationship.state is State.SYNCING

    def until_normal(self) -> None:
        self.until_syncing()
        self.page([])
        assert self.partner.answer({"result": 0}) == "ha-sync-complete-notify"
        assert self.partner.answer(self.heartbeat_answer(State.READY)) == "ha-heartbeat"
        assert self.relationship.state is State.HOT_STANDBY
        assert self.partner.answer(self.heartbeat_answer(State.HOT_STANDBY)) == "ha-heartbeat"

    def page(self, leases: list[dict[str, Any]]) -> None:
        assert self.partner.answer({"result": 0}) == "dhcp-disable"
        assert self.partner.answer({"result": 0, "arguments": {"leases": leases}}) == "lease4-get-page"


def test_the_first_heartbeat_goes_out_at_once_and_the_next_one_in_time() -> None:
    world = World()
    world.library.start()
    assert world.partner.answer(PartnerUnreachable("Connection refused")) == "ha-heartbeat"
    world.clock.advance(9.9)
    assert not world.partner.asked
    world.clock.advance(0.2)
    assert len(world.partner.asked) == 1
    assert world.log.texts("HA_HEARTBEAT_COMMUNICATIONS_FAILED")[0].endswith("Connection refused")


def test_an_answer_that_is_none_is_a_failure_and_not_silence() -> None:
    world = World()
    world.library.start()
    world.partner.answer(PartnerAnswerInvalid("list of responses must not be empty"))
    assert world.log.texts("HA_HEARTBEAT_FAILED")[0].endswith("list of responses must not be empty")


def test_starting_twice_is_starting_once() -> None:
    world = World()
    world.library.start()
    world.library.start()
    assert len(world.partner.asked) == 1
    assert world.log.identifiers().count("HA_SERVICE_STARTED") == 1


def test_fetched_leases_are_taken_in_and_written_in_slices() -> None:
    world = World()
    world.until_syncing()
    leases = [lease_of(1, START, 0x0A000000 + number) for number in range(2 * SLICE + 5)]
    world.page([as_json(lease) for lease in leases])
    assert len(world.written) == SLICE
    world.clock.advance(0)
    world.clock.advance(0)
    assert len(world.written) == len(world.table.store) == len(leases)
    assert world.partner.asked[0][0]["command"] == "ha-sync-complete-notify"


def test_a_full_disk_fails_the_fetch() -> None:
    world = World()
    world.until_syncing()
    world.full = True
    world.page([as_json(lease_of(1, START))])
    assert world.partner.answer({"result": 0}) == "dhcp-enable"
    assert world.relationship.state is State.SYNCING
    assert "No space left on device" in world.log.texts("HA_SYNC_FAILED")[0]


def test_a_fetch_goes_on_when_its_leases_are_durable() -> None:
    world = World()
    world.until_syncing()
    world.commits = Deferred()
    world.page([as_json(lease_of(1, START))])
    assert not world.partner.asked  # no answer, no next request
    world.commits.callback(None)
    assert world.partner.asked[0][0]["command"] == "ha-sync-complete-notify"


@pytest.mark.parametrize(
    ("error", "then"),
    [
        (LeasesUnsaved("the lease database", OSError(104, "Connection reset by peer")), "dhcp-enable"),
        (AddressesOvertaken({1}), "ha-sync-complete-notify"),
    ],
)
def test_a_fetch_fails_with_its_commit_but_not_for_a_server_that_was_faster(error: Exception, then: str) -> None:
    world = World()
    world.until_syncing()
    world.commits = Deferred()
    world.page([as_json(lease_of(1, START))])
    world.commits.errback(error)
    assert world.partner.asked[0][0]["command"] == then


def test_the_reply_waits_for_the_partners_answer() -> None:
    world = World()
    world.until_normal()
    results: list[Any] = []
    world.library.leases4_committed(decision(lease_of(1, START))).addCallback(results.append)
    world.clock.advance(0)
    assert not results
    assert world.partner.answer({"result": 0}) == "lease4-update"
    assert results == [Step.CONTINUE]


def test_a_failed_update_drops_the_reply() -> None:
    world = World()
    world.until_normal()
    results: list[Any] = []
    world.library.leases4_committed(decision(lease_of(1, START))).addCallback(results.append)
    world.clock.advance(0)
    world.partner.answer(PartnerUnreachable("Connection refused"))
    assert results == [Step.DROP]


def test_a_partner_that_fails_before_it_can_be_waited_for_is_no_surprise() -> None:
    world = World()
    world.until_normal()
    world.partner.send = lambda command, timeout: fail(PartnerUnreachable("x"))  # type: ignore[method-assign]
    results: list[Any] = []
    world.library.leases4_committed(decision(lease_of(1, START))).addCallback(results.append)
    world.clock.advance(0)
    assert results == [Step.DROP]


def test_updates_of_a_turn_leave_at_its_end_in_one_request_where_the_partner_takes_that() -> None:
    world = World()
    world.partner.knows.append("lease4-bulk-apply")
    world.until_normal()
    results: list[Any] = []
    for client in (1, 2, 3):
        world.library.leases4_committed(decision(lease_of(client, START))).addCallback(results.append)
    assert not world.partner.asked
    world.clock.advance(0)
    leases = world.partner.asked[0][0]["arguments"]["leases"]
    assert [lease["ip-address"] for lease in leases] == ["10.0.0.10", "10.0.0.11", "10.0.0.12"]
    failed = {"ip-address": "10.0.0.11", "result": 1, "error-message": "no"}
    answer = {"result": 0, "arguments": {"failed-leases": [failed]}}
    assert world.partner.answer(answer) == "lease4-bulk-apply"
    assert results == [Step.CONTINUE, Step.DROP, Step.CONTINUE]


def test_without_changes_nobody_is_asked() -> None:
    world = World()
    world.until_normal()
    assert world.library.leases4_committed(decision(lease_of(1, START), reused=True)) is None
    assert not world.partner.asked


def test_the_filter_is_registered_and_drops_on_the_standby() -> None:
    world, host = World("server2"), Host()
    world.library.register(host.hooks, host.settings)
    (filter4,) = host.hooks.buffer4_receive
    assert filter4(query(1)) is Step.DROP
    assert world.log.identifiers()[-1] == "HA_BUFFER4_RECEIVE_NOT_FOR_US"
    world.relationship.step(State.PARTNER_DOWN, START)
    assert filter4(query(1)) is None
    assert host.hooks.leases4_committed and host.hooks.lease4_expire


def test_a_terminated_standby_leaves_the_primarys_leases_alone() -> None:
    world = World("server2")
    assert world.library.lease4_expire(lease_of(1, START)) is None
    world.relationship.step(State.TERMINATED, START)
    assert world.library.lease4_expire(lease_of(1, START)) is Step.SKIP


def test_a_command_that_takes_time_is_an_awaitable() -> None:
    world = World()
    world.until_normal()
    answers: list[Any] = []
    world.library.command("ha-sync", {"server-name": "server2"}, START).addCallback(answers.append)
    world.page([])
    world.partner.answer({"result": 0})
    assert answers == [{"result": 0, "text": "Lease database synchronization complete."}]


def test_an_unacked_client_brings_the_deadline_forward() -> None:
    world = World("server2", max_unacked_clients=1)
    world.library.start()
    for state in (State.HOT_STANDBY, None, State.HOT_STANDBY):
        if state is None:
            world.page([])
            world.partner.answer({"result": 0})
        else:
            world.partner.answer(world.heartbeat_answer(state))
    assert world.relationship.state is State.HOT_STANDBY
    world.clock.advance(10)
    world.partner.answer(PartnerUnreachable("x"))
    world.clock.advance(0.5)
    for client in (1, 2):
        assert not world.partner.asked
        assert world.library.buffer4_receive(query(client, secs=6)) is Step.DROP
    world.clock.advance(0)
    world.partner.answer(PartnerUnreachable("x"))
    assert world.relationship.state is State.PARTNER_DOWN


def test_what_was_to_leave_at_the_end_of_the_turn_stays_when_the_server_ends() -> None:
    world = World()
    world.until_normal()
    results: list[Any] = []
    world.library.leases4_committed(decision(lease_of(1, START))).addCallback(results.append)
    world.library.unload()
    assert results == [Step.DROP] and not world.clock.getDelayedCalls() and not world.partner.asked


def test_after_the_end_nobody_is_woken_and_nobody_waits() -> None:
    world = World()
    world.until_normal()
    results: list[Any] = []
    world.library.leases4_committed(decision(lease_of(1, START))).addCallback(results.append)
    world.clock.advance(0)
    ended: list[Any] = []
    for awaited in world.library.unload():
        awaited.addCallback(ended.append)
    assert results == [Step.DROP] and len(ended) == 1 and world.partner.closed
    assert not world.clock.getDelayedCalls()
    assert not world.service.origins
    world.partner.answer({"result": 0})
    assert not world.clock.getDelayedCalls()


def test_a_server_that_has_not_heard_its_silent_partner_since_the_start_keeps_to_its_own_half() -> None:
    world = World(watch=Watch(enabled=True))
    world.driver.start()
    world.relationship.watch.evidence.silent(START)
    world.relationship.step(State.PARTNER_DOWN, START)
    world.driver.perform([])
    share = world.table.share
    assert share is not None and not share.whole and share.moves_in({"HA_server1"})


def test_what_one_relationship_of_a_hub_has_renewed_another_one_does_not_confirm_from_the_cache() -> None:
    world = World()
    for at, until in ((100, 100), (160, 160), (110, 160)):
        world.driver.perform([RenewLeases(at)])
        assert world.table.renews_until == until


def test_a_server_that_may_lack_leases_of_a_partner_that_ended_begins_far_away_in_both_halves() -> None:
    world = World(watch=Watch(enabled=True))
    world.driver.start()
    world.relationship.recall("hot-standby")
    for now in (START, START + 0.5):
        world.relationship.watch.evidence.refused(now)
    world.relationship.step(State.PARTNER_DOWN, START + 0.5)
    world.driver.perform([])
    share = world.table.share
    assert share is not None and share.whole and share.moves_in({"HA_server1"})
    world.relationship.watch.evidence.silent(START + 1.0)  # it may have begun again
    world.driver.perform([])
    assert world.table.share is share and not share.whole


def test_the_rest_of_a_turn_keeps_to_the_own_half_when_the_partner_fails_in_it() -> None:
    world = World(watch=Watch(enabled=True))
    world.until_normal()
    assert world.table.share is None
    world.driver.perform([TurnEnd()])
    world.relationship.watch.evidence.silent(world.clock.seconds())
    world.driver.dhcp_side(True)
    assert world.table.share is not None
    world.clock.advance(0)
    assert world.table.share is not None


class Sockets:
    """DHCP sockets that have counted a query; ``handled`` are those that they are to handle again."""

    def __init__(self) -> None:
        self.handled: list[Query] = []

    def take_counted(self) -> list[tuple[float, Query]]:
        return [(0.5, query(2)), (2.0, query(3))]

    def receive_again(self, queries: Sequence[Query]) -> None:
        self.handled += queries


def test_queries_that_were_kept_and_those_that_were_only_counted_are_handled_after_the_takeover() -> None:
    world, sockets = World("server2", watch=Watch(enabled=True)), Sockets()
    partners: dict[str, Any] = {"server1": world.partner}
    driver = HaDriver(
        world.relationship, partners, world.clock, world.table, world.commit, world.log, sockets=cast(Any, sockets)
    )  # fmt: skip
    driver.start()
    world.relationship.recent.add(query(1), START)
    driver.perform([AnswerRecent(START - 1)])
    assert not sockets.handled  # the turn in which the state changed comes first
    world.clock.advance(0)
    assert sockets.handled == [query(2), query(1)]
