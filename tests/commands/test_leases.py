"""Lease commands beyond what a real Kea was asked: order, the lease file, speed."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import render
from kea_twisted.commands.leaseinput import read_client_id, read_hwaddr
from kea_twisted.commands.leaseslices import SLICE
from kea_twisted.lease.jsonform import lease_text, read_lease
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.address import address_text
from tests.commands.fakecontext import FakeContext

BASE = 0x0A000000  # 10.0.0.0
UPDATE = {
    "client-id": "01:08:00:27:c4:0f:d1", "expire": 2000004000, "force-create": True, "fqdn-fwd": False,
    "fqdn-rev": False, "hostname": "", "hw-address": "08:00:27:c4:0f:d1", "ip-address": "10.0.0.50",
    "origin": "ha-partner", "state": 0, "subnet-id": 1, "valid-lft": 4000,
}  # fmt: skip
OWED = ". What was changed is in memory, and is written as soon as possible"
LEASE = Lease(BASE + 50, bytes.fromhex("080027c40fd1"), bytes.fromhex("01080027c40fd1"), 4000, 2000000000, 1)


def ask(context: FakeContext, command: str, arguments: Any = None) -> dict[str, Any]:
    """The answer as a client reads it."""
    reply = dispatch(context, {"command": command, "arguments": arguments})
    assert isinstance(reply, dict)
    found: dict[str, Any] = json.loads(render(reply))
    return found


def lease(number: int, subnet_id: int = 1, **more: Any) -> Lease:
    """One of many leases."""
    return Lease(BASE + number, number.to_bytes(6, "big"), b"", 4000, 2000000000, subnet_id, **more)


def test_what_an_operator_deletes_the_partners_hear_of() -> None:
    """A deletion by the partner is known there."""
    context = FakeContext(ha=True)
    assert context.ha is not None
    for arguments, told in (({"origin": "ha-partner"}, []), ({}, [LEASE])):
        context.table.apply(Change(LEASE), given_out=False)
        assert ask(context, "lease4-del", {"ip-address": "10.0.0.50", **arguments})["result"] == 0
        assert context.ha.told == told
    context.table.apply(Change(LEASE), given_out=False)
    ask(context, "lease4-wipe", {"subnet-id": 1})
    assert context.ha.told == [LEASE, LEASE]


def test_a_partner_does_not_bring_back_what_was_deleted() -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.ha.gone = {LEASE.address}
    assert ask(context, "lease4-update", UPDATE)["result"] == 0
    ask(context, "lease4-bulk-apply", {"origin": "ha-partner", "leases": [UPDATE]})
    assert context.table.store.get(LEASE.address) is None
    assert ask(context, "lease4-update", UPDATE | {"origin": "somebody"})["result"] == 0
    assert context.table.store.get(LEASE.address) == LEASE


def test_an_update_is_in_the_table_and_in_the_lease_file_when_it_is_answered() -> None:
    context = FakeContext()
    assert ask(context, "lease4-update", UPDATE) == {"result": 0, "text": "IPv4 lease added."}
    assert context.table.store.get(LEASE.address) == LEASE
    assert context.journal == [Change(LEASE)]


def test_a_deletion_is_in_the_lease_file_when_it_is_answered() -> None:
    context = FakeContext()
    context.put(LEASE)
    assert ask(context, "lease4-del", {**UPDATE, "origin": "ha-partner"})["result"] == 0
    assert context.table.store.get(LEASE.address) is None
    assert context.journal == [Change(LEASE, True)]


@pytest.mark.parametrize(("expire", "is_kept"), [(3999, True), (4000, False), (4001, False), (None, False)])
def test_a_partner_ends_no_lease_that_is_newer_than_the_one_it_knew(expire: int | None, is_kept: bool) -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.put(LEASE)
    known = {"ip-address": "10.0.0.50", "origin": "ha-partner"}
    if expire is not None:
        known = UPDATE | {"expire": LEASE.cltt + expire}
    assert ask(context, "lease4-del", known)["result"] == (3 if is_kept else 0)
    assert (context.table.store.get(LEASE.address) == LEASE) is is_kept
    assert context.ha.kept_leases == ([LEASE] if is_kept else [])


@pytest.mark.parametrize(("given", "is_kept"), [(-15, False), (-5, False), (5, True)])
def test_a_kea_with_a_clock_behind_releases_what_this_server_gave_before(given: int, is_kept: bool) -> None:
    """Its client renewed it there just before."""
    context = FakeContext(ha=True)
    assert context.ha is not None
    now = int(context.now())
    context.ha.own_claims.partner_ahead = -30
    ours = LEASE._replace(cltt=now + given)
    context.put(ours)
    renewed = UPDATE | {"expire": now - 30 + LEASE.valid_lifetime}
    assert ask(context, "lease4-update", renewed)["result"] == 0
    assert ask(context, "lease4-del", renewed)["result"] == (3 if is_kept else 0)
    assert context.table.store.get(LEASE.address) == (ours if is_kept else None)


def test_an_operator_does() -> None:
    context = FakeContext(ha=True)
    context.put(LEASE)
    assert ask(context, "lease4-del", UPDATE | {"expire": LEASE.cltt + 1, "origin": "user"})["result"] == 0


@pytest.mark.parametrize("command", ["lease4-update", "lease4-bulk-apply", "lease4-del"])
@pytest.mark.parametrize(
    ("alone", "alone_since", "apart", "owed", "is_kept"),
    [
        (True, -1, 1, False, True),
        (True, 0, 1, False, False),
        (True, 0, 1, True, True),
        (True, -11, 12, False, False),  # the partner may have given it by a clock that is ahead
        (True, -12, 12, False, True),
        (True, 3600, 1, True, True),  # the clock was set back
        (False, -1, 1, True, False),
    ],
)
def test_what_a_server_gave_alone_a_partner_does_not_change(
    command: str, alone: bool, alone_since: int, apart: int, owed: bool, is_kept: bool
) -> None:
    """It carries out what waited while it stood still: a REQUEST, the RELEASE of what that gave."""
    context = FakeContext(ha=True)
    assert context.ha is not None
    now = int(context.now())
    ours = LEASE._replace(cltt=now)
    context.put(ours)
    claims = context.ha.own_claims
    claims.alone, claims.alone_since, claims.clocks_apart = alone, now + alone_since, apart
    claims.owed = {LEASE.address} if owed else set()
    theirs = UPDATE | {"expire": now + 7 + LEASE.valid_lifetime}
    ask(context, command, {"leases": [theirs]} if command == "lease4-bulk-apply" else theirs)
    assert (context.table.store.get(LEASE.address) == ours) is is_kept
    assert context.ha.kept_leases == ([ours] if is_kept else [])


@pytest.mark.parametrize("command", ["lease4-update", "lease4-bulk-apply", "lease4-del"])
def test_a_partner_of_another_relationship_changes_what_it_gave(command: str) -> None:
    """The server serves the clients of the partner of subnet 1 alone."""
    context = FakeContext(ha=True)
    assert context.ha is not None
    now = int(context.now())
    context.ha.own_claims.alone, context.ha.own_claims.alone_since = True, now - 100
    ours = LEASE._replace(address=BASE + 256 + 50, subnet_id=2, cltt=now - 60)
    context.put(ours)
    theirs = UPDATE | {"ip-address": address_text(ours.address), "subnet-id": 2, "expire": now + LEASE.valid_lifetime}
    found = ask(context, command, {"leases": [theirs]} if command == "lease4-bulk-apply" else theirs)
    assert found["result"] == 0 and not found.get("arguments")
    after = context.table.store.get(ours.address)
    assert after == (None if command == "lease4-del" else ours._replace(cltt=now))


@pytest.mark.parametrize("command", ["lease4-add", "lease4-update"])
def test_what_cannot_be_written_is_no_success(command: str) -> None:
    context = FakeContext()
    context.disk_error = OSError(28, "No space left on device")
    found = ask(context, command, UPDATE)
    assert found == {"result": 1, "text": f"the lease file cannot be written: No space left on device{OWED}"}
    assert any(identifier.endswith("_FAILED") for identifier in context.log.identifiers())


def test_a_context_has_no_escapes_that_a_kea_cannot_read() -> None:
    """Its JSON ends at one byte: a row or an update with others would be lost. What it can read stays as it is."""
    context = FakeContext()
    given = {"place": "Büro", "price €": ["5 €"], "kea": "B\u00c3\u00bcro"}
    ask(context, "lease4-add", UPDATE | {"user-context": given})
    lease = context.table.store.get(LEASE.address)
    assert lease is not None and lease.user_context == (
        r'{"place": "B\u00fcro", "price \u00e2\u0082\u00ac": ["5 \u00e2\u0082\u00ac"], "kea": "B\u00c3\u00bcro"}'
    )
    assert read_lease(json.loads(lease_text(lease))) == lease


def test_an_older_update_overwrites_a_newer_lease() -> None:
    context = FakeContext()
    context.put(LEASE._replace(cltt=2100000000))
    assert ask(context, "lease4-update", {**UPDATE, "origin": "user"})["text"] == "IPv4 lease updated."
    assert context.table.store.get(LEASE.address) == LEASE


@pytest.mark.parametrize("command", ["lease4-update", "lease4-bulk-apply"])
def test_an_older_update_of_the_partner_does_not(command: str) -> None:
    context = FakeContext()
    update = {**UPDATE, "origin": "ha-partner"}
    arguments = {"leases": [update]} if command == "lease4-bulk-apply" else update
    newer = LEASE._replace(cltt=LEASE.cltt + 10)
    for ours, stays in ((newer, True), (newer._replace(valid_lifetime=0), False), (newer._replace(state=3), False)):
        context.put(ours)
        assert ask(context, command, arguments)["result"] in (0, 3)
        assert context.table.store.get(LEASE.address) == (ours if stays else LEASE)
    for late in ({"state": 3, "valid-lft": 0, "expire": LEASE.cltt}, {"state": 1, "valid-lft": 86400}):
        context.put(newer)
        late = {**update, **late, "expire": LEASE.cltt + late["valid-lft"]}  # a release, a decline of before
        ask(context, command, {"leases": [late]} if command == "lease4-bulk-apply" else late)
        assert context.table.store.get(LEASE.address) == newer
    context.put(newer._replace(hwaddr=b"\2\0\0\0\0\7", client_id=b""))
    assert ask(context, command, arguments)["result"] == 0
    assert context.table.store.get(LEASE.address) == LEASE


def test_a_conflict_is_logged_with_the_arguments() -> None:
    context = FakeContext()
    assert ask(context, "lease4-update", {**UPDATE, "subnet-id": 2})["result"] == 4
    (text,) = context.log.texts("LEASE_CMDS_UPDATE4_CONFLICT")
    assert '"ip-address": "10.0.0.50"' in text and "does not belong to subnet 10.0.1.0/24" in text


def test_pages_follow_each_other_until_an_empty_one() -> None:
    context = FakeContext()
    context.put(*(lease(number) for number in (200, 3, 77, 10, 9)))
    after, seen = "start", []
    while (page := ask(context, "lease4-get-page", {"from": after, "limit": 2}))["result"] == 0:
        leases = page["arguments"]["leases"]
        assert page["arguments"]["count"] == len(leases)
        seen += [found["ip-address"] for found in leases]
        after = seen[-1]
    assert seen == ["10.0.0.3", "10.0.0.9", "10.0.0.10", "10.0.0.77", "10.0.0.200"]
    assert page == {
        "arguments": {"count": 0, "leases": []}, "result": 3, "text": "0 IPv4 lease(s) found."
    }  # fmt: skip


def test_by_state_and_subnet() -> None:
    context = FakeContext()
    context.put(lease(3, state=1), lease(4), lease(5, state=1))
    found = ask(context, "lease4-get-by-state", {"state": "declined", "subnet-id": 1})
    assert found["text"] == "2 IPv4 lease(s) found with state declined (1) in subnet 1."
    assert ask(context, "lease4-get-by-state", {"state": 77})["result"] == 3
    assert ask(context, "lease4-get-by-state", {"state": "asleep"})["result"] == 1
    assert ask(context, "lease4-get-by-state", {"state": 1, "subnet-id": "x"})["result"] == 1


def test_a_lease_is_valid_json_whatever_its_host_name() -> None:
    odd = lease(3, hostname='a"b\\c\n\u20ac', user_context='{ "a": [ 1 ] }', pool_id=7)
    found = json.loads(lease_text(odd))
    assert found["hostname"] == odd.hostname
    assert found["user-context"] == {"a": [1]}
    assert found["pool-id"] == 7
    assert "client-id" not in found


@pytest.mark.parametrize("text", ["08:00:27", "8:0:27", "08:00:27:", " 8:00:27", "08: 0:27", "0 :00:27"])
def test_no_spelling_loses_a_byte(text: str) -> None:
    for read in read_hwaddr, read_client_id:
        try:
            assert len(read(text)) == 3
        except Exception as error:
            assert type(error).__name__ == "CommandError"


def test_a_page_of_ten_thousand_leases_is_quick() -> None:
    context = FakeContext()
    context.put(*(lease(number) for number in range(1, 10_001)))
    began = time.perf_counter()
    reply: Any = dispatch(context, {"command": "lease4-get-page", "arguments": {"from": "start", "limit": 10000}})
    answer = first_result(reply)
    assert answer["text"] == "10000 IPv4 lease(s) found."
    assert time.perf_counter() - began < 1
    assert context.turns == 10000 // SLICE - 1


def first_result(reply: Any) -> Any:
    """The answer of an awaitable that need not wait for anything."""
    found: list[Any] = []
    Deferred.fromCoroutine(reply).addCallback(found.append)
    [answer] = found
    return answer


@pytest.mark.parametrize(
    ("name", "arguments", "numbers"),
    [
        ("lease4-get-all", None, range(1, 1201)),
        ("lease4-get-all", {"subnets": [2, 1, 2]}, [*range(2, 1201, 2), *range(1, 1201, 2), *range(2, 1201, 2)]),
        ("lease4-get-page", {"from": "10.0.0.5", "limit": 800}, range(6, 806)),
        ("lease4-get-page", {"from": "10.0.0.5", "limit": 801}, range(6, 807)),
        ("lease4-get-page", {"from": "10.0.0.5", "limit": 4000}, range(6, 1201)),
        ("lease4-get-by-state", {"state": 0, "subnet-id": 2}, range(2, 1201, 2)),
    ],
)
def test_a_long_list_is_made_in_slices_and_is_the_same(name: str, arguments: Any, numbers: Collection[int]) -> None:
    context = FakeContext()
    context.put(*(lease(number, subnet_id=2 - number % 2) for number in range(1, 1201)))
    answer = first_result(dispatch(context, {"command": name, "arguments": arguments}))
    found = json.loads(render(answer))["arguments"]
    assert [each["ip-address"] for each in found["leases"]] == [address_text(0x0A000000 + number) for number in numbers]
    assert answer["text"].startswith(f"{len(numbers)} IPv4 lease(s) found")
    assert found.get("count", len(numbers)) == len(numbers)
    assert context.turns
