"""Both real Keas of a pair are replaced by ours, one after the other, while clients renew."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from .bootp import ACK, mac_of
from .hosts import Lan
from .needs import need
from .pairs import SETTLED, Pair, wait

CLIENTS = range(1, 31)


class Renewals:
    """Clients that ask for their addresses all the time, and try again as clients do."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.answered = 0
        self.problems: list[str] = []

    def __enter__(self) -> Renewals:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def wait_for_all(self) -> None:
        """Wait until every client has renewed once more."""
        enough = self.answered + len(CLIENTS)
        wait(lambda: self.answered >= enough, "renewals", SETTLED)

    def _run(self) -> None:
        while not self._end.wait(0.2):
            for number in CLIENTS:
                self._renew(number)

    def _renew(self, number: int) -> None:
        pair, mac = self._pair, mac_of(number)
        for _ in range(10):
            reply = pair.clients.request(mac, pair.held[number].address)
            if reply is not None:
                break
        self.answered += reply is not None
        if reply is None or reply.kind != ACK:
            self.problems.append(f"client {number} got {reply}")
        elif reply.address != pair.held[number].address:
            self.problems.append(f"client {number} got {reply.address} instead of {pair.held[number].address}")


@pytest.mark.live
@pytest.mark.parametrize("kea", ["kea30", "kea22"])
def test_a_pair_of_keas_is_replaced(lan: Lan, tmp_path: Path, kea: str) -> None:
    """First the standby, then the primary; every client keeps its address, and no other gets it."""
    need(kea)
    pair = Pair(lan, tmp_path, (kea, kea), "hot-standby", max_response_delay=2000)
    pair.start()
    pair.obtain(*CLIENTS)
    with Renewals(pair) as renewals:
        for number in (1, 0):
            pair.servers[number].stop()
            pair.wait_state(1 - number, "partner-down")
            pair.servers[number] = pair.put(number, "ours")
            pair.servers[number].start()
            pair.wait_states("hot-standby")
            renewals.wait_for_all()
    assert not renewals.problems
    pair.obtain(31, 32, 33)
    pair.renew(*CLIENTS)
    pair.assert_equal()
    pair.end()
