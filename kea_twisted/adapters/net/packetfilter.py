"""The kernel's packet filter for DHCP: what is not for us never reaches Python.

Classic BPF (McCanne and Jacobson 1993), which Linux attaches to a socket and FreeBSD to a bpf device.
Accepted is an Ethernet frame with an unfragmented IPv4 UDP datagram to the server port that goes to one of
our addresses, to the broadcast address of one of our subnets, which Kea ignores, or to 255.255.255.255 (Kea:
pkt_filter_bpf.cc). VLANs never show up here: the kernel hands out
their frames untagged, on their own interface.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

LOAD_HALF: Final = 0x28  # A = 2 bytes at k
LOAD_BYTE: Final = 0x30
LOAD_WORD: Final = 0x20
LOAD_HALF_INDEXED: Final = 0x48  # A = 2 bytes at X + k
LOAD_HEADER_LENGTH: Final = 0xB1  # X = 4 * (byte at k & 15)
JUMP_EQUAL: Final = 0x15
JUMP_GREATER_EQUAL: Final = 0x35
JUMP_BITS: Final = 0x45
RETURN: Final = 0x06

# Linux answers a load from here with the packet's type (SKF_AD_OFF + SKF_AD_PKTTYPE)
PACKET_TYPE: Final = 0xFFFFF000 + 4
OTHER_HOST: Final = 3  # and up: other hosts' frames in promiscuous mode, and what we sent ourselves
WHOLE: Final = 0xFFFF
_MOST_ADDRESSES: Final = 200  # a jump spans 255 steps; DHCP to the 201st address of an interface is unheard of
BROADCAST: Final = 0xFFFFFFFF

_INSTRUCTION: Final = Struct("=HBBI")
_LINUX_PROGRAM: Final = Struct("@HP")
_BSD_PROGRAM: Final = Struct("@IP")


class Instruction(NamedTuple):
    """One instruction; a jump skips ``true`` or ``false`` instructions."""

    code: int
    true: int
    false: int
    k: int


def dhcp_filter(port: int, addresses: Sequence[int], linux: bool) -> list[Instruction]:
    """Return the program that accepts DHCP datagrams to ``port`` at ``addresses`` or 255.255.255.255."""
    tests: list[tuple[int, int, int, int, bool]] = []  # load: code, k; jump: code, k, whether it rejects
    if linux:
        tests.append((LOAD_WORD, PACKET_TYPE, JUMP_GREATER_EQUAL, OTHER_HOST, True))
    tests += [
        (LOAD_HALF, 12, JUMP_EQUAL, 0x0800, False),  # IPv4
        (LOAD_BYTE, 23, JUMP_EQUAL, 17, False),  # UDP
        (LOAD_HALF, 20, JUMP_BITS, 0x3FFF, True),  # a fragment
    ]
    program: list[Instruction] = []
    accepted = [BROADCAST, *addresses[:_MOST_ADDRESSES]]
    left = 2 * len(tests) + 3 + 1 + len(accepted)  # steps up to the rejecting one
    for load, offset, jump, value, rejects in tests:
        program.append(Instruction(load, 0, 0, offset))
        away = left - len(program) - 1
        program.append(Instruction(jump, away, 0, value) if rejects else Instruction(jump, 0, away, value))
    program.append(Instruction(LOAD_HEADER_LENGTH, 0, 0, 14))
    program.append(Instruction(LOAD_HALF_INDEXED, 0, 0, 16))
    program.append(Instruction(JUMP_EQUAL, 0, left - len(program) - 1, port))
    program.append(Instruction(LOAD_WORD, 0, 0, 30))
    for address in accepted:
        program.append(Instruction(JUMP_EQUAL, left - len(program), 0, address))
    return [*program, Instruction(RETURN, 0, 0, 0), Instruction(RETURN, 0, 0, WHOLE)]


REJECT_ALL: Final = (Instruction(RETURN, 0, 0, 0),)


class Program:
    """A filter in the form the kernel reads; it must stay alive until it is attached."""

    def __init__(self, instructions: Sequence[Instruction]) -> None:
        data = b"".join(_INSTRUCTION.pack(*step) for step in instructions)
        self._length = len(instructions)
        self._buffer = ctypes.create_string_buffer(data, len(data))

    def linux(self) -> bytes:
        """Return a struct sock_fprog, for SO_ATTACH_FILTER."""
        return _LINUX_PROGRAM.pack(self._length, ctypes.addressof(self._buffer))

    def bsd(self) -> bytes:
        """Return a struct bpf_program, for BIOCSETF."""
        return _BSD_PROGRAM.pack(self._length, ctypes.addressof(self._buffer))
