"""The way of a name change through the servers: results in, updates out."""

from __future__ import annotations

import pytest

from kea_twisted.ddns.request import (
    ADD,
    CHECK_EXISTS_WITH_DHCID,
    CHECK_WITH_DHCID,
    MODES,
    NO_CHECK_WITH_DHCID,
    REMOVE,
    NameChange,
)
from kea_twisted.ddns.steps import FORWARD, NOERROR, NXDOMAIN, NXRRSET, REVERSE, YXDOMAIN, YXRRSET
from kea_twisted.ddns.transaction import Outcome, Transaction
from tests.ddnsbuilders import DdnsLog, domain, request

FORWARD_DOMAIN = domain("example.com.", 1, 2)
REVERSE_DOMAIN = domain("2.0.192.in-addr.arpa.", 3)
T, IO, C = Outcome.TIMEOUT, Outcome.OTHER, Outcome.INVALID_RESPONSE


def walk(asked: NameChange, *results: int | Outcome) -> tuple[list[str], Transaction, DdnsLog]:
    """Return the updates sent, as "comment port"; the results are response codes or failures."""
    log = DdnsLog()
    transaction = Transaction(
        asked, FORWARD_DOMAIN if asked.forward else None, REVERSE_DOMAIN if asked.reverse else None, log
    )
    sent, update = [], transaction.start()
    for result in results:
        assert update is not None, f"ended after {sent}"
        sent.append(f"{update.step.comment} {update.server.port}")
        update = (
            transaction.answered(Outcome.SUCCESS, result) if isinstance(result, int) else transaction.answered(result)
        )
    assert update is None, f"goes on with {update.step.comment}" if update else ""
    return sent, transaction, log


def test_every_kind_of_request_has_a_plan() -> None:
    assert set(FORWARD) == set(REVERSE) == {(kind, mode) for kind in (ADD, REMOVE) for mode in MODES}


def test_a_new_name() -> None:
    sent, transaction, log = walk(request(), NOERROR, NOERROR)
    assert sent == ["Forward Add 1", "Reverse Replace 3"]
    assert transaction.is_complete and "DHCP_DDNS_ADD_SUCCEEDED" in log.identifiers()


def test_a_name_in_use_is_replaced() -> None:
    sent, transaction, _ = walk(request(), YXDOMAIN, NOERROR, NOERROR)
    assert sent == ["Forward Add 1", "Forward Replace 1", "Reverse Replace 3"]
    assert transaction.is_complete


def test_a_name_that_goes_in_between_is_added() -> None:
    sent, transaction, _ = walk(request(reverse=False), YXDOMAIN, NXDOMAIN, NOERROR)
    assert sent == ["Forward Add 1", "Forward Replace 1", "Forward Add 1"]
    assert transaction.is_complete


def test_a_server_that_contradicts_itself_ends_it() -> None:
    sent, transaction, log = walk(request(), YXDOMAIN, NXDOMAIN, YXDOMAIN, NXDOMAIN, YXDOMAIN)
    assert not transaction.is_complete and "DHCP_DDNS_FORWARD_ADD_REJECTED" in log.identifiers()


def test_the_name_of_another_client_stays() -> None:
    sent, transaction, log = walk(request(), YXDOMAIN, NXRRSET)
    assert not transaction.is_complete
    assert log.identifiers()[-2:] == ["DHCP_DDNS_FORWARD_REPLACE_REJECTED", "DHCP_DDNS_ADD_FAILED"]
    assert "Forward change: failed" in log.texts("DHCP_DDNS_ADD_FAILED")[0]


def test_the_next_server_is_asked_after_three_tries() -> None:
    sent, transaction, log = walk(request(reverse=False), T, IO, C, NOERROR)
    assert sent == ["Forward Add 1"] * 3 + ["Forward Add 2"] and transaction.is_complete
    assert log.identifiers()[1:4] == [
        "DHCP_DDNS_FORWARD_ADD_TIMEOUT",
        "DHCP_DDNS_FORWARD_ADD_IO_ERROR",
        "DHCP_DDNS_FORWARD_ADD_RESP_CORRUPT",
    ]


def test_the_next_server_is_asked_from_the_first_step_on() -> None:
    sent, _, _ = walk(request(reverse=False), YXDOMAIN, T, T, T, NOERROR)
    assert sent == ["Forward Add 1"] + ["Forward Replace 1"] * 3 + ["Forward Add 2"]


def test_no_server_is_left() -> None:
    sent, transaction, log = walk(request(), T, T, T, T, T, T)
    assert sent == ["Forward Add 1"] * 3 + ["Forward Add 2"] * 3 and not transaction.is_complete
    assert "NO_MORE_SERVERS_EVT" in log.texts("DHCP_DDNS_ADD_FAILED")[0]


def test_a_pointer_that_fails_leaves_the_name() -> None:
    _, transaction, log = walk(request(), NOERROR, T, T, T)
    assert not transaction.is_complete
    text = log.texts("DHCP_DDNS_ADD_FAILED")[0]
    assert "Forward change: completed" in text and "Reverse change: failed" in text


@pytest.mark.parametrize("mode", [CHECK_WITH_DHCID, CHECK_EXISTS_WITH_DHCID])
@pytest.mark.parametrize("first", [NOERROR, NXRRSET])
@pytest.mark.parametrize("second", [NOERROR, NXRRSET, YXRRSET])
def test_a_removal_in_two_steps(mode: str, first: int, second: int) -> None:
    sent, transaction, _ = walk(request(change_type=REMOVE, mode=mode), first, second, NXRRSET)
    assert sent == ["Forward A/AAAA Remove 1", "Forward RR Remove 1", "Reverse Remove 3"]
    assert transaction.is_complete


def test_the_rest_of_a_removal_is_asked_of_no_other_server() -> None:
    sent, transaction, log = walk(request(change_type=REMOVE), NOERROR, T, T, T)
    assert not transaction.is_complete and "SERVER_IO_ERROR_EVT" in log.texts("DHCP_DDNS_REMOVE_FAILED")[0]


@pytest.mark.parametrize("code", [2, 5, 9, 16])
def test_refusals_end_it(code: int) -> None:
    for asked in (request(), request(change_type=REMOVE), request(mode=NO_CHECK_WITH_DHCID)):
        assert not walk(asked, code)[1].is_complete
