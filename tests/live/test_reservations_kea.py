"""Host reservations: a real Kea and ours get the same configuration and the same frames, and do the same.

What is compared: every field and option of every reply, every row of the lease file, every statistic. Four
things are different, and meant to be:

- A client that has a host without address in its subnet and a global one with an address gets no answer from
  a Kea, ours offers the global address. No such client comes here.
- In a shared network an address of a sibling subnet can be had in a Kea by a REQUEST though it is reserved
  for another client; ours refuses. No such REQUEST is sent here.
- Where the subnet changes within a shared network a Kea writes a row with the name for the first subnet, then
  another with the one for the second. Ours writes the second: the last row of an address is what counts.
- When there is no name in the second subnet, a Kea tells the client none, but leaves that of the first in the
  lease. Ours has in the lease what the client was told.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.record_answers import ask_unix

from .needs import need
from .outcomes import is_meant, last_rows
from .reserved import HABITS, HAND_MADE, by_chance, habits, host, mac, subnet
from .reserved import config as base
from .twins import Twin, Twins, differences
from .walks import Habits, walk

MESSAGES = 120
Changes = dict[int, list[dict[str, Any]]]


def compare(
    folder: Path,
    config: dict[str, Any],
    habits: Habits,
    seed: int,
    changes: Changes | None = None,
    messages: int = MESSAGES,
) -> list[str]:
    """Return lasting differences: a second may pass between the looks of both at their clocks."""
    found = _compare(folder / "1", config, habits, seed, changes, messages)
    return _compare(folder / "2", config, habits, seed, changes, messages) if found else []


def _compare(
    folder: Path, config: dict[str, Any], habits: Habits, seed: int, changes: Changes | None, messages: int
) -> list[str]:
    """Return the differences, each with its message.

    ``changes`` are commands to be sent to both before the message with this number.
    """
    found = []
    with Twins(folder, config, 4 if "hosts-databases" in config else 1) as twins:
        walker = walk(seed, messages, habits)
        packet = next(walker)
        for number in range(messages):
            for request in (changes or {}).get(number, ()):
                kea_says, we_say = ask(twins.kea, request), ask(twins.ours, request)
                if kea_says != we_say:
                    found.append(f"{number}: {request}: {kea_says} != {we_say}")
            frame = packet.frame()
            kea, ours = twins.kea.make(frame), twins.ours.make(frame)
            lines = differences(last_rows(kea), last_rows(ours))
            wrong = [line for line in lines if not is_meant(line, "shared-networks" in config)]
            if wrong:
                found.append(f"{number}: {packet}: {'; '.join(wrong)}")
                if len(found) > 5:
                    break
            try:
                packet = walker.send(kea.answers)
            except StopIteration:
                break
    return found


def ask(twin: Twin, request: dict[str, Any]) -> Any:
    """The answer to a control command."""
    answer = json.loads(ask_unix(str(twin.server.folder / "control.sock"), json.dumps(request).encode()))
    answer.get("arguments", {}).pop("hash", None)
    return answer


def command(name: str, **arguments: Any) -> dict[str, Any]:
    """A request about the hosts in memory."""
    found = {key.replace("_", "-"): value for key, value in arguments.items()}
    return {"command": f"reservation-{name}", "arguments": {**found, "operation-target": "memory"}}


@pytest.mark.live
@pytest.mark.parametrize("name", HAND_MADE)
def test_each_rule_is_that_of_a_real_kea(tmp_path: Path, name: str) -> None:
    need("kea30")
    assert compare(tmp_path, HAND_MADE[name], HABITS.get(name) or habits(), len(name)) == []


@pytest.mark.live
@pytest.mark.parametrize("seed", range(4))
def test_a_change_while_the_server_runs_takes_effect_with_the_next_message(tmp_path: Path, seed: int) -> None:
    need("kea30")
    config = base(subnet(1, host(1, "10.0.0.12")), hooks_libraries=[{"library": "libdhcp_host_cmds.so"}])

    def add(number: int, address: str, **more: Any) -> dict[str, Any]:
        return command("add", reservation={**host(number, address, **more), "subnet-id": 1})

    by_card = {"subnet_id": 1, "identifier_type": "hw-address"}
    changes = {
        20: [add(3, "10.0.0.50", hostname="late"), add(5, "10.0.0.10"), add(5, "10.0.0.11")],
        45: [command("del", subnet_id=1, ip_address="10.0.0.12"), command("get-all", subnet_id=1)],
        60: [add(4, "10.0.0.12", next_server="10.0.0.9")],
        75: [command("update", reservation={**host(3, "10.0.0.14"), "subnet-id": 1})],
        90: [command("del", **by_card, identifier=mac(number)) for number in (3, 5, 9)],
    }
    assert compare(tmp_path, config, habits(), seed, changes) == []


@pytest.mark.live
@pytest.mark.parametrize("seed", range(24))
def test_whatever_is_reserved_both_give_the_same(tmp_path: Path, seed: int) -> None:
    need("kea30")
    assert compare(tmp_path, *by_chance(seed), seed) == []
