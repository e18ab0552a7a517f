"""The pools of the page: those that are looked for, the fullest first, page by page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.adapters.control.pages import WEB
from kea_twisted.web.pages import pages_of
from kea_twisted.web.pools import SLICE
from tests.web.fakenode import FakeNode, subnet
from tests.web.pagewire import PageWire

ON = frozenset((WEB,))
JSON = "Content-Type: application/json"


def asked(node: FakeNode, form: Any, **policy: Any) -> dict[str, Any]:
    """The answer to the form."""
    wire = PageWire(pages_of(node), **{"pages": ON} | policy)  # type: ignore[arg-type]
    text = wire.send("POST /pools", JSON, body=json.dumps(form).encode())
    assert text.split()[1] == b"200"
    found: dict[str, Any] = json.loads(text.partition(b"\r\n\r\n")[2])
    return found


def ids(node: FakeNode, text: str, start: int = 0) -> list[int]:
    """The subnets of the pools that are found."""
    return [each["id"] for each in asked(node, {"text": text, "start": start})["arguments"]["pools"]]


@pytest.fixture
def node() -> FakeNode:
    """Four subnets, of which the third is used most."""
    made = FakeNode(subnet(1), subnet(2, "10.0.2.10 - 10.0.2.19", "10.0.2.30 - 10.0.2.39"), subnet(3), subnet(22))
    made.statistics.put("subnet[3].pool[0].assigned-addresses", 90)
    made.statistics.put("subnet[22].pool[0].assigned-addresses", 5)
    return made


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [3, 22, 1, 2]),
        (" 10.0.3. ", [3]),
        ("10.0.22.0/24", [22]),
        ("10.0.2", [22, 2]),
        ("22", [22]),
        ("2", [3, 22, 1, 2]),  # in all addresses
        ("10.0.2.200", [2]),  # an address in the subnet, of none of its pools
        ("10.9.9.9", []),
        ("nothing", []),
    ],
)
def test_they_are_found_by_what_is_shown_of_them(node: FakeNode, text: str, found: list[int]) -> None:
    assert ids(node, text) == found


def test_shared_networks_are_shown_and_found(node: FakeNode) -> None:
    node.use(subnet(1), network="floor 3")
    arguments = asked(node, {"text": "floor"})["arguments"]
    assert [each["network"] for each in arguments["pools"]] == ["floor 3"]


def test_many_come_page_by_page_and_packets_go_between_the_slices() -> None:
    node = FakeNode(*(subnet(number) for number in range(1, 1201)))
    for number in range(1, 1201):
        node.statistics.put(f"subnet[{number}].pool[0].assigned-addresses", number % 100)
    order = sorted(range(1, 1201), key=lambda number: (-(number % 100), number))
    for start in (0, 100, 1150):
        assert ids(node, "", start) == order[start : start + 100]
    turns = node.turns
    answer = asked(node, {"text": "10.1.", "start": 200})["arguments"]
    assert node.turns - turns == 1200 // SLICE
    matching = [number for number in order if 256 <= number < 512]
    assert [each["id"] for each in answer["pools"]] == matching[200:]
    assert (answer["all"], answer["count"], answer["start"]) == (1200, 256, 200)
    assert ids(node, "", 5000) == []


@pytest.mark.parametrize("form", [[], 7, {"text": 1}, {"start": -1}, {"start": "0"}, {"start": True}, {"text": None}])
def test_a_form_that_makes_no_sense_is_an_error(node: FakeNode, form: Any) -> None:
    answer = asked(node, form)
    assert answer["result"] == 1 and answer["text"].startswith("a map with 'text'")


def test_it_needs_what_the_page_needs(node: FakeNode) -> None:
    wire = PageWire(pages_of(node), lambda name: False, pages=ON)  # type: ignore[arg-type]
    assert wire.send("POST /pools", JSON, body=b"{}").split()[1] == b"403"
