"""The last HA state outlives the process; a file that cannot be used changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.adapters.partner.client import PartnerUnreachable
from kea_twisted.adapters.partner.memory import StateMemory
from kea_twisted.ha.settings import Watch
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


def test_it_is_kept_since_when_the_partner_is_out_of_touch(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    world = World(watch=Watch(enabled=True), memory=StateMemory(path))
    world.until_normal()
    assert StateMemory(path).apart_since("server1") == 0
    world.clock.advance(5)
    world.partner.answer(PartnerUnreachable("Connection refused"))
    since = StateMemory(path).apart_since("server1")
    assert 0 <= world.relationship.wall() - since <= 1 and StateMemory(path).state("server1") == "hot-standby"
    again = World(watch=Watch(enabled=True), memory=StateMemory(path))
    again.driver.start()
    assert again.relationship.claims.apart_since == since
