"""Commands that update names in the DNS."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.lease.lease import Change, Lease
from tests.commands.fakecontext import FakeContext
from tests.commands.test_leases import LEASE, ask
from tests.fakes import FakeNames

NAMED = LEASE._replace(hostname="one.example.org", fqdn_fwd=True)
ADDRESS = {"ip-address": "10.0.0.50"}


def context(lease: Lease | None = NAMED) -> tuple[FakeContext, FakeNames]:
    """A server that updates names, with a lease."""
    made = FakeContext()
    names = made.names = FakeNames()
    if lease is not None:
        made.table.apply(Change(lease))
    return made, names


def test_the_name_of_a_lease_is_sent_again() -> None:
    made, names = context()
    text = "NCR generated for: 10.0.0.50, hostname: one.example.org"
    assert ask(made, "lease4-resend-ddns", ADDRESS) == {"result": 0, "text": text}
    assert names.updates == [Change(NAMED)]
    assert made.log.texts("LEASE_CMDS_RESEND_DDNS4")


@pytest.mark.parametrize(
    ("lease", "result", "text"),
    [
        (None, 3, "No lease found for: 10.0.0.50"),
        (LEASE, 4, "Lease for: 10.0.0.50, has no hostname, nothing to update"),
        (
            NAMED._replace(fqdn_fwd=False), 4,
            "Neither forward nor reverse updates enabled for lease for: 10.0.0.50",
        ),
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_is_not_sent(lease: Lease | None, result: int, text: str) -> None:
    made, names = context(lease)
    assert ask(made, "lease4-resend-ddns", ADDRESS) == {"result": result, "text": text}
    assert (names.updates, len(made.log.texts("LEASE_CMDS_RESEND_DDNS4_FAILED"))) == ([], 1)


@pytest.mark.parametrize("names", [None, FakeNames()])
def test_without_updates_no_name_is_sent(names: FakeNames | None) -> None:
    made, _ = context()
    made.names = names
    if names is not None:
        names.enabled = False
    assert ask(made, "lease4-resend-ddns", ADDRESS) == {"result": 4, "text": "DDNS updating is not enabled"}


@pytest.mark.parametrize(("more", "updates"), [({}, []), ({"update-ddns": True}, [Change(NAMED, True)])])
def test_a_deletion_removes_the_name_if_told_so(more: dict[str, Any], updates: list[Change]) -> None:
    made, names = context()
    assert ask(made, "lease4-del", {**ADDRESS, **more})["result"] == 0
    assert names.updates == updates


def test_a_deletion_with_a_wrong_parameter_deletes_nothing() -> None:
    made, _ = context()
    answer = ask(made, "lease4-del", {**ADDRESS, "update-ddns": 1})
    assert answer == {"result": 1, "text": "'update-ddns' is not a boolean"}
    assert made.table.store.get(NAMED.address) == NAMED


def test_updates_of_leases_by_commands_update_no_names() -> None:
    made, names = context()
    update = {**ADDRESS, "hw-address": "08:00:27:c4:0f:d1", "subnet-id": 1, "hostname": "two", "fqdn-fwd": True}
    assert ask(made, "lease4-update", update)["result"] == 0
    assert names.updates == []


def test_the_names_of_leases_that_a_command_reclaims_are_removed() -> None:
    made, names = context(NAMED._replace(cltt=1))
    assert ask(made, "leases-reclaim", {"remove": True})["result"] == 0
    assert names.updates == [Change(NAMED._replace(cltt=1), True)]
