"""The last HA state outlives the process; a file that cannot be used changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.adapters.partner.client import PartnerUnreachable
from kea_twisted.adapters.partner.memory import StateMemory
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.adapters.partner.test_hadriver import World


def test_a_state_is_read_by_the_next_process(tmp_path: Path) -> None:
    path = str(tmp_path / "leases.csv.ha-state")
    memory = StateMemory(path)
    assert memory.state("server1") == ""
    memory.save("server1", "partner-down", 1795344650.5)
    memory.save("hub", "hot-standby", 1795344651.0)
    again = StateMemory(path)
    assert (again.state("server1"), again.state("hub")) == ("partner-down", "hot-standby")
    assert (tmp_path / "leases.csv.ha-state").stat().st_mode & 0o007 == 0


def test_the_next_process_knows_since_when_the_partner_was_not_in_touch(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    memory = StateMemory(path)
    assert memory.apart_since("server1") == 0
    memory.save("server1", "hot-standby", 1795344650.5, 1795344640)
    assert StateMemory(path).apart_since("server1") == 1795344640
    memory.save("server1", "hot-standby", 1795344655.5)
    assert StateMemory(path).apart_since("server1") == 0


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"server1": 1}', '{"server1": {"state": 7}}', "[" * 5000, '{"server1": {"apart-since": -1}}'],
)
def test_a_damaged_file_says_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state"
    path.write_text(text)
    memory = StateMemory(str(path))
    assert (memory.state("server1"), memory.apart_since("server1")) == ("", 0)
    memory.save("server1", "ready", 1.0)
    assert StateMemory(str(path)).state("server1") == "ready"


def test_a_file_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    memory = StateMemory(str(tmp_path / "absent" / "state"))
    memory.save("server1", "ready", 1.0)
    assert memory.state("server1") == "ready"


def test_without_a_lease_file_nothing_is_written() -> None:
    memory = StateMemory("")
    memory.save("server1", "ready", 1.0)
    assert memory.state("server1") == "ready"


class CountedMemory(StateMemory):
    """Counts what is written."""

    saves = 0

    def save(self, name: str, state: str, now: float, apart_since: int = 0) -> None:
        self.saves += 1
        super().save(name, state, now, apart_since)


def normal_world(path: Path) -> tuple[World, CountedMemory]:
    """Return a server that works together with its partner, and its memory."""
    memory = CountedMemory(str(path / "state"))
    world = World(watch=Watch(enabled=True), memory=memory)
    world.until_normal()
    assert memory.apart_since("server1") == 0
    return world, memory


def fail_a_heartbeat(world: World) -> None:
    """Let the partner be out of reach for a moment."""
    while not world.partner.asked:
        world.clock.advance(0.1)
    world.partner.answer(PartnerUnreachable("Connection refused"))


def answer_a_heartbeat(world: World) -> None:
    """Let the partner be in touch."""
    while not world.partner.asked:
        world.clock.advance(0.1)
    world.partner.answer(world.heartbeat_answer(State.HOT_STANDBY))


def test_it_is_kept_since_when_the_partner_is_out_of_touch(tmp_path: Path) -> None:
    world, memory = normal_world(tmp_path)
    world.clock.advance(5)
    fail_a_heartbeat(world)
    since = memory.apart_since("server1")
    assert 0 <= world.relationship.wall() - since <= 6 and memory.state("server1") == "hot-standby"
    again = World(watch=Watch(enabled=True), memory=StateMemory(str(tmp_path / "state")))
    again.driver.start()
    assert again.relationship.claims.apart_since == since
    by_kea_s_rules = World(memory=StateMemory(str(tmp_path / "state")))
    by_kea_s_rules.driver.start()
    assert not by_kea_s_rules.relationship.claims.apart_since


def test_a_link_that_flaps_costs_no_write_each_time(tmp_path: Path) -> None:
    world, memory = normal_world(tmp_path)
    saves = memory.saves
    for _ in range(5):
        fail_a_heartbeat(world)
        answer_a_heartbeat(world)
    assert memory.saves == saves + 1 and memory.apart_since("server1")
    for _ in range(30):
        answer_a_heartbeat(world)
        world.clock.advance(0.5)
    assert memory.saves == saves + 2 and not memory.apart_since("server1")
    fail_a_heartbeat(world)
    answer_a_heartbeat(world)
    world.driver.stop()
    assert not world.clock.getDelayedCalls()
