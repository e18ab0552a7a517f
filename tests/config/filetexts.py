"""Configuration files in a line: what a test writes between the braces, and what comes of it."""

from __future__ import annotations

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.errors import ConfigError

SUBNET = '"id": 1, "subnet": "10.0.0.0/24"'


def settings(inside: str) -> Settings:
    """Of a file with this between the braces of Dhcp4, which begin in column 12."""
    return load('{ "Dhcp4": {' + inside + "} }", "f", lambda path: "")


def subnet(inside: str, outside: str = "") -> Subnet:
    return settings(f'{outside} "subnet4": [{{ {SUBNET}, {inside} }}]').subnets[0]


def errors(inside: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings(inside)
    return [str(problem) for problem in caught.value.problems]


def unmarked(text: str) -> tuple[str, str, str]:
    """Without the marks: ▸ stands before what is wrong, ▹ before the other place that is named."""
    plain = text.replace("▸", "").replace("▹", "")
    wrong, other = (text.replace(skip, "").find(mark) + 13 for mark, skip in (("▸", "▹"), ("▹", "▸")))
    return plain, f"f:1:{wrong}", f"f:1:{other}"
