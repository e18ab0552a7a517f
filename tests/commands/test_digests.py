"""ha-digest-get: what a partner compares its leases with."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.commands.dispatch import dispatch
from kea_twisted.lease.lease import Lease
from tests.commands.fakecontext import FakeContext


@pytest.fixture
def context() -> FakeContext:
    """A server of a pair with leases in two subnets."""
    made = FakeContext(ha=True)
    for number in range(9):
        made.put(Lease(0x0A000001 + number, bytes((number,)), b"", 4000, 2000000000, 1 + number % 2))
    return made


def asked(context: FakeContext, **arguments: Any) -> dict[str, Any]:
    """The answer to a request with these arguments; ``start`` stands for ``from``."""
    named = {{"start": "from"}.get(name, name): value for name, value in arguments.items()}
    found: Any = dispatch(context, {"command": "ha-digest-get", "arguments": named})
    return dict(found)


def test_it_answers_with_digests_by_subnet(context: FakeContext) -> None:
    answer = asked(context, start="start", cutoff=0)
    assert answer["result"] == 0
    assert set(answer["arguments"]) == {"digests"}
    assert [(each["subnet-id"], each["leases"]) for each in answer["arguments"]["digests"]] == [(1, 5), (2, 4)]
    for each in answer["arguments"]["digests"]:
        assert set(each) == {"subnet-id", "leases", "digest"}
        only = asked(context, start="start", cutoff=0, subnets=[each["subnet-id"]])
        assert only["arguments"]["digests"] == [each]
    assert asked(context, start="10.0.0.1", to="10.0.0.9", cutoff=0)["arguments"]["last"] == "10.0.0.9"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "missing parameter 'from'"),
        ({"start": 1}, "invalid type specified for parameter 'from'"),
        ({"start": "x", "cutoff": 0}, "Failed to convert string to address 'x': Invalid argument"),
        ({"start": "::1", "cutoff": 0}, "'::1' is not an IPv4 address"),
        ({"start": "start"}, "missing parameter 'cutoff'"),
        ({"start": "start", "cutoff": 0, "subnets": ["1"]}, "'subnets' must be a list of subnet identifiers"),
        ({"start": "10.0.0.9", "to": "10.0.0.9", "cutoff": 0}, "'to' must lie behind 'from'"),
    ],
)
def test_a_wrong_argument_is_refused(context: FakeContext, arguments: dict[str, Any], text: str) -> None:
    answer = asked(context, **arguments)
    assert (answer["result"], answer["text"]) == (1, text)
