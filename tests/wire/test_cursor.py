"""A cursor never reads past its end and notices what was left unread."""

from __future__ import annotations

import pytest

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor


def test_reading_moves_to_the_end() -> None:
    cursor = Cursor(b"\x01\x02\x03\x04\x05")
    assert (cursor.uint(1), cursor.uint(2), cursor.remaining, cursor.rest()) == (1, 0x0203, 2, b"\x04\x05")
    assert not cursor
    cursor.finish()


def test_reading_past_the_end_is_malformed_and_moves_nothing() -> None:
    cursor = Cursor(b"\x01\x02")
    with pytest.raises(MalformedPacket, match="3 bytes expected, 2 left"):
        cursor.take(3)
    assert cursor.remaining == 2


def test_a_restricted_field_must_be_used_up() -> None:
    cursor = Cursor(b"\x01\x02\x03")
    with pytest.raises(MalformedPacket, match="1 bytes left over"), cursor.restricted(2) as field:
        field.uint(1)


def test_a_restricted_field_does_not_reach_into_what_follows() -> None:
    cursor = Cursor(b"\x01\x02\x03")
    with pytest.raises(MalformedPacket), cursor.restricted(2) as field:
        field.take(3)


def test_reading_goes_on_behind_a_restricted_field() -> None:
    cursor = Cursor(b"\x01\x02\x03")
    with cursor.restricted(2) as field:
        assert field.rest() == b"\x01\x02"
    assert cursor.uint(1) == 3


def test_a_field_longer_than_the_rest_is_malformed() -> None:
    with pytest.raises(MalformedPacket), Cursor(b"\x01").restricted(2):
        pass
