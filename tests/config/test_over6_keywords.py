"""The keywords of subnets for clients over DHCPv6."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.config.model import Over6
from kea_twisted.errors import ConfigError


def over6(**keywords: Any) -> Over6 | None:
    named = {f"4o6-{name.replace('_', '-')}": value for name, value in keywords.items()}
    settings = load_tree({"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/24", "id": 1, **named}], "dhcp4o6-port": 786}})
    assert settings.no_effect == ()
    return settings.subnets[0].over6


def test_a_subnet_is_for_clients_over_dhcpv6_if_one_of_them_says_something() -> None:
    assert over6() is over6(interface="", interface_id="", subnet="") is None
    assert over6(interface="eth0") == Over6("eth0")
    assert over6(interface_id="port-1") == Over6("", b"port-1")
    assert over6(subnet="2001:db8::7/32") == Over6(prefix=0x20010DB8 << 96 | 7, length=32)


@pytest.mark.parametrize(
    ("text", "kea"),
    [
        ("2001:db8::", "Missing / in the 4o6-subnet parameter:2001:db8::, expected format: prefix6/length"),
        ("2001:db8::/x", "Invalid prefix length specified in 4o6-subnet parameter: 2001:db8::/x, expected 0..128"),
        ("2001:db8::/129", "expected 0..128 value"),
        ("10.0.0.0/8", "'10.0.0.0' is not an IPv6 address"),
        ("no/8", "Failed to convert string to address 'no': Invalid argument"),
    ],
)
def test_another_prefix_is_refused(text: str, kea: str) -> None:
    with pytest.raises(ConfigError) as caught:
        over6(subnet=text)
    (problem,) = caught.value.problems
    assert kea in f"{problem.kea} {problem.text}"


def test_the_port_leaves_room_for_the_next_one() -> None:
    with pytest.raises(ConfigError, match="dhcp4o6-port"):
        load_tree({"Dhcp4": {"dhcp4o6-port": 65535}})
