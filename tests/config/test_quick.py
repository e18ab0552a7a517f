"""A large text read without places says the same as one read with them, and every place is found when asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.config import load, quick
from kea_twisted.config.places import List, Map, place_of
from kea_twisted.config.text import key_place, parse
from kea_twisted.errors import ConfigError, Problems
from tests.builders import ip

scalar = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(min_codepoint=32, blacklist_characters='"\\', blacklist_categories=["Cs"]), max_size=5),
)
key = st.sampled_from(["a", "b", "c", "Dhcp4", "/*", "#", "//"])
value = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(key, inner, max_size=4), max_leaves=30
)


def no_include(path: str) -> str:
    """Nothing is included."""
    raise AssertionError(path)


def carefully(text: str) -> Any:
    """Return the result of the reader that knows places."""
    return parse(text, "f", no_include)


def places(tree: Any) -> list[str]:
    """All that there are, in order."""
    found = [str(tree.place)]
    for name in range(len(tree)) if isinstance(tree, List) else tree:
        found.append(str(place_of(tree, name)))
        if isinstance(tree, Map):
            found.append(str(key_place(tree, name)))
        if isinstance(tree[name], (Map, List)):
            found += places(tree[name])
    return found


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(key, value, max_size=4), st.sampled_from([None, 1]), st.booleans())
def test_plain_json_is_read_alike(tree: Any, indent: int | None, inner_first: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=False)
    asked: list[bool] = []

    def parse_it() -> Any:
        asked.append(True)
        return carefully(text)

    quickly = quick.read(text, parse_it)
    assert quickly == carefully(text) == tree
    assert quickly is not None
    assert not asked
    if inner_first:  # whatever is asked first
        deepest = next((each for each in quickly.values() if isinstance(each, (Map, List))), quickly)
        assert str(deepest.place)
    assert places(quickly) == places(carefully(text))
    assert len(asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1,}',
        '{"a": 1} // more',
        '{"a": 1, "a": 2}',
        '{"a": [{"b": 1, "b": 1}]}',
        '{"a": "\\u0100"}',
        '{"a": "\\n"}',
        '{"a": 9223372036854775808}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 007}',
        '{"a": "\t"}',
        '<?include "x"?>',
        '{"a": ' + "[" * 100 + "]" * 100 + "}",
        "[" * 100_000,
        "[1]",
        "",
    ],
)
def test_what_may_mean_something_else_is_left_to_the_reader_that_looks_closely(text: str) -> None:
    assert quick.read(text, lambda: None) is None


def test_so_many_levels_are_allowed() -> None:
    text = '{"a": ' + "[" * 99 + "]" * 99 + "}"
    assert quick.read(text, lambda: None) == carefully(text)


def large(subnets: int, **more: Any) -> str:
    """A configuration that is read quickly."""
    pool = "10.{}.{}.10 - 10.{}.{}.99"
    rows = [
        {"id": 1 + n, "subnet": f"10.{n >> 8}.{n & 255}.0/24", "pools": [{"pool": pool.format(*[n >> 8, n & 255] * 2)}]}
        for n in range(subnets)
    ]
    text = json.dumps({"Dhcp4": {**more, "subnet4": rows}}, indent=2)
    assert len(text) > quick.LARGE
    return text


def test_a_large_configuration_is_read_and_its_errors_have_their_places() -> None:
    text = large(700)
    assert load(text, "f", no_include).subnets[-1].prefix == ip("10.2.187.0")
    wrong = text.replace('"10.0.7.10 - 10.0.7.99"', '"10.0.7.10 - 10.0.8.99"')
    with pytest.raises(ConfigError) as raised:
        load(wrong, "f", no_include)
    line = next(number for number, row in enumerate(wrong.split("\n"), 1) if "10.0.8.99" in row and "10.0.7.10" in row)
    assert [str(problem.place) for problem in raised.value.problems] == [f"f:{line}:21"]


def test_an_old_name_keeps_its_place() -> None:
    text = large(700, **{"reservation-mode": "wrong"})
    problems, careful = Problems(), Problems()
    quickly = parse(text, "f", no_include, problems)
    quickly["Dhcp4"].rename("reservation-mode", "new", 1)
    slowly = parse(text + " # looked at closely", "f", no_include, careful)
    assert str(quickly["Dhcp4"].key_place("new")) == str(slowly["Dhcp4"].key_place("reservation-mode"))
