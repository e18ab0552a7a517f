"""The dialect: what a text means, where things are, what is said about mistakes."""

from __future__ import annotations

import copy
import json
import re
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.config import text as dialect
from kea_twisted.config.text import Map, format_problem, key_place, parse, place_of
from kea_twisted.errors import ConfigError, Place, Problem, Problems


def read(text: str, **files: str) -> tuple[Any, list[str], list[str]]:
    """Value, errors and warnings of a text named "f"; includes are keyword arguments."""

    def read_include(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path]

    problems = Problems()
    value = parse(text, "f", read_include, problems)
    return (
        value,
        [str(problem) for problem in problems.errors],
        [str(problem) for problem in problems.warnings],
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1, -2, 1.5, .5, 5., 5e-1, true, false, null]", [1, -2, 1.5, 0.5, 5.0, 0.5, True, False, None]),
        ("# one\n// two\n/* three\n * four */ {} // five", {}),
        ('{"a" /* before */ : /* behind */ 1 # end\n}', {"a": 1}),
        (r'"\"\\\/\b\f\n\r\t\u0041\u00e9"', '"\\/\b\f\n\r\tA\u00e9'),
        ('"# no comment /* none */ // none"', "# no comment /* none */ // none"),
        ('{"a": {"b": [{"c": []}]}}', {"a": {"b": [{"c": []}]}}),
        ("9223372036854775807", 9223372036854775807),
        ('"gr\u00fcn"', "gr\u00fcn"),
    ],
)
def test_a_text_without_findings(text: str, value: Any) -> None:
    assert read(text) == (value, [], [])


@pytest.mark.parametrize(
    ("text", "value", "warnings"),
    [
        ('{"a": 1,}', {"a": 1}, ["f:1:8: comma before '}': was an entry left out?"]),
        ("[1,\n 2,\n]", [1, 2], ["f:2:3: comma before ']': was an entry left out?"]),
        ("[007]", [7], ["f:1:2: 007 is read as a decimal number"]),
        ("[-01.5]", [-1.5], ["f:1:2: -01.5 is read as a decimal number"]),
    ],
)
def test_what_is_tolerated_with_a_warning(text: str, value: Any, warnings: list[str]) -> None:
    assert read(text) == (value, [], warnings)


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", ["f:1:1: the configuration is empty"]),
        ("# only this", ["f:1:12: the configuration is empty"]),
        ('{"a": 1 "b": 2}', ["f:1:9: expected ',' or '}', found \"b\""]),
        ('{"a": 1, "a": 2}', ["f:1:10: duplicate key 'a', first given at f:1:2"]),
        ('{"a": }', ["f:1:7: expected a value, found '}'"]),
        ('{"a": [1}', ["f:1:9: expected ']' for the bracket of f:1:7, found '}'"]),
        ('{"a": ]}', ["f:1:7: expected a value, found ']'"]),
        ('{"a" 1, "b": 2}', ["f:1:2: \"a\" is not a member of a map (a key, ':' and a value)"]),
        ('{a: 1, "b": 2}', ["f:1:2: expected a key in double quotes, found 'a'"]),
        ("{'a': 1}", ["f:1:2: 'a' is not a string, which needs double quotes: \"a\""]),
        ('["a": 1]', ["f:1:2: \"a\" has a ':' after it, but this is a list"]),
        ('{"a": 1', ["f:1:1: '{' is never closed: the text ends before its '}'"]),
        ("{,}", ["f:1:2: comma without an entry before it"]),
        ("[1,, 2]", ["f:1:4: comma without an entry before it"]),
        ("{} {}", ["f:1:4: unexpected '{' after the end of the configuration"]),
        ("[TRUE]", ["f:1:2: 'TRUE' is not a value, write true"]),
        ("[yes]", ["f:1:2: 'yes' is not a value, a string needs double quotes: \"yes\""]),
        ("['em1']", ["f:1:2: 'em1' is not a string, which needs double quotes: \"em1\""]),
        ("[+5]", ["f:1:2: '+5' is not a value"]),
        ("[9223372036854775808]", ["f:1:2: 9223372036854775808 does not fit into 64 bits"]),
        ('["a\tb"]', ["f:1:2: string with a control character in it"]),
        ('["a\n]', ["f:1:2: string that does not end on its line"]),
        (r'["a\qb"]', [r"f:1:4: \q is not an escape"]),
        (r'["\u0100"]', [r"f:1:3: \u0100 is above \u00ff"]),
        (
            "[1 /* no end",
            ["f:1:4: comment that does not end", "f:1:1: '[' is never closed: the text ends before its ']'"],
        ),
        ('[<?inc "x"?>]', ['f:1:2: malformed include, expected <?include "file"?>']),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, errors: list[str]) -> None:
    assert read(text)[1] == errors


def test_reading_goes_on_after_a_mistake() -> None:
    value, errors, _ = read('{"a": nul, "b" 2, "c": [1, 2, "d": [}, "e": 5, "e": 6}')
    assert len(errors) >= 4
    assert value["c"][:2] == [1, 2]


def test_a_text_that_is_none_ends_after_some_errors() -> None:
    _, errors, _ = read("x, " * 1000)
    assert len(errors) == 1
    _, errors, _ = read("[" + "x, " * 1000)
    assert len(errors) == 26
    assert errors[-1].endswith("too many errors, the rest of the text was not read")


def test_bottomless_nesting_is_an_error() -> None:
    assert "more than 100 levels of nesting" in read("[" * 100000)[1][0]


def test_values_and_keys_know_their_places() -> None:
    value, _, _ = read('{\n  "a": 1,\n  "b" : [ "x",\n "y" ],\n  "c": # why\n    {"d": null}\n}')
    assert place_of(value, "a") == Place("f", 2, 8)
    assert key_place(value, "a") == Place("f", 2, 3)
    assert value.place == Place("f", 1, 1)
    assert place_of(value, "b") == Place("f", 3, 9)
    assert place_of(value["b"], 1) == Place("f", 4, 2)
    assert place_of(value, "c") == Place("f", 6, 5)
    assert place_of(value["c"], "d") == Place("f", 6, 11)


def test_the_place_of_what_is_missing_is_that_of_its_map() -> None:
    value, _, _ = read(' {"a": {}}')
    assert place_of(value, "b") == Place("f", 1, 2)
    assert key_place(value["a"], "b") == Place("f", 1, 8)


def test_plain_containers_have_no_places() -> None:
    assert place_of({"a": 1}, "a") is None
    assert place_of([1], 0) is None
    assert key_place({"a": 1}, "a") is None
    assert Map().place is None


def test_an_include_may_stand_for_a_value_and_for_members() -> None:
    value, errors, _ = read('{"a": <?include "v"?>, <?include "m"?>, "z": 1}', v="# here\n[1]", m='"b": 2,\n "c": [3]')
    assert (value, errors) == ({"a": [1], "b": 2, "c": [3], "z": 1}, [])
    assert place_of(value, "a") == Place("v", 2, 1)
    assert place_of(value, "b") == Place("m", 1, 6)
    assert place_of(value["c"], 0) == Place("m", 2, 8)
    assert place_of(value, "z") == Place("f", 1, 46)


def test_a_mistake_in_an_included_file_has_its_place_there() -> None:
    (finding,) = read('{"a": <?include "v"?>}', v="[1,\n x]")[1]
    assert finding == "v:2:2: 'x' is not a value, a string needs double quotes: \"x\""


def test_includes_nest() -> None:
    assert read('[<?include "one"?>]', one='1, <?include "two"?>, 3', two="2")[0] == [1, 2, 3]


def test_a_file_cannot_include_itself() -> None:
    _, errors, _ = read('[<?include "one"?>]', one='1, <?include "two"?>', two='<?include "one"?>')
    assert errors[0] == "two:1:11: 'one' includes itself"


def test_a_file_that_reaches_itself_by_other_names_ends_too() -> None:
    files = {f"n{number}": f'<?include "n{number + 1}"?>' for number in range(30)}
    assert any("more than 10 files include one another" in error for error in read('[<?include "n0"?>]', **files)[1])


def test_an_include_that_cannot_be_read_is_an_error_at_the_include() -> None:
    _, errors, _ = read('{"a": <?include "v"?>, "b": 1}')
    assert errors == ["f:1:17: cannot read included file 'v': No such file or directory"]


def test_without_a_collection_errors_are_raised() -> None:
    with pytest.raises(ConfigError, match="f:1:2: 'x' is not a value"):
        parse("[x]", "f", lambda path: "")


def test_a_copy_is_plain_json() -> None:
    value, _, _ = read('{"a": [1, {"b": 2}]}')
    duplicate = copy.deepcopy(value)
    assert type(duplicate) is dict
    assert type(duplicate["a"]) is list
    assert duplicate == value


def test_a_problem_is_shown_with_its_line() -> None:
    text = '{\n\t"a": nul\n}'
    shown = format_problem(Problem(Place("f", 2, 7), "'nul' is not a value"), text)
    assert shown == "f:2:7: 'nul' is not a value\n\t\"a\": nul\n\t     ^"
    assert format_problem(Problem(None, "no place"), text) == "no place"


KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF)),
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


@given(JSON)
def test_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    assert read(text) == (json.loads(text), [], [])


@given(st.text('{}[]",:#/*\\ \n1a-.<?include', max_size=60))
def test_no_text_is_too_broken_to_say_so(text: str) -> None:
    value, errors, _ = read(text)
    assert errors or value is not None or text.strip() == "null"


TOKENS = ('"a"', '"b"', '"a": ', '"b" : ', ":", ",", "{", "}", "[", "]", "1", "-01", "0", "1.5", "true", '"x\\n"')
BETWEEN = ("", " ", "\n", "// comment\n", "/**/", '<?include "more"?>')


def described(value: Any) -> Any:
    """A value with the places of all its parts."""
    if isinstance(value, Map):
        keys = [(key, str(key_place(value, key)), str(place_of(value, key)), described(value[key])) for key in value]
        return str(value.place), keys
    return [described(item) for item in value] if isinstance(value, list) else value


@given(st.lists(st.tuples(st.sampled_from(TOKENS), st.sampled_from(BETWEEN)), max_size=25), st.sampled_from(TOKENS))
def test_members_that_are_taken_in_a_row_are_read_like_others(pieces: list[tuple[str, str]], more: str) -> None:
    text = '{"a": "first", "c": 0' + "".join(f"{token}{blank}" for token, blank in pieces)
    value, errors, warnings = read(text, more=f'"d": 1, {more}')
    with patch.object(dialect, "_MEMBER", re.compile("(?!)")):
        one_by_one, same_errors, same_warnings = read(text, more=f'"d": 1, {more}')
    assert (described(value), errors, warnings) == (described(one_by_one), same_errors, same_warnings)


def test_plain_members_in_a_row_know_their_places() -> None:
    value, errors, _ = read('{ "a": "x",\n  "b": 1,\n\t"c" : true, "d":\n-5\n, "e": {} }')
    assert (value, errors) == ({"a": "x", "b": 1, "c": True, "d": -5, "e": {}}, [])
    assert [str(key_place(value, key)) for key in value] == ["f:1:3", "f:2:3", "f:3:2", "f:3:14", "f:5:3"]
    assert str(place_of(value, "d")) == "f:4:1"
