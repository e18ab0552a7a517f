"""Suggestions for names that no option has."""

from __future__ import annotations

import pytest

from kea_twisted.config.guesses import ELSEWHERE, guess
from kea_twisted.wire.optiondefs import STANDARD_DEFINITIONS

NAMES = STANDARD_DEFINITIONS.names("dhcp4")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("dns-servers", "domain-name-servers"), ("Gateway", "routers"), ("router", "routers"),
        ("tftp-server", "tftp-server-name"), ("domain-name-server", "domain-name-servers"), ("xyz", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_option_that_is_meant(written: str, meant: str) -> None:
    assert guess(written, NAMES) == meant


def test_names_of_other_servers_are_those_of_options() -> None:
    assert not set(ELSEWHERE.values()) - set(NAMES)
    assert not ELSEWHERE.keys() & set(NAMES)
