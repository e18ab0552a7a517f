"""ICMP and ARP: what is sent, and what answers it."""

from __future__ import annotations

import random
import struct
from contextlib import suppress

import pytest

from kea_twisted.wire.address import address_number as ip
from kea_twisted.wire.probes import ECHO_REPLY, UNREACHABLE, Answer, arp_probe, echo_request, read_answer, read_arp

HOST, HERE = ip("10.0.0.10"), ip("10.0.0.1")


def packet(icmp: bytes, source: int = HOST, destination: int = HERE) -> bytes:
    """An IP packet with ICMP in it."""
    return struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0, source, destination) + icmp


def test_the_checksum_of_a_request_is_right() -> None:
    for identifier, sequence in ((0, 0), (7, 1), (0xFFFF, 0xFFFF), (0x1234, 0xEDCB)):
        words = struct.unpack(f"!{len(echo_request(0, 0)) // 2}H", echo_request(identifier, sequence))
        assert sum(words) % 0xFFFF == 0 and echo_request(identifier, sequence)[:2] == b"\x08\0"


def test_a_reply_names_the_host_that_sent_it() -> None:
    reply = b"\0" + echo_request(7, 9)[1:]
    assert read_answer(packet(reply)) == Answer(ECHO_REPLY, HOST, 7, 9)
    assert read_answer(packet(echo_request(7, 9))) is None


def test_an_unreachable_message_names_the_host_that_was_asked() -> None:
    about = packet(echo_request(7, 9), HERE, HOST)
    assert read_answer(packet(struct.pack("!BBHI", 3, 1, 0, 0) + about, ip("10.0.0.254"))) == Answer(
        UNREACHABLE, HOST, 7, 9
    )
    other = packet(b"\x0d" + bytes(20), HERE, HOST)
    assert read_answer(packet(struct.pack("!BBHI", 3, 1, 0, 0) + other)) is None


def test_broken_packets_are_reported() -> None:
    whole = packet(struct.pack("!BBHI", 3, 1, 0, 0) + packet(echo_request(7, 9), HERE, HOST))
    for size in (0, 19, 27, 30, 50):
        with pytest.raises(ValueError):
            read_answer(whole[:size])


def test_no_bytes_do_harm() -> None:
    dice = random.Random(5)
    for _ in range(2000):
        data = bytes((0x45,)) + dice.randbytes(dice.randrange(80))
        with suppress(ValueError):
            read_answer(data)
        read_arp(dice.randbytes(12) + b"\x08\x06" + dice.randbytes(dice.randrange(40)))


def test_an_arp_probe_claims_no_address_and_an_answer_does() -> None:
    mac = bytes.fromhex("02fefefe0001")
    probe = arp_probe(mac, HOST)
    assert probe[:14] == b"\xff" * 6 + mac + b"\x08\x06" and read_arp(probe) is None
    answer = mac + mac + b"\x08\x06" + struct.pack("!HHBBH6sI6sI", 1, 0x800, 6, 4, 2, mac, HOST, mac, 0)
    assert read_arp(answer) == HOST
    assert read_arp(answer[:-1]) is None
