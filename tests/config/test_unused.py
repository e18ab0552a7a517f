"""Warnings about what nothing uses; every file here is one that a Kea takes, and so do we."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load


def warnings_of(**dhcp4: Any) -> list[str]:
    """The warnings about a configuration with a subnet, each with its line."""
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.20"}]} | dhcp4.pop("subnet", {})
    text = json.dumps({"Dhcp4": {"subnet4": [subnet], **dhcp4}}, indent=1)
    found = load(text, "kea.conf", lambda path: "").warnings
    assert all(each.place is not None for each in found)
    return [each.text for each in found]


INERT = {"name": "phones", "test": "option[60].text == 'phone'"}
UNUSED = (
    "class 'phones' has no effect: it sets nothing, and no subnet, pool, option, reservation or expression names it"
)


def test_a_class_that_nothing_names() -> None:
    assert warnings_of(**{"client-classes": [INERT]}) == [UNUSED]
    assert warnings_of(**{"client-classes": [{"name": "phones", "template-test": "option[60].text"}]}) == [UNUSED]


@pytest.mark.parametrize(
    "more",
    [
        {"subnet": {"client-classes": ["phones"]}},
        {"subnet": {"evaluate-additional-classes": ["phones"]}},
        {"subnet": {"pools": [{"pool": "10.0.0.10-10.0.0.20", "client-class": "phones"}]}},
        {"subnet": {"reservations": [{"hw-address": "08:00:27:00:00:01", "client-classes": ["phones"]}]}},
        {"option-data": [{"name": "routers", "data": "10.0.0.1", "client-classes": ["phones"]}]},
        {"client-classes": [INERT, {"name": "b", "test": "not member('phones')", "next-server": "10.0.0.9"}]},
        {"client-classes": [INERT | {"next-server": "10.0.0.9"}]},
        {"client-classes": [INERT | {"user-context": {"limits": {}}}]},
        {"client-classes": [INERT | {"name": "DROP"}]},
        {"client-classes": [INERT], "hooks-libraries": [{"library": "own.py"}]},
        {
            "client-classes": [INERT],
            "hooks-libraries": [
                {"library": "libdhcp_flex_id.so", "parameters": {"identifier-expression": "member('phones')"}}
            ],
        },
    ],
)
def test_a_class_that_something_uses(more: dict[str, Any]) -> None:
    assert warnings_of(**({"client-classes": [INERT]} | more)) == []


def test_classes_that_a_template_makes() -> None:
    template = {"name": "vendor", "template-test": "option[60].text"}
    guard = {"client-classes": ["SPAWN_vendor_phone"]}
    assert warnings_of(**{"client-classes": [template], "subnet": guard}) == []


def test_options_of_a_space_that_no_option_has() -> None:
    inside = {"space": "phnoes", "code": 1, "data": "0a", "csv-format": False}
    definition = {"name": "phone", "code": 224, "type": "empty", "encapsulate": "phones"}
    text = "options of the space 'phnoes' are never sent: no option has it"
    assert warnings_of(**{"option-data": [inside, inside | {"code": 2}]}) == [f"{text}: give one of them 'encapsulate'"]
    assert warnings_of(**{"subnet": {"option-data": [inside]}, "option-def": [definition]}) == [
        f"{text}, did you mean 'phones'?"
    ]
    assert warnings_of(**{"option-data": [inside | {"space": "phones"}], "option-def": [definition]}) == []
    for space in ("vendor-4491", "vendor-encapsulated-options-space", "dhcp-agent-options-space"):
        assert warnings_of(**{"option-data": [inside | {"space": space, "code": 99}]}) == []


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ({"code": 224, "data": "0a0b"}, "; with 'csv-format': false this is taken as meant"),
        ({"code": 224, "name": "routrs", "data": "0a0b"}, ", did you mean 'routers'?"),
        ({"code": 224, "name": "gateway", "data": "0a0b"}, ", did you mean 'routers'?"),
    ],
)
def test_option_data_without_a_definition(option: dict[str, Any], hint: str) -> None:
    (found,) = warnings_of(**{"option-data": [option]})
    assert found.endswith(f"has no definition, so its data are taken as hexadecimal digits{hint}")
    assert warnings_of(**{"option-data": [option | {"csv-format": False}]}) == []


def test_reservations_by_an_identifier_that_nothing_makes() -> None:
    more = {
        "host-reservation-identifiers": ["flex-id"],
        "subnet": {"reservations": [{"flex-id": "'port7'", "ip-address": "10.0.0.5"}]},
    }
    text = "reservations by flex-id are never used: libdhcp_flex_id, which makes the identifiers, is not loaded"
    assert warnings_of(**more) == [text]
    library = {"library": "libdhcp_flex_id.so", "parameters": {"identifier-expression": "option[61].hex"}}
    assert warnings_of(**more, **{"hooks-libraries": [library]}) == []
