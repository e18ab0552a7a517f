"""Names of clients in log lines."""

from __future__ import annotations

import pytest

from kea_twisted.wire.identity import client_id, duid, hwaddr_text, label
from kea_twisted.wire.message import Message

MAC = bytes.fromhex("080027c40fd1")


def message(identifier: bytes | None, chaddr: bytes = MAC, xid: int = 0x1D4E6EAA) -> Message:
    options = {} if identifier is None else {61: identifier}
    return Message(1, 1, 0, xid, 0, 0, 0, 0, 0, 0, chaddr, b"", b"", options)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (message(b"\1" + MAC), "[hwtype=1 08:00:27:c4:0f:d1], cid=[01:08:00:27:c4:0f:d1], tid=0x1d4e6eaa"),
        (message(None), "[hwtype=1 08:00:27:c4:0f:d1], cid=[no info], tid=0x1d4e6eaa"),
        (message(None, b"", 0), "[hwtype=1 ], cid=[no info], tid=0x0"),
    ],
)
def test_labels_are_those_of_keas_log(query: Message, text: str) -> None:
    assert label(query) == text


def test_client_identifier_or_nothing() -> None:
    assert client_id(message(b"\1\2")) == b"\1\2"
    assert client_id(message(None)) == b""


def test_hardware_address() -> None:
    assert hwaddr_text(message(None)) == "hwtype=1 08:00:27:c4:0f:d1"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [(b"\xff\1\2\3\4\0\3duid", b"\0\3duid"), (b"\1" + MAC, b""), (b"\xff\1\2\3\4", b""), (b"", b"")],
)
def test_a_duid_inside_a_client_identifier(identifier: bytes, expected: bytes) -> None:
    assert duid(identifier) == expected
