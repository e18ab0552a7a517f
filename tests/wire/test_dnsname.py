"""Domain names in DNS wire form."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnsname import pack_name, unpack_name

PAIRS = [
    ("example.org.", "076578616d706c65036f726700"),
    ("a.", "016100"),
    (".", "00"),
    ("a\\.b.c.", "03612e62016300"),
    ("a\\\\b.", "03615c6200"),
    ("\\000\\255\\032.", "0300ff2000"),
    ("\\@\\$.", "02402400"),
    ("a" * 63 + ".", "3f" + "61" * 63 + "00"),
]


@pytest.mark.parametrize(("text", "wire"), PAIRS)
def test_names_and_their_bytes(text: str, wire: str) -> None:
    assert pack_name(text).hex() == wire
    cursor = Cursor(bytes.fromhex(wire))
    assert unpack_name(cursor) == text
    cursor.finish()


def pack_names(names: list[str]) -> bytes:
    """Names one after the other, without compression."""
    return b"".join(pack_name(name) for name in names)


def unpack_names(data: bytes) -> list[str]:
    """The names in a payload."""
    cursor = Cursor(data)
    names = []
    while cursor:
        names.append(unpack_name(cursor))
    return names


def test_the_last_dot_changes_nothing() -> None:
    assert pack_name("example.org") == pack_name("example.org.")


@pytest.mark.parametrize("text", ["", "a..b", ".a", "..", "a" * 64, "a\\", "\\999", "a." * 128])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="domain name"):
        pack_name(text)


def test_a_compressed_list_is_read_and_written_without_compression() -> None:
    # the example of RFC 3397 section 2, where the second name points into the first one
    wire = bytes.fromhex("03656e67056170706c6503636f6d00 096d61726b6574696e67c004")
    names = ["eng.apple.com.", "marketing.apple.com."]
    assert unpack_names(wire) == names
    assert pack_names(names) == b"\3eng\5apple\3com\0\x09marketing\5apple\3com\0"


@pytest.mark.parametrize(
    "wire",
    [
        "c000",  # itself
        "0161c000 0162c002",  # to the end of itself
        "0161c003 00",  # forward
        "0161 c0",  # half a pointer
        "4061",  # a label type that never came to be
        "0361",  # cut off in a label
        "0161",  # no root
        "3f" + "61" * 63 + ("3f" + "61" * 63) * 3 + "00",  # too long
    ],
)
def test_malformed_names(wire: str) -> None:
    with pytest.raises(MalformedPacket):
        unpack_names(bytes.fromhex(wire))


def test_names_cut_anywhere_are_malformed() -> None:
    wire = pack_name("www.example.org")
    for size in range(len(wire)):
        with pytest.raises(MalformedPacket):
            unpack_name(Cursor(wire[:size]))


@given(st.lists(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=8), max_size=4))
def test_any_bytes_in_labels_round_trip(names: list[list[bytes]]) -> None:
    wire = b"".join(b"".join(bytes((len(label),)) + label for label in labels) + b"\0" for labels in names)
    assert pack_names(unpack_names(wire)) == wire


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_malformed_packet(data: bytes) -> None:
    with suppress(MalformedPacket):
        unpack_names(data)
