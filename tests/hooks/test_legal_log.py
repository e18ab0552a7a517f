"""The legal log: which entries are written when, with which words, into which file."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.hooklibraries.files import LibraryFiles
from kea_twisted.adapters.hooklibraries.legal_log import LegalLog
from kea_twisted.adapters.log.periodfile import Period, PeriodFile
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.engine.departure import departs
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.lease.lease import INFINITE
from kea_twisted.libraries import lookup
from kea_twisted.libraries.legal_log.entries import duration, of_command
from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.constants import DECLINE, DISCOVER, RELEASE, REQUEST
from tests.builders import World, message, packed
from tests.hooks.kealibraries import put_to_work

SUBNET = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}], "valid-lifetime": 3661}
AGENT = b"\x01\x06port-1\x02\x02\x00\x01\x06\x03sub"


def settings(subnet: Any = (), **parameters: Any) -> Settings:
    """One subnet, and the library."""
    library = {"library": "libdhcp_legal_log.so", "parameters": parameters}
    tree = {"subnet4": [{**SUBNET, **dict(subnet)}], "hooks-libraries": [library]}
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Logged(World):
    """A server with the library, whose entries are kept."""

    def __init__(self, configuration: Settings) -> None:
        super().__init__(configuration)
        self.entries: list[str] = []
        make = partial(LegalLog, write=lambda text, address: self.entries.append(text))
        library = put_to_work(
            self.settings, self.hooks, self.log, self.table, make,
            now=lambda: self.now, settings=self.settings,
        )  # fmt: skip
        assert isinstance(library, LegalLog)
        self.library = library

    def tell(self, kind: int, options: Any = None, **more: Any) -> Any:
        """Send a message, and store what is decided."""
        decision = self.decide(message(kind, options, **more))
        if decision is not None and decision.changes:
            for callback in self.hooks.leases4_committed:
                callback(decision)
        if decision is not None and decision.reply is not None:
            departs(decision, self.hooks, self.log, self.statistics)


@pytest.fixture
def make() -> Any:
    """Makes a server."""
    return lambda *arguments, **more: Logged(settings(*arguments, **more))


HERE = packed("10.0.0.1")
FIRST = {50: packed("10.0.0.10"), 54: HERE}
OF_ONE = "a device with hardware address: hwtype=1 08:00:27:00:00:01"


def test_a_lease_is_entered_when_it_is_given_and_when_it_is_released(make: Any) -> None:
    world = make()
    world.tell(DISCOVER, {})
    world.tell(REQUEST, {**FIRST, 61: b"\1\2\3"})
    world.tell(RELEASE, {54: HERE, 61: b"\1\2\3"}, ciaddr=ip("10.0.0.10"))
    assert world.entries == [
        f"Address: 10.0.0.10 has been assigned for 1 hrs 1 mins 1 secs to {OF_ONE}, client-id: 01:02:03",
        f"Address: 10.0.0.10 has been released from {OF_ONE}, client-id: 01:02:03",
    ]


def test_a_relay_and_readable_identifiers_are_entered(make: Any) -> None:
    world = make()
    world.tell(REQUEST, {**FIRST, 61: b"name", 82: AGENT}, giaddr=ip("10.0.0.200"), hops=1)
    assert world.entries[0].endswith(
        "client-id: 6e:61:6d:65 (name) connected via relay at address: 10.0.0.200, identified by "
        "circuit-id: 70:6f:72:74:2d:31 (port-1) and remote-id: 00:01 and subscriber-id: 73:75:62 (sub)"
    )


def test_a_declined_lease_and_one_that_is_replaced_are_released(make: Any) -> None:
    world = make()
    world.tell(REQUEST, FIRST)
    world.tell(REQUEST, {50: packed("10.0.0.11"), 54: HERE})
    world.tell(DECLINE, {50: packed("10.0.0.11"), 54: HERE})
    assert [entry.split(" to ")[0].split(" from ")[0] for entry in world.entries] == [
        "Address: 10.0.0.10 has been assigned for 1 hrs 1 mins 1 secs",
        "Address: 10.0.0.11 has been assigned for 1 hrs 1 mins 1 secs",
        "Address: 10.0.0.10 has been released",
        "Address: 10.0.0.11 has been released",
    ]


def test_what_is_confirmed_unchanged_and_subnets_that_are_not_logged_are_not_entered(make: Any) -> None:
    world = make({"cache-threshold": 0.9}.items())
    world.tell(REQUEST, FIRST)
    world.tell(REQUEST, FIRST)
    assert len(world.entries) == 1
    silent = make({"user-context": {"legal-logging": False}}.items())
    silent.tell(REQUEST, FIRST)
    silent.tell(RELEASE, {54: HERE}, ciaddr=ip("10.0.0.10"))
    assert silent.entries == []


def test_expressions_take_the_place_of_the_text(make: Any) -> None:
    request = "concat('from ', hexstring(pkt4.mac, ':'))"
    world = make(
        **{"request-parser-format": request, "response-parser-format": "concat(' got ', addrtotext(pkt4.yiaddr))"}
    )
    world.tell(REQUEST, FIRST)
    world.tell(RELEASE, {54: HERE}, ciaddr=ip("10.0.0.10"))
    assert world.entries == ["from 08:00:27:00:00:01 got 10.0.0.10", "from 08:00:27:00:00:01"]
    only = make(**{"response-parser-format": "addrtotext(pkt4.yiaddr)"})
    only.tell(REQUEST, FIRST)
    only.tell(RELEASE, {54: HERE}, ciaddr=ip("10.0.0.10"))
    assert [only.entries[0], only.entries[1][:37]] == ["10.0.0.10", "Address: 10.0.0.10 has been released "]


def test_an_entry_that_cannot_be_written_is_logged_and_the_client_served(make: Any) -> None:
    world = make(**{"request-parser-format": "addrtotext(option[12].hex)"})
    world.tell(REQUEST, {**FIRST, 12: b"laptop"})
    assert world.entries == [] and len(world.store) == 1
    assert "LEGAL_LOG_LEASE4_WRITE_ERROR" in world.log.identifiers()


LEASE = {"ip-address": "10.0.0.10", "hw-address": "08:00:27:00:00:01"}
DONE = {"result": 0}


@pytest.mark.parametrize(
    ("command", "arguments", "answer", "expected"),
    [
        ("lease4-add", {**LEASE, "valid-lft": 60, "client-id": "6e:61"}, DONE,
         ["Administrator added a lease of address: 10.0.0.10 to a device with hardware address: 08:00:27:00:00:01"
          ", client-id: 6e:61 (na) for 0 hrs 1 mins 0 secs"]),
        ("lease4-update", {**LEASE, "origin": "ha-partner", "expire": 1160, "user-context": {"a": 1}}, DONE,
         ["HA partner updated information on the lease of address: 10.0.0.10 to a device with hardware address: "
          '08:00:27:00:00:01 for 0 hrs 2 mins 40 secs, context: { "a": 1 }']),
        ("lease4-del", {"ip-address": "10.0.0.10"}, DONE, ["Administrator deleted the lease for address: 10.0.0.10"]),
        ("lease4-del", {"identifier-type": "hw-address", "identifier": "08:00", "subnet-id": 1}, DONE,
         ["Administrator deleted a lease for a device identified by: hw-address of 08:00"]),
        ("lease4-del", {"ip-address": "10.0.0.10"}, {"result": 3}, []),
        ("lease4-get", LEASE, DONE, []),
        ("lease4-bulk-apply",
         {"origin": "ha-partner", "deleted-leases": [LEASE], "leases": [LEASE, {**LEASE, "ip-address": "10.0.0.11"}]},
         {"result": 0, "arguments": {"failed-leases": [LEASE]}},
         ["HA partner deleted the lease for address: 10.0.0.10",
          "HA partner updated information on the lease of address: 10.0.0.11 to a device with hardware address: "
          "08:00:27:00:00:01"]),
    ],
)  # fmt: skip
def test_commands_that_change_leases_are_entered(command: str, arguments: Any, answer: Any, expected: Any) -> None:
    assert [entry.text for entry in of_command(command, arguments, answer, 1000.0)] == expected


def test_durations_in_words() -> None:
    assert [duration(seconds) for seconds in (0, 59, 90061, INFINITE)] == [
        "0 hrs 0 mins 0 secs", "0 hrs 0 mins 59 secs", "1 days 1 hrs 1 mins 1 secs", "infinite duration",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "began", "last", "first"),
    [
        (Period("day", 1), "2024-02-28", "2024-02-28", "2024-02-29"),
        (Period("day", 3), "2024-02-28", "2024-03-01", "2024-03-02"),
        (Period("month", 1), "2024-01-31", "2024-02-28", "2024-02-29"),
        (Period("month", 1), "2024-02-29", "2024-03-30", "2024-03-31"),
        (Period("month", 13), "2023-05-07", "2024-06-06", "2024-06-07"),
        (Period("year", 1), "2024-02-29", "2025-02-27", "2025-02-28"),
    ],
)
def test_a_period_ends_as_in_kea(period: Period, began: str, last: str, first: str) -> None:
    start, still, over = (datetime.fromisoformat(each) for each in (began, last, first))
    assert not period.is_over(start, still.replace(hour=23)) and period.is_over(start, over)


class Clock:
    """The time of a file, and what happened to it."""

    def __init__(self, at: str) -> None:
        self.at = datetime.fromisoformat(at)
        self.events: list[str] = []

    def file(self, folder: Path, period: Period) -> PeriodFile:
        """A file that tells what happens."""
        said = self.events
        return PeriodFile(
            str(folder), "legal", period, lambda: self.at,
            lambda name, path: said.append(f"{name} {Path(path).name}"),
            lambda path: said.append(f"opened {Path(path).name}"),
            lambda path: said.append(f"closed {Path(path).name}"),
        )  # fmt: skip


def test_files_follow_each_other_and_programs_are_run_between_them(tmp_path: Path) -> None:
    clock = Clock("2024-02-28 23:59:59")
    file = clock.file(tmp_path, Period("day", 1))
    file.open()
    file.write("T1", "one\ntwo\n")
    clock.at = datetime.fromisoformat("2024-02-29 00:00:01")
    file.write("T2", "three")
    file.close()
    assert (tmp_path / "legal.20240228.txt").read_text() == "T1 one\nT1 two\n"
    assert (tmp_path / "legal.20240229.txt").read_text() == "T2 three\n"
    assert clock.events == [
        "opened legal.20240228.txt", "closed legal.20240228.txt", "prerotate legal.20240228.txt",
        "opened legal.20240229.txt", "postrotate legal.20240229.txt", "closed legal.20240229.txt",
    ]  # fmt: skip


def test_a_file_of_a_period_that_goes_on_is_continued(tmp_path: Path) -> None:
    clock = Clock("2024-02-28 10:00:00")
    for at, period in (
        ("2024-02-28", Period("day", 3)),
        ("2024-03-01", Period("day", 3)),
        ("2024-03-02", Period("day", 3)),
    ):
        clock.at = datetime.fromisoformat(at)
        file = clock.file(tmp_path, period)
        file.open()
        file.write(at, "x")
        file.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["legal.20240228.txt", "legal.20240302.txt"]
    assert (tmp_path / "legal.20240228.txt").read_text() == "2024-02-28 x\n2024-03-01 x\n"


def test_files_by_seconds_have_the_second_in_their_name(tmp_path: Path) -> None:
    clock = Clock("2024-02-28 10:00:00")
    began = int(clock.at.timestamp())
    file = clock.file(tmp_path, Period("second", 10))
    file.open()
    for second in (0, 9, 10):
        clock.at = datetime.fromtimestamp(began + second)
        file.write("T", "x")
    again = clock.file(tmp_path, Period("second", 10))
    again.open()
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        f"legal.T{began:020}.txt", f"legal.T{began + 10:020}.txt"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"type": "sqlite"}, "the type of the legal log, 'sqlite', is not supported"),
        ({"type": "mysql"}, "a legal log of type mysql needs a 'name'"),
        ({"type": "mysql", "name": "kea", "port": 70000}, "port value: 70000 is out of range"),
        ({"type": "mysql", "name": "kea", "connect-timeout": 0}, "connect-timeout value: 0 is out of range"),
        ({"type": "postgresql", "name": "kea", "on-fail": "x"}, "on-fail 'x' is not one of stop-retry-exit"),
        ({"type": "postgresql", "name": "kea", "password": "x", "password-file": "y"}, "can't specify both"),
        ({"time-unit": "week"}, "unknown time unit type: week, expected one of: second, day, month, year"),
        ({"count": -1}, "count value: -1 is out of range, expected value: 0..4294967295"),
        ({"base-name": ""}, "file name cannot be blank"),
        ({"base-name": "../x"}, "'../x' must be the beginning of a file name without a folder"),
        ({"request-parser-format": "option[12].none"}, "'request-parser-format': "),
        ({"path": 1}, "parameter 'path' of libdhcp_legal_log must be a string"),
    ],
)
def test_faulty_parameters_are_refused(parameters: Any, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(**parameters)
    assert text in str(caught.value)


def refusals(*, checked: bool = True, **parameters: Any) -> list[str]:
    """The faults of the files that the parameters name."""
    problems = Problems()
    folders = Folders("/d", "/l", "/p", "/s", checked, scripts="/nowhere", legal="/legal/")
    LibraryFiles(folders, "/etc/kea/kea.conf").check(settings(**parameters), problems)
    return [each.text for each in problems.errors]


def test_entries_lie_in_the_folder_for_them_and_programs_must_exist() -> None:
    assert refusals() == refusals(path="/legal") == refusals(path="/etc", checked=False) == []
    assert refusals(path="/etc", prerotate="none") == [
        "Invalid 'prerotate' parameter: File not found: /nowhere/none",
        "Invalid 'path' parameter: invalid path specified: '/etc', supported path is '/legal' "
        "(the environment variable KEA_LEGAL_LOG_DIR names another folder, -X allows any)",
    ]
