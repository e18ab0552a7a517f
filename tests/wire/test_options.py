"""The option field: TLVs, joining and splitting, what ends the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.wire.options import pack_options, pack_suboptions, unpack_options, unpack_suboptions

PAIRS = [
    ({}, "ff"),
    ({53: b"\1"}, "350101 ff"),
    ({12: b"ab", 53: b"\5"}, "350105 0c026162 ff"),
    ({82: b"\1\0", 53: b"\2", 3: b"\n\0\0\1"}, "350102 03040a000001 52020100 ff"),
    ({12: b"x" * 255}, "0cff" + "78" * 255 + "ff"),
    ({12: b"x" * 256}, "0cff" + "78" * 255 + "0c0178 ff"),
    ({82: b"y" * 300}, "52ff" + "79" * 255 + "522d" + "79" * 45 + "ff"),
    ({43: b""}, "2b00 ff"),
    ({82: b""}, "5200 ff"),
]

options_dicts = st.dictionaries(st.integers(1, 254), st.binary(max_size=600), max_size=12)


@pytest.mark.parametrize(("options", "wire"), PAIRS)
def test_options_and_their_bytes(options: dict[int, bytes], wire: str) -> None:
    assert pack_options(options) == bytes.fromhex(wire)
    assert unpack_options(bytes.fromhex(wire)) == options


@pytest.mark.parametrize(
    ("wire", "options"),
    [
        ("0c0161 0c0162 ff", {12: b"ab"}),  # RFC 3396
        ("0c0161 030401020304 0c0162 ff", {12: b"ab", 3: b"\1\2\3\4"}),
        ("0000 0c0161 00 ff 0c0162", {12: b"a"}),
        ("0c0161", {12: b"a"}),  # no end option
        ("0c0161 0000", {12: b"a"}),
        ("0c0161 0c", {12: b"a"}),  # cut off behind the code
        ("0c0161 0c0262", {12: b"a"}),  # cut off in the payload
        ("", {}),
    ],
)
def test_what_else_is_read(wire: str, options: dict[int, bytes]) -> None:
    assert unpack_options(bytes.fromhex(wire)) == options


def test_reading_adds_to_given_options() -> None:
    options = {12: b"a"}
    assert unpack_options(b"\x0c\x01b\xff", 0, options) == {12: b"ab"}


@given(options_dicts)
def test_options_round_trip(options: dict[int, bytes]) -> None:
    assert unpack_options(pack_options(options)) == options


@given(options_dicts)
def test_message_type_comes_first_and_relay_information_last(options: dict[int, bytes]) -> None:
    order = [code for code in options if code not in (53, 82)]
    expected = [53] * (53 in options) + order + [82] * (82 in options)
    assert list(unpack_options(pack_options(options))) == expected


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    unpack_options(data)
    unpack_suboptions(data)


@pytest.mark.parametrize(
    ("suboptions", "wire"),
    [
        ({}, ""),
        ({1: b"ab", 2: b""}, "01026162 0200"),
        ({0: b"a", 255: b"b"}, "000161 ff0162"),
        ({1: b"z" * 300}, "01ff" + "7a" * 255 + "012d" + "7a" * 45),
    ],
)
def test_suboptions_and_their_bytes(suboptions: dict[int, bytes], wire: str) -> None:
    assert pack_suboptions(suboptions) == bytes.fromhex(wire)
    assert unpack_suboptions(bytes.fromhex(wire)) == suboptions


def test_a_truncated_suboption_ends_the_list() -> None:
    assert unpack_suboptions(b"\1\1a\2\5b") == {1: b"a"}


def test_a_pad_option_follows_the_boot_file_name_and_nothing_else() -> None:
    """PXE loaders read the name up to the next zero."""
    assert pack_options({53: b"\2", 66: b"a", 67: b"boot", 150: b"b"}) == b"\x35\1\2\x42\1aC\4boot\0\x96\1b\xff"
    assert unpack_options(pack_options({67: b"boot", 97: b"x"})) == {67: b"boot", 97: b"x"}
