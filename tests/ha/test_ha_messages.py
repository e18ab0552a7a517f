"""Requests equal those of a running Kea in meaning, and its answers are understood."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.ha import messages
from kea_twisted.ha.messages import Cause, HeartbeatStatus, Kind
from kea_twisted.ha.states import State
from kea_twisted.lease.jsonform import read_lease
from kea_twisted.lease.lease import Change, Lease

LEASE = Lease(0x0A00000A, bytes.fromhex("1ebf1fff4ae5"), bytes.fromhex("011ebf1fff4ae5"), 7200, 1795344670, 1)

SENT = [  # recorded between two Kea 3.0.4
    (
        messages.heartbeat("server1"),
        '{ "arguments": { "server-name": "server1" }, "command": "ha-heartbeat", "service": [ "dhcp4" ] }',
    ),
    (
        messages.dhcp_disable(2000, 60),
        '{ "arguments": { "max-period": 60, "origin": "ha-partner", "origin-id": 2000 }, '
        '"command": "dhcp-disable", "service": [ "dhcp4" ] }',
    ),
    (
        messages.lease_page(None, 10000),
        '{ "arguments": { "from": "start", "limit": 10000 }, "command": "lease4-get-page", "service": [ "dhcp4" ] }',
    ),
    (
        messages.sync_complete("server1", 2000),
        '{ "arguments": { "origin": 2000, "origin-id": 2000, "server-name": "server1" }, '
        '"command": "ha-sync-complete-notify", "service": [ "dhcp4" ] }',
    ),
    (
        messages.lease_update(Change(LEASE)),
        '{ "arguments": { "client-id": "01:1e:bf:1f:ff:4a:e5", "expire": 1795351870, "force-create": true, '
        '"fqdn-fwd": false, "fqdn-rev": false, "hostname": "", "hw-address": "1e:bf:1f:ff:4a:e5", '
        '"ip-address": "10.0.0.10", "origin": "ha-partner", "state": 0, "subnet-id": 1, "valid-lft": 7200 }, '
        '"command": "lease4-update", "service": [ "dhcp4" ] }',
    ),
    (
        messages.lease_update(Change(LEASE._replace(valid_lifetime=0, state=3))),
        '{ "arguments": { "client-id": "01:1e:bf:1f:ff:4a:e5", "expire": 1795344670, "force-create": true, '
        '"fqdn-fwd": false, "fqdn-rev": false, "hostname": "", "hw-address": "1e:bf:1f:ff:4a:e5", '
        '"ip-address": "10.0.0.10", "origin": "ha-partner", "state": 3, "subnet-id": 1, "valid-lft": 0 }, '
        '"command": "lease4-update", "service": [ "dhcp4" ] }',
    ),
]


def test_a_partner_of_our_own_kind_is_told_who_fetches() -> None:
    named = messages.dhcp_disable(2000, 60, "server1")["arguments"]
    assert named == messages.dhcp_disable(2000, 60)["arguments"] | {"server-name": "server1"}


@pytest.mark.parametrize(("command", "recorded"), SENT, ids=[row[0]["command"] for row in SENT])
def test_commands_are_those_a_running_kea_sends(command: messages.Command, recorded: str) -> None:
    assert command == json.loads(recorded)


def test_a_deleted_lease_goes_as_deletion_unless_it_is_kept_as_released() -> None:
    assert messages.lease_update(Change(LEASE, True))["command"] == "lease4-del"
    assert messages.lease_update(Change(LEASE._replace(state=3), True))["command"] == "lease4-update"


def test_the_deletion_has_no_force_create_and_no_cltt() -> None:
    arguments = messages.lease_update(Change(LEASE, True))["arguments"]
    assert not arguments.keys() & {"force-create", "cltt"}
    assert arguments["expire"] == 1795351870


def test_pool_and_context_are_sent_when_there_is_something_to_say() -> None:
    arguments = messages.lease_update(Change(LEASE._replace(pool_id=7, user_context='{"a": 1}')))["arguments"]
    assert (arguments["pool-id"], arguments["user-context"]) == (7, {"a": 1})


PAGE_ITEMS = [  # recorded from Kea 3.0.4: a released lease, a declined address, a lease in use
    (
        {
            "client-id": "01:02:00:00:00:00:01",
            "cltt": 1795344659,
            "fqdn-fwd": False,
            "fqdn-rev": False,
            "hostname": "",
            "hw-address": "02:00:00:00:00:01",
            "ip-address": "10.0.0.10",
            "state": 2,
            "subnet-id": 1,
            "valid-lft": 0,
        },
        Lease(0x0A00000A, b"\2\0\0\0\0\1", b"\1\2\0\0\0\0\1", 0, 1795344659, 1, state=2),
    ),
    (
        {
            "cltt": 1795344671,
            "fqdn-fwd": False,
            "fqdn-rev": False,
            "hostname": "",
            "hw-address": "",
            "ip-address": "10.0.0.11",
            "state": 1,
            "subnet-id": 1,
            "valid-lft": 86400,
        },
        Lease(0x0A00000B, b"", b"", 86400, 1795344671, 1, state=1),
    ),
    (
        {
            "cltt": 1,
            "fqdn-fwd": True,
            "fqdn-rev": True,
            "hostname": "h.example.",
            "hw-address": "02",
            "ip-address": "10.0.0.12",
            "state": 0,
            "subnet-id": 9,
            "valid-lft": 4294967295,
            "pool-id": 3,
            "user-context": {"a": [1]},
            "from-the-future": None,
        },
        Lease(0x0A00000C, b"\2", b"", 4294967295, 1, 9, True, True, "h.example.", 0, '{"a": [1]}', 3),
    ),
]


@pytest.mark.parametrize(("item", "lease"), PAGE_ITEMS)
def test_leases_of_a_page_are_read(item: object, lease: Lease) -> None:
    assert read_lease(item) == lease


@pytest.mark.parametrize(
    "change",
    [
        {"ip-address": "10.0.0.300"},
        {"ip-address": None},
        {"hw-address": "zz"},
        {"valid-lft": "1"},
        {"cltt": None},
        {"valid-lft": -1},
        {"fqdn-fwd": 1},
        {"state": "0"},
        {"client-id": "x"},
        {"hostname": 3},
        {"state": 4},
        {"state": -1},
        {"subnet-id": -1},
        {"hw-address": "00" * 256},
        {"hostname": "x" * 70000},
    ],
)
def test_what_is_no_lease_is_a_value_error(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        read_lease(PAGE_ITEMS[0][0] | change)  # type: ignore[operator]
    with pytest.raises(ValueError):
        read_lease("10.0.0.1")


DATES = [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (1795344672, "Sun, 22 Nov 2026 10:51:12 GMT"),
    (951782400, "Tue, 29 Feb 2000 00:00:00 GMT"),
]


@pytest.mark.parametrize(("seconds", "text"), DATES)
def test_dates_are_written_and_read(seconds: int, text: str) -> None:
    assert messages.write_date(seconds) == text
    assert messages.read_date(text) == seconds


@given(st.integers(0, 2**32))
def test_every_date_comes_back(seconds: int) -> None:
    assert messages.read_date(messages.write_date(seconds + 0.5)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "Sun, 22 Nov 2026 10:51:12",
        "Sun, 31 Feb 2026 10:51:12 GMT",
        "Sun, 22 Nov 2026 25:51:12 GMT",
        "2026-11-22 10:51:12",
    ],
)
def test_other_dates_are_value_errors(text: str) -> None:
    with pytest.raises(ValueError):
        messages.read_date(text)


ANSWERS = [
    ({"result": 0, "text": "fine", "arguments": {"a": 1}}, Kind.OK, ""),
    ({"result": 3, "text": "0 IPv4 lease(s) found."}, Kind.OK, ""),
    ({"result": 1, "text": "no"}, Kind.FAILED, "no (error code 1)"),
    ({"result": 5}, Kind.FAILED, "(error code 5)"),
    ({"result": 1001, "text": "never"}, Kind.FAILED, "never (error code 1001)"),
    ({"result": 4, "text": "not mine"}, Kind.CONFLICT, "not mine (error code 4)"),
    (
        {"result": 2, "text": "'x' command not supported."},
        Kind.UNSUPPORTED,
        "'x' command not supported. (error code 2)",
    ),
    ({"text": "?"}, Kind.FAILED, "invalid answer: no result"),
    ("?", Kind.FAILED, "invalid answer: no result"),
]


@pytest.mark.parametrize(("answer", "kind", "text"), ANSWERS)
def test_answers_are_understood_as_kea_does(answer: object, kind: Kind, text: str) -> None:
    reply = messages.read_answer(answer)
    assert (reply.kind, reply.text) == (kind, text)


STATUSES = [
    HeartbeatStatus(State.HOT_STANDBY, 1795344672, ("server1",), 0),
    HeartbeatStatus(State.PARTNER_DOWN, 1795344672, ("server1", "server2"), 7),
    HeartbeatStatus(State.READY, 1795344672, (), 0, True),
    HeartbeatStatus(State.TERMINATED, 1795344672, (), 0, True, Cause.SKEW, (0x0A000001, 0x0A000101)),
    HeartbeatStatus(State.WAITING, 1795344672, (), 0),
    HeartbeatStatus(State.READY, 1795344672, (), 0, True, answers=True),
]


@pytest.mark.parametrize("status", STATUSES)
def test_a_heartbeat_status_is_written_and_read(status: HeartbeatStatus) -> None:
    assert messages.read_heartbeat_status(messages.write_heartbeat_status(status)) == status


def test_an_old_partners_pulse_lacks_the_count() -> None:
    status = messages.read_heartbeat_status({"state": "ready", "date-time": DATES[1][1], "scopes": ["server1"]})
    assert status == HeartbeatStatus(State.READY, 1795344672, ("server1",), None)


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        [],
        {},
        {"state": 1, "date-time": DATES[0][1]},
        {"state": "asleep", "date-time": DATES[0][1]},
        {"state": "ready"},
        {"state": "ready", "date-time": "noon"},
        {"state": "ready", "date-time": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"state": "ready", "date-time": "Thu, 01 Jan 1600 00:00:00 GMT"},
        {"state": "ready", "date-time": DATES[0][1], "unsent-update-count": "0"},
    ],
)
def test_what_is_no_pulse_is_a_value_error(arguments: object) -> None:
    with pytest.raises(ValueError):
        messages.read_heartbeat_status(arguments)


def test_addresses_that_are_none_are_left_out() -> None:
    told = messages.write_heartbeat_status(HeartbeatStatus(State.READY, 1795344672, (), 0, True))
    told["kea-twisted"]["dhcp-addresses"] = ["10.0.0.1", "x", 7, None, "::1"]
    assert messages.read_heartbeat_status(told).addresses == (0x0A000001,)
    told["kea-twisted"]["dhcp-addresses"] = {"10.0.0.1": 1}
    assert messages.read_heartbeat_status(told).addresses == ()
