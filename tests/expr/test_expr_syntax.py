"""Valid and invalid expressions; the columns are those of a running Kea 3.0.4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.expr import Subject
from kea_twisted.expr.compile import compile_template, compile_test
from kea_twisted.wire.message import Message
from kea_twisted.wire.optiondefs import STANDARD_DEFINITIONS

CLASSES = {"a": False, "late": True}
BAD_TESTS = [
    ("option[60].exists == option[61].exists", 19),
    ("option[60].text", 16),
    ("sand(option[1].exists,option[2].exists)", 1),
    ("member('zzz')", 8),
    ("member('SPAWN_a_b')", 8),
    ("member('DROP')", 8),
    ('member("a")', 8),
    ("member(a)", 8),
    ("match('a(', option[60].text)", None),
    ("match('a.*', option[60].exists)", 25),
    ("'abc' == match('a','b')", 10),
    ("vendor.exists", 8),
    ("not", 4),
    ("", 1),
    ("and", 1),
    ("option[256].exists", 8),
    ("option[-1].exists", 8),
    ("option[no-such].exists", 8),
    ("option['60'].exists", 8),
    ("option[60].exists and", 22),
    ("option[60].exists option[61].exists", 19),
    ("(option[60].exists", 19),
    ("option[60].exists)", 18),
    ("option[82].option[circuit-id].exists", 19),
    ("option[60].foo", 12),
    ("NOT option[60].exists", 1),
    ("option[60].exists AND option[60].exists", 19),
    ("option[60].exists && option[60].exists", 19),
    ("option[60].text = 'a'", 17),
    ("option[60].text != 'a'", 17),
    ("'a' == 'b' == 'c'", 12),
    ("true", 1),
    ("option[60].text == 'a' # c", 24),
]
BAD_TEMPLATES = [
    ("option[60].exists", 12),
    ("relay4[circuit-id].hex", 8),
    ("pkt4.xid", 6),
    ("vendor[4491].enterprise", 14),
    ("vendor[4294967296].option[1].hex", 8),
    ("substring(option[60].hex,'0',all)", 26),
    ("substring(option[60].hex,0+1,all)", 27),
    ("split('a.b','.','1')", 17),
    ("hexstring(option[60].hex)", 25),
    ("uppercase('A')", 1),
    ("0x", 2),
    ("0x1G", 4),
    ("-1", 1),
    ("4294967296", 1),
    ("256.0.0.1", 1),
    ("'a", 1),
    ("'a\nb'", 1),
    ("concat('a')", 11),
    ("concat('a','b','c')", 15),
    ("pkt.iface.hex", 10),
    ("+ 'a'", 1),
]
GOOD = [
    "option[ 60 ] . exists",
    "option [60].exists",
    "option[host-name ].exists",
    "option[0060].exists",
    "option[1].exists sand option[2].exists sor option[3].exists",
    "member('ALL') or member('VENDOR_CLASS_x') or member('HA_s') or member('AFTER_x')",
    "\tnot not\noption[60].exists",
]


@pytest.mark.parametrize(("text", "column"), BAD_TESTS)
def test_what_is_no_test_is_refused_with_the_column(text: str, column: int | None) -> None:
    with pytest.raises(ValueError, match=f"^column {column}: " if column else "^column "):
        compile_test(text, STANDARD_DEFINITIONS, CLASSES)


@pytest.mark.parametrize(("text", "column"), BAD_TEMPLATES)
def test_what_is_no_text_is_refused_with_the_column(text: str, column: int) -> None:
    with pytest.raises(ValueError, match=f"^column {column}: "):
        compile_template(text, STANDARD_DEFINITIONS, CLASSES)


@pytest.mark.parametrize("text", GOOD)
def test_blanks_and_built_in_classes_are_fine(text: str) -> None:
    compile_test(text, STANDARD_DEFINITIONS, CLASSES)


@pytest.mark.parametrize(
    ("text", "depends"),
    [
        ("member('KNOWN')", True),
        ("option[1].exists or not member('UNKNOWN')", True),
        ("member('late')", True),
        ("member('a')", False),
        ("option[1].exists", False),
    ],
)
def test_a_test_knows_whether_it_must_wait_for_the_reservations(text: str, depends: bool) -> None:
    assert compile_test(text, STANDARD_DEFINITIONS, CLASSES).depends_on_known is depends


def test_a_test_knows_the_classes_it_refers_to() -> None:
    expression = compile_test("member('a') and (member('b') or ifelse(member('c'),'1','2') == '1')")
    assert expression.members == {"a", "b", "c"}
    assert compile_template("ifelse(member('KNOWN'),'1','2')").depends_on_known


def test_a_long_list_of_alternatives_is_no_deep_one() -> None:
    alternatives = " or ".join(f"pkt4.mac == 0x{number:012x}" for number in range(5000))
    subject = Subject(MESSAGE._replace(chaddr=(4999).to_bytes(6, "big")))
    assert compile_test(alternatives).evaluate(subject)
    assert not compile_test(alternatives.replace(" or ", " and ")).evaluate(subject)
    long = " + ".join(["'a'"] * 5000)
    assert compile_template(long).evaluate(subject) == b"a" * 5000


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(ValueError, match="too deeply nested"):
        compile_test("not " * 5000 + "option[1].exists")


def test_a_complaint_names_what_was_expected() -> None:
    with pytest.raises(ValueError, match="^column 12: unexpected 'f', expected 'exists' or 'option' or"):
        compile_test("option[60].foo")


MESSAGE = Message(1, 1, 0, 1, 0, 0, 0, 0, 0, 0, bytes(6), b"", b"", {})


@given(st.text(max_size=40))
def test_any_text_is_compiled_or_refused(text: str) -> None:
    try:
        compile_test(text, STANDARD_DEFINITIONS, CLASSES)
    except ValueError as error:
        assert str(error).startswith("column ")


@given(
    st.dictionaries(st.integers(1, 254), st.binary(max_size=40)),
    st.integers(1, 254),
    st.booleans(),
)
def test_every_option_has_a_text_whatever_a_client_sends(options: dict[int, bytes], code: int, late: bool) -> None:
    subject = Subject(MESSAGE._replace(options=options), late=late)
    for form in (f"option[{code}].text", f"option[{code}].option[1].text", "vendor[*].option[1].text"):
        assert isinstance(compile_template(form).evaluate(subject), bytes)
