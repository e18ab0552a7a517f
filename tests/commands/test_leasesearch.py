"""leases-search: the next leases that fit, each with where it comes from."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred

from kea_twisted.commands import leasesearch
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import render
from kea_twisted.config.hosts import Host
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.address import address_number
from tests.commands.fakecontext import NOW, FakeContext

RESERVED = {"hw-address": "08:00:27:00:00:05", "ip-address": "10.0.0.5"}
SUBNET = {
    "id": 1,
    "subnet": "10.0.0.0/16",
    "pools": [{"pool": "10.0.0.0/16"}],
    "reservations": [RESERVED],
}


def server(count: int = 20, *, ha: bool = False) -> FakeContext:
    context = FakeContext({"subnet4": [SUBNET]}, ha=ha)
    for number in range(1, count + 1):
        hwaddr = b"\x08\x00\x27" + number.to_bytes(3, "big")
        given = Lease(address_number("10.0.0.0") + number, hwaddr, b"", 3600, int(NOW) - 10, 1)
        context.table.apply(Change(given))
    return context


def asked(context: FakeContext, **arguments: Any) -> dict[str, Any]:
    reply: Any = dispatch(context, {"command": "leases-search", "arguments": arguments})
    if not isinstance(reply, dict):
        results: list[Any] = []
        pending = reply if isinstance(reply, Deferred) else ensureDeferred(reply)
        pending.addBoth(results.append)
        [reply] = results
    answer: dict[str, Any] = json.loads(render(reply))
    return answer


def addresses(answer: dict[str, Any]) -> list[str]:
    return [lease["ip-address"] for lease in answer["arguments"]["leases"]]


def test_pages_follow_each_other() -> None:
    context = server()
    first = asked(context, limit=8)
    assert first["result"] == 0 and first["arguments"]["count"] == 8
    assert addresses(first)[0] == "10.0.0.1" and first["arguments"]["next"] == "10.0.0.8"
    second = asked(context, limit=12, **{"from": "10.0.0.8"})
    assert addresses(second) == [f"10.0.0.{number}" for number in range(9, 21)]
    assert "next" not in asked(context, limit=50)["arguments"]


def test_a_lease_says_where_it_comes_from() -> None:
    context = server(ha=True)
    assert context.ha is not None
    context.ha.of_partner = {address_number("10.0.0.9"), address_number("10.0.0.5")}
    declined = context.table.store.get(address_number("10.0.0.7"))
    assert declined is not None
    context.table.apply(Change(declined._replace(state=1, hwaddr=b"")))
    sources = {lease["ip-address"]: lease["source"] for lease in asked(context)["arguments"]["leases"]}
    expected = {"10.0.0.5": "reserved", "10.0.0.7": "declined", "10.0.0.9": "synced", "10.0.0.10": "dynamic"}
    assert {address: sources[address] for address in expected} == expected
    for address, source in expected.items():
        assert address in addresses(asked(context, source=source))
    assert addresses(asked(context, state="declined")) == ["10.0.0.7"]


def test_an_address_that_a_host_database_reserves_is_reserved() -> None:
    context = server()
    context.server.core.host_lookup = SimpleNamespace(reserved={1: {address_number("10.0.0.8")}, 2: {1}})
    sources = {lease["ip-address"]: lease["source"] for lease in asked(context)["arguments"]["leases"]}
    assert {address for address, source in sources.items() if source == "reserved"} == {"10.0.0.5", "10.0.0.8"}
    assert addresses(asked(context, source="reserved")) == ["10.0.0.5", "10.0.0.8"]


def test_many_reservations_are_sorted_in_slices() -> None:
    context = server(300)
    base, hosts = address_number("10.0.0.0"), context.settings.hosts
    for number in range(20_000, 0, -2):
        hosts.add(Host(1, "hw-address", b"\x06" + number.to_bytes(5, "big"), base + number))
    context.server.core.host_lookup = SimpleNamespace(reserved={1: {base + 4, base + 7}})
    expected = [f"10.0.{number >> 8}.{number & 255}" for number in range(1, 301) if number % 2 == 0 or number in (5, 7)]
    assert addresses(asked(context, source="reserved", limit=1000)) == expected
    assert context.turns >= 3
    first = asked(context, source="reserved", limit=3)
    assert addresses(first) == expected[:3] and first["arguments"]["next"] == "10.0.0.5"
    assert addresses(asked(context, source="reserved", limit=2, **{"from": "10.0.0.5"})) == ["10.0.0.6", "10.0.0.7"]


def test_many_declined_leases_are_found_without_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasesearch, "MOST_LISTED", 2)
    context = server(600)
    for number in (3, 300, 301, 599):
        lease = context.table.store.get(address_number("10.0.0.0") + number)
        assert lease is not None
        context.table.apply(Change(lease._replace(state=1)))
    expected = ["10.0.0.3", "10.0.1.44", "10.0.1.45", "10.0.2.87"]
    for arguments in ({"source": "declined"}, {"state": "declined"}, {"state": "declined", "prepare": True}):
        assert addresses(asked(context, **arguments)) == expected
    assert asked(context, source="synced")["result"] == 3


def test_an_answer_without_leases_is_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasesearch, "MOST_UNPACKED", 50)
    context = server(600, ha=True)
    assert context.ha is not None
    context.ha.of_partner = {address_number("10.0.0.0") + number for number in (500, 520, 580)}
    first = asked(context, source="synced")
    assert addresses(first) == ["10.0.1.244"] and first["arguments"]["next"] == "10.0.1.244"
    second = asked(context, source="synced", **{"from": "10.0.1.244"})
    assert addresses(second) == ["10.0.2.8"] and "next" in second["arguments"]
    context.ha.of_partner = set()
    none = asked(context, source="synced")["arguments"]
    assert none == {"count": 0, "leases": []}


def test_filters_can_be_combined() -> None:
    context = server()
    assert addresses(asked(context, text="00:05")) == ["10.0.0.5"]
    assert asked(context, text="00:05", source="dynamic") == {
        "result": 3,
        "text": "0 IPv4 lease(s) found.",
        "arguments": {"count": 0, "leases": []},
    }
    assert asked(context, **{"subnet-id": 2})["result"] == 3
    assert asked(context, **{"subnet-id": 1})["arguments"]["count"] == 20


def test_a_whole_hardware_address_or_client_identifier_needs_no_walk() -> None:
    context = server(30000)
    given = context.table.store.get(address_number("10.0.0.9"))
    assert given is not None
    context.table.apply(Change(given._replace(client_id=b"\1" + given.hwaddr)))
    for text in ("08:00:27:00:00:09", "01-08-00-27-00-00-09", "080027000009"):
        assert addresses(asked(context, text=text)) == ["10.0.0.9"]
    assert addresses(asked(context, text="08:00:27:00:00:09", source="reserved")) == []
    assert context.turns == 0


def test_texts_are_made_in_slices_and_then_used() -> None:
    context = server(30000)
    assert asked(context, prepare=True, limit=1)["arguments"]["count"] == 1
    assert context.turns >= 5 and context.table.store.is_prepared
    assert addresses(asked(context, text="00:75:2f")) == ["10.0.117.47"]
    assert asked(context, prepare=1)["text"] == "invalid type specified for parameter 'prepare'"


def test_packets_are_answered_between_two_slices() -> None:
    context = server(30000)
    assert asked(context, text="no lease has this")["result"] == 3
    assert context.turns >= 2
    assert addresses(asked(context, text="27:00:75:2f")) == ["10.0.117.47"]
    assert asked(context, text="08:00:27", limit=1000)["arguments"]["count"] == 1000, "more than are gathered"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"limit": 0}, "'limit' must be from 1 to 1000"),
        ({"limit": 1001}, "'limit' must be from 1 to 1000"),
        ({"state": "new"}, "'state' must be one of assigned, declined, expired-reclaimed, released"),
        ({"source": "new"}, "'source' must be one of dynamic, reserved, synced, declined"),
        ({"from": "x"}, "'from' must be an IPv4 address, not 'x'"),
        ({"text": 1}, "'text' must be a string"),
        ({"mac": "x"}, "unknown parameter 'mac'; known are from, limit, prepare, source, state, subnet-id, text"),
    ],
)
def test_what_is_wrong_is_said(arguments: dict[str, Any], text: str) -> None:
    assert asked(server(1), **arguments) == {"result": 1, "text": text}
