"""The same file on both servers of a pair: the own name from the URL that is of this machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config.text import parse as parse_text
from kea_twisted.errors import Problems
from kea_twisted.ha import ownname
from kea_twisted.ha import parameters as ha
from kea_twisted.ha.ownname import Identity

FIRST = Identity({"10.0.0.1", "127.0.0.1", "2001:db8::1"}, {"dhcp1"})
SECOND = Identity({"10.0.0.2", "127.0.0.1"}, {"dhcp2"})
THIRD = Identity({"10.0.0.3", "127.0.0.1"}, {"other"})


def parameters(*urls: str, name: str | None = None) -> Any:
    """The parameters as a file has them."""
    peers = [
        {"name": f"server{number}", "url": url, "role": role}
        for number, (url, role) in enumerate(zip(urls, ("primary", "standby"), strict=True), 1)
    ]
    relationship: dict[str, Any] = {"mode": "hot-standby", "peers": peers}
    if name is not None:
        relationship["this-server-name"] = name
    return parse_text(json.dumps({"high-availability": [relationship]}), "kea.conf", lambda path: "")


BY_ADDRESS = ("http://10.0.0.1:8000/", "http://10.0.0.2:8000/")


@pytest.mark.parametrize(("identity", "name"), [(FIRST, "server1"), (SECOND, "server2")])
@pytest.mark.parametrize("urls", [BY_ADDRESS, ("http://DHCP1:8000/", "http://dhcp2.:8000/")])
def test_the_peer_with_an_address_or_the_name_of_this_machine(
    urls: tuple[str, str], identity: Identity, name: str
) -> None:
    tree = parameters(*urls)
    assert ownname.fill_in(tree, lambda: identity) == []
    found = ha.parse(tree, Problems())
    assert [one.this_server_name for one in found] == [name]


def test_an_ipv6_address_in_another_notation() -> None:
    tree = parameters("http://[2001:DB8:0::1]:8000/", "http://10.0.0.2:8000/")
    assert ownname.fill_in(tree, lambda: FIRST) == []
    assert tree["high-availability"][0]["this-server-name"] == "server1"


def test_a_name_that_is_given_counts_and_the_machine_is_not_looked_at() -> None:
    tree = parameters(*BY_ADDRESS, name="server1")
    assert ownname.fill_in(tree, lambda: pytest.fail("looked at")) == []
    assert tree["high-availability"][0]["this-server-name"] == "server1"


@pytest.mark.parametrize(
    ("urls", "identity", "reason"),
    [
        (BY_ADDRESS, THIRD, "no peer's url has an address of this machine, which has 10.0.0.3: set it to the name"),
        (("http://127.0.0.1:1/", "http://127.0.0.2:1/"), FIRST, "the urls of server1 and server2 are of this machine"),
    ],
)
def test_the_error_says_why_the_name_could_not_be_found(urls: tuple[str, str], identity: Identity, reason: str) -> None:
    tree, problems = parameters(*urls), Problems()
    reasons = ownname.fill_in(tree, lambda: identity)
    ha.parse(tree, problems)
    (found,) = ownname.explained(problems.errors, reasons)
    assert found.text.startswith(f"'this-server-name' is missing in 'high-availability': {reason}")
    assert found.place is not None


@pytest.mark.parametrize(
    ("name", "identity", "warning"),
    [
        ("server1", FIRST, ""),
        ("server1", SECOND, "set 'this-server-name' to 'server2'"),
        (
            "server1",
            THIRD,
            "no peer's url is of this machine, which has 10.0.0.3: give it the address 10.0.0.1, or correct",
        ),
        ("server9", SECOND, ""),
    ],
)
def test_a_name_that_cannot_be_this_servers(name: str, identity: Identity, warning: str) -> None:
    problems = Problems()
    ownname.check_names(parameters(*BY_ADDRESS, name=name), lambda: identity, problems)
    assert len(problems.warnings) == bool(warning) and not problems.errors
    assert all(warning in each.text and each.place is not None for each in problems.warnings)


@pytest.mark.parametrize("tree", [None, {}, {"high-availability": 3}, {"high-availability": [3, {"peers": [3, {}]}]}])
def test_what_is_no_relationship_is_left_to_the_other_checks(tree: Any) -> None:
    ownname.check_names(tree, lambda: FIRST, Problems())
    ownname.fill_in(tree, lambda: FIRST)
