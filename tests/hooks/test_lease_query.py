"""Leasequery: answers over UDP as another program reads them, the index of relays, and the parameters."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from kea_twisted.adapters.hooklibraries.lease_query import LeaseQuery
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.engine.effects import Reply
from kea_twisted.errors import ConfigError
from kea_twisted.lease.lease import INFINITE, RELEASED, Change, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.lease.store import LeaseStore
from kea_twisted.libraries import lookup
from kea_twisted.libraries.lease_query.relayindex import RelayIndex, SortedAddresses
from kea_twisted.wire.message import decode
from tests.builders import EM1, NOW, SERVER, World, ip, mac, query

REQUESTER = "192.0.2.1"
SUBNET = {
    "id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.60"}], "renew-timer": 1000,
    "rebind-timer": 2000, "store-extended-info": True,
}  # fmt: skip


def settings(**parameters: Any) -> Settings:
    """A subnet and the library."""
    library = {"library": "libdhcp_lease_query.so", "parameters": {"requesters": [REQUESTER], **parameters}}
    tree = {"subnet4": [SUBNET], "hooks-libraries": [library]}
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Asked(World):
    """A server with the library, and the replies that it sent by itself."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(settings(**parameters))
        self.sent: list[Reply] = []
        self.clock = Clock()
        self.log.add(LeaseQuery.events)
        self.library = LeaseQuery(self.settings.hooks_libraries[0].parameters)
        self.library.load(SimpleNamespace(  # type: ignore[arg-type]
            log=self.log, table=self.table, statistics=self.statistics, reactor=None, timers=self.clock,
            now=lambda: self.now, sockets=SimpleNamespace(send=self.sent.append, addresses=lambda: {SERVER}),
        ))  # fmt: skip
        self.library.register(self.hooks)
        self.library.dhcp4_srv_configured(self.settings)
        self.log.clear()

    def keep(self, *leases: Lease) -> None:
        """Store leases."""
        for lease in leases:
            self.table.apply(Change(lease))

    def asks(self, *options: tuple[str, Any], **fields: Any) -> dict[Any, Any] | None:
        """Return the answer to a query of scapy's as scapy reads it."""
        fields = {"giaddr": REQUESTER, "xid": 77, "htype": 0, "hlen": 0, "chaddr": b"", **fields}
        packet = BOOTP(op=1, **fields) / DHCP(options=[("message-type", "lease_query"), *options, "end"])
        before = len(self.sent)
        arrived = query(decode(bytes(packet)))
        self.loop.handle(arrived._replace(source=ip(REQUESTER), source_port=67, source_mac=mac(99)))
        self.loop.batch_done()
        if len(self.sent) == before:
            return None
        reply = BOOTP(self.sent[-1].payload)
        found = [option for option in reply[DHCP].options if isinstance(option, tuple)]
        options = {option[0]: option[1] if len(option) == 2 else option[1:] for option in found}
        return {"ciaddr": reply.ciaddr, "chaddr": reply.chaddr[: reply.hlen], "xid": reply.xid, **options}


def lease(last: int, number: int = 1, age: int = 100, **fields: Any) -> Lease:
    """The lease of 10.0.0.``last``."""
    made = Lease(ip("10.0.0.0") + last, mac(number), b"", 4000, int(NOW) - age, 1)
    return made._replace(**fields)


def test_a_lease_is_reported_with_what_is_left_of_its_times() -> None:
    world = Asked()
    context = '{ "ISC": { "relay-agent-info": { "sub-options": "0x0C027879" } } }'
    world.keep(lease(10, client_id=b"\1abc", user_context=context))
    answer = world.asks(ciaddr="10.0.0.10")
    assert answer is not None
    assert answer == {
        "ciaddr": "10.0.0.10", "chaddr": mac(1), "xid": 77, "message-type": 13, "server_id": "10.0.0.1",
        "lease_time": 3900, "renewal_time": 900, "rebinding_time": 1900, "client_id": b"\1abc",
        "client-last-transaction-time": 100, "relay_agent_information": b"\x0c\x02xy",
    }  # fmt: skip
    reply = world.sent[0]
    assert (reply.interface, reply.source, reply.destination, reply.port) == (EM1, SERVER, ip(REQUESTER), 67)
    assert reply.mac == mac(99)
    assert [world.count(f"pkt4-{name}") for name in ("received", "sent", "lease-query-received", "receive-drop")] == [
        1, 1, 1, 0,
    ]  # fmt: skip
    assert world.count("pkt4-lease-query-response-active-sent") == 1
    assert world.log.identifiers() == ["DHCP4_LEASE_QUERY_RECEIVED", "DHCP4_LEASE_QUERY_RESPONSE_SENT"]


def test_timers_that_are_over_are_left_out_and_a_lease_without_end_has_none() -> None:
    world = Asked()
    world.keep(lease(10, age=1500), lease(11, 2, valid_lifetime=INFINITE))
    answer = world.asks(ciaddr="10.0.0.10")
    assert answer is not None and "renewal_time" not in answer and answer["rebinding_time"] == 500
    answer = world.asks(ciaddr="10.0.0.11")
    assert answer is not None and answer["lease_time"] == INFINITE and "rebinding_time" not in answer


def test_the_latest_lease_of_a_client_is_reported_with_the_addresses_of_the_others() -> None:
    world = Asked()
    world.keep(lease(10, age=50), lease(11, age=5), lease(12, age=500), lease(13, state=RELEASED), lease(14, age=9000))
    answer = world.asks(htype=1, hlen=6, chaddr=mac(1))
    assert answer is not None
    assert (answer["ciaddr"], answer["associated-ip"]) == ("10.0.0.11", ("10.0.0.10", "10.0.0.12"))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({"ciaddr": "10.0.0.13"}, 11), ({"ciaddr": "10.0.0.40"}, 11), ({"ciaddr": "10.0.0.99"}, 12),
     ({"ciaddr": "10.9.0.9"}, 12), ({"htype": 1, "hlen": 6, "chaddr": mac(9)}, 12)],
)  # fmt: skip
def test_what_no_client_has_is_unassigned_or_unknown(fields: dict[str, Any], kind: int) -> None:
    world = Asked()
    world.keep(lease(13, state=RELEASED))
    answer = world.asks(**fields)
    assert answer is not None
    assert answer["message-type"] == kind
    assert answer["ciaddr"] == fields.get("ciaddr", "0.0.0.0")


@pytest.mark.parametrize(
    ("options", "fields", "reason", "statistic"),
    [
        ((), {"giaddr": "192.0.2.2", "ciaddr": "10.0.0.10"},
         "rejecting query from unauthorized requester: 192.0.2.2", "admin-filtered"),
        ((), {"giaddr": "0.0.0.0", "ciaddr": "10.0.0.10"}, "giaddr cannot be 0.0.0.0", "rfc-violation"),
        ((("server_id", "10.0.0.2"),), {"ciaddr": "10.0.0.10"},
         "query from: 192.0.2.1, unknown server-id: type=054, len=004: 10.0.0.2 (ipv4-address)", "not-for-us"),
        ((("server_id", "0.0.0.0"),), {"ciaddr": "10.0.0.10"}, "rejecting query from", "rfc-violation"),
        ((), {}, "malformed lease query: ciaddr: [0.0.0.0] HWAddr: [hwtype=0 ] Client id: []", "rfc-violation"),
        ((("client_id", b"\1abc"),), {"ciaddr": "10.0.0.10"}, "malformed lease query: ciaddr: [10.0.0.10]",
         "rfc-violation"),
        ((), {"ciaddr": "10.0.0.10", "htype": 1}, "malformed lease query", "rfc-violation"),
        ((), {"ciaddr": "10.0.0.20"}, "subnet_id: 9 does not exist!", "processing-failed"),
        ((), {"ciaddr": "10.0.0.21"}, "Error creating relay-agent-info option", "processing-failed"),
    ],
)  # fmt: skip
def test_a_query_that_is_refused_is_dropped_and_counted(
    options: Any, fields: dict[str, Any], reason: str, statistic: str
) -> None:
    world = Asked()
    world.keep(
        lease(10), lease(20, 2, subnet_id=9),
        lease(21, 3, user_context='{ "ISC": { "relay-agent-info": { "sub-options": "0xq" } } }'),
    )  # fmt: skip
    assert world.asks(*options, **fields) is None
    assert reason in world.log.texts("DHCP4_LEASE_QUERY_PROCESS_FAILED")[0]
    names = ("receive-drop", "rfc-violation", "admin-filtered", "not-for-us", "processing-failed")
    assert {name for name in names if world.count(f"pkt4-{name}")} == {"receive-drop", statistic}
    assert world.count("pkt4-lease-query-received") == 1


def test_a_named_server_is_answered_for() -> None:
    world = Asked()
    world.keep(lease(10))
    answer = world.asks(("server_id", "10.0.0.1"), ciaddr="10.0.0.10")
    assert answer is not None and answer["server_id"] == "10.0.0.1"


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"requesters": 5}, "'requesters' address list is missing or not a list"),
        ({"requesters": []}, "'requesters' address list cannot be empty"),
        ({"requesters": ["10.0.0.0/8"]}, "'requesters' entry '10.0.0.0/8' is invalid"),
        ({"requesters": ["10.0.0.1", "10.0.0.1"]}, "address is already in the list"),
        ({"advanced": {"active-query-enabled": True}}, "Active query is not supported"),
        ({"advanced": {"lease-query-ip": "::1"}}, "lease-query-ip not a IPv4 address"),
        ({"advanced": {"lease-query-tcp-port": 0}}, "invalid lease-query-tcp-port '0'"),
        ({"advanced": {"max-requester-connections": 0}}, "invalid max-requester-connections '0'"),
        ({"advanced": {"max-requester-idle-time": 0}}, "invalid max-requester-idle-time '0'"),
        ({"advanced": {"max-leases-per-fetch": "x"}}, "'max-leases-per-fetch' parameter must be an integer"),
        ({"advanced": {"bulk": True}}, "spurious 'bulk' parameter"),
        ({"advanced": 5}, "'advanced' of libdhcp_lease_query must be a map"),
    ],
)
def test_faults_of_parameters_are_refused(parameters: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault.replace("(", r"\(")):
        settings(**parameters)


def test_a_port_that_is_busy_is_tried_again_every_five_seconds() -> None:
    taken: list[tuple[int, str]] = []
    faults = ["Address already in use", "Address already in use", ""]

    def listen(port: int, factory: object, interface: str) -> Any:
        taken.append((port, interface))
        text = faults.pop(0)
        if text:
            raise CannotListenError(interface, port, OSError(98, text))
        return SimpleNamespace(stopListening=lambda: None)

    parameters = {"bulk-query-enabled": True, "lease-query-ip": "127.0.0.1", "lease-query-tcp-port": 6767}
    world = Asked(advanced=parameters)
    world.library.host.reactor = SimpleNamespace(listenTCP=listen)  # type: ignore[misc,assignment]
    world.library.start()
    assert taken == [(6767, "127.0.0.1")]
    world.clock.advance(4)
    assert len(taken) == 1
    world.clock.advance(1)
    assert len(taken) == 2
    world.clock.advance(5)
    world.clock.advance(60)
    assert taken == [(6767, "127.0.0.1")] * 3
    assert world.log.identifiers().count("BULK_LEASE_QUERY_LISTENER_START_FAILED") == 1
    assert world.log.identifiers().count("LEASE_QUERY_LISTENING") == 1


def test_leases_of_relays_that_cannot_be_read_are_logged_at_once(monkeypatch: Any) -> None:
    world = Asked(advanced={"bulk-query-enabled": True, "lease-query-ip": "127.0.0.1", "lease-query-tcp-port": 6767})
    for number in range(3000):
        world.table.store.put(relayed(number, "a"))
    port = SimpleNamespace(listenTCP=lambda *_, **__: None)
    world.library.host.reactor = port  # type: ignore[misc,assignment]
    world.library.start()
    monkeypatch.setattr("kea_twisted.libraries.lease_query.relayindex.agent_ids", None)
    with capturedLogs() as captured:
        world.clock.advance(0)
        world.clock.advance(0)
    assert [str(each["log_failure"].value) for each in captured] == ["'NoneType' object is not callable"]


def relayed(last: int, relay: str, remote: str = "") -> Lease:
    """A lease with identifiers of a relay."""
    info = {"relay-id": relay.encode().hex(), **({"remote-id": remote.encode().hex()} if remote else {})}
    return lease(last, last, user_context=json.dumps({"ISC": {"relay-agent-info": info}}))


def test_the_index_of_relays_follows_the_leases_while_it_is_made_and_afterwards(monkeypatch: Any) -> None:
    store, index = LeaseStore(), RelayIndex()
    for number in range(3000):
        store.put(relayed(number, "a" if number % 2 else "b", f"r{number}"))
    index.begin(store)
    index.step()
    assert not index.is_complete
    early, late = store.get(lease(1).address), store.get(lease(2999).address)
    for old in (early, late):
        assert old is not None
        store.remove(old.address)
        index.changed(old, None)
    new = relayed(2, "a", "r1")
    index.changed(store.put(new), new)
    while not index.is_complete:
        index.step()
    addresses = index.by_relay_id.after(b"a", -1, 10_000)
    assert addresses == sorted(lease(number).address for number in (2, *range(3, 2999, 2)))
    assert index.by_relay_id.after(b"a", addresses[10], 3) == addresses[11:14]
    assert index.by_remote_id.after(b"r1", -1, 9) == [lease(2).address]
    assert index.by_remote_id.after(b"r2999", -1, 9) == []
    assert len(index.by_relay_id) == 2
    together = [relayed(number, "c") for number in (4001, 4000)]
    index.added([each.address for each in together], [pack(each) for each in together])
    assert index.by_relay_id.after(b"c", -1, 9) == sorted(each.address for each in together)


def test_an_identifier_keeps_one_address_several_and_none() -> None:
    found = SortedAddresses()
    for address in (9, 5, 9, 7):
        found.add(b"x", address)
    assert found.after(b"x", 5, 9) == [7, 9]
    for address in (5, 5, 9, 8, 7):
        found.discard(b"x", address)
    assert found.after(b"x", -1, 9) == [] and len(found) == 0
