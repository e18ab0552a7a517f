"""Hexadecimal digits, in all the ways they may be written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.wire.address import hex_bytes, hex_text


def by_parts(text: str) -> bytes | None:
    """Return its parts as numbers; None if it is invalid."""
    if ":" in text:
        parts = text.split(":")
        if not all(0 < len(part) <= 2 for part in parts):
            return None
        text = "".join(part.zfill(2) for part in parts)
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


@given(st.binary(max_size=20))
def test_what_is_written_is_read(data: bytes) -> None:
    assert hex_bytes(hex_text(data)) == data


@given(
    st.lists(st.sampled_from(["0a", "FF", "1", "  ", "g0", "", "123"]), max_size=7).map(":".join)
    | st.text("0a:g ", max_size=9)
)
def test_every_way_to_write_it_means_the_same(text: str) -> None:
    expected = by_parts(text)
    if expected is None:
        with pytest.raises(ValueError, match="invalid hexadecimal string"):
            hex_bytes(text)
    else:
        assert hex_bytes(text) == expected
