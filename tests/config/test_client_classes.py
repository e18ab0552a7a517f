"""Client classes in the configuration: what they become, and what is said about mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings, Triplet
from kea_twisted.config.options import merge
from kea_twisted.errors import ConfigError
from kea_twisted.expr import Subject
from kea_twisted.wire.message import Message

EXISTS = "option[60].exists"
PACKET = Message(1, 1, 0, 1, 0, 0, 0, 0, 0, 0, bytes(6), b"", b"", {60: b"PXE", 12: b"host"})


def settings(*classes: dict[str, Any], **more: Any) -> Settings:
    top = {"interfaces-config": {"interfaces": []}, "client-classes": list(classes)}
    top.update({name.replace("_", "-"): value for name, value in more.items()})
    return load_tree({"Dhcp4": top})


def complaints(*classes: dict[str, Any], **more: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(*classes, **more)
    return str(caught.value)


def subnet(**more: Any) -> list[dict[str, Any]]:
    return [{"id": 1, "subnet": "10.0.0.0/24", **{n.replace("_", "-"): v for n, v in more.items()}}]


def test_a_class_holds_its_test_compiled() -> None:
    (row,) = settings({"name": "pxe", "test": "substring(option[60].hex,0,3) == 'PXE'"}).classes
    assert row.test is not None
    assert row.test(Subject(PACKET))
    assert not row.test(Subject(PACKET._replace(options={})))
    assert row.template is None


def test_a_template_gives_text() -> None:
    (row,) = settings({"name": "t", "template-test": "option[12].text"}).classes
    assert row.template is not None
    assert row.template(Subject(PACKET)) == b"host"


def test_classes_know_who_must_wait_for_the_reservations() -> None:
    rows = settings(
        {"name": "a", "test": EXISTS},
        {"name": "b", "test": "member('KNOWN')"},
        {"name": "c", "test": "member('a') and not member('b')"},
        {"name": "d", "test": "member('a')"},
    ).classes
    assert [row.depends_on_known for row in rows] == [False, True, True, False]


def test_fixed_fields_and_lifetimes_are_read() -> None:
    (row,) = settings(
        {
            "name": "a",
            "next-server": "10.0.0.9",
            "server-hostname": "boot",
            "boot-file-name": "pxe.0",
            "valid-lifetime": 100,
            "min-valid-lifetime": 50,
            "max-valid-lifetime": 200,
        }
    ).classes
    assert (row.next_server, row.server_hostname, row.boot_file_name) == (0x0A000009, "boot", "pxe.0")
    assert row.valid_lifetime == Triplet(50, 100, 200)


@pytest.mark.parametrize(
    ("keywords", "triplet"),
    [
        ({}, None),
        ({"valid-lifetime": 10}, Triplet(10, 10, 10)),
        ({"min-valid-lifetime": 10}, Triplet(10, 10, 10)),
        ({"max-valid-lifetime": 10}, Triplet(10, 10, 10)),
        ({"valid-lifetime": 10, "max-valid-lifetime": 20}, Triplet(10, 10, 20)),
    ],
)
def test_a_bound_alone_is_the_lifetime(keywords: dict[str, int], triplet: Triplet | None) -> None:
    (row,) = settings({"name": "a", **keywords}).classes
    assert row.valid_lifetime == triplet


def test_a_class_may_define_option_43_for_itself() -> None:
    rows = settings(
        {
            "name": "a",
            "option-def": [{"name": "vendor", "code": 43, "type": "uint32"}],
            "option-data": [{"name": "vendor", "data": "77"}],
        },
        {"name": "b", "option-data": [{"code": 43}]},
    ).classes
    assert [option.data for row in rows for option in row.options] == [(77).to_bytes(4, "big"), b""]


def test_old_keywords_are_understood() -> None:
    loaded = settings(
        {"name": "a", "only-if-required": True},
        {"name": "b"},
        subnet4=subnet(client_class="b", require_client_classes=["a"]),
    )
    assert loaded.classes[0].only_in_additional_list
    assert loaded.subnets[0].client_classes == (("b",),)
    assert loaded.subnets[0].additional_classes == ("a",)


def test_guards_and_lists_of_a_network_hold_for_its_subnets() -> None:
    member = {
        "id": 1,
        "subnet": "10.0.0.0/24",
        "client-classes": ["a"],
        "evaluate-additional-classes": ["c"],
        "pools": [
            {
                "pool": "10.0.0.0/25",
                "client-classes": ["a", "b"],
                "evaluate-additional-classes": ["d"],
            }
        ],
    }
    network = {
        "name": "n",
        "client-classes": ["b"],
        "evaluate-additional-classes": ["d"],
        "subnet4": [member],
    }
    loaded = settings(*({"name": name} for name in "abcd"), shared_networks=[network])
    (one,) = loaded.subnets
    assert one.client_classes == (("a",), ("b",))
    assert one.additional_classes == ("c", "d")
    assert one.pools[0].client_classes == ("a", "b")
    assert one.pools[0].additional_classes == ("d",)
    assert loaded.uses_classes
    assert not loaded.warnings


def test_options_for_members_count_for_members_only() -> None:
    data = [
        {"name": "routers", "data": "10.0.0.2", "client-classes": ["a", "b"]},
        {"name": "routers", "data": "10.0.0.3"},
    ]
    loaded = settings({"name": "a"}, {"name": "b"}, subnet4=subnet(option_data=data))
    options = loaded.subnets[0].options
    assert options.by_code[3] == bytes((10, 0, 0, 3))
    assert merge(options.levels, {"b"}).by_code[3] == bytes((10, 0, 0, 2))
    assert merge(options.levels, {"c"}).by_code[3] == bytes((10, 0, 0, 3))


def test_it_is_known_which_classes_matter_for_options() -> None:
    loaded = settings(
        {"name": "a", "test": EXISTS},
        {"name": "b", "option-data": [{"name": "routers", "data": "10.0.0.1", "client-classes": ["c"]}]},
        option_data=[{"name": "routers", "data": "10.0.0.1", "client-classes": ["d"]}],
    )
    assert loaded.option_classes == {"b", "c", "d"}


def test_a_configuration_without_classes_uses_none() -> None:
    assert not settings(subnet4=subnet()).uses_classes


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ({"name": "a", "test": EXISTS, "template-test": "'a'"}, "has both 'test' and 'template-test'"),
        ({"name": "a", "test": "option[60].foo"}, "'test' in client-classes[0]: column 12: unexpected 'f'"),
        ({"name": "a", "test": ""}, "column 1: unexpected end"),
        ({"name": "a", "template-test": ""}, "column 1: unexpected end"),
        ({"name": "a", "test": "member('b')"}, "column 8: class 'b' is not defined before"),
        ({"name": "a", "test": "member('a')"}, "column 8: class 'a' is not defined before"),
        ({"name": "KNOWN", "test": EXISTS}, "'KNOWN' is set by the server itself"),
        ({"name": "ALL", "template-test": "'a'"}, "'ALL' is set by the server itself"),
        ({"name": "BOOTP", "only-in-additional-list": True}, "cannot be only-in-additional-list"),
        ({"name": "DROP", "test": EXISTS, "only-in-additional-list": True}, "cannot be only-in-add"),
        ({"name": "a", "valid-lifetime": 100, "min-valid-lifetime": 200}, "200 is above valid-lifetime 100"),
        ({"name": "a", "valid-lifetime": 100, "max-valid-lifetime": 50}, "50 is below valid-lifetime 100"),
        ({"name": "a", "min-valid-lifetime": 1, "max-valid-lifetime": 2}, "but no valid-lifetime"),
        (
            {"name": "a", "option-def": [{"name": "x", "code": 12, "type": "uint32"}]},
            "a class may define option 43 and 224 to 254 only",
        ),
        (
            {"name": "a", "option-def": [{"name": "x", "code": 2, "type": "uint32", "space": "foo"}]},
            "a class may define option 43 and 224 to 254 only",
        ),
        ({"name": "a", "option-data": [{"name": "routers", "data": "x"}]}, "routers"),
    ],
)
def test_what_kea_refuses_is_refused(section: dict[str, Any], text: str) -> None:
    assert text in complaints(section)


@pytest.mark.parametrize(
    "section",
    [
        {"name": "ALL"},
        {"name": "KNOWN"},
        {"name": "BOOTP"},
        {"name": "DROP", "test": "member('UNKNOWN')"},
        {"name": "HA_x", "test": EXISTS},
        {"name": "VENDOR_CLASS_x"},
        {"name": "SPAWN_x_y"},
        {"name": "a", "only-in-additional-list": True},
    ],
)
def test_what_kea_takes_is_taken(section: dict[str, Any]) -> None:
    assert settings(section).classes[0].name == section["name"]


def test_a_class_nobody_can_be_in_is_said_once() -> None:
    loaded = settings(
        {"name": "a"},
        subnet4=subnet(
            client_classes=["a", "typo", "HA_x", "SPAWN_t_v"],
            evaluate_additional_classes=["typo"],
            reservations=[{"hw-address": "01:02:03:04:05:06", "client-classes": ["hosts"]}],
            pools=[{"pool": "10.0.0.0/25", "client-classes": ["hosts"]}],
        ),
    )
    assert [warning.text.partition(":")[0] for warning in loaded.warnings] == [
        "class 'typo' in subnet4[0].client-classes is not defined"
    ]


def test_nothing_of_it_is_without_effect() -> None:
    loaded = settings({"name": "a", "test": EXISTS}, subnet4=subnet(client_classes=["a"]))
    assert loaded.no_effect == ()
