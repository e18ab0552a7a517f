"""Addresses as text."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.wire.address import address_number, address_text


@given(st.integers(0, 0xFFFFFFFF))
def test_an_address_is_read_as_it_is_written(address: int) -> None:
    assert address_text(address) == str(IPv4Address(address))
    assert address_number(address_text(address)) == address


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "1..2.3"])
def test_what_is_no_dotted_quad_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="permitted|Expected 4|empty|Empty"):
        address_number(text)
