"""The meaning of options 43 and 224 to 254 of a query once its classes are known."""

from __future__ import annotations

import pytest

from kea_twisted.expr.late import understand
from kea_twisted.wire.optiondefs import STANDARD_DEFINITIONS, Definitions, OptionDefinition


def row(code: int, kind: str, encapsulate: str = "", space: str = "dhcp4") -> OptionDefinition:
    """A definition."""
    return OptionDefinition(code, f"o{code}", kind, encapsulate=encapsulate, space=space)


def test_the_first_class_with_a_definition_decides() -> None:
    first, second = {231: row(231, "uint16")}, {231: row(231, "uint8")}
    found, defined = understand({231: b"\0\7"}, ({}, first, second), STANDARD_DEFINITIONS)
    assert (found, defined) == ({231: b"\0\7"}, first)


def test_the_definition_of_the_configuration_counts_where_no_class_has_one() -> None:
    own = row(231, "string")
    found, defined = understand({231: b"text\0"}, (), Definitions((own,)))
    assert (found, defined) == ({231: b"text"}, {231: own})


def test_what_does_not_fit_its_definition_stays_bytes() -> None:
    options = {231: b"\7", 12: b"host"}
    assert understand(options, ({231: row(231, "uint16")},), STANDARD_DEFINITIONS) == (options, {})


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (b"\x01\x03abc", b"\x01\x03abc"),
        (b"\0\0\x02\x01x\x01\x01y\xff\x03", b"\x01\x01y\x02\x01x"),
        (b"\x01\x01y\x07\x09x", b"\x01\x01y"),
        (b"\0\0\0\x4d", b""),
    ],
)
def test_of_sub_options_remain_those_that_are_whole(sent: bytes, left: bytes) -> None:
    found, defined = understand({43: sent}, (), STANDARD_DEFINITIONS)
    assert found == {43: left} and 43 in defined


def test_a_sub_option_against_its_definition_spoils_the_whole_option() -> None:
    definitions = Definitions((row(1, "ipv4-address", space="PXE"),))
    own = {43: row(43, "empty", "PXE")}
    assert understand({43: b"\x01\x03abc"}, (own,), definitions) == ({43: b"\x01\x03abc"}, {})
    assert understand({43: b"\x01\x04abcd"}, (own,), definitions) == ({43: b"\x01\x04abcd"}, own)
