"""The prefilter must not accept a frame that decoding rejects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.engine.accept import FOR_SERVERS
from kea_twisted.errors import MalformedPacket
from kea_twisted.ha.scopes import FILTERED
from kea_twisted.wire.constants import DISCOVER, INFORM, REQUEST
from kea_twisted.wire.frame import build_frame, parse_frame
from kea_twisted.wire.message import Message, decode, encode
from kea_twisted.wire.prefilter import TYPES, is_plain_query
from tests.builders import mac, message

HEADER = bytes(10)
USUAL = {61: b"\1" + mac(1), 12: b"notebook", 55: bytes((1, 3, 6)), 82: b"\1\4port"}


def payload_frame(payload: bytes) -> bytes:
    return build_frame(mac(1), b"\xff" * 6, 0, 0xFFFFFFFF, 68, 67, payload)


def frame(of: Message) -> bytes:
    return payload_frame(encode(of))


def with_options(field: bytes) -> bytes:
    return payload_frame(encode(message(DISCOVER), b"\x35\1\1" + field))


def read(data: bytes, verify: bool) -> int | None:
    """The type of the message in a frame, as the server finds it; None: it finds none."""
    try:
        return decode(parse_frame(data, verify).payload).options.get(53, b"\0")[0]
    except MalformedPacket:
        return None


def test_they_are_the_types_that_servers_are_asked_and_that_belong_to_a_scope() -> None:
    assert TYPES == FOR_SERVERS
    assert {bytes((kind,)) for kind in TYPES} == FILTERED


@pytest.mark.parametrize("kind", range(20))
def test_a_query_is_known_by_its_type(kind: int) -> None:
    assert is_plain_query(HEADER + frame(message(kind, USUAL)), len(HEADER), True) is (kind in TYPES)


@pytest.mark.parametrize(
    "field", [b"\xff", b"", b"\0\0\x3d\7\1\2\3\4\5\6\7\xff", b"\x0c\0\xff", b"\x0c\x50name", b"\x0c"]
)
def test_whatever_decoding_forgives_is_fine(field: bytes) -> None:
    data = with_options(field)
    assert read(data, True) == DISCOVER
    assert is_plain_query(data, 0, True)


@pytest.mark.parametrize("field", [b"\x3d\1\1\xff", b"\x32\3\1\2\3\xff", b"\x37\0\xff", b"\x34\0\xff", b"\x34\1\1\xff"])
def test_options_that_are_too_short_or_tell_of_more_take_a_closer_look(field: bytes) -> None:
    assert not is_plain_query(with_options(field), 0, True)


def changed(data: bytes, position: int, *values: int) -> bytes:
    return data[:position] + bytes(values) + data[position + len(values) :]


GOOD = frame(message(REQUEST, USUAL))


def with_word(position: int, word: int) -> bytes:
    """With another word in the header of IP, whose sum stays right."""
    before, total = (int.from_bytes(GOOD[at : at + 2], "big") for at in (position, 24))
    data = changed(GOOD, position, *word.to_bytes(2, "big"))
    return changed(data, 24, *((total + before - word) % 65535).to_bytes(2, "big"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:280],
        GOOD[:-1],
        changed(GOOD, 12, 0x81, 0),  # a tag
        changed(GOOD, 14, 0x46),  # options of IP
        changed(GOOD, 22, 1),  # the sum of the header is wrong
        with_word(20, 0x2000),  # a fragment
        with_word(22, 128 << 8 | 6),  # not UDP
        changed(GOOD, 38, 0, 100),  # a short datagram
        changed(GOOD, 38, 9, 0),  # longer than the packet
        changed(GOOD, 41, GOOD[41] ^ 1),  # the sum of the datagram
        changed(GOOD, 40, 0, 0, 1, 1, 17),  # hlen
        changed(GOOD, 40, 0, 0, *GOOD[42:278], 0x64),  # cookie
        changed(GOOD, 40, 0, 0, *GOOD[42:282], 0, 53, 1),  # something before the type
    ],
)
def test_what_is_not_as_usual_takes_a_closer_look(data: bytes) -> None:
    assert not is_plain_query(data, 0, True)


def test_sums_of_datagrams_are_looked_at_only_where_asked_for() -> None:
    assert is_plain_query(changed(GOOD, 41, GOOD[41] ^ 1), 0, False)
    assert is_plain_query(changed(GOOD, 40, 0, 0), 0, True)  # there is none


def test_what_follows_the_datagram_does_not_matter() -> None:
    assert is_plain_query(GOOD + b"\x3d\0" * 9, 0, True)


CHANGES = st.lists(st.tuples(st.integers(12, len(GOOD) - 1), st.integers(0, 255)), max_size=4)
FIELDS = st.binary(max_size=60) | st.lists(
    st.tuples(st.sampled_from((0, 12, 50, 52, 53, 55, 61, 82, 118, 255)), st.binary(max_size=5))
).map(lambda found: b"".join(bytes((code, len(data))) + data for code, data in found))


@given(st.sampled_from((DISCOVER, REQUEST, INFORM, 2)), FIELDS, CHANGES, st.binary(max_size=5), st.booleans())
def test_what_passes_the_prefilter_can_be_decoded_and_is_a_query(
    kind: int, field: bytes, changes: list[tuple[int, int]], tail: bytes, verify: bool
) -> None:
    data = bytearray(payload_frame(encode(message(kind), bytes((53, 1, kind)) + field)) + tail)
    for position, value in changes:
        if position < len(data):
            data[position] = value
    if is_plain_query(bytes(data), 0, verify):
        assert read(bytes(data), verify) in TYPES
