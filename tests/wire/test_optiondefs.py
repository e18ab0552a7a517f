"""The option table is complete and consistent with itself."""

from __future__ import annotations

import pytest

from kea_twisted.wire import constants
from kea_twisted.wire.optiondefs import (
    AGENT_SPACE,
    STANDARD,
    STANDARD_DEFINITIONS,
    Definitions,
    OptionDefinition,
    vendor_number,
)
from kea_twisted.wire.optiontypes import is_type


def test_codes_and_names_are_unique_in_their_space() -> None:
    for rows in STANDARD.values():
        assert len({row.code for row in rows}) == len({row.name for row in rows}) == len(rows)


def test_rows_are_in_order_of_their_codes_and_know_their_space() -> None:
    for space, rows in STANDARD.items():
        assert [row.code for row in rows] == sorted(row.code for row in rows)
        assert {row.space for row in rows} == {space}


def test_every_type_exists() -> None:
    rows = [row for rows in STANDARD.values() for row in rows]
    assert all(is_type(name) for row in rows for name in (row.type, *row.record_types))


def test_number_of_standard_options() -> None:
    # as many as in Kea's table; 43 is not among them, because it may be defined anew
    assert len(STANDARD["dhcp4"]) == 124
    assert len(STANDARD[AGENT_SPACE]) == 20


def test_options_sent_unasked() -> None:
    assert [row.code for row in STANDARD["dhcp4"] if row.always] == [3, 6, 15, 54]


@pytest.mark.parametrize(("code", "name", "kind"), [
    (1, "subnet-mask", "ipv4-address"), (3, "routers", "ipv4-address"), (15, "domain-name", "string"),
    (43, "vendor-encapsulated-options", "empty"), (121, "classless-static-route", "internal"),
    (213, "v4-access-domain", "fqdn"),
])  # fmt: skip
def test_look_up_by_name_and_code(code: int, name: str, kind: str) -> None:
    row = STANDARD_DEFINITIONS.by_code("dhcp4", code)
    assert row is not None and row is STANDARD_DEFINITIONS.by_name("dhcp4", name)
    assert (row.code, row.name, row.type) == (code, name, kind)


def test_constants_are_codes_of_the_table() -> None:
    codes = {value for name, value in vars(constants).items() if name.startswith("OPT_")}
    assert codes - {row.code for row in STANDARD["dhcp4"]} == {0, 43, 221, 255}  # 221: RFC 6607, for leasequeries


def test_own_definitions_come_before_the_last_resort_and_behind_the_standard() -> None:
    own = (OptionDefinition(43, "mine", "string"), OptionDefinition(3, "not-mine", "string"))
    definitions = Definitions(own)
    assert definitions.by_code("dhcp4", 43) == own[0]
    assert definitions.by_code("dhcp4", 3) == STANDARD_DEFINITIONS.by_code("dhcp4", 3)
    assert definitions.by_name("dhcp4", "vendor-encapsulated-options") is not None


@pytest.mark.parametrize(
    ("space", "number"),
    [("vendor-4491", 4491), ("vendor-x", 0), ("dhcp4", 0), ("vendor-4294967296", 0), ("vendor-", 0)],
)
def test_vendor_spaces(space: str, number: int) -> None:
    assert vendor_number(space) == number
