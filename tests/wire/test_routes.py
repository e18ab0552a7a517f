"""Option 121 between Kea's notation and the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.routes import Route, pack_routes, routes_text, text_routes, unpack_routes

PAIRS = [  # destinations of RFC 3442, page 3
    ("0.0.0.0/0 - 10.0.0.1", "00 0a000001"),
    ("10.0.0.0/8 - 10.0.0.1", "080a 0a000001"),
    ("10.0.0.0/24 - 10.0.0.1", "180a0000 0a000001"),
    ("10.17.0.0/16 - 10.0.0.1", "100a11 0a000001"),
    ("10.27.129.0/24 - 10.0.0.1", "180a1b81 0a000001"),
    ("10.229.0.128/25 - 10.0.0.1", "190ae50080 0a000001"),
    ("10.198.122.47/32 - 10.0.0.1", "200ac67a2f 0a000001"),
    ("10.0.0.0/8 - 10.2.3.1, 10.229.0.128/25 - 10.1.0.3", "080a 0a020301 190ae50080 0a010003"),
]


@pytest.mark.parametrize(("text", "wire"), PAIRS)
def test_routes_and_their_bytes(text: str, wire: str) -> None:
    routes = text_routes(text)
    assert pack_routes(routes) == bytes.fromhex(wire)
    assert unpack_routes(Cursor(bytes.fromhex(wire))) == routes
    assert routes_text(routes) == text


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.0/8", "10.0.0.0 - 10.0.0.1", "10.0.0.0/33 - 10.0.0.1", "10.0.0.0/8 - x", "x/8 - 10.0.0.1",
     "10.0.0.0/-1 - 10.0.0.1"],
)  # fmt: skip
def test_what_is_no_route(text: str) -> None:
    with pytest.raises(ValueError, match=r"route|IPv4|Octet|octet|Address|address"):
        text_routes(text)


def test_a_prefix_longer_than_32_is_malformed() -> None:
    with pytest.raises(MalformedPacket):
        unpack_routes(Cursor(b"\x21" + b"\0" * 9))


def test_routes_cut_anywhere_but_between_two_are_malformed() -> None:
    wire = bytes.fromhex("080a0a020301190ae500800a010003")
    for size in set(range(1, len(wire))) - {6}:
        with pytest.raises(MalformedPacket):
            unpack_routes(Cursor(wire[:size]))


@given(st.lists(st.builds(Route, st.integers(0, 2**32 - 1), st.integers(24, 32), st.integers(0, 2**32 - 1))))
def test_routes_round_trip(routes: list[Route]) -> None:
    bytewise = [route._replace(destination=route.destination & 0xFFFFFF00) for route in routes]
    assert unpack_routes(Cursor(pack_routes(bytewise))) == bytewise
