"""Options by expressions: what happens to a reply, and faults of the rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.libraries import lookup
from kea_twisted.wire.constants import DISCOVER
from kea_twisted.wire.message import Message
from tests.builders import World, message
from tests.hooks.kealibraries import put_to_work

SUBNET = {
    "id": 1,
    "subnet": "10.0.0.0/24",
    "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}],
    "option-data": [{"name": "routers", "data": "10.0.0.1"}, {"name": "domain-name-servers", "data": "10.0.0.2"}],
}
INNER = {"name": "inner", "code": 1, "space": "outside", "type": "string"}
OUTER = {"name": "outer", "code": 230, "type": "uint8", "encapsulate": "outside"}
NAMED = {12: b"desk", 60: b"printer", 55: bytes((3, 6, 43, 66, 125, 230))}
VENDOR = b"\0\0\x11\x8b"


def settings(*options: Any, **more: Any) -> Settings:
    """One subnet with two options, and the library."""
    tree = {
        "subnet4": [{**SUBNET, "option-data": [*SUBNET["option-data"], *more.pop("data", ())]}],  # type: ignore[misc]
        "option-def": [INNER, OUTER],
        "hooks-libraries": [{"library": "/x/libdhcp_flex_option.so", "parameters": {"options": list(options)}}],
        **more,
    }
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


def offer(*options: Any, log: list[str] | None = None, **more: Any) -> Message:
    """The reply to a client named desk."""
    world = World(settings(*options, **more))
    put_to_work(world.settings, world.hooks, world.log)
    reply = world.ask(message(DISCOVER, NAMED))
    assert reply is not None
    if log is not None:
        log += [f"{name} {text}" for name, text in world.log.lines if name.startswith("FLEX_OPTION")]
    return reply


@pytest.mark.parametrize(
    ("rule", "code", "expected"),
    [
        ({"code": 66, "add": "option[12].text"}, 66, b"desk"),
        ({"code": 3, "add": "0x01020304"}, 3, b"\x0a\0\0\1"),
        ({"name": "routers", "supersede": "0x01020304"}, 3, b"\1\2\3\4"),
        ({"code": 66, "supersede": "concat(option[12].text, '.x')"}, 66, b"desk.x"),
        ({"code": 3, "supersede": "''"}, 3, b"\x0a\0\0\1"),
        ({"code": 3, "remove": "option[12].text == 'desk'"}, 3, None),
        ({"code": 3, "remove": "option[12].text == 'chair'"}, 3, b"\x0a\0\0\1"),
        ({"code": 3, "csv-format": True, "supersede": "'10.1.1.1, 10.1.1.2'"}, 3, b"\x0a\1\1\1\x0a\1\1\2"),
        ({"code": 3, "client-class": "VENDOR_CLASS_printer", "remove": "true"}, 3, None),
        ({"code": 3, "client-class": "VENDOR_CLASS_phone", "remove": "true"}, 3, b"\x0a\0\0\1"),
        ({"code": 3, "remove": "member('VENDOR_CLASS_printer')"}, 3, None),
    ],
)
def test_an_option_is_added_replaced_removed(rule: dict[str, Any], code: int, expected: bytes | None) -> None:
    if rule.get("remove") == "true":
        rule = {**rule, "remove": "'a' == 'a'"}
    assert offer(rule).options.get(code) == expected


def test_rules_are_taken_by_code_and_then_in_their_order() -> None:
    rules = [
        {"code": 67, "add": "'second'"}, {"code": 66, "add": "'first'"},
        {"code": 67, "supersede": "'third'"}, {"code": 67, "add": "'fourth'"},
    ]  # fmt: skip
    log: list[str] = []
    assert offer(*rules, log=log).options[67] == b"third"
    assert log == [
        "FLEX_OPTION_PROCESS_ADD Added the option code 66 with value 'first'",
        "FLEX_OPTION_PROCESS_ADD Added the option code 67 with value 'second'",
        "FLEX_OPTION_PROCESS_SUPERSEDE Supersedes the option code 67 with value 'third'",
    ]


def test_a_rule_without_a_value_ends_the_processing_and_is_logged() -> None:
    rules = [
        {"code": 3, "remove": "'a' == 'a'"}, {"code": 66, "add": "addrtotext(option[12].hex)"},
        {"code": 67, "add": "'x'"},
    ]  # fmt: skip
    log: list[str] = []
    options = offer({"code": 6, "csv-format": True, "supersede": "'nowhere'"}, *rules, log=log).options
    assert (3 in options, options[6], 66 in options, 67 in options) == (False, b"\x0a\0\0\2", False, False)
    assert log[-1].startswith("FLEX_OPTION_PROCESS_ERROR An error occurred processing query [hwtype=1 ")


def test_a_reply_may_lose_its_type() -> None:
    for removed in ({"code": 53, "remove": "'a' == 'a'"}, {"code": 53, "supersede": "0x63"}):
        assert offer(removed).options.get(53) in (None, b"\x63")


def sub(**rule: Any) -> dict[str, Any]:
    """A rule about option 43 with one sub-option."""
    return {"code": 43, "sub-options": [{key.replace("_", "-"): value for key, value in rule.items()}]}


SENT = {"name": "vendor-encapsulated-options", "data": "0103616263", "csv-format": False, "always-send": True}


@pytest.mark.parametrize(
    ("rule", "data", "expected"),
    [
        (sub(code=2, add="option[12].text"), (), b"\2\4desk"),
        (sub(code=2, add="option[12].text", container_add=False), (), None),
        (sub(code=2, supersede="option[12].text"), (SENT,), b"\1\3abc\2\4desk"),
        (sub(code=1, add="option[12].text"), (SENT,), b"\1\3abc"),
        (sub(code=1, supersede="option[12].text"), (SENT,), b"\1\4desk"),
        (sub(code=1, remove="'a' == 'a'"), (SENT,), None),
        (sub(code=1, remove="'a' == 'a'", container_remove=False), (SENT,), b""),
        (sub(code=1, remove="'a' == 'b'"), (SENT,), b"\1\3abc"),
        (sub(code=2, add="'x'", client_class="VENDOR_CLASS_phone"), (SENT,), b"\1\3abc"),
        ({**sub(code=2, add="'x'"), "client-class": "VENDOR_CLASS_phone"}, (SENT,), b"\1\3abc"),
        ({**sub(code=2, add="'x'"), "client-class": "VENDOR_CLASS_printer"}, (), b"\2\1x"),
    ],
)
def test_a_sub_option_is_added_replaced_removed(rule: Any, data: Any, expected: bytes | None) -> None:
    assert offer(rule, data=data).options.get(43) == expected


def test_a_sub_option_can_be_named_and_stands_behind_the_data_of_its_option() -> None:
    data = ({"name": "outer", "data": "7", "always-send": True},)
    rule = {"name": "outer", "sub-options": [{"name": "inner", "csv-format": True, "add": "option[12].text"}]}
    assert offer(rule, data=data).options[230] == b"\7\1\4desk"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ((), VENDOR + b"\3\2\1x"),
        ([("vendor-4491", "4491")], VENDOR + b"\x09\2\1x\3\4\1\2\3\4"),
        ([("vendor-25506", "25506")], b"\0\0\x63\xa2\6\3\4\1\2\3\4"),
    ],
)
def test_a_sub_option_of_a_vendor_stands_behind_its_number(data: Any, expected: bytes) -> None:
    sent = [
        row
        for space, number in data
        for row in (
            {"name": "vivso-suboptions", "data": number, "always-send": True},
            {"code": 3, "space": space, "data": "01020304", "csv-format": False, "always-send": True},
        )
    ]
    rule = {"code": 125, "sub-options": [{"space": "vendor-4491", "code": 2, "add": "'x'"}]}
    assert offer(rule, data=sent).options.get(125) == expected


FAULTS: Any = [
    (1, "option element is not a map"),
    ({"add": "'a'"}, "'code' or 'name' must be specified"),
    ({"code": "1", "add": "'a'"}, "'code' must be an integer"),
    ({"code": 1, "add": "'a'", "adds": "'b'"}, "unknown parameter 'adds'"),
    ({"code": 0, "add": "'a'"}, "invalid 'code' value 0: reserved for PAD"),
    ({"code": 255, "add": "'a'"}, "invalid 'code' value 255: reserved for END"),
    ({"code": 256, "add": "'a'"}, "invalid 'code' value 256 not in [0..255]"),
    ({"name": "", "add": "'a'"}, "'name' must not be empty"),
    ({"name": "no-such", "add": "'a'"}, "no known 'no-such' option in 'dhcp4' space"),
    ({"name": "routers", "code": 4, "add": "'a'"}, "option 'routers' is defined as code: 3, not the specified"),
    ({"code": 3, "space": "a b", "add": "'a'"}, "'a b' is not a valid space name"),
    ({"code": 231, "csv-format": True, "add": "'a'"}, "no known option with code '231'"),
    ({"code": 3}, "no action"),
    ({"code": 3, "add": ""}, "'add' must not be empty"),
    ({"code": 3, "add": "'a'", "remove": "'a' == 'a'"}, "multiple actions: "),
    ({"code": 3, "add": "'a"}, "can't parse add expression ['a] error: "),
    ({"code": 3, "remove": "'a'"}, "can't parse remove expression ['a'] error"),
    ({"code": 43, "add": "'a'", "sub-options": []}, "'sub-options' and 'add' are incompatible in the same entry"),
    ({"code": 43, "sub-options": [1]}, "sub-option element is not a map"),
    ({"code": 43, "sub-options": [{"code": 1}]}, "no action"),
    ({"code": 231, "sub-options": [{"code": 1, "add": "'a'"}]}, "container is not defined: can't get space"),
    ({"code": 3, "sub-options": [{"code": 1, "add": "'a'"}]}, "container does not encapsulate a space"),
    ({"code": 43, "sub-options": [{"code": 1, "add": "'a'"}] * 2}, "sub-option 1 of option 43 was already"),
]
"""Rules that are refused, each with the reason, as a Kea 3.0.4 has it but for the expressions."""


@pytest.mark.parametrize(("rule", "said"), FAULTS)
def test_a_fault_is_reported_with_its_place(rule: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(rule)
    (problem,) = caught.value.problems
    assert problem.place is not None and said in problem.text


def test_the_library_needs_its_parameter() -> None:
    tree = {"hooks-libraries": [{"library": "libdhcp_flex_option.so"}]}
    with pytest.raises(ConfigError, match="libdhcp_flex_option needs the parameter 'options'"):
        load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


def test_without_rules_nothing_is_registered() -> None:
    world = World(settings())
    put_to_work(world.settings, world.hooks, world.log)
    assert world.hooks.pkt4_send == () and not world.hooks.reads_classes
