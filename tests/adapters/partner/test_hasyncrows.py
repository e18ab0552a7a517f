"""Fetching a partner's leases as rows: early asking, what goes wrong on the way, and what comes out of it."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.adapters.partner.client import PartnerUnreachable
from kea_twisted.ha.states import State
from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import DECLINED, RECLAIMED, Change, Lease
from kea_twisted.wire.address import address_text
from tests.adapters.partner.test_hadriver import World
from tests.builders import load_leases
from tests.scenarios.pairworld import START, as_json, lease_of

PAGE = "lease4-get-page"
FIRST = 0x0A000000
ROWS = 2000
"""More than are taken in at once."""


class Rows(World):
    """The primary beside a partner of its own kind; it has just begun to fetch."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(**changes)
        self.partner.knows.append("lease4-bulk-apply")
        self.until_syncing()

    @property
    def asked(self) -> list[str]:
        return [command["command"] for command, _ in self.partner.asked]

    def settle(self) -> None:
        """Let all be taken in."""
        for _ in range(9):
            self.clock.advance(0)

    def disabled(self) -> None:
        assert self.partner.answer({"result": 0}) == "dhcp-disable"

    def rows(self, *leases: Lease, last: int | None = None, more: str = "") -> dict[str, Any]:
        """Answer a page; what was asked."""
        arguments = {
            "count": len(leases),
            "rows": "".join(row_text(Change(lease)) for lease in leases) + more,
        }
        if last is not None:
            arguments["last"] = address_text(last)
        command = self.partner.asked[0][0]
        assert self.partner.answer({"result": 0, "arguments": arguments}) == PAGE
        return dict(command["arguments"])

    def ended(self) -> None:
        assert self.partner.answer({"result": 0}) == "ha-sync-complete-notify"
        assert self.log.identifiers()[-3:].count("HA_SYNC_SUCCESSFUL") == 1


def leases_from(first: int, count: int) -> list[Lease]:
    return [lease_of(1, START, FIRST + first + number) for number in range(count)]


def test_the_next_page_is_asked_for_while_one_is_taken_in() -> None:
    world = Rows()
    world.disabled()
    one, two = leases_from(0, ROWS + 5), leases_from(5000, 3)
    asked = world.rows(*one, last=one[-1].address)
    assert asked == {"from": "start", "limit": 10000, "rows": True}
    written = len(world.written)
    assert 0 < written < ROWS  # some in a turn
    assert world.asked == [PAGE]
    assert world.rows(*two)["from"] == address_text(one[-1].address)
    assert len(world.written) == written  # it waits for what came before it
    world.settle()
    assert [change.lease for change in world.written] == one + two
    assert list(world.table.store.page(-1, 9999)) == one + two
    world.ended()
    assert [line for line in world.log.lines if "leases" in line[1]][-4:] == [
        ("HA_LEASES_SYNC_LEASE_PAGE_RECEIVED", f"server1: received {ROWS + 5} leases from server2 (http://10.0.0.2:8000/)"),
        ("HA_LEASES_SYNC_APPLIED_LEASES", _applied(ROWS + 5)),
        ("HA_LEASES_SYNC_LEASE_PAGE_RECEIVED", "server1: received 3 leases from server2 (http://10.0.0.2:8000/)"),
        ("HA_LEASES_SYNC_APPLIED_LEASES", _applied(3)),
    ]  # fmt: skip


def _applied(count: int) -> str:
    return f"server1: applied {count} leases received from the partner in the local lease database"


def test_a_small_page_limit_is_kept_to() -> None:
    world = Rows(sync_page_limit=7)
    world.disabled()
    assert world.rows()["limit"] == 7


def test_the_partner_stays_switched_off_however_long_it_takes() -> None:
    world = Rows(sync_timeout=8.0)
    world.disabled()
    for number in range(2):
        world.rows(*leases_from(number * 10, 2), last=FIRST + number * 10 + 9)
        world.clock.advance(0.6)
    assert world.asked == [PAGE]
    world.rows(*leases_from(70, 1), last=FIRST + 79)
    assert world.asked == ["dhcp-disable"]
    world.disabled()
    assert world.asked == [PAGE]
    world.rows()
    world.ended()


def test_a_short_period_is_renewed_more_often() -> None:
    world = World()
    world.partner.knows.append("lease4-bulk-apply")
    world.until_normal()
    world.library.command("ha-sync", {"server-name": "server2", "max-period": 2}, START)
    assert world.partner.answer({"result": 0}) == "dhcp-disable"
    world.clock.advance(0.6)
    page = {"rows": row_text(Change(lease_of(1, START, FIRST))), "last": "10.0.0.0"}
    assert world.partner.answer({"result": 0, "arguments": page}) == PAGE
    assert world.partner.asked[-1][0]["command"] == "dhcp-disable"


def test_newer_leases_replace_and_others_stay() -> None:
    world = Rows()
    mine = [lease_of(client, START + age) for client, age in ((1, 5), (2, -5), (3, 0))]
    load_leases(world.table, mine)
    theirs = [lease_of(client, START) for client in (1, 2, 3, 4)]
    world.disabled()
    world.rows(*theirs)
    assert list(world.table.store.page(-1, 9)) == [mine[0], theirs[1], mine[2], theirs[3]]
    assert [change.lease for change in world.written] == [theirs[3], theirs[1]]
    assert _applied(2) in world.log.texts("HA_LEASES_SYNC_APPLIED_LEASES")
    assert len(world.log.texts("HA_LEASE_SYNC_STALE_LEASE4_SKIP")) == 2


def test_an_address_that_both_have_given_out_is_said() -> None:
    world = Rows()
    load_leases(world.table, [lease_of(1, START, FIRST)])
    world.disabled()
    world.rows(lease_of(2, START + 5, FIRST))
    assert len(world.log.texts("HA_LEASE_GIVEN_TWICE")) == 1


def test_an_older_server_of_ours_answers_as_kea_does() -> None:
    world = Rows(sync_page_limit=2)
    world.disabled()
    assert world.partner.asked[0][0]["arguments"]["rows"]
    for first in (0, 2):
        leases = {"leases": [as_json(lease) for lease in leases_from(first, 2)]}
        assert world.partner.answer({"result": 0, "arguments": leases}) == PAGE
        world.disabled()
    assert world.partner.asked[0][0]["arguments"] == {"from": "10.0.0.3", "limit": 2}
    world.partner.answer({"result": 3, "arguments": {"leases": []}})
    assert len(world.table.store) == 4
    world.ended()


def test_a_kea_is_asked_as_a_kea_asks() -> None:
    world = World()
    world.until_syncing()
    world.partner.answer({"result": 0})
    assert world.partner.asked[0][0] == {
        "command": PAGE, "service": ["dhcp4"], "arguments": {"from": "start", "limit": 10000},
    }  # fmt: skip


def test_who_says_late_what_it_understands_is_waited_for() -> None:
    world = World()
    world.partner.knows = []
    genuine = world.partner.send
    late: list[Any] = []

    def send(command: dict[str, Any], timeout: float) -> Any:
        if command["command"] != "list-commands":
            return genuine(command, timeout)
        late.append(genuine({"command": "list-commands later"}, timeout))
        return late[-1]

    world.partner.send = send  # type: ignore[method-assign]
    world.until_syncing()
    later, *_ = world.partner.asked
    del world.partner.asked[0]
    assert world.partner.answer({"result": 0}) == "dhcp-disable"
    assert not world.partner.asked
    later[1].callback({"result": 0, "arguments": ["lease4-bulk-apply"]})
    assert [command["command"] for command, _ in world.partner.asked] == [PAGE]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"result": 1, "text": "no"}, "HA_LEASES_SYNC_FAILED"),
        ({"result": 0, "arguments": {"rows": 7}}, "HA_LEASES_SYNC_FAILED"),
        ({"result": 0, "arguments": {"rows": "", "last": "10.0.0.1"}}, "HA_LEASES_SYNC_FAILED"),
        (PartnerUnreachable("Connection refused"), "HA_LEASES_SYNC_COMMUNICATIONS_FAILED"),
    ],
)
def test_a_fetch_that_fails_midway_waits_for_what_it_has(answer: Any, said: str) -> None:
    world = Rows()
    world.disabled()
    world.rows(*leases_from(0, ROWS + 2), last=FIRST + ROWS + 1)
    assert world.partner.answer(answer) == PAGE
    assert not world.partner.asked
    world.settle()
    assert len(world.table.store) == len(world.written) == ROWS + 2
    assert len(world.log.texts(said)) == 1
    assert world.partner.answer({"result": 0}) == "dhcp-enable"
    assert world.relationship.state is State.SYNCING
    assert len(world.log.texts("HA_SYNC_FAILED")) == 1


def test_a_full_disk_fails_the_fetch_and_what_was_asked_for_early_is_not_looked_at() -> None:
    world = Rows()
    world.disabled()
    world.full = True
    world.rows(*leases_from(0, 2), last=FIRST + 1)
    assert world.asked == [PAGE, "dhcp-enable"]
    world.full = False
    world.rows(*leases_from(2, 2))
    assert len(world.table.store) == 2
    assert world.partner.answer({"result": 0}) == "dhcp-enable"
    assert "No space left on device" in world.log.texts("HA_SYNC_FAILED")[0]


def test_bad_rows_are_left_out() -> None:
    world = Rows()
    world.disabled()
    world.rows(*leases_from(0, 2), more="10.0.0.99\n")
    assert len(world.table.store) == 2
    assert len(world.log.texts("HA_LEASE_SYNC_FAILED")) == 1
    world.ended()


def test_an_empty_page_is_a_page() -> None:
    world = Rows()
    world.disabled()
    world.rows(last=FIRST)
    world.rows()
    world.ended()


def test_what_comes_as_rows_is_counted_as_what_comes_as_leases() -> None:
    states = [lease_of(1, START, FIRST + number)._replace(state=state) for number, state in enumerate((0, 1, 2, 3))]
    assert {DECLINED, RECLAIMED} == {1, 2}
    by_rows, by_json = Rows(), World()
    by_rows.disabled()
    by_rows.rows(*states)
    by_json.until_syncing()
    by_json.page([as_json(lease) for lease in states])
    names = by_json.table.statistics.names()
    assert by_rows.table.statistics.names() == names
    for name in names:
        assert by_rows.table.statistics.value(name) == by_json.table.statistics.value(name)
    assert by_rows.table.statistics.value("assigned-addresses") == 2


def test_a_reset_while_rows_come_in_ends_the_fetch() -> None:
    world = Rows()
    world.disabled()
    world.rows(*leases_from(0, ROWS + 2), last=FIRST + ROWS + 1)
    world.driver.perform(world.relationship.stop())
    world.rows(*leases_from(5000, 2))
    world.settle()
    assert "HA_SYNC_SUCCESSFUL" not in world.log.identifiers()
    assert world.asked == ["dhcp-enable"]


@pytest.mark.parametrize("as_rows", [True, False])
@pytest.mark.parametrize("ages", [(0, 5), (5, 0)])
def test_of_an_address_that_comes_twice_the_newer_lease_counts(as_rows: bool, ages: tuple[int, int]) -> None:
    twice = [lease_of(1, START + age, FIRST) for age in ages]
    if as_rows:
        world: World = Rows()
        world.partner.answer({"result": 0})
        rows = "".join(row_text(Change(lease)) for lease in twice)
        world.partner.answer({"result": 0, "arguments": {"rows": rows}})
    else:
        world = World()
        world.until_syncing()
        world.page([as_json(lease) for lease in twice])
    assert world.table.store.get(FIRST) == lease_of(1, START + 5, FIRST)
    assert world.written[-1].lease == world.table.store.get(FIRST)
    assert world.table.statistics.value("assigned-addresses") == 1


def test_pages_that_lead_back_end_the_fetch() -> None:
    world = World(sync_page_limit=2)
    world.until_syncing()
    for page in ((10, 11), (12, 13), (10, 11)):
        assert world.partner.answer({"result": 0}) == "dhcp-disable"
        leases = [as_json(lease_of(1, START, FIRST + number)) for number in page]
        assert world.partner.answer({"result": 0, "arguments": {"leases": leases}}) == PAGE
        world.clock.pump([0] * 5)
    assert "the page behind 10.0.0.13 ends at 10.0.0.11" in world.log.texts("HA_LEASES_SYNC_FAILED")[0]
    assert world.partner.answer({"result": 0}) == "dhcp-enable"


def test_pages_without_end_end_the_fetch() -> None:
    world = Rows()
    run = world.relationship.fetch._run
    assert run is not None
    run.pages_left = 5
    world.disabled()
    for number in range(5):
        world.rows(last=FIRST + number)
        world.settle()
    assert "have no end" in world.log.texts("HA_LEASES_SYNC_FAILED")[0]
    assert world.partner.answer({"result": 0}) == "dhcp-enable"
