"""The legal log: a real Kea and ours write the same entries for the same packets and commands."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from .mariadb import Mariadb
from .needs import need
from .postgres import Postgres
from .reserved import config, subnet
from .test_run_script_kea import packets
from .twins import Twin

COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("lease4-add", {"ip-address": "10.0.0.18", "hw-address": "02:00:00:00:00:01", "subnet-id": 1, "valid-lft": 7000}),
    ("lease4-update", {"ip-address": "10.0.0.18", "hw-address": "02:00:00:00:00:01", "client-id": "6e:61:6d:65",
                       "subnet-id": 1, "user-context": {"room": 7}, "origin": "ha-partner"}),
    ("lease4-del", {"ip-address": "10.0.0.18"}),
    ("lease4-del", {"ip-address": "10.0.0.19"}),
    ("lease4-del", {"identifier-type": "hw-address", "identifier": "02:aa:00:00:00:01", "subnet-id": 1}),
)  # fmt: skip
FORMATS = {
    "request-parser-format": "concat('asked by ', concat(hexstring(pkt4.mac, ':'), 0x0a))",
    "response-parser-format": "concat('told ', addrtotext(pkt4.yiaddr))",
    "timestamp-format": "%Y",
}


def configuration(parameters: dict[str, Any], *more: str) -> dict[str, Any]:
    """One subnet, and the libraries."""
    libraries = [
        *({"library": f"{name}.so"} for name in more),
        {"library": "libdhcp_legal_log.so", "parameters": parameters},
        {"library": "libdhcp_lease_cmds.so"},
    ]
    return config(subnet(1, valid_lifetime=3600), hooks_libraries=libraries)


def use(twin: Twin) -> None:
    """Let all happen of which there are entries, and stop the server."""
    try:
        twin.start()
        for packet in packets():
            twin.make(packet.frame())
        for command, arguments in COMMANDS:
            twin.command(command, **arguments)
    finally:
        twin.close()


def entries(kind: str, folder: Path, parameters: dict[str, Any]) -> list[str]:
    """The lines of one server, without the time."""
    use(Twin(kind, folder, configuration({"base-name": "legal", **parameters})))
    (file,) = folder.glob("legal.*.txt")
    return [re.sub(r"^[\d-]+( [\d:]+ \S+)?", "", line) for line in file.read_text().splitlines()]


@pytest.mark.live
@pytest.mark.parametrize("parameters", [{}, FORMATS], ids=["usual", "formats"])
def test_the_entries_are_those_of_a_real_kea(tmp_path: Path, parameters: dict[str, Any]) -> None:
    need("kea30")
    kea, ours = (entries(kind, tmp_path / kind, parameters) for kind in ("kea30", "ours"))
    assert kea == ours
    assert len(kea) > 10


def rows(kind: str, folder: Path, database: Postgres | Mariadb, parameters: dict[str, Any]) -> list[list[str]]:
    """The rows of one server: address, text, and whether the time is that of now."""
    database.query("TRUNCATE logs")
    twin = Twin(kind, folder, configuration({**database.access(), **parameters}, database.library))
    use(twin)
    # both tables have the rows in the order in which they came
    return database.query(
        f"SELECT address, replace(log, '{chr(10)}', '|'), timestamp > now() - interval '1' minute "
        "AND timestamp < now() + interval '1' second FROM logs"
    )


@pytest.mark.live
def test_the_rows_in_a_database_are_those_of_a_real_kea(tmp_path: Path, database: Postgres | Mariadb) -> None:
    need("kea30")
    parameters = FORMATS if isinstance(database, Mariadb) else {}  # each once
    kea, ours = (rows(kind, tmp_path / kind, database, parameters) for kind in ("kea30", "ours"))
    assert kea == ours
    assert len(kea) > 10 and {row[2] for row in kea} <= {"t", "1"}


@pytest.mark.live
def test_entries_wait_for_a_database_that_is_restarted(tmp_path: Path, database: Postgres) -> None:
    """Clients are served meanwhile, and the time of an entry is that at which it was made."""
    database.query("TRUNCATE logs")
    access = database.access(**{"max-reconnect-tries": 100, "reconnect-wait-time": 100})
    twin = Twin("ours", tmp_path / "ours", configuration(access))
    try:
        twin.start()
        first, *others = packets()[1:]
        twin.make(first.frame())
        database.kill()
        answers = [len(twin.make(packet.frame()).answers) for packet in others]
        time.sleep(1.5)
        database.start()
        twin.server.wait_for("DHCP4_DB_RECONNECT_SUCCEEDED")
        assert not twin.server.running.matching("ENTRIES_LOST")
    finally:
        twin.close()
    found = database.query("SELECT now() - timestamp > interval '1 second', log FROM logs")
    assert sum(answers) >= 5 and [row[0] for row in found] == ["t"] * 9
