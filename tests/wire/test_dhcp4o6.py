"""DHCPv6 messages around DHCPv4 messages."""

from __future__ import annotations

import pytest

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.dhcp4o6 import Envelope, read, response

CLIENT, ANY = bytes.fromhex("20010db8000100000000000000000017"), bytes(16)


def option(code: int, payload: bytes) -> bytes:
    return code.to_bytes(2, "big") + len(payload).to_bytes(2, "big") + payload


def vendor(*options: tuple[int, bytes], number: int = 2495) -> bytes:
    return option(17, number.to_bytes(4, "big") + b"".join(option(*each) for each in options))


ORIGIN = (60000, b"em1"), (60001, CLIENT), (60002, b"\x02\x22")
QUERY = b"\x14\x80\x00\x00" + vendor((1, b"x"), number=9) + vendor(*ORIGIN) + option(87, b"one")


def relayed(message: bytes, *options: bytes) -> bytes:
    return b"\x0c\x03" + CLIENT + ANY + b"".join(options) + option(9, message)


def test_a_query_is_read_with_the_place_it_came_from() -> None:
    assert read(QUERY) == (Envelope(20, b"\x80\0\0", (), "em1", CLIENT, 546), [b"one"])
    assert read(QUERY + option(87, b"two"))[1] == [b"one", b"two"]


def test_the_interface_id_is_that_of_the_relay_next_to_the_client() -> None:
    envelope, _ = read(relayed(relayed(QUERY, option(18, b"inner")), option(18, b"outer")))
    assert (len(envelope.relays), envelope.interface_id) == (2, b"inner")
    assert read(relayed(relayed(QUERY), option(18, b"outer")))[0].interface_id is None
    assert read(QUERY)[0].interface_id is None


def test_a_response_goes_back_the_same_way() -> None:
    envelope, _ = read(relayed(QUERY, option(18, b"port"), option(135, b"\x03\xe8"), option(79, b"other")))
    inner = b"\x15\x80\x00\x00" + vendor(*ORIGIN) + option(87, b"answer\xff")
    made = response(envelope, b"answer\xff\0\0\0")
    assert made == b"\x0d\x03" + CLIENT + ANY + option(18, b"port") + option(135, b"\x03\xe8") + option(9, inner)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x14\x00",
        QUERY[:-1],
        b"\x14\0\0\0" + option(87, b"one"),
        b"\x14\0\0\0" + vendor(*ORIGIN, number=9),
        *(b"\x14\0\0\0" + vendor(*ORIGIN[:at], *ORIGIN[at + 1 :]) for at in range(3)),
        b"\x14\0\0\0" + vendor(ORIGIN[0], (60001, b"short"), ORIGIN[2]),
        b"\x14\0\0\0" + vendor(*ORIGIN[:2], (60002, b"\x02")),
        b"\x0c\x00" + CLIENT,
        b"\x0c\x00" + CLIENT + ANY + option(18, b"port"),
        relayed(b""),
    ],
)
def test_a_message_that_lacks_a_part_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        read(data)
