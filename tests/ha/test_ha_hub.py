"""The hub of several pairs: the subnet tells whose client a query is from."""

from __future__ import annotations

from typing import Any, Final

import pytest

from kea_twisted.commands.olderlease import is_given_alone
from kea_twisted.config import load_tree
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha.haservice import HaService
from kea_twisted.ha.library import HaLibrary
from kea_twisted.ha.missingleases import MissingLeases
from kea_twisted.ha.outbox import Apply, ApplyRows, Effect, Ticket
from kea_twisted.ha.recent import RecentQueries
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import HaSettings, Peer, Watch
from kea_twisted.ha.spokes import server_names
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import Change, Lease
from tests.fakes import RecordingLog
from tests.scenarios.pairworld import START, decision, lease_of, query

UNWATCHED: Final = Watch()
WATCHED: Final = Watch(enabled=True)


class Driver:
    """Keeps what it is to do."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.started = False
        self.time = START
        self.noticed = 0

    def notice_standstill(self) -> None:
        self.noticed += 1

    def now(self) -> float:
        return self.time

    def perform(self, effects: list[Effect]) -> None:
        self.effects += effects

    def expect(self, ticket: Ticket) -> Ticket:
        return ticket

    def start(self) -> None:
        self.started = True

    def stop(self) -> str:
        return "stopped"


def branch(number: int, own: int, watch: Watch = UNWATCHED) -> HaSettings:
    """Relationship 1 is server1 and server2, relationship 2 is server3 and server4, and so on."""
    names = [f"server{2 * number - 1}", f"server{2 * number}"]
    peers = tuple(
        Peer(name, parse_url(f"http://10.0.0.{place}:8000/"), role)
        for place, (name, role) in enumerate(zip(names, ("primary", "standby"), strict=True), 1)
    )
    return HaSettings(names[own], peers, id=number - 1, watch=watch)


class Hub:
    """Standby of server1, and primary with server4."""

    def __init__(self, *watches: Watch) -> None:
        """``watches`` are those of the relationships."""
        one, two = watches or (UNWATCHED, UNWATCHED)
        self.log = RecordingLog()
        self.service = ServiceState()
        self.drivers = (Driver(), Driver())
        services = [
            HaService(Relationship(each, self.service, lambda address: None, self.log, START), driver)
            for each, driver in zip((branch(1, 1, one), branch(2, 0, two)), self.drivers, strict=True)
        ]
        self.library = HaLibrary(services, self.log)
        self.hooks = HookChain()
        names = ("server1", "server4", None, "server9", 9)
        contexts = [{} if name is None else {"ha-server-name": name} for name in names]
        subnets = [
            {"id": number, "subnet": f"10.0.{number}.0/24", "user-context": context}
            for number, context in enumerate(contexts, 1)
        ]
        self.settings = load_tree({"Dhcp4": {"subnet4": subnets}})
        self.library.register(self.hooks, self.settings)
        for service in services:
            service.relationship.step(State.HOT_STANDBY, START)
            service.relationship.outbox.take()

    def asked(self, subnet_id: int | None) -> Any:
        """Return the treatment of a query from a subnet."""
        subnet = next((one for one in self.settings.subnets if one.id == subnet_id), None)
        (select,) = self.hooks.subnet4_select
        return select(query(1), subnet)

    def told(self, number: int) -> bool:
        """Return True if something is to be done for a relationship."""
        return len(self.drivers[number].effects) > 0


def test_a_query_belongs_to_the_relationship_of_its_subnet() -> None:
    hub = Hub()
    assert not hub.hooks.buffer4_receive
    assert hub.asked(1) is Step.DROP  # there this server is the standby
    assert hub.asked(2) is None
    assert "server1" in hub.log.texts("HA_SUBNET4_SELECT_NOT_FOR_US")[0]


def test_a_hub_answers_no_query_after_a_standstill_before_the_partner_was_asked() -> None:
    hub = Hub()
    assert hub.asked(2) is None
    hub.library.services[1].relationship.standstill.end(START)
    assert hub.asked(2) is Step.DROP and hub.drivers[1].noticed == 2


def test_one_heartbeat_of_each_partner_is_due_in_heartbeat_delay() -> None:
    hub = Hub()
    driver = hub.drivers[0]

    def due(name: object = "server1") -> bool:
        return hub.library.heartbeat_is_due({"server-name": name})

    assert due() and due("server4")
    for driver.time in (START + 1, START + 8.9):
        assert not due()
    driver.time = START + 9.1
    assert due() and not due()
    assert due("stranger") and due("stranger") and due(1) and hub.library.heartbeat_is_due(None)


def test_a_query_is_in_the_class_of_its_relationship() -> None:
    hub = Hub()
    assert not hub.hooks.query_classes
    (tell,) = hub.hooks.subnet_classes
    found = [tell(query(1), subnet) for subnet in (*hub.settings.subnets, None)]
    assert found == [("HA_server1",), ("HA_server3",), (), (), (), ()]


@pytest.mark.parametrize(
    ("subnet_id", "event"),
    [
        (None, "HA_SUBNET4_SELECT_NO_SUBNET_SELECTED"),
        (3, "HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET"),
        (4, "HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET"),
        (5, "HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME"),
    ],
)
def test_what_belongs_to_no_relationship_is_not_served(subnet_id: int | None, event: str) -> None:
    hub = Hub()
    assert hub.asked(subnet_id) is Step.DROP
    assert len(hub.log.texts(event)) == 1


def committed(subnet_id: int) -> Decision:
    lease: Lease = lease_of(1, START)._replace(subnet_id=subnet_id)
    return decision(lease, Change(lease))


def test_a_lease_is_told_to_the_partner_of_its_subnet() -> None:
    hub = Hub()
    for driver in hub.drivers:
        driver.effects.clear()
    assert hub.library.leases4_committed(committed(2)) is not None
    assert hub.told(1) and not hub.told(0)
    assert hub.library.leases4_committed(committed(3)) is None
    assert hub.log.texts("HA_LEASES4_COMMITTED_NO_RELATIONSHIP")[0].endswith(": subnet 3 names no peer")


def test_a_terminated_relationship_does_not_hold_the_others() -> None:
    hub = Hub()
    hub.library.services[0].relationship.step(State.TERMINATED, START)
    assert hub.library.lease4_expire(committed(1).changes[0].lease) is Step.SKIP
    assert hub.library.lease4_expire(committed(2).changes[0].lease) is None
    assert hub.library.lease4_expire(committed(3).changes[0].lease) is None
    assert hub.library.lease4_expire(committed(5).changes[0].lease) is None
    assert len(hub.log.texts("HA_LEASE4_EXPIRE_INVALID_HA_SERVER_NAME")) == 1


def test_the_service_is_on_when_no_relationship_has_it_off() -> None:
    hub = Hub()
    first, second = (service.relationship for service in hub.library.services)
    first.step(State.WAITING, START)
    second.step(State.WAITING, START)
    assert hub.service.origins == {1000, 1001}
    first.step(State.HOT_STANDBY, START)
    assert hub.service.origins == {1001}


def test_commands_choose_by_the_name_of_any_peer() -> None:
    hub = Hub()
    hub.library.services[1].relationship.step(State.READY, START)
    for name, state in (("server1", "hot-standby"), ("server2", "hot-standby"), ("server4", "ready")):
        answer = hub.library.command("ha-heartbeat", {"server-name": name}, START)
        assert answer["arguments"]["state"] == state
    answer = hub.library.command("ha-heartbeat", {"server-name": "server9"}, START)
    assert answer == {"result": 1, "text": "server9 matches no configured 'server-name'"}
    assert hub.library.command("ha-heartbeat", None, START)["arguments"]["state"] == "hot-standby"


def taken_in(relationship: Relationship, *items: Any) -> list[Any]:
    """Return the rest of a page of the partner's leases."""
    relationship.outbox.apply(list(items), MissingLeases(()), True, lambda count, error, now: None)
    (effect,) = relationship.outbox.take()
    assert isinstance(effect, Apply)
    return effect.items


def test_only_leases_of_the_own_subnets_are_fetched() -> None:
    first, second = (service.relationship for service in Hub().library.services)
    page = [{"ip-address": f"10.0.{number}.1", "subnet-id": number} for number in range(1, 6)]
    assert taken_in(first, *page) == page[:1]
    assert taken_in(second, *page) == page[1:2]
    assert taken_in(first, "nonsense", {}) == ["nonsense", {}]  # for the reader to complain about


def test_the_same_of_rows() -> None:
    hub = Hub()
    leases = [lease_of(number, START)._replace(subnet_id=number, hostname="a.b\x0bc") for number in (1, 11, 2)]
    rows = [row_text(Change(lease)) for lease in leases]
    for service, own in zip(hub.library.services, (rows[0], rows[2]), strict=True):
        outbox = service.relationship.outbox
        outbox.apply_rows("".join((*rows, "nonsense\n")), MissingLeases(()), True, lambda count, error, now: None)
        (effect,) = outbox.take()
        assert isinstance(effect, ApplyRows) and effect.rows == f"{own}nonsense\n"


def test_a_relationship_that_no_subnet_names_fetches_all() -> None:
    hub = Hub()
    hub.library.register(hub.hooks, load_tree({"Dhcp4": {}}))
    assert taken_in(hub.library.services[0].relationship, {"subnet-id": 7}) == [{"subnet-id": 7}]


def test_maintenance_is_for_all_until_one_refuses() -> None:
    hub = Hub()
    first, second = (service.relationship for service in hub.library.services)
    for relationship, state in ((first, State.TERMINATED), (second, State.PARTNER_DOWN)):
        relationship.step(state, START)
    coroutine = hub.library.command("ha-maintenance-start", None, START)
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    assert end.value.value["result"] == 1
    assert "from the terminated to" in end.value.value["text"]


def test_status_has_an_entry_for_each() -> None:
    entries = Hub().library.status(START)
    assert [entry["ha-servers"]["local"]["server-name"] for entry in entries] == ["server2", "server3"]


def test_all_are_started_and_stopped() -> None:
    hub = Hub()
    hub.library.start()
    assert all(driver.started for driver in hub.drivers)
    assert hub.library.unload() == ["stopped", "stopped"]


@pytest.mark.parametrize(("sender", "owing"), [("server1", [1, 2]), ("server4", [2, 1]), (None, [1, 1])])
def test_a_fetch_concerns_the_relationship_of_the_partner_that_fetches(sender: str | None, owing: list[int]) -> None:
    """Changes before a partner's fetch are not owed to it afterwards. A Kea does not send its name."""
    hub = Hub(WATCHED, WATCHED)
    relationships = [service.relationship for service in hub.library.services]
    for relationship in relationships:
        relationship.step(State.PARTNER_DOWN, START)
        relationship.updates.owe((1,))
    hub.service.disable(2000, sender=sender)
    assert hub.service.enabled
    for number in (1, 2):
        hub.library.leases4_committed(committed(number))
    for relationship in relationships:
        relationship.partner_synced((2000,), START)
    assert [len(relationship.updates.owed) for relationship in relationships] == owing


def test_the_service_is_off_for_a_partner_without_evidence_only() -> None:
    hub = Hub(UNWATCHED, WATCHED)
    hub.service.disable(2000, sender="server4")
    assert hub.service.enabled
    hub.service.disable(2000, sender="server1")
    assert not hub.service.enabled
    hub.service.enable(2000)
    hub.service.disable(2000)  # by a Kea, which may be either of them
    assert not hub.service.enabled


def test_a_relationship_that_ends_leaves_its_successor_to_hear_of_fetches() -> None:
    hub = Hub(WATCHED, WATCHED)
    successor = Relationship(branch(1, 1, WATCHED), hub.service, lambda address: None, hub.log, START)
    successor.step(State.HOT_STANDBY, START)
    ended = hub.library.services[0].relationship
    ended.stop()
    hub.service.disable(2000, sender="server1")
    assert hub.service.enabled
    successor.stop()
    hub.library.services[1].relationship.stop()
    hub.service.disable(2000)
    assert not hub.service.enabled


def test_one_without_evidence_that_ends_leaves_its_successor_the_service_switched_off() -> None:
    hub = Hub(UNWATCHED, WATCHED)
    successor = Relationship(branch(1, 1, UNWATCHED), hub.service, lambda address: None, hub.log, START)
    successor.step(State.HOT_STANDBY, START)
    hub.library.services[0].relationship.stop()
    hub.service.disable(2000)
    assert not hub.service.enabled


def test_a_relationship_that_has_never_begun_ends() -> None:
    for watch in (UNWATCHED, WATCHED):
        service = ServiceState()
        Relationship(branch(1, 1, watch), service, lambda address: None, RecordingLog(), START).stop()
        assert service.enabled


def test_what_a_subnet_does_not_say_its_shared_network_does() -> None:
    inner = [
        {"id": 1, "subnet": "10.0.1.0/24"},
        {"id": 2, "subnet": "10.0.2.0/24", "user-context": {"ha-server-name": "server3"}},
    ]
    network = {"name": "n", "user-context": {"ha-server-name": "server1"}, "subnet4": inner}
    tree = {"shared-networks": [network], "subnet4": [{"id": 3, "subnet": "10.0.3.0/24"}]}
    assert server_names(load_tree({"Dhcp4": tree})) == {1: "server1", 2: "server3"}


def test_a_hub_that_replaces_one_partner_takes_updates_and_releases_of_the_others() -> None:
    """Each relationship has claims of its own, whatever happens to the others."""
    hub = Hub()
    first, second = (service.relationship for service in hub.library.services)
    leases = [lease_of(1, START + 7)._replace(subnet_id=number) for number in (1, 2, 3)]
    first.step(State.PARTNER_DOWN, START + 5)
    claims = [hub.library.claims(lease) for lease in leases]
    assert claims == [first.claims, second.claims, None]
    now = START + 7
    assert [is_given_alone(each, lease, now) for each, lease in zip(claims, leases, strict=True)] == [
        True,
        False,
        False,
    ]
    second.step(State.HOT_STANDBY, START + 6)
    assert first.claims.alone and is_given_alone(first.claims, leases[0], now)


def test_a_query_of_the_partner_s_client_is_kept_for_a_takeover() -> None:
    hub = Hub()
    hub.library.services[0].relationship.recent = RecentQueries(True)
    hub.asked(1)
    assert hub.library.services[0].relationship.recent.take(START) == [query(1)]
    assert not hub.library.services[1].relationship.recent.take(START)
