"""Grouping of updates into requests."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kea_twisted.ha.bulk import COMMAND
from kea_twisted.ha.delivery import GROUP, MANY, Delivery, Update
from kea_twisted.ha.messages import Kind, Reply
from kea_twisted.ha.outbox import Outbox, Send


class World:
    """A peer that takes groups, and what is under way to it: the sizes of the groups, by token."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.answered: list[int] = []
        self.delivery: Delivery[Update] = Delivery(
            "server2", self.outbox, lambda update, reply, now: self.answered.append(update.address)
        )
        self.under_way: dict[int, int] = {}
        self.delivery.get_to_know()
        self.look()
        (token,) = self.under_way
        self.answer(token, [COMMAND])

    def look(self) -> list[int]:
        """Return the requests that leave now."""
        sent = [effect for effect in self.outbox.take() if isinstance(effect, Send)]
        self.under_way |= {each.token: getattr(each.command, "text", "").count("ip-address") for each in sent}
        return [self.under_way[each.token] for each in sent]

    def turn(self, addresses: Iterable[int]) -> list[int]:
        """Updates of one turn; the sizes of the groups that leave at its end."""
        for address in addresses:
            self.delivery.send(Update(address, None))
        self.outbox.turn_ended()
        return self.look()

    def answer(self, token: int, arguments: object = None) -> list[int]:
        """The sizes of the groups that leave because of it."""
        del self.under_way[token]
        self.outbox.answered(token, Reply(Kind.OK, "", arguments), 0.0)
        return self.look()

    def first(self) -> int:
        return min(self.under_way)


def test_a_few_wait_for_the_answer_to_those_before_them() -> None:
    world = World()
    assert world.turn([1]) == [1]
    assert world.turn([2, 3]) == []
    assert world.turn([4]) == []
    assert world.answer(world.first()) == [3]
    assert world.answer(world.first()) == []
    assert world.answered == [1, 2, 3, 4]


@pytest.mark.parametrize("number", [MANY - 1, MANY])
def test_many_do_not(number: int) -> None:
    world = World()
    world.turn([1])
    assert world.turn(range(2, 2 + number)) == ([number] if number == MANY else [])


def test_a_peer_that_was_lost_may_be_another_one_when_it_is_back() -> None:
    world = World()
    world.turn([1])
    world.turn([2])
    world.outbox.answered(world.first(), Reply(Kind.UNREACHABLE, "Connection refused"), 0.0)
    assert world.answered == [1, 2]
    world.under_way.clear()
    assert not world.delivery.takes_groups and not world.delivery.is_kea
    assert world.turn([3]) == [0]  # it is asked for its commands first
    assert world.answer(world.first(), ["lease4-update"]) == [0] and world.delivery.is_kea


def test_no_more_than_two_groups_are_under_way_and_none_is_too_large() -> None:
    world = World()
    assert world.turn(range(3 * GROUP)) == [GROUP, GROUP]
    assert world.turn([3 * GROUP]) == []
    assert world.answer(world.first()) == [GROUP]
    assert world.answer(world.first()) == []  # one is left, and one group is under way
    assert world.answer(world.first()) == [1]
