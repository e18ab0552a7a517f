"""option-def and option-data, from configured maps to the bytes in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.config.optiondata import ConfiguredOption
from kea_twisted.config.options import encode_option, merge, parse_definitions
from kea_twisted.config.text import Map, parse
from kea_twisted.errors import ConfigError, Problems
from kea_twisted.wire.optiondefs import Definitions, OptionDefinition


def encoded(definitions: Definitions | None = None, **entry: Any) -> ConfiguredOption:
    """An entry that has nothing wrong with it; underscores in the keys stand for dashes."""
    problems = Problems()
    option = encode_option(with_dashes(entry), definitions or Definitions(), problems)
    assert option is not None and not problems.errors
    return option


def refusal(definitions: Definitions | None = None, **entry: Any) -> str:
    """The one finding about a wrong entry."""
    problems = Problems()
    assert encode_option(with_dashes(entry), definitions or Definitions(), problems) is None
    (finding,) = problems.errors
    return finding.text


def with_dashes(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("_", "-"): value for key, value in entry.items()}


def defined(*entries: dict[str, Any]) -> tuple[Definitions, list[str]]:
    problems = Problems()
    definitions = parse_definitions([with_dashes(entry) for entry in entries], problems)
    return definitions, [finding.text for finding in problems.errors]


def test_the_tutorials_routers() -> None:
    expected = ConfiguredOption(3, "dhcp4", b"\n\0\0\1", name="routers")
    assert encoded(name="routers", data="10.0.0.1") == expected
    assert encoded(code=3, data="10.0.0.1") == expected
    assert encoded(code=3, name="routers", space="dhcp4", csv_format=False, data="0a000001") == expected


@pytest.mark.parametrize(
    ("entry", "code", "data"),
    [
        ({"code": 200, "csv_format": False, "data": "0a0b"}, 200, b"\n\x0b"),
        ({"code": 200, "csv_format": False}, 200, b""),
        ({"name": "routers", "data": ""}, 3, b""),
        ({"name": "nis-domain", "csv_format": False, "data": "'text'"}, 40, b"text"),
        ({"name": "root-path", "never_send": True}, 17, b""),
        ({"name": "vendor-encapsulated-options"}, 43, b""),
        ({"name": "time-offset", "data": "-3600"}, 2, b"\xff\xff\xf1\xf0"),
        ({"space": "vendor-4491", "name": "tftp-servers", "data": "1.2.3.4"}, 2, b"\1\2\3\4"),
        ({"space": "vendor-9", "code": 0, "csv_format": False, "data": "01"}, 0, b"\1"),
        ({"space": "dhcp-agent-options-space", "code": 6, "data": "sub"}, 6, b"sub"),
    ],
)
def test_entries_and_their_bytes(entry: dict[str, Any], code: int, data: bytes) -> None:
    option = encoded(**entry)
    assert (option.code, option.data) == (code, data)


@pytest.mark.parametrize(
    ("entry", "code", "data"),
    [
        ({"code": 222, "data": "0102"}, 222, b"\1\2"),
        ({"code": 222, "data": "012"}, 222, b"\0\x12"),
        ({"code": 222, "data": ""}, 222, b""),
        ({"code": 222}, 222, b""),
        ({"space": "vendor-4491", "code": 222, "data": "01:02"}, 222, b"\1\2"),
    ],
)
def test_an_option_without_definition_and_format_is_hexadecimal(entry: dict[str, Any], code: int, data: bytes) -> None:
    option = encoded(**entry)
    assert (option.code, option.data) == (code, data)


@pytest.mark.parametrize(
    ("name", "digits", "data"),
    [
        ("dhcp-lease-time", "0000000105", b"\0\0\0\1"),
        ("interface-mtu", "05dc05", b"\5\xdc"),
        ("ip-forwarding", "0102", b"\1"),
        ("subnet-mask", "ffffff0000", b"\xff\xff\xff\0"),
    ],
)
def test_hexadecimal_data_that_are_too_long_are_cut_with_a_warning(name: str, digits: str, data: bytes) -> None:
    problems = Problems()
    entry = {"name": name, "csv-format": False, "data": digits}
    option = encode_option(entry, parse_definitions([], problems), problems)
    assert option is not None and option.data == data
    assert problems.errors == []
    assert f"has more bytes than its definition has room for; the first {len(data)} are sent" in str(problems.warnings)


def test_flags_are_kept() -> None:
    option = encoded(name="ntp-servers", data="10.0.0.1", always_send=True, never_send=True)
    assert option.always_send and option.never_send


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"data": "x"}, "neither code nor name"),
        (
            {"name": "router", "data": "10.0.0.1"},
            "dhcp4.router: definition for the option 'dhcp4.router' does not exist, did you mean 'routers'?",
        ),
        ({"name": "xyzzy", "data": "1"}, "definition for the option 'dhcp4.xyzzy' does not exist$"),
        ({"name": "router", "code": 3, "data": "10.0.0.1"}, "the code is that of routers"),
        ({"code": 200, "data": "xyz"}, r"code 200\): option data is not a valid string of hexadecimal digits: xyz"),
        ({"code": 200, "csv_format": True, "data": "0a"}, "the option 'dhcp4.' having code '200' does not exist"),
        ({"code": 200, "csv_format": True, "data": "0a"}, "csv-format false"),
        ({"code": 256, "data": "0a"}, "0 to 255"),
        ({"code": -1, "data": "0a"}, "0 to 255"),
        ({"code": 0, "csv_format": False, "data": "0a"}, "reserved"),
        ({"code": 255, "csv_format": False, "data": "0a"}, "reserved"),
        ({"space": "dhcp6", "code": 1, "csv_format": False}, "not a valid option space"),
        ({"space": "my space", "code": 1, "csv_format": False}, "not a valid option space"),
        ({"name": "routers", "data": "10.0.0"}, r"dhcp4.routers \(code 3\): .*10.0.0"),
        (
            {"name": "routers", "csv_format": False, "data": "0a0000"},
            r"option data does not match option definition \(space: dhcp4, code: 3\): 4 bytes expected, 3 left",
        ),
        ({"name": "routers", "csv_format": False, "data": "0a00000105"}, "4 bytes expected, 1 left"),
        ({"name": "routers", "csv_format": False, "data": "xyz"}, "hexadecimal"),
        ({"name": "interface-mtu"}, "a value of type uint16 expected"),
        ({"name": "ip-forwarding", "data": "yes"}, "neither true nor false"),
        ({"name": "vendor-encapsulated-options", "data": "x"}, "takes no data"),
        ({"code": 121, "csv_format": False, "data": "180a0000"}, "bytes expected"),
        ({"name": 3, "data": "x"}, "'name' must be a string"),
        ({"code": "3", "data": "x"}, "'code' must be a number"),
        ({"code": True, "data": "x"}, "'code' must be a number"),
        ({"code": 3, "data": "10.0.0.1", "always_send": "yes"}, "'always-send' must be true or false"),
    ],
)
def test_entries_that_are_refused(entry: dict[str, Any], text: str) -> None:
    with pytest.raises(AssertionError, match=text):
        raise AssertionError(refusal(**entry))


def test_a_finding_is_at_the_value_it_is_about() -> None:
    problems = Problems()
    text = '{ "name": "routers",\n  "data": "10.0.0.x" }'
    tree = parse('{ "a": ' + text + "}", "kea.conf", lambda name: name)
    entry = tree["a"]
    assert isinstance(entry, Map)
    encode_option(entry, Definitions(), problems)
    assert str(problems.errors[0]).startswith("kea.conf:2:11: option dhcp4.routers (code 3): ")


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"name": "root-path", "data": "/a,/b"}, "more values than it has room for"),
        ({"name": "subnet-mask", "data": "255.0.0.0"}, "set by the server itself"),
    ],
)
def test_what_has_another_effect_than_it_seems_is_warned_of(entry: dict[str, Any], text: str) -> None:
    problems = Problems()
    assert encode_option(entry, Definitions(), problems)
    assert text in problems.warnings[0].text


def test_own_definitions_are_used() -> None:
    definitions, findings = defined(
        {"name": "probe", "code": 224, "array": True, "type": "record", "record_types": "uint8, ipv4-address"},
        {"name": "inner", "code": 1, "type": "uint16", "space": "mine"},
        {"name": "outer", "code": 225, "type": "uint8", "encapsulate": "mine"},
    )
    assert not findings
    assert encoded(definitions, name="probe", data="1, 10.0.0.1, 10.0.0.2").data == b"\1\n\0\0\1\n\0\0\2"
    assert encoded(definitions, code=1, space="mine", data="258").data == b"\1\2"
    assert encoded(definitions, name="outer", data="7").encapsulate == "mine"


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"name": "routers", "code": 224, "type": "string"}, "defined already"),
        ({"name": "mine", "code": 3, "type": "string"}, "defined already"),
        ({"name": "mine", "code": 0, "type": "string"}, "1 to 254"),
        ({"name": "mine", "code": 255, "type": "string"}, "1 to 254"),
        ({"name": "-mine", "code": 224, "type": "string"}, "name must be"),
        ({"name": "my option", "code": 224, "type": "string"}, "name must be"),
        ({"name": "mine", "code": 224, "type": "text"}, "unknown type 'text'"),
        ({"name": "mine", "code": 224, "type": "string", "space": "_x"}, "not a valid option space"),
        ({"name": "mine", "code": 224, "type": "empty", "encapsulate": "x y"}, "not a valid option space"),
        ({"name": "mine", "code": 224, "type": "empty", "encapsulate": "dhcp4"}, "space it belongs to"),
        ({"name": "mine", "code": 224, "type": "uint8", "array": True, "encapsulate": "x"}, "an array"),
        ({"name": "mine", "code": 224, "type": "string", "array": True}, "no array of this type"),
        ({"name": "mine", "code": 224, "type": "record", "record_types": "uint8"}, "at least two"),
        ({"name": "mine", "code": 224, "type": "record", "record_types": "uint8, empty"}, "unknown type in"),
        ({"name": "mine", "code": 224, "type": "record", "record_types": "string, uint8"}, "only be last"),
        ({"name": "mine", "code": 224, "type": "record", "record_types": "uint8, string", "array": True},
         "no array of this type"),
        ({"name": "mine", "code": 224, "type": "uint8", "record_types": "uint8, uint8"}, "only a record"),
        ({"name": "mine", "code": "224", "type": "uint8"}, "'code' must be a number"),
        ({"name": "mine", "type": "uint8"}, "1 to 254"),
    ],
)  # fmt: skip
def test_definitions_that_are_refused(entry: dict[str, Any], text: str) -> None:
    definitions, findings = defined(entry)
    assert not definitions.user
    assert len(findings) == 1 and text in findings[0]


def test_the_second_definition_of_a_code_or_name_is_refused() -> None:
    first = {"name": "mine", "code": 224, "type": "string"}
    definitions, findings = defined(first, {**first, "name": "other"}, {**first, "code": 225},
                                    {**first, "space": "elsewhere"})  # fmt: skip
    assert [row.space for row in definitions.user] == ["dhcp4", "elsewhere"]
    assert len(findings) == 2


def test_option_43_may_be_defined_anew() -> None:
    definitions, findings = defined({"name": "vendor-encapsulated-options", "code": 43, "type": "string"})
    assert not findings
    assert encoded(definitions, code=43, data="text").data == b"text"


def option(code: int, data: bytes = b"", space: str = "dhcp4", **more: Any) -> ConfiguredOption:
    return ConfiguredOption(code, space, data, **more)


def test_the_innermost_level_wins() -> None:
    merged = merge([[option(3, b"pool")], [option(3, b"subnet"), option(6, b"dns")], [option(42, b"ntp")]])
    assert merged.by_code == {3: b"pool", 6: b"dns", 42: b"ntp"}


def test_no_levels_no_options() -> None:
    merged = merge([])
    assert (merged.by_code, merged.always, merged.never, merged.others) == ({}, (), frozenset(), {})


def test_some_options_are_always_sent_and_others_where_it_says_so() -> None:
    inner = [option(42, b"a"), option(15, b"b"), option(6, b"c"), option(3, b"d")]
    assert merge([inner, [option(42, always_send=True)]]).always == (3, 6, 15, 42)


def test_never_is_stronger_wherever_it_is_said() -> None:
    merged = merge([[option(3, b"a", always_send=True), option(6, b"b")], [option(3, never_send=True)]])
    assert merged.by_code == {6: b"b"}
    assert (merged.always, merged.never) == ((6,), frozenset({3}))


VENDOR = "vendor-encapsulated-options-space"


def test_option_43_is_made_of_its_space() -> None:
    definitions, _ = defined({"name": "second", "code": 2, "type": "uint16", "space": VENDOR})
    level = [
        encoded(definitions, name="second", space=VENDOR, data="258"),
        encoded(definitions, code=1, space=VENDOR, csv_format=False, data="0a"),
        encoded(definitions, name="vendor-encapsulated-options"),
    ]
    assert merge([level]).by_code[43].hex() == "01010a" + "02020102"


def test_sub_options_are_those_of_the_level_the_option_is_from() -> None:
    outer = [option(43, encapsulate=VENDOR), option(1, b"a", VENDOR)]
    inner = [option(43, encapsulate=VENDOR), option(2, b"b", VENDOR)]
    assert merge([inner, outer]).by_code[43] == b"\2\1b"
    assert set(merge([inner, outer]).others[VENDOR]) == {1, 2}


def test_without_sub_options_43_is_empty_and_without_43_they_are_not_sent() -> None:
    assert merge([[encoded(name="vendor-encapsulated-options")]]).by_code == {43: b""}
    assert merge([[option(1, b"a", VENDOR)]]).by_code == {}


def test_spaces_may_be_nested_but_not_endlessly() -> None:
    level = [option(224, b"x", encapsulate="a"), option(1, b"y", "a", encapsulate="b"), option(2, b"z", "b")]
    assert merge([level]).by_code[224] == b"x" + b"\1\4y" + b"\2\1z"
    merge([[*level, option(3, b"", "b", encapsulate="a")]])


def test_configured_relay_information_stays_without_sub_options() -> None:
    level = [encoded(name="dhcp-agent-options"), encoded(space="dhcp-agent-options-space", code=6, data="x")]
    assert merge([level]).by_code[82] == b""


def test_vendor_options_are_kept_by_enterprise() -> None:
    level = [
        encoded(name="vivso-suboptions", data="4491"),
        encoded(space="vendor-4491", name="tftp-servers", data="1.2.3.4", always_send=True),
        encoded(space="vendor-4491", code=7, csv_format=False, data="00"),
    ]
    merged = merge([level])
    assert 125 not in merged.by_code
    vendors = merged.vendors
    assert vendors is not None
    assert vendors.enterprises == (4491,)
    assert vendors.spaces[4491].by_code == {2: bytes((1, 2, 3, 4)), 7: b"\0"}
    assert vendors.spaces[4491].always == {2}


def test_definitions_know_what_the_operator_defined() -> None:
    definitions, _ = defined({"name": "mine", "code": 224, "type": "uint8"})
    assert definitions.user == (OptionDefinition(224, "mine", "uint8"),)


def test_a_list_of_names_is_not_empty() -> None:
    entry = {"name": "domain-search", "data": ""}
    with pytest.raises(ConfigError, match="FQDN list option has invalid length of 0"):
        load_tree({"Dhcp4": {"option-data": [entry]}})
