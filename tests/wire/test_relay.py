"""Option 82 and the sub-options the server acts on."""

from __future__ import annotations

import pytest

from kea_twisted.wire.message import Message
from kea_twisted.wire.relay import agent_options, has_relay_port, link_selection, server_id_override


def relayed(data: bytes | None) -> Message:
    options = {53: b"\1"} if data is None else {53: b"\1", 82: data}
    return Message(1, 1, 1, 1, 0, 0, 0, 0, 0, 0x0A0000FE, b"\2" * 6, b"", b"", options)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, {}),
        (b"", {}),
        (b"\1\4port\2\2id", {1: b"port", 2: b"id"}),
        (b"\1\4port\2\5id", {1: b"port"}),
        (b"\xff\1a\0\1b", {255: b"a", 0: b"b"}),
    ],
)
def test_sub_options_of_a_message(data: bytes | None, expected: dict[int, bytes]) -> None:
    assert agent_options(relayed(data)) == expected


def test_addresses_in_sub_options() -> None:
    agent = {5: b"\n\0\0\1", 11: b"\n\0\0\2"}
    assert (link_selection(agent), server_id_override(agent)) == (0x0A000001, 0x0A000002)


@pytest.mark.parametrize("agent", [{}, {5: b"\n\0\0", 11: b""}])
def test_no_address_or_none_of_the_right_size(agent: dict[int, bytes]) -> None:
    assert link_selection(agent) is None
    assert server_id_override(agent) is None


def test_the_relay_port_is_asked_for_without_data() -> None:
    assert has_relay_port({19: b""})
    assert not has_relay_port({1: b"x"})
