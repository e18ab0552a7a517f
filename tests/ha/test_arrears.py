"""Updates owed to a backup are kept, sent again when it answers, and bounded."""

from __future__ import annotations

from kea_twisted.ha.arrears import FIRST_RETRY, GROUP, LAST_RETRY, Arrears


class World:
    """One backup."""

    def __init__(self, limit: int = 1000) -> None:
        self.sent: list[int] = []
        self.fetches = 0
        self.arrears = Arrears(["server3"], lambda name, address: self.sent.append(address), self._fetch, limit)

    def _fetch(self, name: str) -> None:
        self.fetches += 1

    def failed(self, *addresses: int, again: bool = False, now: float = 0.0) -> None:
        for address in addresses:
            self.arrears.failed("server3", address, again, now)


def test_one_address_tries_the_way_for_the_others() -> None:
    world = World()
    world.failed(*range(500))
    world.arrears.tick(FIRST_RETRY - 0.01)
    assert world.sent == []
    world.arrears.tick(FIRST_RETRY)
    assert len(world.sent) == 1
    world.arrears.confirmed("server3", world.sent[0], True, 1.0)
    world.arrears.tick(1.0)
    assert len(world.sent) == 1 + GROUP
    assert world.arrears.count("server3") == 499
    for address in world.sent[1:]:
        world.arrears.confirmed("server3", address, True, 1.5)
    world.arrears.tick(1.5)
    for address in world.sent[1 + GROUP :]:
        world.arrears.confirmed("server3", address, True, 2.0)
    world.arrears.tick(2.0)
    for address in world.sent[1 + 2 * GROUP :]:
        world.arrears.confirmed("server3", address, True, 2.5)
    assert (sorted(world.sent), world.arrears.deadline) == (list(range(500)), None)


def test_attempts_become_rare_and_the_way_is_tried_anew() -> None:
    world = World()
    world.failed(1, 2)
    waits, now = [], 0.0
    for _ in range(8):
        at = world.arrears.deadline
        assert at is not None
        waits.append(at - now)
        now = at
        world.arrears.tick(now)
        world.failed(world.sent[-1], again=True, now=now)
    assert waits == [1, 2, 4, 8, 16, LAST_RETRY, LAST_RETRY, LAST_RETRY]
    assert len(world.sent) == 8


def test_too_many_are_fetched_instead() -> None:
    world = World(limit=3)
    world.failed(1, 2, 3, 4, 5)
    assert world.arrears.count("server3") == 0
    world.arrears.tick(FIRST_RETRY)
    assert (world.fetches, world.sent) == (1, [])
    world.arrears.fetched("server3", False, 2.0)
    world.arrears.tick(2.0 + 2 * FIRST_RETRY)
    assert world.fetches == 2
    world.arrears.fetched("server3", True, 5.0)
    assert world.arrears.deadline is None
