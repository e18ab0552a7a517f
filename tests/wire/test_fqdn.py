"""Option 81, read and written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.fqdn import FLAG_E, FLAG_N, FLAG_S, ClientFqdn, pack_fqdn, unpack_fqdn


@pytest.mark.parametrize(
    ("fqdn", "wire"),
    [
        (ClientFqdn(FLAG_S | FLAG_E, "host.example.org", True), "05ffff04686f7374076578616d706c65036f726700"),
        (ClientFqdn(FLAG_E, "host", False), "04ffff04686f7374"),
        (ClientFqdn(FLAG_E, "", False), "04ffff"),
        (ClientFqdn(FLAG_N, "host", False), "08ffff686f7374"),
        (ClientFqdn(0, "host.example.org", True), "00ffff686f73742e6578616d706c652e6f72672e"),
    ],
)
def test_names_and_their_bytes(fqdn: ClientFqdn, wire: str) -> None:
    assert pack_fqdn(fqdn).hex() == wire
    assert unpack_fqdn(bytes.fromhex(wire)) == fqdn


def test_a_name_is_lower_case() -> None:
    assert unpack_fqdn(b"\x04\0\0\4HOST").name == "host"
    assert unpack_fqdn(b"\x00\0\0HOST").name == "host"


@pytest.mark.parametrize("wire", ["", "0400", "09000061", "040000 0561", "040000 0161 0061", "040000 c000"])
def test_malformed(wire: str) -> None:
    with pytest.raises(MalformedPacket):
        unpack_fqdn(bytes.fromhex(wire))


@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_but_malformed_packet(data: bytes) -> None:
    with suppress(MalformedPacket):
        unpack_fqdn(data)
