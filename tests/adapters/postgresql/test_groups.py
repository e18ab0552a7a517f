"""What a packet costs on the way to PostgreSQL and back: how many statements, each of them a round trip."""

from __future__ import annotations

import pytest

from kea_twisted.adapters.postgresql.statements import BY_CLIENT, COMMIT_NAME, INSERT_NAME, UPDATE_NAME
from kea_twisted.adapters.sql.answers import DatabaseLost
from kea_twisted.lease.lease import Change
from tests.adapters.postgresql.test_outages import FakeLink, Keeper, lease, result, row


@pytest.fixture(autouse=True)
def _links() -> None:
    """No link is made yet, and none refuses."""
    FakeLink.made, FakeLink.refuses, FakeLink.hangs = [], None, False


def statements(keeper: Keeper) -> tuple[list[bytes], list[bytes]]:
    """The statements under way on the connection that commits, and on the one that reads."""
    return [each[0] for each in keeper.link.commits.asked], [each[0] for each in keeper.link.reads.asked]


def test_without_load_a_packet_costs_one_round_trip() -> None:
    """A new client's DHCPDISCOVER one read, its DHCPREQUEST one commit, and each renewal one commit."""
    keeper = Keeper().start()
    found = keeper.backend.look_up([lease(1).hwaddr], [], [])
    assert statements(keeper) == ([], [BY_CLIENT])
    keeper.link.reads.answer()
    assert found.called and statements(keeper) == ([], [])
    for given, name in ((lease(1), INSERT_NAME), (lease(1, 2000), UPDATE_NAME), (lease(1, 2000), COMMIT_NAME)):
        pending = keeper.give(given)
        assert statements(keeper) == ([name], [])
        keeper.link.commits.answer([b"1", None])
        assert result(pending) == () and statements(keeper) == ([], [])


def test_all_changes_of_a_turn_are_one_statement() -> None:
    keeper = Keeper().start()
    keeper.table.apply(Change(lease(9)))
    keeper.unwritten.forget(lease(9).address)
    pending = keeper.give(lease(1), lease(2), lease(9, 2000))
    assert statements(keeper) == ([COMMIT_NAME], [])
    keeper.link.commits.answer([b"3", None])
    assert result(pending) == () and statements(keeper) == ([], [])


def test_clients_that_come_during_a_look_up_are_the_next_one_together() -> None:
    keeper = Keeper().start()
    first = keeper.backend.look_up([b"a"], [b"A"], [1])
    others = [keeper.backend.look_up([b"b"], [], [2]), keeper.backend.look_up([b"c"], [b"C"], [])]
    assert statements(keeper) == ([], [BY_CLIENT])
    keeper.link.reads.answer()
    assert first.called and not any(each.called for each in others)
    assert statements(keeper) == ([], [BY_CLIENT])
    hwaddrs, client_ids, addresses = keeper.link.reads.asked[0][1]
    assert (str(hwaddrs).count("x6"), client_ids, addresses) == (2, b'{"\\\\x43"}', b"{2}")
    keeper.link.reads.answer(row(lease(3)))
    assert all(each.called for each in others) and keeper.table.store.get(lease(3).address) == lease(3)
    assert statements(keeper) == ([], [])


def test_all_who_wait_for_a_look_up_hear_that_the_database_is_lost() -> None:
    keeper = Keeper().start()
    asked = [keeper.backend.look_up([each], [], []) for each in (b"a", b"b", b"c")]
    keeper.link.is_open = False
    keeper.link.reads.fail(DatabaseLost(0, "gone"))
    assert [result(each).check(OSError) for each in asked] == [OSError] * 3
    with pytest.raises(OSError, match="not connected"):
        keeper.backend.look_up([b"d"], [], [])
    keeper.link.is_open = True
    again = keeper.backend.look_up([b"d"], [], [])
    keeper.link.reads.answer()
    assert result(again) is None
