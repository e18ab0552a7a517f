"""Option 162 between Kea's notation and the wire; pairs with real Kea are in test_optiontypes.py."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnr import dnr_text, text_dnr


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("1, a.", "0006 0001 03 016100"),
        ("1, a., 10.0.0.1", "000b 0001 03 016100 04 0a000001"),
        ("1, a., 10.0.0.1, port=853", "0011 0001 03 016100 04 0a000001 0003 0002 0355"),
        ("1, a., 10.0.0.1, alpn=h2 dohpath=/q{?dns}",
         "001e 0001 03 016100 04 0a000001 0001 0003 026832 0007 0008 2f717b3f646e737d"),
    ],
)  # fmt: skip
def test_resolvers_and_their_bytes(text: str, wire: str) -> None:
    assert text_dnr(text) == bytes.fromhex(wire)
    assert dnr_text(Cursor(bytes.fromhex(wire))) == text


@pytest.mark.parametrize(
    "text",
    ["", "1", "x, a.", "65536, a.", "1, a..b", "1, a., ", "1, a., 10.0.0", "1, a., 10.0.0.1, port=x",
     "1, a., 10.0.0.1, port", "1, a., 10.0.0.1, ipv4hint=10.0.0.1", "1, a., 10.0.0.1, port=1 port=2",
     "1, a., 10.0.0.1, alpn=h2", "1, a., 10.0.0.1, dohpath=/q", "1, a., 10.0.0.1, port=1, more"],
)  # fmt: skip
def test_what_is_no_resolver(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        text_dnr(text)


def test_parameters_go_out_in_the_order_of_their_numbers() -> None:
    assert text_dnr("1, a., 10.0.0.1, port=853 alpn=dot") == text_dnr("1, a., 10.0.0.1, alpn=dot port=853")


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_malformed_packet(data: bytes) -> None:
    with suppress(MalformedPacket):
        dnr_text(Cursor(data))
