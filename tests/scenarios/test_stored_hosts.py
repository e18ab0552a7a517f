"""Reservations in databases: they are looked up for each query, and count from the next packet on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher

from kea_twisted.config.hosts import FoundHosts, Host
from kea_twisted.config.model import Settings
from kea_twisted.engine.core import Core
from kea_twisted.engine.departure import departs
from kea_twisted.engine.server import Server
from kea_twisted.interfaces import Outage
from kea_twisted.libraries.host_cache import entries
from kea_twisted.libraries.host_cache.cache import Cache
from kea_twisted.libraries.host_cache.entries import Entry
from kea_twisted.server.hoststorage import FRESH, HostStorage
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, DISCOVER, INFORM, NAK, OFFER, REQUEST
from kea_twisted.wire.message import decode
from tests.builders import World, mac, message, option_set, packed, query, settings, subnet
from tests.fakehosts import FakeHosts

POOL = "10.0.0.10-10.0.0.13"
NONE: tuple[int, int, str] = (0, 0, "")


def host(client: int, address: str = "", **fields: Any) -> Host:
    """A reservation in subnet 1 by hardware address."""
    return Host(1, "hw-address", mac(client), ip(address) if address else 0)._replace(**fields)


class Site(World):
    """A server with reservations in databases. ``sent`` lists replies: type, client, address."""

    def __init__(self, *databases: FakeHosts, **fields: Any) -> None:
        self.databases = databases
        self.clock = Clock()
        self.clock.advance(100)
        super().__init__(sited(settings(subnet("10.0.0.0/24", POOL, **fields)), len(databases)))
        self.hosts.collect(self.loop.at_end_of_turn)

    def callLater(self, delay: float, function: Any) -> None:
        """Call it at the next ``turn``."""
        self.clock.callLater(delay, function)

    def hear(self, kind: int, *clients: int, address: str = "") -> None:
        """Clients send a message of this type in one reading turn."""
        for client in clients:
            own = {50: packed(address)} if address else {}
            selects = {54: packed("10.0.0.1")} if kind == REQUEST else {}
            self.loop.handle(query(message(kind, {**own, **selects}, chaddr=mac(client), xid=client)))
        self.loop.batch_done()

    def turn(self) -> list[tuple[int, int, str]]:
        """Let parked queries go on; the replies since the last turn."""
        self.clock.advance(0)
        self.clock.advance(0)
        made, self.decisions[:] = list(self.decisions), []
        replies = [departs(each, self.hooks, self.log, self.statistics) for each in made]
        sent = [decode(reply.payload) for reply in replies if reply is not None]
        return [(reply.options[53][0], reply.chaddr[-1], address_text(reply.yiaddr)) for reply in sent]

    def talk(self, kind: int, client: int, address: str = "") -> tuple[int, int, str]:
        """One message; all that is looked up for it is answered."""
        self.hear(kind, client, address=address)
        for _ in range(12):
            for database in self.databases:
                database.answer(len(database.asked))
            sent = self.turn()
            if sent:
                return sent[0]
        return NONE

    def _serve(self, before: Server | None = None, served: Any = frozenset, **ports: int) -> Server:
        made = iter(self.databases)
        self.hosts = HostStorage(self.clock, self.log, self.table, lambda host, section: next(made))  # type: ignore[arg-type]
        self.hosts.open(self.settings)
        core = Core(
            self.settings, self.table, self.hooks, self.log, self.statistics, self.service_state,
            host_lookup=self.hosts,
        )  # fmt: skip
        return Server(core, served, before)


def sited(configuration: Settings, number: int) -> Settings:
    """The same with so many databases."""
    return replace(configuration, tree={**configuration.tree, "hosts-databases": [{"type": "x"}] * number})


@pytest.fixture
def database() -> FakeHosts:
    """A database with a reservation for client 1 outside of the pool, and one for client 2 inside."""
    return FakeHosts(host(1, "10.0.0.50"), host(2, "10.0.0.10"))


def test_a_client_gets_what_is_reserved_for_it_in_the_database(database: FakeHosts) -> None:
    site = Site(database)
    assert site.talk(DISCOVER, 1) == (OFFER, 1, "10.0.0.50")
    assert site.talk(REQUEST, 1, "10.0.0.50") == (ACK, 1, "10.0.0.50")


def test_the_look_ups_of_a_turn_are_one_and_those_that_come_meanwhile_the_next(database: FakeHosts) -> None:
    site = Site(database)
    site.hear(DISCOVER, 1, 2)
    site.hear(DISCOVER, 3)
    assert [[each[1][-1] for each in identifiers] for identifiers, _ in database.finds] == [[1, 2]]
    database.answer()
    assert site.turn() == [(OFFER, 1, "10.0.0.50"), (OFFER, 2, "10.0.0.10")]
    assert [[each[1][-1] for each in identifiers] for identifiers, _ in database.finds] == [[1, 2], [3]]


def test_an_address_that_is_reserved_for_another_client_is_not_picked(database: FakeHosts) -> None:
    assert Site(database).talk(DISCOVER, 3) == (OFFER, 3, "10.0.0.11")


def test_a_row_that_is_written_meanwhile_counts_from_the_next_packet_on(database: FakeHosts) -> None:
    site = Site(database)
    database.insert(host(4, "10.0.0.11", hostname="four"))
    assert site.talk(DISCOVER, 3) == (OFFER, 3, "10.0.0.12")
    assert site.talk(DISCOVER, 4) == (OFFER, 4, "10.0.0.11")


def test_a_request_for_what_is_reserved_for_another_client_is_refused(database: FakeHosts) -> None:
    site = Site(database)
    database.insert(host(4, "10.0.0.13"))
    assert site.talk(REQUEST, 3, "10.0.0.13") == (NAK, 3, "0.0.0.0")
    assert site.talk(REQUEST, 3, "10.0.0.12") == (ACK, 3, "10.0.0.12")


def test_a_reservation_that_is_deleted_frees_its_address_when_no_other_is_left(database: FakeHosts) -> None:
    site = Site(database)
    for client, address in ((3, "10.0.0.11"), (4, "10.0.0.12"), (5, "10.0.0.13")):
        assert site.talk(REQUEST, client, address)[0] == ACK
    assert site.talk(DISCOVER, 6) == NONE and site.count("v4-allocation-fail") == 1
    database.hosts.clear()
    site.clock.advance(FRESH)
    assert site.talk(DISCOVER, 6) == (OFFER, 6, "10.0.0.10")
    assert site.count("v4-allocation-fail") == 1


def test_a_conflict_is_counted_once_though_the_query_waits_for_a_free_address(database: FakeHosts) -> None:
    site = Site(database)
    assert site.talk(REQUEST, 9, "10.0.0.13")[0] == ACK
    database.insert(host(4, "10.0.0.13"))
    assert site.talk(DISCOVER, 4) == (OFFER, 4, "10.0.0.11")
    assert site.count("v4-reservation-conflicts") == 1


def test_the_configuration_comes_before_the_databases_and_these_in_their_order() -> None:
    first, second = FakeHosts(host(1, "10.0.0.51")), FakeHosts(host(1, "10.0.0.52"), host(2, "10.0.0.53"))
    site = Site(first, second)
    assert site.talk(DISCOVER, 1) == (OFFER, 1, "10.0.0.51")
    assert site.talk(DISCOVER, 2) == (OFFER, 2, "10.0.0.53")
    site.settings.hosts.add(host(1, "10.0.0.50"))
    assert site.talk(DISCOVER, 1) == (OFFER, 1, "10.0.0.50")


def test_options_and_name_come_from_the_row(database: FakeHosts) -> None:
    database.hosts[0] = database.hosts[0]._replace(
        options=option_set({3: packed("10.0.0.254")}), next_server=ip("1.2.3.4")
    )
    site = Site(database)
    site.loop.handle(query(message(DISCOVER, {55: b"\x03"}, chaddr=mac(1))))
    site.loop.batch_done()
    database.answer()
    site.clock.advance(0)
    reply = departs(site.last, site.hooks, site.log, site.statistics)
    assert reply is not None
    offer = decode(reply.payload)
    assert offer.options[3] == packed("10.0.0.254") and offer.siaddr == ip("1.2.3.4")


def test_a_query_whose_look_up_fails_is_dropped_and_its_client_may_ask_again(database: FakeHosts) -> None:
    site = Site(database)
    site.hear(DISCOVER, 1)
    database.fail(OSError(0, "not connected"))
    assert site.turn() == [] and site.count("pkt4-receive-drop") == 1
    assert "DHCPSRV_HOST_LOOKUP_FAILED" in site.log.identifiers()
    assert site.talk(DISCOVER, 1) == (OFFER, 1, "10.0.0.50")


def test_what_a_cache_knows_is_not_asked(database: FakeHosts) -> None:
    site = Site(database)
    cache = Cache()
    site.hosts.use_cache(cache)
    assert site.talk(DISCOVER, 2) == (OFFER, 2, "10.0.0.10")
    assert [entry.host.address for entry in cache] == [ip("10.0.0.10")]
    asked = len(database.finds)
    site.hear(DISCOVER, 2, address="10.0.0.10")
    assert site.turn() == [(OFFER, 2, "10.0.0.10")]
    assert len(database.finds) == asked
    assert cache.remove("hw-address", mac(2), 1)
    site.hear(DISCOVER, 2)
    assert len(database.finds) == asked + 1


def test_an_entry_of_a_command_counts_before_the_database_in_its_subnet(database: FakeHosts) -> None:
    site = Site(database)
    cache = Cache()
    site.hosts.use_cache(cache)
    cache.insert(entries.of(host(1, "10.0.0.77")))
    assert site.talk(DISCOVER, 1) == (OFFER, 1, "10.0.0.77")
    cache.insert(Entry(host(1), True, {"subnet-id6": entries.UNUSED}))
    assert site.talk(DISCOVER, 1)[2] in ("10.0.0.11", "10.0.0.12", "10.0.0.13")


def test_an_address_in_the_cache_is_for_its_client_only() -> None:
    site = Site(FakeHosts())
    cache = Cache()
    site.hosts.use_cache(cache)
    cache.insert(entries.of(host(9, "10.0.0.10")))
    assert site.talk(DISCOVER, 1, "10.0.0.10")[2] in ("10.0.0.11", "10.0.0.12", "10.0.0.13")
    assert site.talk(DISCOVER, 9) == (OFFER, 9, "10.0.0.10")


def test_those_who_are_not_in_the_database_are_asked_for_again(database: FakeHosts) -> None:
    site = Site(database)
    cache = Cache()
    site.hosts.use_cache(cache)
    site.talk(DISCOVER, 3)
    assert len(cache) == 0
    database.insert(host(3, "10.0.0.60"))
    assert site.talk(DISCOVER, 3) == (OFFER, 3, "10.0.0.60")


def test_the_first_error_of_several_databases_is_the_answer() -> None:
    first, second = FakeHosts(), FakeHosts()
    site = Site(first, second)
    site.hear(DISCOVER, 1)
    first.fail(OSError(0, "first"))
    second.fail(OSError(0, "second"))
    assert site.turn() == []
    assert [line for line in site.log.lines if "first" in str(line)]


def test_outages_of_several_databases_end_when_the_last_one_is_over() -> None:
    site = Site(FakeHosts(), FakeHosts())
    seen: list[Outage] = []
    site.hosts.subscribe(seen.append)
    for number, outage in ((0, Outage("a", False, False)), (1, Outage("b", True, False)), (1, Outage("", True, False))):
        site.hosts._report(number, outage)
    site.hosts._report(0, Outage("", False, False))
    assert [(each.reason, each.stops_service) for each in seen] == [
        ("a", False),
        ("a", True),
        ("a", False),
        ("", False),
    ]


def test_found_hosts_know_the_addresses_that_were_looked_for() -> None:
    found = FoundHosts([host(1, "10.0.0.5")], frozenset([5])).with_addresses(
        FoundHosts([], frozenset([ip("10.0.0.5")]))
    )
    assert found.get(1, "hw-address", mac(1)) and found.checked == {5, ip("10.0.0.5")}


def test_a_cached_client_is_answered_when_the_database_fails_an_unknown_one_of_its_turn(database: FakeHosts) -> None:
    site = Site(database)
    site.hosts.use_cache(Cache())
    assert site.talk(DISCOVER, 2) == (OFFER, 2, "10.0.0.10")
    site.hear(DISCOVER, 2, 3)
    database.fail(OSError(0, "not connected"))
    assert site.turn() + site.turn() == [(OFFER, 2, "10.0.0.10")]
    assert site.count("pkt4-receive-drop") == 1


def test_what_fails_at_the_end_of_a_turn_keeps_nothing_else_from_it(database: FakeHosts) -> None:
    site, seen = Site(database), list[LogEvent]()
    globalLogPublisher.addObserver(seen.append)
    try:
        site.loop.handle(query(message(INFORM, chaddr=mac(9))))  # a turn begins
        site.loop.at_end_of_turn(lambda: [].pop())
        site.hear(DISCOVER, 1)
    finally:
        globalLogPublisher.removeObserver(seen.append)
    assert len(database.finds) == 1
    assert [each["log_failure"].type for each in seen if "log_failure" in each] == [IndexError]


def test_an_earlier_configuration_s_database_reports_nothing_about_this_one_s() -> None:
    made = iter((FakeHosts(), FakeHosts()))
    reports: list[Any] = []
    table = Site().table
    hosts = HostStorage(
        Clock(), Site().log, table, lambda of, section: (reports.append(of.report), next(made))[1]  # type: ignore[arg-type, return-value, func-returns-value]
    )  # fmt: skip
    seen: list[Outage] = []
    hosts.subscribe(seen.append)
    first = settings(subnet("10.0.0.0/24", POOL))
    for name in ("a", "b"):
        hosts.open(replace(first, tree={**first.tree, "hosts-databases": [{"type": "x", "name": name}]}))
    reports[0](Outage("old", True, True))
    assert not seen
    reports[1](Outage("new", True, False))
    reports[0](Outage("", True, False))
    assert [each.reason for each in seen] == ["new"]
