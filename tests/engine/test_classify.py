"""Client classes at work. The scenes are small ones of what was compared with a real Kea 3.0.4 live."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.engine.effects import Query
from kea_twisted.wire.constants import ACK, DISCOVER, OFFER, OPT_LEASE_TIME, OPT_ROUTERS
from kea_twisted.wire.message import Message
from tests.builders import World, ip, kind_of, mac, message

TFTP, BOOT_FILE = 66, 67
PXE = {60: b"PXEClient:Arch:00007"}
IS_PXE = "substring(option[60].hex,0,9) == 'PXEClient'"


def world(*classes: dict[str, Any], pools: list[dict[str, Any]] | None = None, **more: Any) -> World:
    """A server for 10.0.0.0/24; keywords of the subnet by name, of the global level as ``top_…``."""
    top = {n[4:].replace("_", "-"): v for n, v in more.items() if n.startswith("top_")}
    own = {n.replace("_", "-"): v for n, v in more.items() if not n.startswith("top_")}
    subnet = {
        "id": 1,
        "subnet": "10.0.0.0/24",
        "pools": pools if pools is not None else [{"pool": "10.0.0.10 - 10.0.0.110"}],
        **own,
    }
    tree = {
        "interfaces-config": {"interfaces": []},
        "client-classes": list(classes),
        "subnet4": [subnet],
        **top,
    }
    return World(load_tree({"Dhcp4": tree}))


def discover(of: World, options: dict[int, bytes] | None = None, number: int = 1, **fields: Any) -> Message | None:
    return of.ask(message(DISCOVER, options, chaddr=mac(number), **fields))


def offered(of: World, options: dict[int, bytes] | None = None, number: int = 1) -> Message:
    answer = discover(of, options, number)
    assert answer is not None, of.log.lines[-4:]
    assert kind_of(answer) == OFFER
    return answer


def classes(of: World) -> str:
    """The classes of the last answer."""
    return of.log.texts("DHCP4_CLASSES_ASSIGNED")[-1].rpartition(": ")[2]


def option(code: int, text: str, **more: Any) -> dict[str, Any]:
    keywords = {name.replace("_", "-"): value for name, value in more.items()}
    return {"code": code, "data": text, "always-send": True, **keywords}


def test_every_query_is_in_the_built_in_classes() -> None:
    scene = world()
    offered(scene, {60: b"vendor\0"})
    assert classes(scene) == "ALL, VENDOR_CLASS_vendor, UNKNOWN"


def test_classes_come_in_the_order_of_the_configuration_and_spawned_ones_before_their_template() -> None:
    scene = world(
        {"name": "t", "template-test": "option[12].text"},
        {"name": "b", "test": IS_PXE},
        {"name": "late", "test": "member('UNKNOWN')"},
        {"name": "a", "test": "member('b')"},
        {"name": "no", "test": "not member('b')"},
        {"name": "untested"},
    )
    offered(scene, {**PXE, 12: b"host"})
    assert classes(scene) == "ALL, VENDOR_CLASS_PXEClient:Arch:00007, SPAWN_t_host, t, b, a, UNKNOWN, late"


def test_an_empty_template_spawns_nothing() -> None:
    scene = world({"name": "t", "template-test": "option[12].text"})
    offered(scene)
    assert classes(scene) == "ALL, UNKNOWN"


def test_a_reservation_puts_its_client_into_classes() -> None:
    scene = world(
        {"name": "c1"},
        {"name": "early", "test": "member('c1')"},
        {"name": "known", "test": "member('KNOWN') and member('c1')"},
        reservations=[{"hw-address": mac(2).hex(":"), "client-classes": ["c1", "c2"]}],
    )
    offered(scene, number=2)
    assert classes(scene) == "ALL, c1, c2, early, KNOWN, known"
    [text] = scene.log.texts("DHCP4_CLASS_UNCONFIGURED")
    assert text.endswith("client packet belongs to an unconfigured class: c2")
    offered(scene, number=3)
    assert classes(scene) == "ALL, UNKNOWN"


def test_what_cannot_be_evaluated_is_logged_and_not_true() -> None:
    scene = world(
        {"name": "bad", "test": "addrtotext(option[12].hex) == 'x'"},
        {"name": "t", "template-test": "int8totext(option[12].hex)"},
    )
    offered(scene, {12: b"hosts"})
    assert classes(scene) == "ALL, UNKNOWN"
    assert scene.log.texts("DHCPSRV_EVAL_ERROR")[0].endswith(
        "Expression 'bad' evaluated to Can not convert to valid address."
    )
    assert scene.log.texts("DHCPSRV_TEMPLATE_EVAL_ERROR")[0].endswith("valid int8.")


def test_the_class_drop_ends_it() -> None:
    scene = world({"name": "DROP", "test": "option[12].text == 'bad'"})
    assert discover(scene, {12: b"bad"}) is None
    assert scene.count("pkt4-receive-drop") == 1
    assert scene.log.texts("DHCP4_PACKET_DROP_0010")[0].endswith(
        "dropped as member of the special class 'DROP': hwaddr=08:00:27:00:00:01, "
        "local_address=255.255.255.255:67, remote_address=0.0.0.0:68,"
    )
    assert discover(scene, {12: b"good"}) is not None


def test_the_class_drop_may_depend_on_the_reservation() -> None:
    scene = world({"name": "DROP", "test": "member('UNKNOWN')"}, reservations=[{"hw-address": mac(2).hex(":")}])
    assert discover(scene, number=2) is not None
    assert discover(scene, number=3) is None
    assert scene.log.identifiers()[-1] == "DHCP4_PACKET_DROP_0013"


def test_a_reservation_may_drop_its_client() -> None:
    scene = world(reservations=[{"hw-address": mac(2).hex(":"), "client-classes": ["DROP"]}])
    assert discover(scene, number=2) is None
    assert scene.log.identifiers()[-1] == "DHCP4_PACKET_DROP_0013"


def test_a_global_reservation_may_drop_its_client_early() -> None:
    scene = world(
        top_early_global_reservations_lookup=True,
        top_reservations=[{"hw-address": mac(2).hex(":"), "client-classes": ["DROP"]}],
    )
    assert discover(scene, number=2) is None
    assert scene.log.identifiers()[-1] == "DHCP4_PACKET_DROP_0014"
    assert discover(scene, number=3) is not None


def test_an_early_global_reservation_opens_a_subnet() -> None:
    scene = world(
        {"name": "staff"},
        top_early_global_reservations_lookup=True,
        top_reservations=[{"hw-address": mac(2).hex(":"), "client-classes": ["staff"]}],
        client_classes=["staff"],
    )
    assert discover(scene, number=2) is not None
    assert discover(scene, number=3) is None


def test_the_first_class_wins_and_the_global_level_comes_last() -> None:
    scene = world(
        {"name": "one", "test": IS_PXE, "option-data": [option(TFTP, "one")]},
        {"name": "two", "test": IS_PXE, "option-data": [option(TFTP, "two"), option(BOOT_FILE, "two")]},
        top_option_data=[option(BOOT_FILE, "global"), option(TFTP, "global")],
    )
    answer = offered(scene, PXE)
    assert (answer.options[TFTP], answer.options[BOOT_FILE]) == (b"one", b"two")
    answer = offered(scene, number=2)
    assert (answer.options[TFTP], answer.options[BOOT_FILE]) == (b"global", b"global")


def test_pool_subnet_and_reservation_come_before_the_classes() -> None:
    scene = world(
        {
            "name": "one",
            "test": IS_PXE,
            "option-data": [option(c, "class") for c in (TFTP, BOOT_FILE, 18, 17)],
        },
        option_data=[option(TFTP, "subnet")],
        pools=[{"pool": "10.0.0.10 - 10.0.0.20", "option-data": [option(BOOT_FILE, "pool")]}],
        reservations=[{"hw-address": mac(2).hex(":"), "option-data": [option(18, "host")]}],
    )
    answer = offered(scene, PXE, number=2)
    assert [answer.options[code] for code in (TFTP, BOOT_FILE, 18, 17)] == [
        b"subnet",
        b"pool",
        b"host",
        b"class",
    ]


def test_an_option_may_be_for_members_only() -> None:
    guarded = [
        option(TFTP, "members", client_classes=["pxe", "other"]),
        option(TFTP, "all"),
        option(BOOT_FILE, "others", client_classes=["other"]),
    ]
    scene = world({"name": "pxe", "test": IS_PXE}, option_data=guarded)
    answer = offered(scene, PXE)
    assert answer.options[TFTP] == b"members"
    assert BOOT_FILE not in answer.options
    assert offered(scene, number=2).options[TFTP] == b"all"


def test_a_class_may_define_option_43_for_its_members() -> None:
    row = {
        "name": "pxe",
        "test": IS_PXE,
        "option-def": [{"name": "v", "code": 43, "type": "uint32"}],
        "option-data": [{"name": "v", "data": "77", "always-send": True}],
    }
    assert offered(world(row), PXE).options[43] == (77).to_bytes(4, "big")


def test_fixed_fields_come_from_host_then_classes_then_subnet() -> None:
    scene = world(
        {"name": "one", "test": IS_PXE, "server-hostname": "one"},
        {
            "name": "two",
            "test": IS_PXE,
            "server-hostname": "two",
            "boot-file-name": "two",
            "next-server": "10.0.0.2",
        },
        next_server="10.0.0.9",
        boot_file_name="subnet",
        reservations=[{"hw-address": mac(2).hex(":"), "boot-file-name": "host"}],
    )
    answer = offered(scene, PXE)
    assert (answer.siaddr, answer.sname, answer.file) == (ip("10.0.0.2"), b"one", b"two")
    assert offered(scene, PXE, number=2).file == b"host"
    answer = offered(scene, number=3)
    assert (answer.siaddr, answer.sname, answer.file) == (ip("10.0.0.9"), b"", b"subnet")


@pytest.mark.parametrize(("asked", "seconds"), [(None, 1000), (10, 900), (5000, 1500), (1200, 1200)])
def test_the_first_class_with_a_lifetime_bounds_it(asked: int | None, seconds: int) -> None:
    scene = world(
        {
            "name": "one",
            "test": IS_PXE,
            "min-valid-lifetime": 900,
            "valid-lifetime": 1000,
            "max-valid-lifetime": 1500,
        },
        {"name": "two", "test": IS_PXE, "valid-lifetime": 50},
    )
    wish = {OPT_LEASE_TIME: asked.to_bytes(4, "big")} if asked else {}
    answer = offered(scene, {**PXE, **wish})
    assert int.from_bytes(answer.options[OPT_LEASE_TIME], "big") == seconds


def test_a_guarded_subnet_is_not_there_for_others() -> None:
    scene = world({"name": "pxe", "test": IS_PXE}, client_classes=["pxe"])
    assert discover(scene, PXE) is not None
    assert discover(scene) is None
    assert "DHCP4_SUBNET_SELECTION_FAILED" in scene.log.identifiers()


def test_a_guarded_pool_is_for_its_members() -> None:
    scene = world(
        {"name": "pxe", "test": IS_PXE},
        {"name": "rest", "test": "not member('pxe')"},
        pools=[
            {"pool": "10.0.0.10 - 10.0.0.11", "client-classes": ["pxe"]},
            {"pool": "10.0.0.50 - 10.0.0.51", "client-classes": ["rest", "other"]},
        ],
    )
    assert offered(scene, PXE).yiaddr == ip("10.0.0.10")
    assert offered(scene, number=2).yiaddr == ip("10.0.0.50")
    assert offered(scene, {**PXE, 50: ip("10.0.0.51").to_bytes(4, "big")}, 3).yiaddr == ip("10.0.0.11")


def test_the_address_of_a_pool_that_is_not_for_the_client_any_more_is_not_renewed() -> None:
    scene = world(
        {"name": "pxe", "test": IS_PXE},
        pools=[{"pool": "10.0.0.10 - 10.0.0.11", "client-classes": ["pxe"]}],
    )
    client = scene.client(1)
    offer = client.send(DISCOVER, PXE)
    assert offer is not None
    assert kind_of(client.select(offer.yiaddr)) != ACK
    assert scene.lease("10.0.0.10") is None


def test_without_an_admitting_pool_the_shortage_names_the_classes() -> None:
    scene = world(pools=[{"pool": "10.0.0.10 - 10.0.0.11", "client-classes": ["HA_x"]}])
    assert discover(scene) is None
    assert scene.log.texts("ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES")[0].endswith(
        "Failed to allocate an IPv4 address for client with classes: ALL, UNKNOWN"
    )
    assert "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS" in scene.log.identifiers()
    assert scene.count("v4-allocation-fail-classes") == 1


def shared(*members: dict[str, Any], classes: list[dict[str, Any]], **network: Any) -> World:
    keywords = {name.replace("_", "-"): value for name, value in network.items()}
    tree = {
        "interfaces-config": {"interfaces": []},
        "client-classes": classes,
        "shared-networks": [{"name": "net", "subnet4": list(members), **keywords}],
    }
    return World(load_tree({"Dhcp4": tree}))


def test_within_a_shared_network_a_client_gets_a_subnet_that_admits_it() -> None:
    scene = shared(
        {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.0/25", "client-classes": ["pxe"]}]},
        {"id": 2, "subnet": "10.0.1.0/24", "pools": [{"pool": "10.0.1.0/25"}], "client-classes": ["UNKNOWN"]},
        classes=[{"name": "pxe", "test": IS_PXE}],
    )
    assert offered(scene, PXE).yiaddr >> 8 == ip("10.0.0.0") >> 8
    assert offered(scene, number=2).yiaddr >> 8 == ip("10.0.1.0") >> 8


def test_additional_classes_are_those_of_pool_subnet_and_network_in_this_order() -> None:
    listed = [{"name": name, "only-in-additional-list": True, "option-data": [option(TFTP, name)]} for name in "abc"]
    pool = {"pool": "10.0.0.0/25", "evaluate-additional-classes": ["c"]}
    scene = shared(
        {"id": 1, "subnet": "10.0.0.0/24", "pools": [pool], "evaluate-additional-classes": ["b", "no"]},
        classes=[*listed, {"name": "no", "test": IS_PXE, "only-in-additional-list": True}],
        evaluate_additional_classes=["a", "nowhere"],
    )
    assert offered(scene).options[TFTP] == b"c"
    assert classes(scene) == "ALL, UNKNOWN, c, b, a"
    assert scene.log.texts("DHCP4_ADDITIONAL_CLASS_UNDEFINED") == ["additional class nowhere has no definition"]
    assert scene.log.texts("DHCP4_ADDITIONAL_CLASS_EVAL_RESULT")[0].endswith("Expression 'no' evaluated to false")


def test_an_additional_class_is_not_evaluated_elsewhere() -> None:
    scene = world({"name": "a", "test": "member('ALL')", "only-in-additional-list": True})
    offered(scene)
    assert classes(scene) == "ALL, UNKNOWN"


def test_an_additional_template_counts_only_when_it_is_a_truth() -> None:
    scene = world(
        {"name": "t", "template-test": "option[12].text", "only-in-additional-list": True},
        evaluate_additional_classes=["t"],
    )
    offered(scene, {12: b"x"})
    assert scene.log.texts("DHCP4_ADDITIONAL_CLASS_EVAL_ERROR")[0].endswith(
        'Incorrect boolean. Expected exactly "false" or "true", got "x"'
    )
    offered(scene, {12: b"true"})
    assert classes(scene) == "ALL, UNKNOWN, t"


def test_an_inform_gets_the_options_of_its_classes() -> None:
    scene = world({"name": "one", "test": IS_PXE, "option-data": [option(TFTP, "one")]})
    client = scene.client(1)
    answer = client.send(8, PXE, source=ip("10.0.0.77"), ciaddr=ip("10.0.0.77"))
    assert answer is not None
    assert answer.options[TFTP] == b"one"


def test_a_hook_library_may_know_classes_beforehand() -> None:
    scene = world({"name": "mine", "test": "member('HA_server1')"})

    def whose(query: Query) -> tuple[str, ...]:
        return ("HA_server1",)

    scene.hooks.add("query_classes", whose)
    offered(scene)
    assert classes(scene) == "ALL, HA_server1, mine, UNKNOWN"


def test_names_from_clients_are_printable_whatever_they_send() -> None:
    scene = world({"name": "t", "template-test": "option[12].hex"})
    offered(scene, {60: b"\xff\n\x1b[2J", 12: b"\xfe"})
    names = classes(scene)
    assert names.isprintable()
    assert "SPAWN_t_\\xfe" in names


def test_a_configuration_without_classes_has_no_classifier_unless_the_log_asks() -> None:
    scene = world()
    scene.log.enabled = frozenset()
    scene.reconfigure(scene.settings)
    assert scene.server.core.classifier is None
    assert discover(scene) is not None


def test_a_server_identifier_of_a_class_is_ours() -> None:
    row = {"name": "one", "test": "member('ALL')", "option-data": [{"code": 54, "data": "10.0.0.250"}]}
    scene = world(row)
    client = scene.client(1)
    offer = client.send(DISCOVER, {})
    assert offer is not None
    assert offer.options[54] == ip("10.0.0.250").to_bytes(4, "big")
    assert kind_of(client.select(offer.yiaddr, ip("10.0.0.250"))) == ACK


def test_wishes_still_count_for_options_of_classes() -> None:
    scene = world({"name": "one", "test": IS_PXE, "option-data": [{"code": TFTP, "data": "x"}]})
    assert TFTP not in offered(scene, PXE).options
    assert offered(scene, {**PXE, 55: bytes((OPT_ROUTERS, TFTP))}).options[TFTP] == b"x"
