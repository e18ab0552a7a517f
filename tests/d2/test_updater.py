"""The server of name change requests without its sockets: what is sent when, what is counted, what is logged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kea_twisted.d2.updater import Updater
from kea_twisted.ddns.parse import load_tree
from kea_twisted.ddns.queue import MAX_QUEUE, MAX_TRANSACTIONS, RESUME_AT
from kea_twisted.ddns.request import render
from kea_twisted.ddns.settings import DdnsSettings, DnsServer
from kea_twisted.ddns.transaction import Outcome
from kea_twisted.engine.statistics import Statistics
from tests.ddnsbuilders import SECRET, DdnsLog, request


class Client:
    """Keeps what is sent until the test answers it."""

    def __init__(self) -> None:
        self.sent: list[tuple[DnsServer, bytes, Callable[[Outcome, bytes], object]]] = []
        self.number = 0

    def identifier(self, server: DnsServer) -> int:
        self.number += 1
        return self.number

    def send(self, server: DnsServer, wire: bytes, timeout: float, done: Callable[[Outcome, bytes], object]) -> None:
        assert timeout == 0.5
        self.sent.append((server, wire, done))

    def answer(self, code: int = 0, outcome: Outcome = Outcome.SUCCESS) -> None:
        """Answer the oldest update."""
        _, wire, done = self.sent.pop(0)
        done(outcome, wire[:2] + bytes((0xA8, code)) + bytes(8))


def settings(*, reverse: bool = True, key: bool = False) -> DdnsSettings:
    """A forward and a reverse domain."""
    servers = [{"ip-address": "127.0.0.1", "port": 5353}]
    named = {"key-name": "key1"} if key else {}
    forward = {"ddns-domains": [{"name": "example.com.", "dns-servers": servers, **named}]}
    backward = {"ddns-domains": [{"name": "2.0.192.in-addr.arpa.", "dns-servers": servers}] if reverse else []}
    keys = [{"name": "key1", "algorithm": "hmac-sha256", "secret": SECRET}] if key else []
    return load_tree({"DhcpDdns": {"forward-ddns": forward, "reverse-ddns": backward, "tsig-keys": keys}}, str)


class World:
    """An updater and all it stands on."""

    def __init__(self, found: DdnsSettings) -> None:
        self.client, self.log, self.statistics = Client(), DdnsLog(), Statistics(sample_count=1)
        self.calls: list[str] = []
        self.updater = Updater(
            found, self.client, self.log, self.statistics, lambda: 1000.0,
            lambda: self.calls.append("filled"), lambda: self.calls.append("drained"),
        )  # fmt: skip

    def receive(self, **values: object) -> None:
        self.updater.receive(render(request(**values)))

    def counters(self) -> dict[str, int]:
        """Those that are not zero."""
        return {name: self.statistics.value(name) for name in self.statistics.names() if self.statistics.value(name)}


def dhcid(number: int) -> bytes:
    return b"\0\1\1" + number.to_bytes(32, "big")


def test_a_request_from_end_to_end() -> None:
    world = World(settings())
    world.receive()
    world.client.answer()
    world.client.answer()
    assert not world.client.sent and not world.updater.queue.active
    assert world.counters() == {"ncr-received": 1, "update-sent": 2, "update-unsigned": 2, "update-success": 2}
    assert world.log.identifiers()[-1] == "DHCP_DDNS_ADD_SUCCEEDED"


def test_the_counters_of_a_key() -> None:
    world = World(settings(key=True))
    assert "key[key1.].update-error" in world.statistics.names()
    world.receive(reverse=False)
    world.client.answer()  # not signed
    world.client.answer(outcome=Outcome.TIMEOUT)
    assert world.counters() == {
        "ncr-received": 1, "update-sent": 3, "update-signed": 3, "update-error": 1, "update-timeout": 1,
        "key[key1.].update-sent": 3, "key[key1.].update-error": 1, "key[key1.].update-timeout": 1,
    }  # fmt: skip
    world.updater.use(settings())
    assert "key[key1.].update-sent" not in world.statistics.names()


def test_one_at_a_time_for_a_client() -> None:
    world = World(settings())
    world.receive()
    world.receive(address="192.0.2.2")
    world.receive(dhcid=dhcid(1), fqdn="other.example.com.")
    assert len(world.client.sent) == 2
    world.client.answer()
    world.client.answer()
    world.client.answer()
    assert len(world.updater.queue.active) == 2 and not world.updater.queue.waiting


def test_so_many_at_once_and_the_rest_waits() -> None:
    world = World(settings())
    count = MAX_TRANSACTIONS + MAX_QUEUE + 5
    for number in range(count):
        world.receive(dhcid=dhcid(number))
    assert len(world.client.sent) == MAX_TRANSACTIONS
    assert world.calls == ["filled"] and world.counters()["queue-mgr-queue-full"] == 1
    while len(world.updater.queue.waiting) > RESUME_AT + 1:
        world.client.answer()
    assert world.calls == ["filled"]
    while world.client.sent:
        world.client.answer()
    assert world.calls == ["filled", "drained"]
    assert len(world.log.texts("DHCP_DDNS_ADD_SUCCEEDED")) == count  # none is lost


@pytest.mark.parametrize(
    ("values", "identifiers"),
    [
        ({"fqdn": "h.example.org."}, ["DHCP_DDNS_NO_MATCH", "DHCP_DDNS_NO_FWD_MATCH_ERROR"]),
        ({"address": "198.51.100.1"}, ["DHCP_DDNS_NO_MATCH", "DHCP_DDNS_NO_REV_MATCH_ERROR"]),
    ],
)
def test_requests_for_no_domain(values: dict[str, object], identifiers: list[str]) -> None:
    world = World(settings())
    world.receive(**values)
    assert not world.client.sent and world.log.identifiers()[-2:] == identifiers


def test_a_direction_that_is_switched_off_is_left_out() -> None:
    world = World(settings(reverse=False))
    world.receive()
    world.client.answer()
    assert "DHCP_DDNS_REV_REQUEST_IGNORED" in world.log.identifiers()
    assert "Reverse Change: no" in world.log.texts("DHCP_DDNS_ADD_SUCCEEDED")[0]
    world.receive(forward=False)
    assert not world.client.sent and world.log.identifiers()[-1] == "DHCP_DDNS_REQUEST_DROPPED"


def test_what_is_malformed_is_counted() -> None:
    world = World(settings())
    world.updater.receive(b"nonsense")
    assert world.counters() == {"ncr-invalid": 1} and world.log.identifiers()[-1] == "DHCP_DDNS_INVALID_NCR"


def test_a_fault_ends_its_own_transaction_only(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(settings())
    monkeypatch.setattr(world.client, "send", lambda *arguments: 1 / 0)
    world.receive()
    assert not world.updater.queue.active
    assert "DHCP_DDNS_STATE_MODEL_UNEXPECTED_ERROR" in world.log.identifiers()
    monkeypatch.undo()
    world.receive()
    assert len(world.client.sent) == 1


def test_nothing_is_started_while_it_ends() -> None:
    world = World(settings())
    world.receive()
    world.receive(address="192.0.2.2")
    ended = world.updater.stop(drains=False)
    world.client.answer()
    assert not ended.called
    world.client.answer()
    assert ended.called and len(world.updater.queue.waiting) == 1 and not world.client.sent
