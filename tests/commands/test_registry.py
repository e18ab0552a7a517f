"""The command table."""

from __future__ import annotations

from kea_twisted.commands import registry
from kea_twisted.libraries.commands import BY_NAME, COMMANDS, OURS, available
from kea_twisted.libraries.table import LIBRARIES
from tests.commands.answers import PARTNER_MAY


def test_a_partner_may_send_exactly_what_kea_lets_it_send_and_groups_of_updates() -> None:
    assert {
        "list-commands", "status-get", "dhcp-disable", "dhcp-enable", "ha-reset", "ha-heartbeat",
        "lease4-update", "lease4-del", "lease4-get-all", "lease4-get-page", "ha-maintenance-notify",
        "ha-sync-complete-notify",
    } | OURS - {"ha-repair", "explain", "leases-search", "config-diff"} == PARTNER_MAY  # fmt: skip


def test_names_are_unique_and_documented() -> None:
    assert len(BY_NAME) == len(COMMANDS)
    assert all(row.summary and (not row.library or row.library in LIBRARIES) for row in COMMANDS)


def test_libraries_bring_their_commands() -> None:
    core = {row.name for row in available(())}
    assert core == {row.name for row in registry.COMMANDS}
    assert {row.name for row in available(("libdhcp_lease_cmds",))} - core == {
        row.name for row in COMMANDS if row.name.startswith(("lease4-", "sflq-pool4-"))
    }
    assert {row.name for row in available(("libdhcp_ha",))} - core == {
        row.name for row in COMMANDS if row.name.startswith("ha-")
    }
