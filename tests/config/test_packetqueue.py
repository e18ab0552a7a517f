"""The bound of the packets that wait."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.errors import ConfigError

ON = {"enable-queue": True}
ALONE = {"enable-multi-threading": False}
THREADS = {"enable-multi-threading": True}


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ({}, 0),
        ({"multi-threading": THREADS}, 0),
        ({"multi-threading": THREADS | {"packet-queue-size": 64}}, 64),
        ({"multi-threading": THREADS | {"packet-queue-size": 0}}, 0),
        ({"multi-threading": ALONE | {"packet-queue-size": 32}}, 0),
        ({"multi-threading": ALONE, "dhcp-queue-control": ON}, 64),
        ({"multi-threading": ALONE, "dhcp-queue-control": ON | {"capacity": 500}}, 500),
        ({"multi-threading": ALONE, "dhcp-queue-control": {"enable-queue": False, "capacity": 500}}, 0),
        ({"multi-threading": THREADS | {"packet-queue-size": 32}, "dhcp-queue-control": ON | {"capacity": 500}}, 32),
        ({"dhcp-queue-control": ON | {"capacity": 500}}, 0),
    ],
)
def test_one_of_two_keywords_is_the_bound(inside: dict[str, Any], expected: int) -> None:
    settings = load_tree({"Dhcp4": inside})
    assert (settings.interfaces_config.packet_bound, settings.no_effect) == (expected, ())


def test_a_queue_of_another_type_is_refused_where_it_would_be_used() -> None:
    queue = {"dhcp-queue-control": ON | {"queue-type": "own"}}
    load_tree({"Dhcp4": queue})
    with pytest.raises(ConfigError, match="The type of the packet queue: 'own' is not supported"):
        load_tree({"Dhcp4": queue | {"multi-threading": ALONE}})
