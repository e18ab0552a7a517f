"""RADIUS access: who is asked about a client, what its answer is worth, and what a silent server costs."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.engine.effects import completed
from kea_twisted.wire.constants import ACK, NAK, OFFER, REQUEST
from tests.builders import mac, packed
from tests.hooks.radiusworld import SECRET, SERVERS, SUBNET, Site, configuration

ACCEPT, REJECT, CHALLENGE = 2, 3, 11
NAME = b"01:08:00:27:00:00:01"


def site(attributes: Any = (), settings: Any = (), max_pending: int = 0, **parameters: Any) -> Site:
    """A server with two RADIUS servers for access."""
    access = {"servers": SERVERS, "attributes": list(attributes), "max-pending-requests": max_pending}
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    return Site(configuration({"access": access, **named}, **dict(settings)))


def test_a_client_gets_the_address_that_the_server_answers_and_is_not_asked_about_again() -> None:
    world = site()
    assert world.discover(1) == []
    [(server, asked)] = world.asked()
    assert server == "10.9.9.1:1812"
    assert len(asked.pop("Message-Authenticator")) == 16
    assert asked == {
        "User-Name": NAME, "Calling-Station-Id": b"08:00:27:00:00:01", "NAS-Port": b"\0\0\0\x01",
        "NAS-IP-Address": packed("10.9.9.254"),
    }  # fmt: skip
    assert world.answer(ACCEPT, Framed_IP_Address=packed("10.0.0.77"), Class=b"gold") == [(OFFER, "10.0.0.77")]
    assert world.request(1, "10.0.0.77") == [(ACK, "10.0.0.77")]
    assert world.discover(2) == [] and len(world.asked()) == 1
    assert not any(socket.is_open for socket in world.network.sockets[:1])
    [entry] = world.hosts.cache.cache.of("client-id", b"\x01" + mac(1))  # type: ignore[union-attr]
    assert entry.shown["user-context"] == {
        "radius": [
            {"name": "Framed-IP-Address", "type": 8, "data": "10.0.0.77"},
            {"name": "Class", "type": 25, "data": "gold"},
        ]
    }  # fmt: skip


@pytest.mark.parametrize("address", ["255.255.255.254", "255.255.255.255", "0.0.0.0"])
def test_an_address_that_leaves_the_choice_to_the_server_is_no_reservation(address: str) -> None:
    world = site(reselect_subnet_address=True)
    world.discover(1)
    assert world.answer(ACCEPT, Framed_IP_Address=packed(address)) == [(OFFER, "10.0.0.10")]


def test_a_class_beside_an_address_counts_for_all_queries() -> None:
    option = {"name": "domain-name", "data": "gold.example", "always-send": True}
    world = site(settings={"client_classes": [{"name": "gold", "option-data": [option]}]})
    world.discover(1)
    assert world.answer(ACCEPT, Framed_IP_Address=packed("10.0.0.77"), Framed_Pool=b"gold")
    world.hear(REQUEST, 1, "10.0.0.77")
    [decision] = world.decisions
    reply = completed(decision).reply
    assert reply is not None and b"gold.example" in reply.payload


def test_the_first_attribute_of_a_request_is_the_message_authenticator() -> None:
    world = site()
    world.discover(1)
    assert world.network.sent[0][1][20] == 80
    world = site(use_message_authenticator=False)
    world.discover(1)
    assert "Message-Authenticator" not in world.asked()[0][1]
    assert world.answer(ACCEPT, signed=False) == [(OFFER, "10.0.0.10")]


POOLS = {
    "pools": [{"pool": "10.0.0.10 - 10.0.0.19", "client-classes": ["x"]},
              {"pool": "10.0.0.30 - 10.0.0.39", "client-classes": ["gold"]}],
}  # fmt: skip


def test_framed_pool_is_a_class_for_all_queries_of_the_client() -> None:
    classes = [{"name": "gold"}, {"name": "x"}, {"name": "late", "test": "member('gold')"}]
    world = site(settings={"subnets": [{**SUBNET, **POOLS}], "client_classes": classes})
    world.discover(1)
    assert world.answer(ACCEPT, Framed_Pool=b"gold") == [(OFFER, "10.0.0.30")]
    assert world.request(1, "10.0.0.30") == [(ACK, "10.0.0.30")]
    world.discover(2)
    assert world.answer(ACCEPT, Framed_Pool=b"other") == []


def test_a_rejected_client_gets_nothing_and_is_not_asked_about_again() -> None:
    world = site()
    world.discover(1)
    assert world.answer(REJECT) == []
    world.asked()
    assert world.request(1, "10.0.0.10") == [(NAK, "0.0.0.0")]
    assert world.discover(1) == [] and world.asked() == []
    [entry] = world.hosts.cache.cache.of("client-id", b"\x01" + mac(1))  # type: ignore[union-attr]
    assert (entry.is_negative, entry.shown["user-context"]) == (True, {"subnet-id": -1})


def test_a_silent_server_is_asked_again_then_the_next_one_and_the_client_gets_no_answer() -> None:
    world = site(retries=1, timeout=5)
    world.discover(1)
    for seconds in (5, 5, 5):
        world.pass_time(seconds)
    assert [server for server, _ in world.asked()] == ["10.9.9.1:1812"] * 2 + ["10.9.9.2:1899"] * 2
    assert world.replies() == [] and len(world.radius.client) == 1
    world.pass_time(5)
    assert (len(world.radius.client), world.asked(), world.replies()) == (0, [], [])
    assert world.log.texts("RADIUS_ACCESS_ERROR") == ["Access-Request failed with 1 (timeout)"]
    assert not any(socket.is_open for socket in world.network.sockets)
    assert world.discover(1) == [] and len(world.asked()) == 1, "nothing is known of the client"


def test_a_known_client_that_renews_does_not_lose_its_lease_as_no_server_answers() -> None:
    world = site(retries=0, timeout=5)
    world.request(1, "10.0.0.10")
    world.pass_time(10)
    assert world.replies() == [], "in particular no NAK"


def test_a_server_that_did_not_answer_is_asked_last_for_a_while() -> None:
    world = site(retries=0, timeout=5, deadtime=60)
    world.discover(1)
    world.pass_time(5)
    assert world.answer(ACCEPT) == [(OFFER, "10.0.0.10")]
    world.asked()
    world.discover(2)
    assert [server for server, _ in world.asked()] == ["10.9.9.2:1899"]
    world.pass_time(60)
    world.asked()
    world.discover(3)
    assert [server for server, _ in world.asked()] == ["10.9.9.1:1812"]


def test_servers_that_are_idle_are_asked_whether_they_are_there() -> None:
    access = {"servers": SERVERS, "idle-timer-interval": 30}
    world = Site(configuration({"access": access, "retries": 0, "timeout": 5, "deadtime": 600}))
    world.pass_time(100)
    assert world.asked() == [], "not before the first answer"
    world.discover(1)
    world.answer(ACCEPT)
    world.asked()
    world.pass_time(30)
    assert [(server, sorted(sent)) for server, sent in world.asked()] == [
        ("10.9.9.1:1812", ["Message-Authenticator", "NAS-IP-Address"])
    ]
    world.answer(ACCEPT)
    world.pass_time(30)
    world.pass_time(5)
    assert [server for server, _ in world.asked()] == ["10.9.9.1:1812", "10.9.9.2:1899"]
    world.answer(ACCEPT)
    world.discover(2)
    assert [server for server, _ in world.asked()] == ["10.9.9.2:1899"], "the first one is known to be gone"
    world.answer(ACCEPT)
    for seconds in (30, 5, 5):
        world.pass_time(seconds)
    assert len(world.radius.client) == 0 and len(world.log.texts("RADIUS_AUTHENTICATION_STATUS_FAILED")) == 1
    world.asked()
    world.pass_time(30)
    assert len(world.asked()) == 1, "again and again"
    world.radius.unload()
    assert not world.clock.getDelayedCalls()


def test_a_port_where_nobody_listens_costs_no_time() -> None:
    world = site()
    world.discover(1)
    [(socket, _)] = world.network.sent
    socket.protocol.connectionRefused()
    assert [server for server, _ in world.asked()] == ["10.9.9.1:1812", "10.9.9.2:1899"]
    assert world.answer(ACCEPT) == [(OFFER, "10.0.0.10")]


def test_without_a_network_the_query_is_dropped_at_once() -> None:
    world = site()
    world.network.unreachable = True
    assert world.discover(1) == [] and len(world.radius.client) == 0
    assert len(world.log.texts("RADIUS_EXCHANGE_OPEN_FAILED")) == 2
    assert not any(socket.is_open for socket in world.network.sockets)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"secret": "another"}, "authentication for Access-Accept failed"),
        ({"signed": False}, "missing Message-Authenticator"),
        ({"Framed_IP_Address": b"\x0a\0\0"}, "bad value length 3 != 4"),
    ],
)
def test_what_is_no_valid_answer_is_ignored_and_the_right_one_still_counts(fields: Any, text: str) -> None:
    world = site()
    world.discover(1)
    assert world.answer(ACCEPT, **fields) == []
    [line] = world.log.texts("RADIUS_EXCHANGE_RECEIVED_BAD_RESPONSE")
    assert text in line
    assert world.answer(ACCEPT) == [(OFFER, "10.0.0.10")]


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x02{id}" + bytes(18), b"\x02{id}\0\x14" + bytes(16)])
def test_datagrams_without_sense_are_ignored(data: bytes) -> None:
    world = site()
    world.discover(1)
    socket, sent = world.network.sent[-1]
    socket.protocol.datagramReceived(data.replace(b"{id}", sent[1:2]), socket.peer)
    assert world.answer(ACCEPT) == [(OFFER, "10.0.0.10")]


def test_a_challenge_is_no_answer() -> None:
    world = site(retries=0)
    world.discover(1)
    assert world.answer(CHALLENGE) == []
    assert [server for server, _ in world.asked()] == ["10.9.9.1:1812", "10.9.9.2:1899"]
    assert world.answer(ACCEPT) == [(OFFER, "10.0.0.10")]


def test_one_request_at_a_time_about_a_client_and_no_more_at_once_than_configured() -> None:
    world = site(
        max_pending=2, identifier_type4="circuit-id", settings={"host_reservation_identifiers": ["circuit-id"]}
    )
    for client, circuit in ((1, b"one"), (2, b"one"), (3, b"two"), (4, b"three")):
        world.discover(client, options={82: b"\x01" + bytes((len(circuit),)) + circuit})
    assert [asked["User-Name"] for _, asked in world.asked()] == [b"6f:6e:65", b"74:77:6f"]
    assert (
        len(world.log.texts("RADIUS_ACCESS_CONFLICT"))
        == len(world.log.texts("RADIUS_ACCESS_MAX_PENDING_REQUESTS"))
        == 1
    )
    assert world.count("pkt4-receive-drop") == 2


def test_a_silent_server_leaves_room_for_clients_that_are_known() -> None:
    world = site(settings={"parked_packet_limit": 4})
    world.loop.use(world.server, 4)
    world.discover(1)
    assert world.answer(ACCEPT) == [(OFFER, "10.0.0.10")]
    for client in range(2, 9):
        world.discover(client)
    assert len(world.radius.client) == 2
    assert world.request(1, "10.0.0.10") == [(ACK, "10.0.0.10")]


TWO = [
    {**SUBNET, "pools": [{"pool": "10.0.0.10 - 10.0.0.19", "client-classes": ["x"]}]},
    {"id": 2, "subnet": "10.0.1.0/24", "interface": "em1",
     "pools": [{"pool": "10.0.1.10 - 10.0.1.19", "client-classes": ["gold"]}]},
]  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "fields", "address"),
    [
        ({"reselect_subnet_pool": True}, {"Framed_Pool": b"gold"}, "10.0.1.10"),
        ({"reselect_subnet_pool": True}, {"Framed_Pool": b"x"}, "10.0.0.10"),
        ({"reselect_subnet_pool": True}, {"Framed_Pool": b"none"}, ""),
        ({"reselect_subnet_address": True}, {"Framed_IP_Address": packed("10.0.1.99")}, "10.0.1.99"),
        ({"reselect_subnet_address": True}, {"Framed_IP_Address": packed("10.0.0.99")}, "10.0.0.99"),
        ({"reselect_subnet_address": True}, {"Framed_IP_Address": packed("10.7.0.9")}, ""),
    ],
)
def test_another_subnet_can_be_chosen_by_an_answer_and_stays_chosen(parameters: Any, fields: Any, address: str) -> None:
    world = site(settings={"subnets": TWO, "client_classes": [{"name": "gold"}, {"name": "x"}]}, **parameters)
    world.discover(1)
    assert world.answer(ACCEPT, **fields) == ([(OFFER, address)] if address else [])
    world.asked()
    wanted = address or "10.0.0.10"
    assert world.request(1, wanted) == [(ACK, wanted) if address else (NAK, "0.0.0.0")]
    assert world.asked() == []


def test_an_entry_that_names_a_subnet_which_is_gone_is_removed() -> None:
    world = site()
    cache: Any = world.libraries[0]
    cache.insert({"client-id": "01" + mac(1).hex(), "subnet-id4": 1, "user-context": {"subnet-id": 7}})
    assert world.discover(1) == [] and len(cache.cache) == 0
    assert world.discover(1) == [] and len(world.asked()) == 1


def test_an_entry_with_a_user_context_needs_no_server() -> None:
    world = site()
    cache: Any = world.libraries[0]
    entry = {"client-id": "01" + mac(1).hex(), "subnet-id4": 1, "ip-address": "10.0.0.15", "user-context": {"a": 1}}
    cache.insert(entry)
    assert world.discover(1) == [(OFFER, "10.0.0.15")] and world.asked() == []


ATTRIBUTES = [
    {"name": "User-Password", "expr": "hexstring(pkt4.mac, '-')"},
    {"type": 77, "raw": "65666a6a71"},
    {"name": "NAS-Port", "data": "99"},
    {"name": "Class", "expr": "option[222].hex"},
]


def test_attributes_are_sent_and_the_password_is_shown_nowhere() -> None:
    world = site(ATTRIBUTES, canonical_mac_address=True)
    world.discover(1)
    [(_, asked)] = world.asked()
    assert asked["User-Password"] == b"08-00-27-00-00-01"
    assert (asked["Connect-Info"], asked["NAS-Port"]) == (b"efjjq", b"\0\0\0\x63")
    assert asked["Calling-Station-Id"] == b"08-00-27-00-00-01" and "Class" not in asked
    [line] = world.log.texts("RADIUS_AUTHENTICATION_ASYNC")
    assert "User-Password=*****" in line
    everything = "\n".join(text for name in world.log.identifiers() for text in world.log.texts(name))
    assert SECRET not in everything and "secret=*****" in everything


@pytest.mark.parametrize(
    ("parameters", "option", "name"),
    [
        ({}, b"\xff\0\0\0\x01\0\x03\0\x01abc", b"00:03:00:01:61:62:63"),
        ({"extract_duid": False}, b"\xff\0\0\0\x01\0", b"ff:00:00:00:01:00"),
        ({"client_id_pop0": True}, b"\0abc", b"61:62:63"),
        ({"client_id_pop0": True, "client_id_printable": True}, b"\0abc", b"abc"),
        ({"client_id_printable": True}, b"\0abc", b"00:61:62:63"),
        ({"identifier_type4": "hw-address"}, b"\0abc", b"08:00:27:00:00:01"),
        ({"identifier_type4": "duid"}, b"\xff\0\0\0\x01\0\x03\0\x01abc", b"00:03:00:01:61:62:63"),
        ({"identifier_type4": "flex-id", "client_id_printable": True}, b"\0abc", b"abc"),
    ],
)
def test_the_user_name_is_the_identifier_that_is_configured(parameters: Any, option: bytes, name: bytes) -> None:
    world = site(**parameters)
    world.discover(1, options={61: option})
    [(_, asked)] = world.asked()
    assert asked["User-Name"] == name


def test_a_client_without_the_identifier_gets_no_subnet() -> None:
    world = site(identifier_type4="duid")
    assert world.discover(1) == [] and world.asked() == []
    [line] = world.log.texts("RADIUS_ACCESS_GET_IDENTIFIER_FAILED")
    assert line.endswith("reason: no duid in client-id option")


def test_the_port_of_a_subnet_can_be_another_number() -> None:
    ports = [{"port": 5}, {"port": 7, "subnet-id": 3}, {"port": 9, "subnet-prefix": "10.0.0.0/24"}]
    world = site(nas_ports=ports)
    world.discover(1)
    assert world.asked()[0][1]["NAS-Port"] == b"\0\0\0\x09"


def test_the_address_to_send_from_is_that_which_is_configured() -> None:
    world = site(bindaddr="10.9.9.254")
    world.discover(1)
    assert [socket.interface for socket in world.network.sockets] == ["10.9.9.254"]


def test_queries_that_wait_are_dropped_when_the_library_is_unloaded() -> None:
    world = site()
    world.discover(1)
    assert len(world.loop._waiting) == 1
    world.radius.unload()
    assert world.replies() == [] and len(world.radius.client) == 0
    assert not world.loop._waiting, "else its client would be a duplicate for ever"
    assert not any(socket.is_open for socket in world.network.sockets)


def test_a_fault_of_ours_admits_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    world = site()
    monkeypatch.setattr(world.radius.client, "send", lambda *_: 1 // 0)
    assert world.discover(1) == []
    assert "ZeroDivisionError" in world.log.texts("RADIUS_HOOK_FAILED")[0]
    monkeypatch.undo()
    assert world.discover(1) == [] and len(world.asked()) == 1
    world = site()
    world.discover(1)
    monkeypatch.setattr(world.radius, "_keep", lambda *_: 1 // 0)
    assert world.answer(ACCEPT) == []
    assert "ZeroDivisionError" in world.log.texts("RADIUS_ACCESS_TERMINATE_ERROR")[0]


def test_many_requests_share_sockets_by_their_identifiers() -> None:
    world = site(settings={"parked_packet_limit": 0})
    world.loop.use(world.server, 0)
    for client in range(1, 600):
        world.discover(client)
    assert len(world.network.sockets) == 3
    found = {(id(socket), data[1]) for socket, data in world.network.sent}
    assert len(found) == 599
