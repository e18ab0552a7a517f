"""Commands about reservations that are in databases; ``live/test_hosts_database_kea.py`` has a real Kea's answers."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred

from kea_twisted.commands.dispatch import dispatch
from tests.commands.fakecontext import FakeContext
from tests.commands.recorded import configuration
from tests.fakehosts import FakeHosts

CARD = "02:00:00:00:00:01"


class Desk:
    """A server with databases, and what is answered."""

    def __init__(self, *databases: FakeHosts) -> None:
        tree = {key: value for key, value in configuration("hosts").items() if key != "control-sockets"}
        self.context = FakeContext(tree)
        self.context.host_databases = databases

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The answer, when the databases have answered in turns."""
        found = {key.replace("_", "-"): value for key, value in arguments.items()}
        reply: Any = dispatch(self.context, {"command": f"reservation-{command}", "arguments": found})
        if isinstance(reply, dict):
            return reply
        results: list[Any] = []
        pending: Deferred[Any] = ensureDeferred(reply)
        pending.addBoth(results.append)
        for _ in range(10):
            for database in self.context.host_databases:
                database.answer(len(database.asked))
        made: dict[str, Any] = results[0]
        return made

    def add(self, address: str, card: str = CARD, **more: Any) -> dict[str, Any]:
        """Add a reservation in subnet 2."""
        return self.ask("add", reservation={"subnet-id": 2, "hw-address": card, "ip-address": address}, **more)


@pytest.fixture
def database() -> FakeHosts:
    """An empty one."""
    return FakeHosts()


def test_a_reservation_goes_to_all_databases_and_is_found_there() -> None:
    first, second = FakeHosts(), FakeHosts()
    desk = Desk(first, second)
    assert desk.add("10.0.1.90")["text"] == "Host added."
    assert [len(each.hosts) for each in (first, second)] == [1, 1]
    found = desk.ask("get-by-address", ip_address="10.0.1.90")
    assert found["text"] == "2 IPv4 host(s) found."
    assert not desk.context.settings.hosts.at(2, first.hosts[0].address)


def test_what_the_database_refuses_is_not_in_memory_either(database: FakeHosts) -> None:
    desk = Desk(database)
    desk.add("10.0.1.90")
    refused = desk.add("10.0.1.90", "02:00:00:00:00:02", operation_target="all")
    assert (refused["result"], refused["text"]) == (1, "Database duplicate entry error")
    assert not desk.context.settings.hosts.at(2, database.hosts[0].address)
    assert desk.ask("get", subnet_id=2, ip_address="10.0.1.90", operation_target="memory")["result"] == 3
    assert desk.add("10.0.1.91", "02:00:00:00:00:03", operation_target="all")["result"] == 0
    assert desk.context.settings.hosts.at(2, database.hosts[1].address)


def test_a_database_that_is_read_only_is_not_written_to(database: FakeHosts) -> None:
    other = FakeHosts()
    other.is_read_only = True
    desk = Desk(database, other)
    refused = desk.add("10.0.1.90")
    assert "read only mode" in refused["text"] and not database.hosts and not database.asked


def test_an_update_tells_what_is_missing_from_what_is_in_the_way(database: FakeHosts) -> None:
    desk = Desk(database)
    desk.add("10.0.1.90")
    desk.add("10.0.1.91", "02:00:00:00:00:02")

    def update(card: str, address: str) -> str:
        answer = desk.ask("update", reservation={"subnet-id": 2, "hw-address": card, "ip-address": address})
        return str(answer["text"])

    assert update("02:00:00:00:00:09", "10.0.1.95") == "Host not updated (not found)."
    assert update(CARD, "10.0.1.91") == "Database duplicate entry error"
    assert update(CARD, "10.0.1.92") == "Host updated."


def test_pages_go_through_the_configuration_and_then_the_databases(database: FakeHosts) -> None:
    desk = Desk(database, FakeHosts())
    desk.add("10.0.1.90")
    desk.add("10.0.1.91", "02:00:00:00:00:02")
    seen, place = 0, {"from": 0, "source-index": 0}
    for _ in range(30):
        page = desk.ask("get-page", limit=2, **place)
        seen += len(page["arguments"]["hosts"])
        if page["result"] == 3:
            break
        place = page["arguments"]["next"]
    memory = len(list(desk.context.settings.hosts))
    assert seen == memory + 4  # two in each database


def test_a_lost_database_is_an_error(database: FakeHosts) -> None:
    desk = Desk(database)
    reply: Any = dispatch(desk.context, {"command": "reservation-get-all", "arguments": {"subnet-id": 2}})
    results: list[Any] = []
    ensureDeferred(reply).addBoth(results.append)
    database.fail(OSError(0, "the connection to PostgreSQL was closed"))
    assert results[0]["result"] == 1 and "closed" in results[0]["text"]


def test_explain_looks_up_what_is_reserved_in_a_database() -> None:
    from tests.scenarios.test_stored_hosts import Site, host

    database = FakeHosts(host(1, "10.0.0.50"), host(2, "10.0.0.10"))
    site = Site(database)
    desk = Desk(database)
    desk.context.settings = site.settings
    desk.context.server = site.server  # type: ignore[misc]
    for client, address in ((1, "10.0.0.50"), (3, "10.0.0.11")):
        reply: Any = dispatch(
            desk.context, {"command": "explain", "arguments": {"hw-address": f"08:00:27:00:00:0{client}"}}
        )
        results: list[Any] = []
        ensureDeferred(reply).addBoth(results.append)
        for _ in range(6):
            site.clock.advance(0)
            database.answer(len(database.asked))
        assert results[0]["text"] == f"DHCPOFFER of {address}"


class Noting:
    """A look-up that notes what it is to ask anew."""

    def __init__(self) -> None:
        self.forgotten: list[tuple[int, Any, int]] = []

    def forget(self, subnet_id: int, identifier: Any, address: int) -> None:
        """Note it."""
        self.forgotten.append((subnet_id, identifier, address))


def test_a_cache_asks_anew_about_what_a_command_changed(database: FakeHosts) -> None:
    desk, look_up = Desk(database), Noting()
    desk.context.server.core.host_lookup = look_up
    desk.add("10.0.1.90")
    card = ("hw-address", bytes.fromhex("020000000001"))
    assert look_up.forgotten == [(2, card, database.hosts[0].address)]
    desk.ask("update", reservation={"subnet-id": 2, "hw-address": CARD, "ip-address": "10.0.1.91"})
    assert look_up.forgotten[1:] == [(2, card, database.hosts[0].address)]
    desk.ask("del", subnet_id=2, ip_address="10.0.1.91")
    desk.ask("del", subnet_id=2, identifier_type="hw-address", identifier=CARD)
    assert look_up.forgotten[2:] == [(2, None, look_up.forgotten[1][2]), (2, card, 0)]
