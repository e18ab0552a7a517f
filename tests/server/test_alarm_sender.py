"""The alarms of a server: looked for once a second, sent by a webhook, changed by a reload."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock

from kea_twisted.config import load_tree
from kea_twisted.engine.statistics import Statistics
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.history import History
from kea_twisted.lease.lease import Lease
from kea_twisted.server.alarms import PERIOD, POOL_PERIOD, Alarms
from tests.fakes import RecordingLog


class House:
    """A server with a relationship, as far as alarms look at it; ``got`` are the alarms that were sent."""

    def __init__(self, **alarms: Any) -> None:
        self.clock, self.log, self.got = Clock(), RecordingLog(), []  # type: ignore[var-annotated]
        self.status = 200
        self.statistics = Statistics(0.0)
        self.health = SimpleNamespace(fault="")
        self.history = History("server1", "server2", 0.0)
        self.reasons: dict[int, str] = {}
        settings = SimpleNamespace(id=0)
        updates = SimpleNamespace(reasons=self.reasons)
        self.conflicts = Conflicts("server1", self.log)
        relationship = SimpleNamespace(
            history=self.history, settings=settings, updates=updates, name="server1", conflicts=self.conflicts
        )
        self.ha = SimpleNamespace(services=(SimpleNamespace(relationship=relationship),))
        self.settings = self.with_alarms({"url": "http://hooks.example/secret", **alarms})
        self.alarms = Alarms(self.clock, self.log, self, self.post)  # type: ignore[arg-type]
        self.alarms.use(self.settings)

    def with_alarms(self, alarms: Any) -> Any:
        """Settings with alarms, and one subnet."""
        subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.1-10.0.0.100"}]}
        return load_tree({"Dhcp4": {"subnet4": [subnet], "user-context": {"alarms": alarms}}})

    def now(self) -> float:
        """A time of day."""
        return 1_700_000_000.0

    async def post(self, url: str, body: bytes) -> int:
        """Take an alarm."""
        assert url == "http://hooks.example/secret"
        self.got.append(json.loads(body))
        return self.status

    def pass_time(self, seconds: float) -> list[str]:
        """Let time go by; the texts of the alarms that came."""
        self.got.clear()
        for _ in range(int(seconds * 2)):
            self.clock.advance(0.5)
        return [each["text"] for each in self.got]


def test_a_step_of_either_server() -> None:
    house = House()
    assert house.pass_time(3) == []
    house.history.partner_step("hot-standby", "unavailable", "no answer", 1.0)
    house.history.own_step("hot-standby", "partner-down", "connection refused twice", 1.0)
    assert house.pass_time(PERIOD + 1) == [
        "server2 goes from hot-standby to unavailable: no answer",
        "server1 goes from hot-standby to partner-down: connection refused twice",
    ]
    last = house.got[-1]
    assert (last["kind"], last["severity"], last["server"]) == ("ha-state", "critical", "server1")
    assert last["time"] == "2023-11-14T22:13:20+00:00" and last["details"]["after"] == "partner-down"
    assert house.pass_time(3) == []


def test_steps_from_before_the_alarms_were_configured_are_not_told() -> None:
    house = House()
    house.alarms.use(load_tree({"Dhcp4": {}}))
    house.history.own_step("waiting", "hot-standby", "x", 1.0)
    house.alarms.use(house.settings)
    assert house.pass_time(3) == []
    house.history.own_step("hot-standby", "waiting", "x", 1.0)
    assert len(house.pass_time(3)) == 1


def test_a_relationship_that_begins_anew_is_told_from_its_beginning() -> None:
    house = House()
    house.history.own_step("waiting", "hot-standby", "x", 1.0)
    house.pass_time(2)
    house.ha.services[0].relationship.history = History("server1", "server2", 0.0)
    house.ha.services[0].relationship.history.own_step("waiting", "syncing", "y", 1.0)
    assert house.pass_time(2) == ["server1 goes from waiting to syncing: y"]


def test_health_pools_and_conflicts() -> None:
    house = House(**{"pool-threshold": 50})
    house.statistics.put("subnet[1].total-addresses", 100)
    house.statistics.put("subnet[1].assigned-addresses", 50)
    house.health.fault = "em1 is down"
    found = house.pass_time(2)
    assert found == ["this server cannot serve clients: em1 is down"]
    house.reasons[0x0A000005] = "AddressInUse"
    house.statistics.put("declined-addresses", 3)
    assert house.pass_time(2) == [
        "3 addresses were found in use by other machines; 3 are declined now",
        "the partner refuses 1 leases, the first 10.0.0.5: AddressInUse",
    ]
    assert house.pass_time(POOL_PERIOD) == [
        "subnet 1 10.0.0.0/24: nearly full, 50 of 100 addresses are in use"
    ]  # fmt: skip


def test_an_address_given_twice_is_an_alarm_whatever_is_logged() -> None:
    house = House()
    house.log.enabled = frozenset()
    ours, theirs = (
        Lease(0x0A000005, bytes((8, 0, 39, 0, 0, number)), b"", 3600, 1_700_000_000, 1) for number in (1, 2)
    )
    house.conflicts.add(ours, theirs)
    (text,) = house.pass_time(2)
    assert text == (
        "10.0.0.5 was given to two clients, 08:00:27:00:00:01 by this server and 08:00:27:00:00:02 by its partner, "
        "while they could not reach each other; the newer lease stays"
    )
    assert (house.got[0]["kind"], house.got[0]["severity"]) == ("conflict", "critical")
    assert house.pass_time(3) == []
    for _ in range(3):
        house.conflicts.add(ours, theirs)
    (text,) = house.pass_time(2)
    assert text.endswith("stays (and 2 more)") and house.got[0]["details"]["count"] == 3
    house.alarms.stop()
    house.conflicts.add(ours, theirs)
    house.alarms.use(house.settings)
    assert house.pass_time(3) == [], "from before the alarms were configured"


def test_only_the_kinds_that_are_wanted() -> None:
    house = House(kinds=["sockets"])
    house.history.own_step("a", "b", "c", 1.0)
    house.health.fault = "em1 is down"
    assert house.pass_time(POOL_PERIOD + 5) == ["this server cannot serve clients: em1 is down"]


def test_a_failure_is_logged_without_the_secret_part_of_the_url() -> None:
    house = House()
    house.status = 403
    house.health.fault = "em1 is down"
    house.pass_time(3)
    assert house.log.lines == [
        ("DHCP4_ALARM_FAILED", "an alarm could not be sent to hooks.example: status 403; it is dropped")
    ]  # fmt: skip


def test_the_end() -> None:
    house = House()
    house.alarms.stop()
    assert not house.clock.getDelayedCalls()
    house.alarms.use(load_tree({"Dhcp4": {}}))
    assert not house.clock.getDelayedCalls()
