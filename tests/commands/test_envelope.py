"""Requests and answers as text."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.commands.envelope import MAX_NESTING, Rendered, answer, parse, render

HOSTILE = {
    "nothing": b"",
    "two values": b"{} {}",
    "brackets without end": b"[" * 1_000_000,
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep maps": b'{"a":' * 200 + b"1" + b"}" * 200,
    "quotes that could be escaped ones": b'"' + b'\\"' * 500_000 + b"[" * 200,
    "a number of a million digits": b"9" * 1_000_000,
    "a number too large for a float": b"[1e999]",
    "no number": b"[NaN, Infinity]",
    "not UTF-8": b"\xff\xfe{}",
    "UTF-16": '{"command": "x"}'.encode("utf-16"),
    "half a surrogate pair": b'{"command": "\\ud800"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused_in_no_time(body: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(ValueError):
        parse(body)
    assert time.perf_counter() - began < 1


def test_nesting_is_bounded_where_kea_bounds_it() -> None:
    assert parse(b"[" * MAX_NESTING + b"]" * MAX_NESTING)
    with pytest.raises(ValueError, match="nested too deeply"):
        parse(b"[" * (MAX_NESTING + 1) + b"]" * (MAX_NESTING + 1))


def test_brackets_in_strings_do_not_nest() -> None:
    assert parse(b'["' + b"[" * 500 + b'"]') == ["[" * 500]


@given(st.binary(max_size=200))
def test_random_bytes_are_a_value_or_refused(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse(body)


SCALARS = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(SCALARS, st.lists, max_leaves=20))
def test_arguments_survive_rendering(value: object) -> None:
    made = answer(0, "text", [value])
    assert json.loads(render(made)) == made


def test_rendered_arguments_are_taken_as_they_are() -> None:
    made = answer(3, 'say "x"', Rendered('{"leases": []}'))
    assert json.loads(render(made)) == {"arguments": {"leases": []}, "result": 3, "text": 'say "x"'}
    assert json.loads(render(answer(3, None, Rendered("[]")))) == {"arguments": [], "result": 3}
