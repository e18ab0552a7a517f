"""Many lease changes in one request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.commands.bulk import _quickly_read
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.leaseinput import read_lease
from kea_twisted.commands.leases import HELD, IN_USE, TO_ANOTHER
from kea_twisted.errors import CommandError
from kea_twisted.ha import bulk
from kea_twisted.ha.deletions import Ended
from kea_twisted.ha.messages import Kind, lease_update
from kea_twisted.lease.lease import DECLINED, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.wire.address import address_text
from tests.commands.fakecontext import NOW, FakeContext, FakeHa

MAC = b"\2\0\0\0\0\1"
CONTEXT = FakeContext()


def first_address() -> int:
    (subnet, *_) = CONTEXT.settings.subnets
    return int(subnet.prefix) + 10


FIRST = first_address()
LEASE = Lease(FIRST, MAC, b"\1" + MAC, 3600, int(NOW), CONTEXT.settings.subnets[0].id)


def ask(context: FakeContext, **arguments: Any) -> Any:
    return dispatch(context, {"command": "lease4-bulk-apply", "arguments": arguments})


def sent(context: FakeContext, *updates: tuple[int, Change | None]) -> Any:
    """Return the result of a group that a server of ours sends."""
    return dispatch(context, json.loads(bulk.write(updates).text))


def update(context: FakeContext, command: str, lease: Lease) -> None:
    """Send a lease of the partner in one of the two ways."""
    if command == "lease4-update":
        dispatch(context, lease_update(Change(lease)))
    else:
        sent(context, (lease.address, Change(lease)))


@pytest.mark.parametrize("lease", [
    LEASE,
    LEASE._replace(client_id=b""),
    LEASE._replace(hostname="a\"b.example.", fqdn_fwd=True, fqdn_rev=True),
    LEASE._replace(state=3, valid_lifetime=0),
    LEASE._replace(pool_id=7, user_context='{"a": [1]}'),
    LEASE._replace(hwaddr=b"", state=1, client_id=b""),
])  # fmt: skip
def test_what_one_server_writes_is_what_the_other_stores(lease: Lease) -> None:
    context = FakeContext()
    answer = sent(context, (lease.address, Change(lease)))
    assert answer == {"result": 0, "text": "Bulk apply of 1 IPv4 leases completed."}
    assert context.table.store.get(lease.address) == lease


def test_all_is_written_with_one_write() -> None:
    context = FakeContext()
    writes: list[Any] = []
    context.commit = writes.append  # type: ignore[method-assign,assignment]
    leases = [LEASE._replace(address=FIRST + number) for number in range(3)]
    sent(context, *((lease.address, Change(lease)) for lease in leases))
    assert writes == [[Change(lease) for lease in leases]]


def test_a_full_disk_fails_all() -> None:
    context = FakeContext()
    context.disk_error = OSError(28, "No space left on device")
    answer = sent(context, (FIRST, Change(LEASE)))
    owed = "What was changed is in memory, and is written as soon as possible"
    assert answer == {"result": 1, "text": f"the lease file cannot be written: No space left on device. {owed}"}


def test_what_is_wrong_is_reported_with_its_address_and_the_rest_is_applied() -> None:
    context = FakeContext()
    good = {"ip-address": address_text(FIRST), "hw-address": "02:00:00:00:00:01"}
    answer = ask(context, leases=[{**good, "subnet-id": 99}, 7, good])
    assert answer["result"] == 0
    failed = answer["arguments"]["failed-leases"]
    assert [(one.get("ip-address"), one["result"]) for one in failed] == [(address_text(FIRST), 4), (None, 1)]
    assert len(context.table.store) == 1


def test_a_lease_that_is_deleted_twice_is_gone_and_said_to_be() -> None:
    context = FakeContext()
    sent(context, (FIRST, Change(LEASE)))
    assert sent(context, (FIRST, Change(LEASE, True)))["result"] == 0
    assert not len(context.table.store)
    answer = sent(context, (FIRST, None))
    assert answer["result"] == 3
    assert bulk.read_failures(answer["arguments"])[FIRST].kind is Kind.OK


def test_a_released_lease_that_is_kept_is_an_update() -> None:
    assert '"deleted-leases":[]' in bulk.write([(FIRST, Change(LEASE._replace(state=3), True))]).text


def test_an_address_that_is_none_cannot_be_deleted() -> None:
    wrong = [{"ip-address": 5}, {"ip-address": "::"}, {}, "10.0.0.1"]
    answer = ask(FakeContext(), **{"deleted-leases": wrong})
    assert [one["result"] for one in answer["arguments"]["failed-deleted-leases"]] == [1, 1, 1, 1]


def test_nothing_to_do_and_nonsense_are_refused() -> None:
    assert ask(FakeContext())["result"] == 1
    assert ask(FakeContext(), leases={})["result"] == 1
    answer: Any = dispatch(FakeContext(), {"command": "lease4-bulk-apply"})
    assert answer["result"] == 1


VALUES = st.one_of(
    st.none(), st.integers(), st.booleans(), st.text(max_size=20), st.just(address_text(FIRST)),
    st.just("02:00:00:00:00:01"), st.just("01:02"), st.just("0 :02"),
)  # fmt: skip
KEYS = ("ip-address", "hw-address", "client-id", "subnet-id", "valid-lft", "expire", "hostname", "state")


@given(st.dictionaries(st.sampled_from(KEYS), VALUES))
def test_the_quick_way_reads_nothing_that_the_thorough_one_reads_otherwise(changes: dict[str, Any]) -> None:
    item = json.loads(bulk.write([(FIRST, Change(LEASE))]).text)["arguments"]["leases"][0] | changes
    quick = _quickly_read(item, CONTEXT.subnets.by_id)
    try:
        thorough = read_lease(item, CONTEXT.subnets, NOW).lease
    except CommandError:
        thorough = None
    assert quick is None or quick == thorough
    if not changes:
        assert quick == LEASE


@pytest.mark.parametrize(
    ("alone", "held", "refused"),
    [
        (True, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b""), True),
        (True, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=int(NOW) - 3601), False),  # expired
        (True, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", state=3), False),  # released
        (True, LEASE._replace(cltt=int(NOW) - 60), False),  # the same client
        (False, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b""), False),
        (False, LEASE._replace(hwaddr=b"\2\0\0\0\0\0", client_id=b""), True),  # of the same second
        (False, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=LEASE.cltt + 1), True),
        (False, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=LEASE.cltt - 1), False),
        (False, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=int(NOW) + 99), False),  # a wrong clock
        (False, LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=LEASE.cltt + 1, state=3), False),
    ],
)
def test_a_server_refuses_what_it_gave_to_another_client_alone_or_later(
    alone: bool, held: Lease, refused: bool
) -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.ha.own_claims.alone = alone
    context.table.apply(Change(held), given_out=False)
    failures = bulk.read_failures(sent(context, (LEASE.address, Change(LEASE))).get("arguments"))
    assert (context.table.store.get(LEASE.address) == LEASE) is not refused
    single = dispatch(context, lease_update(Change(LEASE)))
    if refused:
        assert failures[LEASE.address].kind is Kind.CONFLICT
        assert failures[LEASE.address].text.startswith(IN_USE)
        assert (single["result"], single["text"][: len(IN_USE)]) == (4, IN_USE)
    else:
        assert not failures and single["result"] == 0


@pytest.mark.parametrize(("hwaddr", "is_another"), [(LEASE.hwaddr, False), (b"\2\0\0\0\0\2", True)])
def test_a_refusal_tells_if_another_client_has_the_address(hwaddr: bytes, is_another: bool) -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.ha.own_claims.alone, context.ha.own_claims.alone_since = True, LEASE.cltt + 1
    ours = LEASE._replace(hwaddr=hwaddr, client_id=b"" if is_another else LEASE.client_id, cltt=LEASE.cltt + 5)
    context.table.apply(Change(ours._replace(valid_lifetime=LEASE.valid_lifetime - 100)), given_out=False)
    text = dispatch(context, lease_update(Change(LEASE)))["text"]
    assert text.startswith(HELD) and text.endswith(TO_ANOTHER) is is_another


def test_the_newer_of_two_that_were_promised_is_refused_as_held() -> None:
    """So that the partner yields, which does not know yet that it was promised."""
    context = FakeContext(ha=True)
    assert context.ha is not None
    ours = LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=LEASE.cltt + 5)
    context.table.apply(Change(ours), given_out=False)
    context.ha.own_claims.answered = {FIRST}
    assert dispatch(context, lease_update(Change(LEASE)))["text"].startswith(HELD)


@pytest.mark.parametrize(
    ("held", "promised", "withheld", "refusal"),
    [
        (-5, True, False, HELD),
        (-5, False, False, ""),
        (5, True, False, HELD),
        (5, False, False, IN_USE),
        (5, False, True, ""),
    ],
)
def test_of_two_clients_leases_the_one_counts_whose_client_was_answered(
    held: int, promised: bool, withheld: bool, refusal: str
) -> None:
    for one_by_one in (False, True):
        context = FakeContext(ha=True)
        assert context.ha is not None
        ours = LEASE._replace(hwaddr=b"\2\0\0\0\0\2", client_id=b"", cltt=LEASE.cltt + held)
        context.table.apply(Change(ours), given_out=False)
        context.ha.own_claims.promised = {FIRST} if promised else set()
        context.ha.own_claims.withheld = {FIRST} if withheld else set()
        if one_by_one:
            text = dispatch(context, lease_update(Change(LEASE)))["text"]
        else:
            failed = bulk.read_failures(sent(context, (FIRST, Change(LEASE))).get("arguments"))
            text = failed[FIRST].text if failed else ""
        assert text.startswith(refusal) and (text.startswith(HELD) is (refusal == HELD))
        assert context.table.store.get(FIRST) == (ours if refusal else LEASE)


@pytest.mark.parametrize(("partner_ahead", "is_left"), [(0, True), (-30, False), (-5, True), (30, True)])
def test_a_deletion_has_a_time_of_the_partners_clock(partner_ahead: int, is_left: bool) -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.ha.own_claims.partner_ahead = partner_ahead
    sent(context, (FIRST, Change(LEASE)))
    dispatch(context, json.loads(bulk.write([(FIRST, None)], {FIRST: Ended(LEASE.cltt - 20)}).text))
    assert (context.table.store.get(FIRST) is not None) is is_left


@pytest.mark.parametrize(
    ("deleted_after", "given_before", "partner_ahead", "is_left"),
    [(9, 1, 12, True), (9, 0, 12, False), (13, 1, 12, False), (1, 1, -12, False), (0, 1, -12, True), (1, -5, 0, False)],
)
def test_another_lease_that_either_server_may_have_given_since_is_left(
    deleted_after: int, given_before: int, partner_ahead: int, is_left: bool
) -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.ha.own_claims.partner_ahead = partner_ahead
    sent(context, (FIRST, Change(LEASE)))
    deletion = Ended(LEASE.cltt + deleted_after, MAC, LEASE.cltt - given_before)
    dispatch(context, json.loads(bulk.write([(FIRST, None)], {FIRST: deletion}).text))
    assert (context.table.store.get(FIRST) is not None) is is_left


@pytest.mark.parametrize(("deleted_at", "is_left"), [(int(NOW) - 1, True), (int(NOW), False), (int(NOW) + 5, False)])
def test_a_lease_that_was_given_since_its_deletion_is_left(deleted_at: int, is_left: bool) -> None:
    context = FakeContext()
    sent(context, (FIRST, Change(LEASE)))
    answer = dispatch(context, json.loads(bulk.write([(FIRST, None)], {FIRST: Ended(deleted_at)}).text))
    assert answer["result"] == (3 if is_left else 0) and "arguments" not in answer
    assert (context.table.store.get(FIRST) is not None) is is_left


@pytest.mark.parametrize(
    ("lease_ahead", "deletion_ahead", "given", "is_left"),
    [(0, 86400, 0, True), (86400, 0, 0, False), (86400, 0, 86400, False), (86400, 0, 86399, True)],
)
def test_a_deletion_and_a_lease_of_two_clocks_are_not_compared(
    lease_ahead: int, deletion_ahead: int, given: int, is_left: bool
) -> None:
    context = FakeContext()
    context.table.apply(Change(LEASE._replace(cltt=LEASE.cltt + lease_ahead)), given_out=False)
    deletions = {LEASE.address: Ended(int(NOW) + deletion_ahead, b"", LEASE.cltt + given if given else 0)}
    dispatch(context, json.loads(bulk.write([(LEASE.address, None)], deletions).text))
    assert (context.table.store.get(LEASE.address) is not None) is is_left


OTHER = LEASE._replace(hwaddr=b"\2\0\0\0\0\7", client_id=b"\1\2\0\0\0\0\7")


def test_the_deletion_of_another_clients_lease_deletes_nothing() -> None:
    for update in ((FIRST, Change(OTHER, True)), (FIRST, None)):
        context = FakeContext()
        sent(context, (FIRST, Change(LEASE)))
        request = bulk.write([update], {FIRST: Ended(int(NOW) + 5, OTHER.hwaddr)} if update[1] is None else {})
        assert dispatch(context, json.loads(request.text))["result"] == 3
        assert context.table.store.get(FIRST) == LEASE


@pytest.mark.parametrize("state", [RECLAIMED, RELEASED])
def test_the_end_of_another_clients_lease_ends_none(state: int) -> None:
    ended = OTHER._replace(state=state, cltt=LEASE.cltt + 10)
    context = FakeContext()
    sent(context, (FIRST, Change(LEASE)))
    sent(context, (FIRST, Change(ended)))
    assert context.table.store.get(FIRST) == LEASE
    request = lease_update(Change(ended))
    assert dispatch(context, request)["result"] == 0
    assert context.table.store.get(FIRST) == LEASE
    over = LEASE._replace(cltt=LEASE.cltt - LEASE.valid_lifetime - 1)
    context.table.apply(Change(over), given_out=False)
    sent(context, (FIRST, Change(ended)))
    assert context.table.store.get(FIRST) == ended


def test_the_end_of_a_lease_that_its_client_has_renewed_since_does_not_end_it() -> None:
    context = FakeContext()
    sent(context, (FIRST, Change(LEASE._replace(cltt=LEASE.cltt + 10))))
    sent(context, (FIRST, Change(LEASE._replace(state=RECLAIMED))))
    assert context.table.store.get(FIRST) == LEASE._replace(cltt=LEASE.cltt + 10)


@pytest.mark.parametrize("later", [-1, 0, 1])
def test_of_two_leases_whose_updates_cross_both_servers_keep_the_same(later: int) -> None:
    first = LEASE._replace(hwaddr=b"\2\0\0\0\0\1", client_id=b"")
    leases = first, first._replace(hwaddr=b"\2\0\0\0\0\2", cltt=first.cltt + later)
    contexts = FakeContext(), FakeContext()
    for context, lease in zip(contexts, leases, strict=True):
        context.table.apply(Change(lease), given_out=False)
    failures = [
        bulk.read_failures(sent(context, (FIRST, Change(lease))).get("arguments"))
        for context, lease in zip(reversed(contexts), leases, strict=True)
    ]
    assert [FIRST in failure for failure in failures] == [later > 0, later <= 0]
    assert len({context.table.store.get(FIRST) for context in contexts}) == 1


@pytest.mark.parametrize("command", ["lease4-bulk-apply", "lease4-update"])
def test_a_decline_of_the_partner_lasts_as_long_as_a_lease_that_a_wrong_clock_gave(command: str) -> None:
    context = FakeContext(ha=True)
    assert isinstance(context.ha, FakeHa)
    held = LEASE._replace(cltt=int(NOW) + 86400)
    declined = LEASE._replace(hwaddr=b"", client_id=b"", state=DECLINED, valid_lifetime=30)
    context.table.apply(Change(held))
    update(context, command, declined)
    stored = context.table.store.get(declined.address)
    assert stored is not None and stored.state == DECLINED and stored.expire >= NOW + held.valid_lifetime
    assert context.ha.kept_leases == [stored]
    sent(context, (declined.address, Change(declined)))
    assert context.table.store.get(declined.address) == stored


@pytest.mark.parametrize("command", ["lease4-bulk-apply", "lease4-update"])
@pytest.mark.parametrize("promised", [False, True])
def test_a_decline_that_did_not_know_the_lease_of_a_client_lasts_as_long(command: str, promised: bool) -> None:
    context = FakeContext(ha=True)
    assert isinstance(context.ha, FakeHa)
    held = LEASE._replace(cltt=int(NOW) - 60)
    declined = LEASE._replace(hwaddr=b"", client_id=b"", state=DECLINED, valid_lifetime=30)
    context.table.apply(Change(held))
    context.ha.own_claims.promised = {FIRST} if promised else set()
    update(context, command, declined)
    stored = declined._replace(valid_lifetime=held.expire - declined.cltt) if promised else declined
    assert context.table.store.get(FIRST) == stored
    assert context.ha.kept_leases == ([stored] if promised else [])


@pytest.mark.parametrize("command", ["lease4-bulk-apply", "lease4-update"])
@pytest.mark.parametrize("state", [RELEASED, RECLAIMED])
@pytest.mark.parametrize(("promised", "apart", "is_left"), [(True, 12, True), (True, 11, False), (False, 12, False)])
def test_the_end_of_another_lease_of_a_client_by_another_clock_leaves_what_it_has(
    command: str, state: int, promised: bool, apart: int, is_left: bool
) -> None:
    context = FakeContext(ha=True)
    assert isinstance(context.ha, FakeHa)
    held = LEASE._replace(cltt=int(NOW) - 12)
    ended = LEASE._replace(state=state, valid_lifetime=0)
    context.table.apply(Change(held))
    context.ha.own_claims.promised = {FIRST} if promised else set()
    context.ha.own_claims.clocks_apart = apart
    update(context, command, ended)
    assert context.table.store.get(FIRST) == (held if is_left else ended)
