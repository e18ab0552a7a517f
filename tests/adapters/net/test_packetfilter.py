"""The kernel's filter, run by a small machine of the test's own."""

from __future__ import annotations

import pytest

from kea_twisted.adapters.net.packetfilter import (
    JUMP_BITS,
    JUMP_EQUAL,
    JUMP_GREATER_EQUAL,
    LOAD_BYTE,
    LOAD_HALF,
    LOAD_HALF_INDEXED,
    LOAD_HEADER_LENGTH,
    LOAD_WORD,
    PACKET_TYPE,
    RETURN,
    Program,
    dhcp_filter,
)
from kea_twisted.wire.frame import build_frame

OURS, SECOND, OTHER = 0x0A000001, 0x0A000002, 0x0A000003
MAC = bytes.fromhex("080027c40fd1")
TO_US, BROADCASTED, OTHER_HOST, OUTGOING = 0, 1, 3, 4


def accepts(frame: bytes, kind: int = TO_US, linux: bool = True, addresses: tuple[int, ...] = (OURS, SECOND)) -> bool:
    """Run the program as bpf(4) describes it; a load beyond the frame rejects it."""
    program = dhcp_filter(67, addresses, linux)
    a = x = position = 0

    def load(offset: int, size: int) -> int:
        if offset + size > len(frame):
            raise IndexError
        return int.from_bytes(frame[offset : offset + size], "big")

    try:
        while True:
            code, true, false, k = program[position]
            position += 1
            if code == RETURN:
                return k > 0
            if code == LOAD_WORD:
                a = kind if k == PACKET_TYPE else load(k, 4)
            elif code in (LOAD_HALF, LOAD_HALF_INDEXED):
                a = load(k + (x if code == LOAD_HALF_INDEXED else 0), 2)
            elif code == LOAD_BYTE:
                a = load(k, 1)
            elif code == LOAD_HEADER_LENGTH:
                x = 4 * (load(k, 1) & 15)
            else:
                holds = {JUMP_EQUAL: a == k, JUMP_GREATER_EQUAL: a >= k, JUMP_BITS: bool(a & k)}[code]
                position += true if holds else false
    except IndexError:
        return False


def frame(destination: int = OURS, port: int = 67) -> bytes:
    return build_frame(MAC, MAC, 0, destination, 68, port, bytes(300))


def changed(data: bytes, offset: int, value: int) -> bytes:
    return data[:offset] + bytes([value]) + data[offset + 1 :]


@pytest.mark.parametrize("linux", [True, False])
@pytest.mark.parametrize("destination", [OURS, SECOND, 0xFFFFFFFF])
def test_dhcp_for_us_passes(destination: int, linux: bool) -> None:
    assert accepts(frame(destination), linux=linux)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(OTHER), id="another address"),
        pytest.param(frame(port=68), id="another port"),
        pytest.param(changed(frame(), 12, 0x86), id="not IPv4"),
        pytest.param(changed(frame(), 23, 6), id="TCP"),
        pytest.param(changed(frame(), 20, 0x20), id="first fragment"),
        pytest.param(changed(frame(), 21, 0x07), id="later fragment"),
        pytest.param(frame()[:30], id="short"),
        pytest.param(b"", id="empty"),
    ],
)
@pytest.mark.parametrize("linux", [True, False])
def test_everything_else_does_not(data: bytes, linux: bool) -> None:
    assert not accepts(data, linux=linux)


def test_a_header_with_options_is_understood() -> None:
    plain = frame()
    longer = changed(plain[:34], 14, 0x46) + bytes(4) + plain[34:]
    assert accepts(longer)


@pytest.mark.parametrize("kind", [OTHER_HOST, OUTGOING])
def test_frames_for_others_and_our_own_do_not_pass_on_linux(kind: int) -> None:
    assert accepts(frame(), BROADCASTED)
    assert not accepts(frame(), kind)


def test_an_interface_with_very_many_addresses_still_has_a_program() -> None:
    assert accepts(frame(OURS), addresses=tuple(range(OURS, OURS + 1000)))
    assert not accepts(frame(OTHER + 2000), addresses=tuple(range(OURS, OURS + 1000)))


def test_the_kernel_gets_eight_bytes_a_step() -> None:
    program = Program(dhcp_filter(67, (OURS,), True))
    assert int.from_bytes(program.linux()[:2], "little") * 8 == len(program._buffer)
