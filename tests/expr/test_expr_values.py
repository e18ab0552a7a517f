"""Values of expressions."""

from __future__ import annotations

import pytest
from expressions import (
    BARE_SUBJECT,
    BARE_VENDOR,
    DEFINITIONS,
    ERRORS,
    FUNCTIONS,
    HEX,
    MESSAGE,
    OPTION_TEXTS,
    OPTION_VALUES,
    SUBJECT,
    TRUTHS,
)

from kea_twisted.expr import EvaluationError, Subject
from kea_twisted.expr.compile import compile_template, compile_test
from kea_twisted.wire.optiondefs import Definitions, OptionDefinition


@pytest.mark.parametrize(("text", "value"), OPTION_VALUES + FUNCTIONS)
def test_a_text_is_these_bytes(text: str, value: bytes) -> None:
    assert compile_template(text, DEFINITIONS).evaluate(SUBJECT) == value


@pytest.mark.parametrize(("text", "value"), OPTION_TEXTS)
def test_an_option_as_text_reads_as_kea_writes_it(text: str, value: str) -> None:
    assert compile_template(text, DEFINITIONS).evaluate(SUBJECT).decode() == value


@pytest.mark.parametrize(("text", "value"), TRUTHS)
def test_a_test_is_true_or_false(text: str, value: bool) -> None:
    assert compile_test(text, DEFINITIONS).evaluate(SUBJECT) is value


@pytest.mark.parametrize(("text", "complaint"), ERRORS)
def test_bytes_a_function_cannot_work_on_are_an_evaluation_error(text: str, complaint: str) -> None:
    with pytest.raises(EvaluationError, match="^.*" + complaint):
        compile_template(text, DEFINITIONS).evaluate(SUBJECT)


def test_late_options_are_understood_only_when_the_first_round_of_classes_is_known() -> None:
    late = Subject(MESSAGE, late=True)
    assert compile_template("option[43].option[1].hex").evaluate(late) == HEX("aabb")
    assert compile_template("option[225].text", DEFINITIONS).evaluate(late) == (b"type=225, len=001: true (boolean)")


def test_sub_options_are_found_at_any_depth() -> None:
    definitions = Definitions(
        (
            OptionDefinition(200, "outer", "empty", encapsulate="one"),
            OptionDefinition(1, "middle", "empty", encapsulate="two", space="one"),
        )
    )
    message = MESSAGE._replace(options={200: HEX("0104 0202 6869")})
    expression = compile_template("option[200].option[1].option[2].hex", definitions)
    assert expression.evaluate(Subject(message)) == b"hi"


def test_several_vendors_in_one_option_are_told_apart() -> None:
    message = MESSAGE._replace(options={125: HEX("0000270f 04 0102aabb 000022b8 03 0701cc")})
    assert compile_template("vendor[9999].option[1].hex").evaluate(Subject(message)) == HEX("aabb")
    assert compile_template("vendor[*].option[7].hex").evaluate(Subject(message)) == HEX("cc")
    assert compile_template("vendor.enterprise").evaluate(Subject(message)) == HEX("000022b8")


def test_an_option_that_does_not_fit_its_definition_is_written_as_bytes() -> None:
    message = MESSAGE._replace(options={6: b"\1", 119: b"\x09a"})
    assert compile_template("option[6].text").evaluate(Subject(message)) == b"type=006, len=001: 01"
    assert compile_template("option[119].text").evaluate(Subject(message)) == b"type=119, len=002: 09:61"


@pytest.mark.parametrize(("text", "value"), BARE_VENDOR)
def test_four_octets_in_option_125_name_an_enterprise(text: str, value: bytes) -> None:
    assert compile_template(text, DEFINITIONS).evaluate(BARE_SUBJECT) == value
