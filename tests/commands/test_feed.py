"""The end of a request in a stream of bytes."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.commands import feed
from kea_twisted.commands.feed import Feed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def whole(data: bytes) -> bytes | None:
    """In one piece."""
    return Feed().add(data)


def by_bytes(data: bytes) -> bytes | None:
    """One byte at a time; the request, once it is complete."""
    made = Feed()
    return next((done for byte in data if (done := made.add(bytes((byte,))))), None)


@given(st.dictionaries(st.text(), VALUES), st.binary())
def test_a_request_ends_with_its_last_bracket_and_the_rest_is_ignored(value: object, rest: bytes) -> None:
    text = json.dumps(value).encode()
    assert whole(text + rest) == by_bytes(text) == text


@given(st.dictionaries(st.text(), VALUES))
def test_no_part_of_a_request_is_a_request(value: object) -> None:
    text = json.dumps(value).encode()
    assert by_bytes(text[:-1]) is None


@pytest.mark.parametrize("take", [whole, by_bytes])
@pytest.mark.parametrize(
    ("data", "request_"),
    [
        (b' \n{"a": 1}', {"a": 1}),
        (b'# {\n{"a": 1}', {"a": 1}),
        (b'// {\n{"a": 1}', {"a": 1}),
        (b'/* { **/ {"a": 1}', {"a": 1}),
        (b'/*/ { */{"a": 1}', {"a": 1}),
        (b'/* *//* * */{"a": 1}', {"a": 1}),
        (b'{"a": # }\n 1}', {"a": 1}),
        (b'{"a": // }\n 1}', {"a": 1}),
        (b'{"a": /* } */ 1, /**/ "b": 2}', {"a": 1, "b": 2}),
        (b'{"a": "# // /* } \\" \\\\"}', {"a": '# // /* } " \\'}),
        (b'[{"a": 1}]', [{"a": 1}]),
    ],
)
def test_comments_are_no_part_of_it(take: object, data: bytes, request_: object) -> None:
    found = take(data)  # type: ignore[operator]
    assert json.loads(found) == request_


@pytest.mark.parametrize("data", [b"}", b"abc", b'"x"', b"1", b"null", b"\x00", b"/x", b" ]"])
def test_what_begins_with_no_bracket_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(ValueError, match="invalid first character"):
        whole(data)


@pytest.mark.parametrize("data", [b"", b"  ", b"{", b'{"a', b'{"a\\', b"/* ", b"/", b"# x", b"{ /", b"{/*"])
def test_the_unfinished_is_waited_for(data: bytes) -> None:
    assert whole(data) is None


def test_a_request_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_REQUEST", 10)
    with pytest.raises(ValueError, match="at most 10 bytes"):
        whole(b"{" + b" " * 10)


def test_a_long_text_in_small_pieces_takes_linear_time() -> None:
    made = Feed()
    made.add(b'{"a": "')
    before = time.process_time()
    for _ in range(2000):
        made.add(b"x" * 4096)
    assert time.process_time() - before < 2
