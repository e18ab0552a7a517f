"""The command table."""

from __future__ import annotations

import pytest

from kea_twisted.commands import registry
from kea_twisted.commands.context import READ, WRITE
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.commands import BY_NAME, COMMANDS, OURS, available, rows_of
from kea_twisted.libraries.lookup import find
from kea_twisted.libraries.perfmon.library import PerformanceMonitoring
from kea_twisted.libraries.table import LIBRARIES
from tests.commands.answers import PARTNER_MAY


def test_a_partner_may_send_what_kea_lets_it_send_and_what_a_partner_of_our_own_kind_needs() -> None:
    assert {
        "list-commands", "status-get", "dhcp-disable", "dhcp-enable", "ha-reset", "ha-heartbeat",
        "lease4-update", "lease4-del", "lease4-get-all", "lease4-get-page", "ha-maintenance-notify",
        "ha-sync-complete-notify",
    } == PARTNER_MAY - OURS  # fmt: skip
    assert {"ha-digest-get", "ha-subnets-get", "lease4-bulk-apply", "picture-get"} == PARTNER_MAY & OURS


def test_names_are_unique_and_documented() -> None:
    assert len(BY_NAME) == len(COMMANDS)
    assert all(row.summary and (not row.library or row.library in LIBRARIES) for row in COMMANDS)


def test_every_command_declares_its_access_right_and_each_of_our_own_what_it_stands_for() -> None:
    assert {row.access for row in COMMANDS} == {READ, WRITE}
    assert OURS
    for row in COMMANDS:
        assert set(row.stands_for or ()) <= set(BY_NAME) - OURS, row.name


def test_the_commands_of_a_library_are_listed_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def needy(library: object, parameters: dict[str, int]) -> None:
        assert parameters["needed"]

    monkeypatch.setattr(PerformanceMonitoring, "__init__", needy)
    names = ["perfmon-control", "perfmon-get-all-durations"]
    rows = list(rows_of("libdhcp_perfmon"))
    assert [row.name for row in rows] == names and all(row.summary for row in rows)
    assert list(PerformanceMonitoring({"needed": 1}).commands()) == names
    assert all(find(name).commands is KeaLibrary.commands for name in LIBRARIES), "they belong into method_table"


def test_libraries_bring_their_commands() -> None:
    core = {row.name for row in available(())}
    assert core == {row.name for row in registry.COMMANDS}
    assert {row.name for row in available(("libdhcp_lease_cmds",))} - core == {
        row.name for row in COMMANDS if row.name.startswith(("lease4-", "sflq-pool4-"))
    }
    assert {row.name for row in available(("libdhcp_ha",))} - core == {
        row.name for row in COMMANDS if row.name.startswith("ha-")
    }
