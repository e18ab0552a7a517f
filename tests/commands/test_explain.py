"""``explain``: the reasons it names, and that it changes nothing. The complaints are those of users of a Kea."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.commands.context import InterfaceState
from kea_twisted.commands.explain import explain
from kea_twisted.config import load_tree
from kea_twisted.errors import CommandError
from tests.builders import EM1, World, ip, mac
from tests.scenarios.test_reservation_complaints import HW, POOL, reserved, tree

OTHER = mac(7).hex(":")


class House:
    """Implements what ``explain`` needs of ``commands.context.Context``, with a server in memory."""

    ha: Any = None

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.world = World(load_tree(configuration))
        self.host_system = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)

    def interfaces(self) -> list[InterfaceState]:
        """The one of the builders, and one that is not listened on."""
        em1 = InterfaceState(EM1.name, EM1.index, EM1.mac, 1, EM1.addresses, False, True, True, True, True, True)
        return [em1._replace(name="em0", in_use=False, addresses=(ip("10.9.0.1"),)), em1]

    def now(self) -> float:
        """The clock of the world."""
        return self.world.now

    def explain(self, number: int = 1, **arguments: Any) -> dict[str, Any]:
        """The explanation for a client with its usual identifier; nothing may have changed by it."""
        before = self._everything()
        given: dict[str, Any] = {"hw-address": mac(number).hex(), "client-id": "01" + mac(number).hex()}
        given |= {name.replace("_", "-"): value for name, value in arguments.items()}
        answer = explain(self, {name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        assert self._everything() == before, "it must not change anything"
        assert answer["result"] == 0
        found: dict[str, Any] = answer["arguments"]
        return found

    def reconfigure(self, configuration: dict[str, Any]) -> None:
        """Put another configuration into force."""
        self.world.reconfigure(load_tree(configuration))

    def _everything(self) -> Any:
        world = self.world
        return list(world.store), world.statistics.get_all(), world.log.lines[:], len(world.decisions)


def house(*reservations: dict[str, Any], **more: Any) -> House:
    """10.0.0.0/24, a pool of a hundred, these reservations."""
    return House(tree(*reservations, **more))


def reason(found: dict[str, Any]) -> str:
    """The reason why the only reservation is not used."""
    [missed] = found["reservations"]["not-used"]
    return str(missed["reason"])


def test_a_reservation_that_is_used() -> None:
    found = house(reserved("10.0.0.20", hostname="nas")).explain()
    assert found["outcome"] == "DHCPOFFER of 10.0.0.20"
    assert found["lease"] == {
        "ip-address": "10.0.0.20", "rule": "it is reserved for the client", "valid-lft": 7200,
    }  # fmt: skip
    [host] = found["reservations"]["found"]
    assert host == {
        "subnet-id": 1, "type": "hw-address", "value": HW, "ip-address": "10.0.0.20", "hostname": "nas",
    }  # fmt: skip
    assert found["reservations"]["not-used"] == []


# --- the complaints


def test_complaint_1_an_old_lease_is_found_before_the_reservation() -> None:
    place = house()
    place.client(1).obtain()
    place.reconfigure(tree(reserved("10.0.0.150")))
    found = place.explain()
    assert found["lease"]["rule"] == "it is reserved for the client"
    assert found["lease"]["former"]["ip-address"] == "10.0.0.100"
    asked = place.explain(message_type="request", address="10.0.0.100")
    assert asked["outcome"] == "DHCPNAK"
    assert reason(asked) == "the client asks for another address"


def test_complaint_2_firmware_and_system_have_two_client_identifiers() -> None:
    place = house(reserved("10.0.0.150"))
    place.client(1, client_id=b"\0firmware").obtain()
    assert "another client identifier (00:66:69:72:6d:77:61:72:65)" in reason(place.explain())
    assert "match-client-id false" in reason(place.explain())


def test_complaint_3_reserved_inside_a_pool_where_only_those_outside_count() -> None:
    found = house(reserved("10.0.0.150"), reservations_out_of_pool=True).explain()
    assert (
        reason(found)
        == "10.0.0.150 lies in a pool of 10.0.0.0/24, and reservations-out-of-pool is true: only others count"
    )


def test_complaint_4_another_client_had_the_address_before() -> None:
    place = house()
    place.client(7).obtain("10.0.0.150")
    place.reconfigure(tree(reserved("10.0.0.150")))
    assert reason(place.explain()) == (
        f"10.0.0.150 is leased to {OTHER}, which had it before: delete that lease, or wait for its end"
    )


def test_complaint_5_reserved_in_another_subnet() -> None:
    other = {"id": 2, "subnet": "10.2.0.0/24", "reservations": [reserved("10.2.0.5")]}
    configuration = tree()
    configuration["Dhcp4"]["subnet4"].append(other)
    assert reason(House(configuration).explain()) == "it is of subnet 2, and the client is in subnet 1 (10.0.0.0/24)"


def test_complaint_6_the_identifier_is_not_looked_at() -> None:
    configuration = tree({"duid": "00:01:02:03", "ip-address": "10.0.0.150"})
    configuration["Dhcp4"]["host-reservation-identifiers"] = ["hw-address"]
    found = House(configuration).explain(client_id="ff:00:00:00:01:00:01:02:03")
    assert reason(found) == "duid is not in host-reservation-identifiers: it is not looked at"
    assert found["reservations"]["looked-for"] == [{"type": "hw-address", "value": HW}]


@pytest.mark.parametrize("inside", [True, False])
def test_complaint_7_reservations_are_switched_off(inside: bool) -> None:
    configuration = tree(*([reserved("10.0.0.150")] if inside else []), reservations_in_subnet=not inside)
    if not inside:
        configuration["Dhcp4"]["reservations"] = [reserved("10.0.0.150")]
    expected = (
        "reservations-in-subnet is false in 10.0.0.0/24"
        if inside
        else ("it is a global one, and reservations-global is not true in 10.0.0.0/24")
    )
    assert reason(House(configuration).explain()) == expected


def test_complaint_8_the_client_identifier_differs() -> None:
    by_client_id = house({"client-id": f"01:{HW}", "ip-address": "10.0.0.150"})
    assert (
        reason(by_client_id.explain(client_id="ff:01"))
        == "the client does not send this client identifier: it has ff:01"
    )
    assert reason(by_client_id.explain(client_id=None)).endswith("it has none")
    by_mac = house(reserved("10.0.0.150"))
    new_card = by_mac.explain(2, client_id=f"01:{HW}")
    assert reason(new_card).startswith("it is the client identifier that has this hardware address: it has 08:00:27")


def test_complaint_9_the_client_found_the_address_in_use() -> None:
    place = house(reserved("10.0.0.150"))
    client = place.client(1)
    client.obtain()
    client.decline("10.0.0.150")
    assert reason(place.explain()).startswith("a client has declined 10.0.0.150: it found it in use")


# --- the rest


def test_the_rule_by_which_a_lease_wins() -> None:
    place = house()
    assert place.explain()["lease"]["rule"] == "the allocator found it free"
    assert place.explain()["lease"]["ip-address"] == "10.0.0.100", "the same again: nothing was given"
    assert place.explain(address="10.0.0.177")["lease"]["rule"] == "the client asks for it, and it is free"
    place.client(1).obtain()
    assert place.explain()["lease"]["rule"] == "it is the lease that the client has"
    assert place.client(2).obtain() == ip("10.0.0.101")


def test_the_pool_is_full() -> None:
    place = House(tree(pools=[{"pool": "10.0.0.100 - 10.0.0.100"}]))
    place.client(2).obtain()
    found = place.explain()
    assert (found["outcome"], found["lease"]) == ("no answer", None)
    assert "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET" in [line["id"] for line in found["log"]]
    place.world.now += 7201
    assert place.explain()["outcome"] == "DHCPOFFER of 10.0.0.100", "an expired lease that is not reclaimed yet"


def test_each_class_is_shown_with_the_values_of_its_parts() -> None:
    configuration = tree()
    configuration["Dhcp4"]["client-classes"] = [
        {"name": "phones", "test": "substring(option[60].hex, 0, 5) == 'phone' and not member('KNOWN')"},
        {"name": "site", "template-test": "relay4[1].hex"},
    ]
    found = House(configuration).explain(vendor_class="phone-7", circuit_id="656d31", relay="10.0.0.2")
    phones, site, *others = found["classes"]
    assert phones["member"] is True and phones["parts"][0]["value"] == "true"
    values = {part["expression"]: part["value"] for part in phones["parts"]}
    assert values["substring(option[60].hex, 0, 5)"] == "'phone'" and values["member('KNOWN')"] == "false"
    assert site["spawned"] == ["SPAWN_site_em1"]
    assert {"name": "VENDOR_CLASS_phone-7", "member": True} in others


def test_the_subnet_and_what_chose_it() -> None:
    configuration = tree(relay={"ip-addresses": ["192.0.2.1"]})
    place = House(configuration)
    assert place.explain()["subnet"]["chosen-by"] == "the addresses of the interface it came by"
    assert place.explain(relay="192.0.2.1")["subnet"] == {
        "id": 1, "subnet": "10.0.0.0/24", "chosen-by": "the relay 192.0.2.1, which is configured for it",
    }  # fmt: skip
    assert place.explain(relay="10.0.0.7")["subnet"]["chosen-by"] == "the address 10.0.0.7 of the relay"
    assert place.explain(relay="192.0.2.9")["subnet"] is None
    assert place.explain(interface="em0")["subnet"] is None
    assert (
        place.explain(ciaddr="10.0.0.9", message_type="inform")["subnet"]["chosen-by"]
        == "the address 10.0.0.9 of the client"
    )


def test_a_subnet_stands_for_the_way_to_it() -> None:
    """By its interface, by one of its relays, or by a relay with an address in it."""
    configuration = tree()
    configuration["Dhcp4"]["subnet4"] += [
        {
            "id": 2,
            "subnet": "10.2.0.0/24",
            "relay": {"ip-addresses": ["192.0.2.1"]},
            "pools": [{"pool": "10.2.0.5/32"}],
        },
        {"id": 3, "subnet": "10.3.0.0/31", "pools": [{"pool": "10.3.0.1/32"}]},
        {"id": 4, "subnet": "10.4.0.0/24", "pools": [{"pool": "10.4.0.5/32"}]},
    ]
    place = House(configuration)
    for number, way in ((1, "the interface"), (2, "relay 192.0.2.1"), (3, "10.3.0.0 of"), (4, "10.4.0.1 of the relay")):
        found = place.explain(subnet_id=number)
        assert found["subnet"]["id"] == number and way in found["subnet"]["chosen-by"]
        assert found["outcome"].startswith("DHCPOFFER of ")


def test_each_option_names_the_level_it_comes_from() -> None:
    def data(name: str, value: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "data": value, **more}

    pools = [POOL | {"option-data": [data("ntp-servers", "10.0.0.9")]}]
    options = [data("routers", "10.0.0.1"), data("tftp-server-name", "t", **{"client-classes": ["absent"]})]
    configuration = tree(
        reserved("10.0.0.150", **{"option-data": [data("domain-name-servers", "10.0.0.53")]}), pools=pools,
        option_data=options,
    )  # fmt: skip
    configuration["Dhcp4"] |= {
        "client-classes": [{"name": "all", "test": "member('ALL')", "option-data": [data("interface-mtu", "1400")]}],
        "option-data": [
            data("domain-name", "example.org"),
            data("tftp-server-name", "boot"),
            data("routers", "10.0.0.2"),
        ],
    }
    reply = House(configuration).explain()["reply"]
    found = {each["code"]: (each["data"], each["from"]) for each in reply["options"]}
    assert {code: found[code] for code in (1, 3, 6, 15, 26, 42, 66)} == {
        1: ("255.255.255.0", "the prefix of the subnet"), 3: ("10.0.0.1", "subnet 10.0.0.0/24"),
        6: ("10.0.0.53", "the reservation by hw-address"), 15: ("example.org", "the global level"),
        26: ("1400", "class all"), 42: ("10.0.0.9", "pool 10.0.0.100-10.0.0.199"), 66: ("boot", "the global level"),
    }  # fmt: skip
    assert reply["yiaddr"] == "10.0.0.150" and bytes.fromhex(reply["hex"])[16:20] == bytes((10, 0, 0, 150))


def test_the_answer_is_what_the_client_then_gets() -> None:
    place = house()
    place.client(3).obtain()
    said = bytes.fromhex(place.explain(requested_options=[1, 28, 2, 3, 15, 6, 12, 42])["reply"]["hex"])
    got = place.client(1).discover()
    assert got is not None and ip("10.0.0.101") == got.yiaddr == int.from_bytes(said[16:20], "big")


def test_a_request_that_would_be_granted_gives_nothing() -> None:
    place = house()
    options = [{"code": 54, "data": "0a000001"}]
    for _ in range(2):
        found = place.explain(message_type="request", address="10.0.0.120", options=options)
        assert found["outcome"] == "DHCPACK of 10.0.0.120"
    assert place.client(2).obtain("10.0.0.120") == ip("10.0.0.120")


def test_a_query_that_is_dropped_names_the_step() -> None:
    configuration = tree()
    configuration["Dhcp4"]["client-classes"] = [{"name": "DROP", "test": "option[60].text == 'bad'"}]
    place = House(configuration)
    assert place.explain(vendor_class="bad")["outcome"] == "no answer: dropped in the step 'classify'"
    place.world.service_state.disable("user")
    assert place.explain()["outcome"] == "no answer: dropped in the step 'check service'"


def test_a_random_allocator_goes_on_as_if_nothing_had_been_asked() -> None:
    place = House(tree(allocator="random"))
    place.client(2).obtain()
    for _ in range(3):
        place.explain()
    assert place.client(3).obtain()


def test_the_pair_and_libraries_are_named() -> None:
    place = house()
    place.world.hooks.query_classes = (lambda query: ("HA_server2",),)
    place.world.hooks.register("pkt4_send", lambda *_: None)
    place.ha = place
    place.status = lambda now: [{"ha-servers": {"local": {"scopes": ["server1"]}}}]  # type: ignore[attr-defined]
    assert place.explain()["notes"] == [
        "hook libraries are not asked at pkt4_send: they may change the answer",
        "this server leaves the query to server2: it does not serve that scope at present",
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "'hw-address' must have 1 to 16 bytes"),
        ({"hw-address": "zz"}, "'hw-address' must be hexadecimal"),
        ({"hw-address": HW, "mac": "1"}, "unknown parameter 'mac'; known are address, "),
        ({"hw-address": HW, "relay": "10.0.0.300"}, "'relay' must be an IPv4 address: '10.0.0.300' is not"),
        ({"hw-address": HW, "message-type": "ack"}, "'message-type' must be one of discover, request, inform"),
        ({"hw-address": HW, "options": [{"code": 300, "data": "01"}]}, "'options' must be a list of maps"),
        ({"hw-address": HW, "requested-options": ["x"]}, "'requested-options' must be a list of codes"),
        ({"hw-address": HW, "interface": "em9"}, "no interface 'em9'; there are em0, em1"),
        ({"hw-address": HW, "subnet-id": 9}, "no subnet with id 9"),
        ({"hw-address": HW, "subnet-id": True}, "no subnet with id True"),
        ({"hw-address": HW, "subnet-id": 1, "relay": "10.0.0.1"}, "'subnet-id' stands for 'relay': leave out one"),
        ([], "arguments must be a map"),
        (None, "missing parameter 'hw-address'"),
    ],
)
def test_arguments_that_make_no_query(arguments: Any, text: str) -> None:
    with pytest.raises(CommandError) as failed:
        explain(house(), arguments)  # type: ignore[arg-type]
    assert failed.value.text.startswith(text)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"packet": "00", "hw-address": "080027000001"}, "'packet' has everything in it: leave out 'hw-address'"),
        ({"packet": "0101"}, "'packet' is no DHCP message"),
        ({"packet": "02" + "00" * 235 + "63825363ff"}, "'packet' is a message of a server"),
    ],
)
def test_a_captured_packet_that_is_no_query(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        explain(house(), arguments)  # type: ignore[arg-type]
