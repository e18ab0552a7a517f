"""The free lease queue: addresses come back in the order in which they became free, as from a real Kea."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from .bootp import DISCOVER, RELEASE, REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .reserved import config, mac, subnet
from .test_ping_check_kea import answer_to, of
from .twins import Twin

HERE = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))
GIVEN_UP = (3, 1, 9, 6, 10, 2)


def lease(twin: Twin, number: int, seconds: int = 4000) -> str:
    """The address that a client gets, for so long."""
    lifetime = (51, seconds.to_bytes(4, "big"))
    address, _ = answer_to(twin, of(number, DISCOVER, lifetime))
    asked = (50, bytes(int(each) for each in address.split(".")))
    return answer_to(twin, of(number, REQUEST, asked, HERE, lifetime))[0]


def release(twin: Twin, number: int, address: str) -> None:
    """A client gives its address up."""
    client = bytes.fromhex(mac(number).replace(":", ""))
    twin.socket.send(Packet(RELEASE, client, (HERE,), ciaddr=address, unicast=True, source=address).frame())


class Story(NamedTuple):
    """The addresses of the first ten clients, and by their numbers whose addresses later ones get."""

    held: set[str]
    after_releases: list[int]
    after_expiry: list[int]
    after_restart: set[int]


def story(kind: str, folder: Path) -> Story:
    """Play it: six addresses are given up, three of those expire in another order, and two are free at a restart."""
    bounds = {"min-valid-lifetime": 1, "valid-lifetime": 4000, "max-valid-lifetime": 4000}
    twin = Twin(kind, folder, config(subnet(1, allocator="flq", **bounds)))
    try:
        twin.start()
        held = {number: lease(twin, number) for number in range(1, 11)}
        owner = {address: number for number, address in held.items()}
        for number in GIVEN_UP:
            release(twin, number, held[number])
        lifetimes = (3, 1, 2, 4000, 4000, 4000)
        again = [lease(twin, 20 + at, seconds) for at, seconds in enumerate(lifetimes)]
        time.sleep(4.1)  # a lease ends with the second that follows
        twin.command("leases-reclaim", remove=True)
        expired = [lease(twin, 30 + number) for number in range(3)]
        for at in (3, 5):
            release(twin, 20 + at, again[at])
        time.sleep(0.3)
        twin.restart()
        restarted = {lease(twin, 40 + number) for number in range(2)}
        return Story(
            set(owner), [owner.get(each, 0) for each in again], [owner.get(each, 0) for each in expired],
            {owner.get(each, 0) for each in restarted},
        )  # fmt: skip
    finally:
        twin.close()


@pytest.mark.live
def test_addresses_come_back_in_the_order_in_which_they_became_free(tmp_path: Path) -> None:
    need("kea30")
    with ThreadPoolExecutor() as pool:
        kea, ours = pool.map(lambda kind: story(kind, tmp_path / kind), ("kea30", "ours"))
    held = {f"10.0.0.{number}" for number in range(10, 20)}
    assert kea == ours == Story(held, list(GIVEN_UP), [1, 9, 3], {6, 2})
