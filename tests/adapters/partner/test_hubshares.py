"""The hub of several pairs keeps to its half of the free addresses in the subnets of the partner in doubt only."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from kea_twisted.adapters.partner.connect import connect
from kea_twisted.config import load_tree
from kea_twisted.engine.core import Core
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.share import Share
from kea_twisted.engine.statistics import Statistics
from kea_twisted.ha.haservice import HaService
from kea_twisted.ha.states import State
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.store import LeaseStore
from tests.adapters.partner.test_prober import FakeSockets
from tests.fakes import RecordingLog
from tests.ha.test_ha_hub import WATCHED, branch

SUBNETS = [
    {
        "id": number,
        "subnet": f"10.0.{number}.0/24",
        "pools": [{"pool": f"10.0.{number}.10 - 10.0.{number}.250"}],
        "user-context": {"ha-server-name": name},
    }
    for number, name in enumerate(("server1", "server4"), 1)
]


class Hub:
    """Standby of server1, whose clients are in the first subnet, and primary with server4, in the second one."""

    def __init__(self) -> None:
        self.settings = load_tree({"Dhcp4": {"subnet4": SUBNETS}})
        statistics, self.service = Statistics(0.0), ServiceState()
        self.table = LeaseTable(LeaseStore(), statistics)
        pairs = (branch(1, 1, WATCHED), branch(2, 0, WATCHED))
        library = connect(
            pairs, self.service, self.table, lambda changes: None, RecordingLog(), Clock(), FakeSockets()
        )  # fmt: skip
        hooks = HookChain()
        Server(Core(self.settings, self.table, hooks, RecordingLog(), statistics, self.service))
        library.register(hooks, self.settings)
        self.one, self.two = library.services

    def parts(self) -> list[bool | None]:
        """Which half is used in each subnet: True for odd, None for both."""
        shares = self.table.share
        found = [shares.of(number) if shares is not None else None for number in (1, 2)]
        return [None if each is None else each.odd for each in found]


def doubt(service: HaService, in_doubt: bool = True) -> None:
    """Have a server serve, and its partner perhaps do so out of sight, or in sight again."""
    relationship = service.relationship
    driver: Any = service.driver
    relationship.watch.names_differ = in_doubt
    relationship.step(State.PARTNER_DOWN, 0.0)
    driver._follow()


def test_the_part_of_one_pair_does_not_depend_on_the_other_pair() -> None:
    hub = Hub()
    assert hub.parts() == [None, None]
    doubt(hub.one)
    assert hub.parts() == [True, None]
    doubt(hub.two)
    assert hub.parts() == [True, False]
    doubt(hub.two, False)
    assert hub.parts() == [True, None]
    doubt(hub.one, False)
    assert hub.table.share is None


def test_a_trial_gives_the_same_addresses() -> None:
    hub = Hub()
    doubt(hub.one)
    shares = hub.table.share
    assert shares is not None
    copy = shares.copy()
    assert copy.of(2) is None
    one, other = shares.of(1), copy.of(1)
    assert isinstance(one, Share) and isinstance(other, Share) and other is not one and other.odd is one.odd
