"""Probes before an offer: a real Kea and ours offer the same addresses, and decline the same ones."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .bootp import DISCOVER, REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .reserved import config, host, mac, subnet
from .twins import Twin, parse

PARAMETERS = {"reply-timeout": 150, "min-ping-requests": 2}


def of(number: int, kind: int, *options: tuple[int, bytes]) -> bytes:
    """A frame of a client."""
    return Packet(kind, bytes.fromhex(mac(number).replace(":", "")), options, xid=number << 8 | kind).frame()


def answer_to(twin: Twin, frame: bytes, seconds: float = 1.0) -> tuple[str, float]:
    """The address in the answer to a frame, "" for none, and when it came."""
    began = time.monotonic()
    twin.socket.settimeout(0.2)
    twin.socket.send(frame)
    while time.monotonic() < began + seconds:
        try:
            answer = parse(twin.socket.recv(65536))
        except TimeoutError:
            continue
        if answer is not None:
            return answer.address, time.monotonic() - began
    return "", seconds


class Story(NamedTuple):
    """The effects of five queries on a server: addresses in its answers, their delays, rows of its lease file."""

    addresses: list[str]
    delays: list[float]
    rows: list[tuple[str, str, str]]


def story(kind: str, folder: Path, squatter: str = "10.0.0.10", **more: Any) -> Story:
    """Put the queries to a server on a link where a host has the first address without a lease."""
    library = {"library": "libdhcp_ping_check.so", "parameters": {**PARAMETERS, **more}}
    one = subnet(1, host(9, "10.0.0.50"))
    twin = Twin(kind, folder, config(one, hooks_libraries=[library], decline_probation_period=600))
    here = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))
    frames = [
        of(1, DISCOVER), of(1, DISCOVER), of(1, REQUEST, (50, b"\x0a\0\0\x0b"), here), of(1, DISCOVER), of(9, DISCOVER),
    ]  # fmt: skip
    try:
        other = twin.lan.host("squatter", "eth0", f"{squatter}/24")
        if more:
            other.namespace.run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
        twin.start()
        found = [answer_to(twin, frame) for frame in frames]
        rows = [(row["address"], row["state"], row["valid_lifetime"]) for row in twin.new_rows()]
        return Story([address for address, _ in found], [delay for _, delay in found], rows)
    finally:
        twin.close()


EXPECTED = ["", "10.0.0.11", "10.0.0.11", "10.0.0.11", "10.0.0.50"]


@pytest.mark.live
def test_addresses_are_probed_as_by_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    kea, ours = (story(kind, tmp_path / kind) for kind in ("kea30", "ours"))
    assert kea.addresses == ours.addresses == EXPECTED
    assert kea.rows == ours.rows == [("10.0.0.10", "1", "600"), ("10.0.0.11", "0", "7200")]
    for delays in (kea.delays, ours.delays):
        assert delays[1] >= 0.3  # two probes of a silent address, and none where the client has or owns it


@pytest.mark.live
def test_arp_finds_a_host_that_does_not_answer_ping(tmp_path: Path) -> None:
    assert story("ours", tmp_path, **{"arp-probe": True}).addresses == EXPECTED
