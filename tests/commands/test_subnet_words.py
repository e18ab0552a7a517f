"""Answers of Kea 3.0.4 to wrong subnets and shared networks, beside the recorded ones."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.commands.dispatch import dispatch
from tests.commands.fakecontext import FakeContext

TREE: dict[str, Any] = {
    "hooks-libraries": [{"library": "libdhcp_subnet_cmds.so"}],
    "subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}],
}


@pytest.mark.parametrize(
    ("command", "name", "entry", "text"),
    [
        ("subnet4-add", "subnet4", {"id": 9, "subnet": "10.0.0.0/24"},
         "subnet with the prefix of '10.0.0.0/24' already exists"),
        ("subnet4-add", "subnet4", {"subnet": "10.9.0.0/24", "foo": 1}, "spurious 'foo' parameter"),
        ("subnet4-add", "subnet4", {"subnet": "10.9.0.0/24"}, "subnet configuration failed: missing parameter 'id'"),
        ("network4-add", "shared-networks", {"foo": "net"}, "spurious 'foo' parameter"),
        ("network4-add", "shared-networks", {"interface": "em1"}, "missing parameter 'name'"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_in_kea_s_words(command: str, name: str, entry: dict[str, Any], text: str) -> None:
    context = FakeContext(TREE)
    reply = dispatch(context, {"command": command, "arguments": {name: [entry]}})
    assert reply == {"result": 1, "text": text}
