"""Options 124 and 125: which enterprises a reply speaks to, and with what (RFC 3925)."""

from __future__ import annotations

import pytest

from kea_twisted.config.optiondata import OptionSet, VendorOptions, VendorSpace
from kea_twisted.engine.vendoroptions import vendor_options

ACME, CABLE = 4242, 4491
SPACES = {
    ACME: VendorSpace({10: b"text", 11: b"\0\x4d"}, frozenset((11,)), frozenset()),
    CABLE: VendorSpace({2: b"\xc0\0\2\1", 3: b"x"}, frozenset(), frozenset((3,))),
}


def number(enterprise: int) -> bytes:
    return enterprise.to_bytes(4, "big")


def sent(asked: dict[int, bytes], wishes: bytes = b"", spoken: tuple[int, ...] = (), always: tuple[int, ...] = ()):
    vendors = VendorOptions(spoken, {ACME: number(ACME) + b"\1x"}, SPACES)
    return vendor_options(OptionSet(always=always, vendors=vendors), wishes, asked)


@pytest.mark.parametrize(
    "asked",
    [
        {125: number(ACME) + b"\0"},
        {125: number(ACME) + b"\4\1\2\x0a\x0b"},
        {124: number(ACME) + b"\2\1a"},
        {124: number(CABLE) + b"\0" + number(ACME) + b"\0"},
    ],
)
def test_an_enterprise_the_client_names_gets_what_is_always_sent(asked):
    assert sent(asked) == {125: number(ACME) + b"\4\x0b\2\0\x4d"}


@pytest.mark.parametrize("asked", [{}, {125: b"\0\0"}, {125: number(ACME) + b"\x09\1"}, {125: number(7) + b"\0"}])
def test_nobody_else_gets_anything(asked):
    assert sent(asked) == {}


def test_cable_modems_get_what_they_list_but_never_what_is_never_sent():
    assert sent({125: number(CABLE) + b"\4\1\2\2\3"}) == {125: number(CABLE) + b"\6\2\4\xc0\0\2\1"}


def test_an_option_125_of_the_configuration_goes_out_when_it_is_asked_for():
    assert sent({}, spoken=(ACME, 7)) == {}
    assert sent({}, b"\x7d", (ACME, 7)) == {125: number(ACME) + b"\4\x0b\2\0\x4d" + number(7) + b"\0"}
    assert sent({}, spoken=(7,), always=(125,)) == {125: number(7) + b"\0"}


def test_an_option_124_goes_out_when_it_is_asked_for():
    assert sent({}, b"\x7c") == {124: number(ACME) + b"\1x"}


def test_what_is_too_long_for_one_part_goes_into_several():
    space = VendorSpace({1: bytes(200), 2: bytes(100)}, frozenset((1, 2)), frozenset())
    options = OptionSet(vendors=VendorOptions((), {}, {ACME: space}))
    found = vendor_options(options, b"", {125: number(ACME) + b"\0"})[125]
    assert found == number(ACME) + b"\xca\1\xc8" + bytes(200) + number(ACME) + b"\x66\2\x64" + bytes(100)
