"""Every type between text and bytes. The bytes marked "Kea" are what Kea 3.0.4 sent for that text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.expr.late import understand
from kea_twisted.expr.optiontext import option_text
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.formats import Formats
from kea_twisted.wire.optiondefs import STANDARD, STANDARD_DEFINITIONS, Definitions, OptionDefinition
from kea_twisted.wire.optiontypes import TYPES, pack_raw, pack_text, split_values, surplus_values, unpack_text


def definition(kind: str) -> OptionDefinition:
    """``"uint8[]"`` an array, ``"uint8 string"`` a record."""
    words = kind.removesuffix("[]").split()
    record = tuple(words) if len(words) > 1 else ()
    return OptionDefinition(230, "probe", "record" if record else words[0], kind.endswith("[]"), record)


BOTH_WAYS = [  # type, text, bytes
    ("binary", "0A0B0C", "0a0b0c"),
    ("boolean", "true", "01"),
    ("boolean", "false", "00"),
    ("empty", "", ""),
    ("fqdn", "Www.Example.org.", "03577777074578616d706c65036f726700"),  # Kea
    ("fqdn[]", "a.example.org., b.example.org.", "0161076578616d706c65036f7267000162076578616d706c65036f726700"),  # Kea
    ("int8", "-1", "ff"),  # Kea
    ("int16", "-32768", "8000"),
    ("int32", "-3600", "fffff1f0"),  # Kea
    ("ipv4-address", "10.0.0.1", "0a000001"),  # Kea
    ("ipv4-address[]", "10.0.0.1, 10.0.0.2", "0a0000010a000002"),
    ("ipv4-address[]", "", ""),  # Kea
    ("ipv6-address", "2001:db8::1", "20010db8000000000000000000000001"),  # Kea
    ("ipv6-prefix", "2001:db8:8000::/33", "2120010db880"),
    ("ipv6-prefix", "::/0", "00"),
    ("ipv6-prefix", "2001:db8::1/128", "8020010db8000000000000000000000001"),
    ("psid", "3/4", "043000"),  # Kea
    ("psid", "0/0", "000000"),  # Kea
    ("psid", "65535/16", "10ffff"),
    ("string", "a\\, b", "612c2062"),  # Kea
    ("string", "back\\\\slash", "6261636b5c736c617368"),
    ("string", "'quoted text'", "2771756f746564207465787427"),  # Kea
    ("string", "grün", "6772c3bc6e"),
    ("tuple", "hello world", "0b68656c6c6f20776f726c64"),  # Kea
    ("tuple[]", "a, bc", "0161026263"),
    ("uint8", "255", "ff"),
    ("uint16", "10", "000a"),
    ("uint16[]", "1, 2, 3", "000100020003"),
    ("uint32", "4294967295", "ffffffff"),
    ("boolean ipv4-address[]", "true, 10.0.0.1, 10.0.0.2", "010a0000010a000002"),
    ("boolean string", "true, foo", "01666f6f"),  # Kea
    ("uint8 binary", "1, 0A0B", "010a0b"),  # Kea
    ("uint8 psid", "5, 3/4", "05043000"),  # Kea
]

EXAMPLES = {  # a value of each type, and how Kea 3.0.4 writes it in ``option[…].text``
    "binary": ("0a0b", "0A0B"),
    "boolean": ("01", "true"),
    "fqdn": ("01610162 00", '"a.b."'),
    "int8": ("ff", "-1"),
    "int16": ("fffe", "-2"),
    "int32": ("fffffffd", "-3"),
    "ipv4-address": ("0a000001", "10.0.0.1"),
    "ipv6-address": ("20010db8000000000000000000000001", "2001:db8::1"),
    "ipv6-prefix": ("2120010db880", ""),
    "psid": ("043000", "len=4,psid=3"),
    "string": ("6162", '"ab"'),
    "tuple": ("026162", '"ab"'),
    "uint8": ("07", "7"),
    "uint16": ("0102", "258"),
    "uint32": ("00000001", "1"),
}

ONE_WAY = [  # further texts for the same bytes
    ("binary", "0A0B 0c", "0a0b0c"),  # Kea
    ("binary", "0a:0b", "0a0b"),
    ("binary", "0x0a0b", "0a0b"),
    ("boolean", "TRUE", "01"),  # Kea
    ("boolean", "01", "01"),  # Kea
    ("fqdn", "example.org", "076578616d706c65036f726700"),
    ("ipv6-prefix", "2001:db8:ffff::/33", "2120010db880"),  # Kea
    ("string", "a, b", "61"),  # Kea takes the first value
    ("string", "  sp  ", "7370"),  # Kea
    ("string", "back\\\\slash \\x", "6261636b5c736c617368205c78"),  # Kea
    ("uint8", "0x1f", "1f"),  # Kea
    ("uint8", "1f", "1f"),  # Kea
    ("uint8", "+5", "05"),  # Kea
    ("uint16", "010", "000a"),  # Kea
    ("uint16", "1, 2, 3", "0001"),  # Kea
    ("ipv4-address[]", "10.0.0.1,,10.0.0.2,", "0a0000010a000002"),
]

REFUSED = [
    ("binary", "0g"),
    ("boolean", "yes"),
    ("boolean", "2"),
    ("empty", "x"),
    ("fqdn", "a..b"),
    ("fqdn", "a" * 64 + ".org"),
    ("fqdn", ".".join(["a" * 60] * 5)),
    ("int8", "128"),
    ("int8", "-129"),
    ("ipv4-address", "10.0.0"),
    ("ipv4-address", "2001:db8::1"),
    ("ipv4-address[]", "10.0.0.1, "),
    ("ipv6-address", "10.0.0.1"),
    ("ipv6-prefix", "2001:db8::"),
    ("ipv6-prefix", "2001:db8::/129"),
    ("psid", "16/4"),
    ("psid", "3/17"),
    ("psid", "3"),
    ("string", ""),
    ("tuple", "x" * 256),
    ("uint8", "256"),
    ("uint8", "-1"),
    ("uint8", ""),
    ("uint8", "one"),
    ("uint32", "4294967296"),
    ("uint8 string", "1"),
]

MALFORMED = [
    ("boolean", "02"),
    ("boolean", ""),
    ("fqdn", "0361"),
    ("fqdn", "0161"),
    ("ipv4-address", "0a0000"),
    ("ipv4-address", "0a00000102"),
    ("ipv4-address[]", "0a00000102"),
    ("ipv6-address", "20"),
    ("ipv6-prefix", "81" + "00" * 17),
    ("ipv6-prefix", "2120"),
    ("psid", "043f00"),
    ("psid", "110000"),
    ("tuple", "0261"),
    ("uint16[]", "000100"),
    ("uint8 uint8", "01"),
]


@pytest.mark.parametrize(("kind", "text", "wire"), BOTH_WAYS)
def test_text_and_bytes_say_the_same(kind: str, text: str, wire: str) -> None:
    assert pack_text(definition(kind), text).hex() == wire
    assert unpack_text(definition(kind), bytes.fromhex(wire)) == text


@pytest.mark.parametrize(("kind", "text", "wire"), ONE_WAY)
def test_other_ways_to_write_it(kind: str, text: str, wire: str) -> None:
    assert pack_text(definition(kind), text).hex() == wire


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_text_that_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pack_text(definition(kind), text)


@pytest.mark.parametrize(("kind", "wire"), MALFORMED)
def test_bytes_that_do_not_fit(kind: str, wire: str) -> None:
    with pytest.raises(MalformedPacket):
        unpack_text(definition(kind), bytes.fromhex(wire))


@pytest.mark.parametrize(
    ("name", "text", "wire"),
    [  # all of them Kea
        ("domain-name", "example.org", b"example.org".hex()),
        ("classless-static-route", "10.0.0.0/8 - 10.0.0.1, 0.0.0.0/0 - 10.0.0.2", "080a0a000001000a000002"),
        ("v4-sztp-redirect", "https://a/b, https://c", "000b68747470733a2f2f612f62000968747470733a2f2f63"),
        ("option-6rd", "1, 2, 2001:db8::, 10.0.0.1, 10.0.0.2",
         "010220010db80000000000000000000000000a0000010a000002"),
        ("rdnss-selection", "1, 10.0.0.1, 10.0.0.2, a.b., c.d.", "010a0000010a00000201610162000163016400"),
        ("vivco-suboptions", "4491, 03616263", "0000118b03616263"),
        ("v4-dnr",
         "10, dot1.example.org., 10.0.2.3 10.3.4.5, alpn=dot\\,doq port=8530 | 20, dot2.example.org.",
         "0030000a1204646f7431076578616d706c65036f726700080a0002030a0304050001000803646f7403646f71000300022152"
         "001500141204646f7432076578616d706c65036f726700"),
    ],
)  # fmt: skip
def test_standard_options(name: str, text: str, wire: str) -> None:
    row = STANDARD_DEFINITIONS.by_name("dhcp4", name)
    assert row is not None
    assert pack_text(row, text).hex() == wire
    assert unpack_text(row, bytes.fromhex(wire)) == text


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("0a:0b", "0a0b"), ("a:b", "0a0b"), ("0a 0b", "0a0b"), ("0x0a0b", "0a0b"), ("0a0b", "0a0b"),
        ("a0b", "0a0b"), ("0xa0b", "0a0b"), ("0A0B", "0a0b"), ("", ""),
        ("'text'", "74657874"), (" ' te xt ' ", "7465207874"),
    ],
)  # fmt: skip
def test_raw_data(text: str, wire: str) -> None:
    assert pack_raw(text).hex() == wire


@pytest.mark.parametrize("text", ["0g", "0a::0b", "0a:0bc", "'", "text", "0a  0b", ":", "0x0x"])
def test_raw_data_that_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        pack_raw(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []), ("a", ["a"]), ("a, b", ["a", "b"]), (" a ,\tb\n", ["a", "b"]), ("a,,b,", ["a", "b"]),
        ("a\\,b", ["a,b"]), ("a\\\\,b", ["a\\", "b"]), ("a\\b", ["a\\b"]), ("\\,", [","]), ("a\\", ["a\\"]),
        ("a, ", ["a", ""]),
    ],
)  # fmt: skip
def test_splitting_at_commas(text: str, values: list[str]) -> None:
    assert split_values(text) == values


def test_surplus_values_are_counted() -> None:
    assert surplus_values(definition("string"), "a, b, c") == 2
    assert surplus_values(definition("uint8 string"), "1, a") == 0
    assert surplus_values(definition("uint8[]"), "1, 2") == 0


@given(st.sampled_from([row for rows in STANDARD.values() for row in rows]), st.binary(max_size=80))
def test_bytes_that_can_be_read_come_back_from_their_text(row: OptionDefinition, data: bytes) -> None:
    try:
        text = unpack_text(row, data)
    except MalformedPacket:
        return
    try:
        again = pack_text(row, text)
    except ValueError:
        return  # empty texts: what cannot be configured as text
    assert split_values(unpack_text(row, again)) == split_values(text)  # blanks around a value do not count


@given(st.sampled_from([row for rows in STANDARD.values() for row in rows]), st.text(max_size=40))
def test_no_text_raises_anything_but_value_error(row: OptionDefinition, text: str) -> None:
    for action in (lambda: pack_text(row, text), lambda: pack_raw(text)):
        with suppress(ValueError):
            action()


@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_every_property(name: str) -> None:
    kind = TYPES[name]
    assert all(value is not None for field, value in kind._asdict().items() if field != "size")
    wire, note = EXAMPLES[name]
    data = bytes.fromhex(wire)
    behind = b"" if kind.open_ended else b"more"
    for read in (kind.unpack, kind.skip, kind.note):
        cursor = Cursor(data + behind)
        read(cursor)
        assert cursor.rest() == behind
    assert kind.note(Cursor(data)) == note
    assert kind.pack(kind.unpack(Cursor(data))) == data
    assert kind.size in (len(data), None)
    assert kind.rfc.startswith("RFC ")


@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if not kind.open_ended])
def test_a_value_that_is_cut_off_is_malformed_for_every_reader(name: str) -> None:
    data = bytes.fromhex(EXAMPLES[name][0])[:-1]
    for read in (TYPES[name].unpack, TYPES[name].skip, TYPES[name].note):
        with pytest.raises(MalformedPacket):
            read(Cursor(data))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("array", [False, True])
def test_every_type_can_be_the_last_field_of_a_record(name: str, array: bool) -> None:
    """In each of the places that need to know a type."""
    kind = TYPES[name]
    array = array and not kind.open_ended
    row = OptionDefinition(180, "probe", "record", array, ("uint8", name))
    data = b"\5" + bytes.fromhex(EXAMPLES[name][0]) * (2 if array else 1)
    assert pack_text(row, unpack_text(row, data)) == data
    options = {180: data}
    assert Formats((row,)).sift(options) == () and options == {180: data}
    assert understand({225: data}, [{225: row._replace(code=225)}], Definitions())[1]
    text = option_text(row, Definitions((row,)), 180, data).decode()
    assert text.startswith(f"type=180, len={len(data):03}: 5 (uint8) ") and text.endswith(f" ({name})")
    if not kind.open_ended and not (array and kind.size == 1):
        cut = {180: data[:-1]}
        assert Formats((row,)).sift(cut) == (180,) and not cut
