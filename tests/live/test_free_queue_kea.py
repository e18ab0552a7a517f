"""The free lease queue: addresses that clients gave up come back in that order, as from a real Kea."""

from __future__ import annotations

from pathlib import Path

import pytest

from .bootp import DISCOVER, RELEASE, REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .reserved import config, mac, subnet
from .test_ping_check_kea import answer_to, of
from .twins import Twin

HERE = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))
GIVEN_UP = (3, 1, 9, 6, 10, 2)


def lease(twin: Twin, number: int) -> str:
    """The address that a client gets."""
    address, _ = answer_to(twin, of(number, DISCOVER))
    asked = (50, bytes(int(each) for each in address.split(".")))
    return answer_to(twin, of(number, REQUEST, asked, HERE))[0]


def story(kind: str, folder: Path) -> tuple[set[str], list[int]]:
    """The addresses of ten clients, and the numbers of those whose addresses the next ones get."""
    twin = Twin(kind, folder, config(subnet(1, allocator="flq")))
    try:
        twin.start()
        held = {number: lease(twin, number) for number in range(1, 11)}
        for number in GIVEN_UP:
            client = bytes.fromhex(mac(number).replace(":", ""))
            twin.socket.send(
                Packet(RELEASE, client, (HERE,), ciaddr=held[number], unicast=True, source=held[number]).frame()
            )
        owner = {address: number for number, address in held.items()}
        return set(owner), [owner.get(lease(twin, 20 + number), 0) for number in range(len(GIVEN_UP))]
    finally:
        twin.close()


@pytest.mark.live
def test_addresses_come_back_in_the_order_in_which_they_were_given_up(tmp_path: Path) -> None:
    need("kea30")
    kea, ours = (story(kind, tmp_path / kind) for kind in ("kea30", "ours"))
    assert kea == ours == ({f"10.0.0.{number}" for number in range(10, 20)}, list(GIVEN_UP))
